//! Commands that the program suggests, written so that a shell takes them as they are meant.

use std::path::Path;

use crate::Error;

/// A word as a shell takes it for itself.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+%@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A folder as a word of a suggested command. One whose name no line can hold is spoken of.
pub fn folder(path: &Path) -> String {
    word(path).unwrap_or_else(|| "(the same folder)".into())
}

/// The same of a file.
pub fn file(path: &Path) -> String {
    word(path).unwrap_or_else(|| "(the same file)".into())
}

fn word(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|_| is_writable(path))?;
    // It must not be taken for a flag.
    let before = if text.starts_with('-') { "./" } else { "" };
    Some(quoted(&format!("{before}{text}")))
}

/// Whether a line can hold a name as it is: it is UTF-8, without what steers a terminal or ends a line.
pub fn is_writable(path: &Path) -> bool {
    let text = path.to_str();
    text.is_some_and(|text| runtime::printable(text) == text)
}

/// Refuses a name that no suggested command and no table could hold; `flag` is what gave it.
///
/// # Errors
///
/// [`Error::Usage`] that shows it.
pub fn must_be_writable(flag: &str, path: &Path) -> Result<(), Error> {
    match is_writable(path) {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "{flag}: expected a name that can be written in a line, found {}; choose one without control characters, in UTF-8",
            crate::named(path)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_a_word_together() {
        for (word, expected) in [
            ("a=b,c", "a=b,c"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm)", "'$(rm)'"),
            ("", "''"),
            ("~", "'~'"),
            ("é", "'é'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn a_folder_is_one_word_or_spoken_of() {
        for (path, expected) in [
            ("runs/a", "runs/a"),
            ("my run3", "'my run3'"),
            ("-x", "./-x"),
            ("a\nb", "(the same folder)"),
            ("a\u{202e}b", "(the same folder)"),
        ] {
            assert_eq!(folder(Path::new(path)), expected);
        }
        assert_eq!(file(Path::new("\u{1b}")), "(the same file)");
        must_be_writable("--out", Path::new("my run3")).unwrap();
        let error = must_be_writable("--out", Path::new("o\nut")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(r"found o\nut;"), "{text}");
    }
}
