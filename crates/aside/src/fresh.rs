//! Names that nothing has, in the same folder: renaming works only within a file system.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

/// How the names end.
const END: &str = ".aside";
/// Characters that are drawn.
const DRAWN: usize = 6;

/// The folder of a path, and how the names of what lies aside of it begin.
fn place(path: &Path) -> (&Path, OsString) {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut begin = OsString::from(".");
    begin.push(path.file_name().unwrap_or_default());
    begin.push(".");
    (folder, begin)
}

/// Draws names until one is free.
fn draw<T>(
    path: &Path,
    make: impl FnOnce(&mut Builder<'_, '_>, &Path) -> io::Result<T>,
) -> io::Result<T> {
    let (folder, begin) = place(path);
    let mut builder = Builder::new();
    builder.prefix(&begin).suffix(END).rand_bytes(DRAWN);
    make(&mut builder, folder)
}

/// Makes a new file. The system's error is given back as it is, without the drawn name, which is nobody's.
fn new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
}

/// An empty file aside of `path`, which is removed unless it is renamed.
pub fn file(path: &Path) -> io::Result<NamedTempFile> {
    draw(path, |builder, folder| builder.make_in(folder, new))
}

/// An empty folder aside of `path`, which is removed unless it is renamed.
pub fn folder(path: &Path) -> io::Result<TempDir> {
    draw(path, |builder, folder| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        builder.tempdir_in(folder)
    })
}

/// Removes the files in a folder that were aside of others when their program was killed. None of
/// them may be in use: the caller is the only one who writes there.
///
/// # Errors
///
/// When the folder or one of these files is there and cannot be read or removed.
pub fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(is_aside);
        if is_ours && !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a name is one of those that are drawn here.
fn is_aside(name: &str) -> bool {
    let drawn = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(END));
    let drawn = drawn.and_then(|rest| rest.rsplit_once('.'));
    drawn.is_some_and(|(_, drawn)| {
        drawn.len() == DRAWN && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_aside_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let (_, left) = file(&at("model.bpk")).unwrap().keep().unwrap();
        let kept = [
            "model.bpk",
            ".model.bpk.aside",
            ".note.short.aside",
            "x.Abc123.aside",
        ];
        for name in kept {
            fs::write(at(name), name).unwrap();
        }
        fs::create_dir(at(".folder.Abc123.aside")).unwrap();
        assert!(left.exists());
        sweep(dir.path()).unwrap();
        assert!(!left.exists());
        assert!(kept.iter().all(|name| at(name).exists()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), kept.len() + 1);
        sweep(&at("nowhere")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_made() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let plain = dir.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let made = file(&dir.path().join("made")).unwrap();
        assert_eq!(mode(made.path()), mode(&plain));
        fs::create_dir(dir.path().join("folder")).unwrap();
        let made = folder(&dir.path().join("made")).unwrap();
        assert_eq!(mode(made.path()), mode(&dir.path().join("folder")));
    }
}
