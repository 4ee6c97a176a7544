//! A folder for a run where the usual one would lie among the images.

use std::path::{Component, Path, PathBuf};

use data::Source;
use run::{RunDir, RunError, must_be_apart};

use super::runs;
use crate::{Error, shell};

/// The most runs beside the images that are looked for.
const MAX: usize = 1000;

/// Refuses the folder where runs go when none is named, if it lies among the images.
///
/// # Errors
///
/// [`Error::Usage`] that names a folder which does not.
pub fn usual_must_do(images: &Source) -> Result<(), Error> {
    let Err(error) = must_be_apart(runs(), images) else {
        return Ok(());
    };
    let such_as = images.path().and_then(beside);
    let such_as = such_as.map_or_else(String::new, |out| {
        format!(", such as --out {}", shell::folder(&out))
    });
    Err(match error {
        RunError::WithinImages { .. } => Error::Usage(format!(
            "{error}; `runs` is where a run goes without --out: name another folder{such_as}"
        )),
        error => error.into(),
    })
}

/// What a command that trains on these images needs of `--out`: nothing where the usual folder will do. `None` where there
/// is no place for a run.
pub fn out(images: &Path) -> Option<Option<PathBuf>> {
    match must_be_apart(runs(), &Source::Own(images.into())) {
        Ok(()) => Some(None),
        Err(_) => beside(images).map(Some),
    }
}

/// A free folder beside the images: `../NAME-run`.
fn beside(images: &Path) -> Option<PathBuf> {
    let whole = images.canonicalize().ok()?;
    let name = Path::new(whole.file_name()?);
    let name = name.to_str().filter(|_| shell::is_writable(name));
    let name = name.unwrap_or("images");
    let parts: PathBuf = (images.components())
        .filter(|part| *part != Component::CurDir)
        .collect();
    let above = match parts.components().next_back() {
        Some(Component::Normal(_)) => parts.parent()?.to_owned(),
        _ => parts.join(".."),
    };
    let source = Source::Own(images.into());
    // A link among the images may lead to them.
    [above.as_path(), whole.parent()?]
        .into_iter()
        .find_map(|above| {
            let numbered = (1..MAX).map(|number| match number {
                1 => above.join(format!("{name}-run")),
                number => above.join(format!("{name}-run-{number}")),
            });
            let mut free = numbered.filter(|out| RunDir::must_be_free(out).is_ok());
            free.next()
                .filter(|out| must_be_apart(out, &source).is_ok() && shell::is_writable(out))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_beside_its_images() {
        let dir = tempfile::tempdir().unwrap();
        let images = dir.path().join("own");
        std::fs::create_dir_all(images.join("cat")).unwrap();
        // The usual folder is that of this process, far from them.
        assert_eq!(out(&images), Some(None));
        assert_eq!(beside(&images), Some(dir.path().join("own-run")));
        let taken = dir.path().join("own-run");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("a"), "").unwrap();
        assert_eq!(beside(&images), Some(dir.path().join("own-run-2")));
        let below = images.join("cat/..");
        let found = beside(&below).unwrap();
        must_be_apart(&found, &Source::Own(images)).unwrap();
    }
}
