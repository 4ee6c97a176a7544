//! What is said of an access that the operating system refused.

use std::io;

/// The words for an error: of what is not there the same, whichever call found that out.
#[must_use]
pub fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        _ => error.to_string(),
    }
}

/// The same after what was being done, such as `cannot open`. Of what is not there nobody needs to know that.
#[must_use]
pub fn refusal(doing: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => words(error),
        _ => format!("{doing}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_has_one_wording() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let opened = std::fs::File::open(&missing).unwrap_err();
        let listed = std::fs::read_dir(&missing).unwrap_err();
        for error in [opened, listed, io::ErrorKind::NotFound.into()] {
            assert_eq!(words(&error), "no such file or folder");
            assert_eq!(refusal("cannot open", &error), "no such file or folder");
        }
        let other = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(
            refusal("cannot open", &other),
            format!("cannot open: {other}")
        );
    }
}
