//! Files of the program's own, in folders that may come from anywhere.
//!
//! What lies under such a name need not be the program's: a folder that was unpacked or shared may hold
//! links to files elsewhere, and pipes, which wait for ever.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Opens a file of the program's own to write to it, made anew if need be, never cut off.
///
/// # Errors
///
/// When it cannot be opened; when it is a link, no regular file, or a file that has another name
/// too (a hard link), which would change with it.
pub fn open_own(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = open(path, options.clone(), false)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if file.metadata()?.nlink() > 1 {
            return refused("it is a file with another name too (a hard link)");
        }
    }
    Ok(file)
}

/// Reads a file of the program's own. A link to a regular file is followed: reading changes nothing.
///
/// # Errors
///
/// When it cannot be read, or is no regular file.
pub fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    let mut file = open(path, options.read(true).clone(), true)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open(path: &Path, mut options: OpenOptions, follow: bool) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Opening a pipe would wait for who is at its other end.
        let follow = if follow { 0 } else { libc::O_NOFOLLOW };
        options.custom_flags(follow | libc::O_NONBLOCK);
    }
    // By its name where the system cannot be told: somebody may still be quicker.
    let looked = match follow {
        true => path.metadata(),
        false => path.symlink_metadata(),
    };
    if let Ok(there) = looked {
        if there.is_symlink() {
            return refused("it is a link");
        }
        if !there.is_file() {
            return refused("it is no regular file");
        }
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => refused("it is no regular file"),
    }
}

fn refused<T>(found: &str) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, found))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    fn append(path: &Path) -> io::Result<File> {
        open_own(path, OpenOptions::new().create(true).append(true))
    }

    #[test]
    fn a_file_is_made_added_to_and_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        for _ in 0..2 {
            append(&path).unwrap().write_all(b"line\n").unwrap();
        }
        assert_eq!(read_own(&path).unwrap(), b"line\nline\n");
        let error = append(dir.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file");
        read_own(dir.path()).unwrap_err();
        let missing = read_own(&dir.path().join("no")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_refused() {
        use std::os::unix::ffi::OsStrExt;

        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("theirs"), "theirs").unwrap();
        std::os::unix::fs::symlink(at("theirs"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nothing"), at("to nothing")).unwrap();
        fs::hard_link(at("theirs"), at("second name")).unwrap();
        let pipe = std::ffi::CString::new(at("pipe").as_os_str().as_bytes()).unwrap();
        // SAFETY: a path that ends with a zero.
        assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
        for (name, found) in [
            ("link", "it is a link"),
            ("to nothing", "it is a link"),
            (
                "second name",
                "it is a file with another name too (a hard link)",
            ),
            ("pipe", "it is no regular file"),
        ] {
            assert_eq!(append(&at(name)).unwrap_err().to_string(), found, "{name}");
        }
        assert_eq!(fs::read(at("theirs")).unwrap(), b"theirs");
        assert!(!at("nothing").exists());
        assert_eq!(read_own(&at("link")).unwrap(), b"theirs");
        let error = read_own(&at("pipe")).unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file");
    }
}
