//! A folder of generated files, replaced as a whole.

use std::fs;
use std::io;
use std::path::Path;

use crate::{EmbedError, File};

/// How the file begins by which a folder of an earlier export is known.
const MARK: (&str, &[u8]) = ("onebit.h", b"/* An export of Onebit");
/// What the Makefile makes beside the files.
const MADE: &str = "classify";

/// Makes `folder` hold these files and nothing else: written aside first, then renamed, so that at no time half an export
/// has the name.
///
/// # Errors
///
/// [`EmbedError::Folder`] when something is there that no export wrote, [`EmbedError::Io`] when it cannot be written.
pub fn replace(folder: &Path, files: &[File]) -> Result<(), EmbedError> {
    let there = fs::symlink_metadata(folder).is_ok();
    // A link stays one: what it leads to is replaced.
    let target = fs::canonicalize(folder);
    let target = match target {
        Ok(target) => target,
        Err(error) if there => return Err(io_error(folder, "open")(error)),
        Err(_) => folder.to_owned(),
    };
    if there {
        must_be_ours(folder, &target, files)?;
        // It is replaced as a whole, which would leave a shell in it in a folder that is no more.
        if std::env::current_dir().is_ok_and(|current| current.starts_with(&target)) {
            return Err(EmbedError::Folder {
                path: folder.into(),
                found: "the one that this program was started in".into(),
            });
        }
    }
    let old = aside::write_folder(&target, |aside| {
        files
            .iter()
            .try_for_each(|(name, text)| aside::write_synced(&aside.join(name), text.as_bytes()))
    });
    match old.map_err(io_error(folder, "write"))? {
        Some(old) => fs::remove_dir_all(&old).map_err(io_error(&old, "remove")),
        None => Ok(()),
    }
}

/// Refuses what is no folder, or holds anything but an export.
fn must_be_ours(named: &Path, folder: &Path, files: &[File]) -> Result<(), EmbedError> {
    let refused = |found: String| EmbedError::Folder {
        path: named.to_owned(),
        found,
    };
    if !folder.is_dir() {
        return Err(refused("a file".into()));
    }
    let mut empty = true;
    for entry in fs::read_dir(folder).map_err(io_error(named, "read"))? {
        let entry = entry.map_err(io_error(named, "read"))?;
        let name = entry.file_name();
        let known = name == MADE || files.iter().any(|(file, _)| name == *file);
        if !known || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            return Err(refused(format!("`{}` in it", name.to_string_lossy())));
        }
        empty = false;
    }
    let (file, beginning) = MARK;
    let marked = || fs::read(folder.join(file)).is_ok_and(|bytes| bytes.starts_with(beginning));
    if empty || marked() {
        return Ok(());
    }
    Err(refused(format!("files without the {file} of an export")))
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> EmbedError {
    move |source| EmbedError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<File> {
        let header = format!("/* An export of Onebit {text} */");
        vec![("onebit.h", header), ("onebit.c", text.into())]
    }

    #[test]
    fn an_export_is_replaced_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        replace(&out, &files("first")).unwrap();
        fs::write(out.join("classify"), "made").unwrap();
        replace(&out, &files("second")).unwrap();
        assert_eq!(fs::read_to_string(out.join("onebit.c")).unwrap(), "second");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left aside"
        );

        let refuses = |word: &str| {
            let error = replace(&out, &files("third")).unwrap_err().to_string();
            assert!(error.contains("out") && error.contains(word), "{error}");
        };
        fs::write(out.join("notes.txt"), "mine").unwrap();
        refuses("notes.txt");
        fs::remove_file(out.join("notes.txt")).unwrap();
        fs::create_dir(out.join("classify.d")).unwrap();
        refuses("classify.d");
        fs::remove_dir(out.join("classify.d")).unwrap();
        fs::write(out.join("onebit.h"), "of another program").unwrap();
        refuses("onebit.h");
        assert_eq!(fs::read_to_string(out.join("onebit.c")).unwrap(), "second");

        let file = dir.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert!(
            replace(&file, &files("x"))
                .unwrap_err()
                .to_string()
                .contains("a file")
        );
        fs::create_dir(dir.path().join("empty")).unwrap();
        replace(&dir.path().join("empty"), &files("x")).unwrap();
        let nowhere = dir.path().join("no/where");
        assert!(
            replace(&nowhere, &files("x"))
                .unwrap_err()
                .to_string()
                .contains("cannot write")
        );
    }
}
