//! Files of the program's own, in folders that may come from anywhere.
//!
//! What lies under such a name need not be the program's: a folder that was unpacked or shared may hold
//! links to files elsewhere, and pipes, which wait for ever.

use std::fmt;
use std::fs::{self, File, OpenOptions};
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

/// Opens a file of the program's own to read it. A link to a regular file is followed: reading changes
/// nothing.
///
/// # Errors
///
/// When it cannot be opened, or is no regular file.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    open(path, options.read(true).clone(), true)
}

/// Reads a file of the program's own, opened as by [`open_to_read`], of at most `max` bytes.
///
/// # Errors
///
/// When it cannot be read, is no regular file, or is longer.
pub fn read_own(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = open_to_read(path)?;
    let length = file.metadata()?.len();
    if length > max {
        return Err(too_long(max, format_args!("{length} bytes")));
    }
    read_up_to(file, max)
}

/// Reads a file that a user named, of at most `max` bytes. A pipe is read to its end: whoever names one
/// means it.
///
/// # Errors
///
/// When it cannot be read, or is longer.
pub fn read_given(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let there = file.metadata()?;
    if there.is_file() && there.len() > max {
        return Err(too_long(max, format_args!("{} bytes", there.len())));
    }
    read_up_to(file, max)
}

/// As [`read_given`], where it has to be UTF-8.
///
/// # Errors
///
/// As [`read_given`]; when it is no UTF-8.
pub fn read_given_text(path: &Path, max: u64) -> io::Result<String> {
    let bytes = read_given(path, max)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Makes a folder of the program's own, unless it is there.
///
/// # Errors
///
/// When it cannot be made; when it is a link, through which files elsewhere would be written.
pub fn make_own_folder(path: &Path) -> io::Result<()> {
    must_be_own_folder(path)?;
    fs::create_dir_all(path)
}

/// Refuses a link in the place of a folder of the program's own.
///
/// # Errors
///
/// When it is a link.
pub fn must_be_own_folder(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_symlink() => refused("it is a link"),
        _ => Ok(()),
    }
}

/// Refuses what [`write()`](crate::write()) would replace, and is no regular file of the program's own: a
/// link, which somebody may have put there for a reason, is not lost without a word.
///
/// # Errors
///
/// When it is a link, or something else that is no regular file.
pub fn must_be_own(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_symlink() => refused("it is a link"),
        Ok(there) if !there.is_file() => refused("it is no regular file"),
        _ => Ok(()),
    }
}

fn read_up_to(file: File, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > max {
        true => Err(too_long(max, format_args!("more"))),
        false => Ok(bytes),
    }
}

pub(crate) fn too_long(max: u64, found: fmt::Arguments<'_>) -> io::Error {
    let found = format!("expected at most {max} bytes, found {found}");
    io::Error::other(found)
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
        assert_eq!(read_own(&path, 10).unwrap(), b"line\nline\n");
        let error = append(dir.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file");
        read_own(dir.path(), 10).unwrap_err();
        let missing = read_own(&dir.path().join("no"), 10).unwrap_err();
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
        assert_eq!(read_own(&at("link"), 6).unwrap(), b"theirs");
        let error = read_own(&at("pipe"), 6).unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file");
    }

    #[test]
    fn no_more_is_read_than_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "12345").unwrap();
        for read in [read_own, read_given] {
            assert_eq!(read(&path, 5).unwrap(), b"12345");
            let error = read(&path, 4).unwrap_err().to_string();
            assert_eq!(error, "expected at most 4 bytes, found 5 bytes");
        }
        // A file of holes: its length takes no room on the disk.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = read_own(&path, 1 << 20).unwrap_err().to_string();
        assert!(error.ends_with("found 1099511627776 bytes"), "{error}");
        fs::write(&path, b"\xff").unwrap();
        read_given_text(&path, 4).unwrap_err();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_is_refused() {
        let zero = Path::new("/dev/zero");
        let error = read_given(zero, 1000).unwrap_err().to_string();
        assert_eq!(error, "expected at most 1000 bytes, found more");
        let error = read_own(zero, 1000).unwrap_err().to_string();
        assert_eq!(error, "it is no regular file");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_place_of_folders_and_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        make_own_folder(&at("folder")).unwrap();
        make_own_folder(&at("folder")).unwrap();
        fs::write(at("file"), "").unwrap();
        for target in ["folder", "file"] {
            std::os::unix::fs::symlink(at(target), at(&format!("to {target}"))).unwrap();
        }
        let error = make_own_folder(&at("to folder")).unwrap_err().to_string();
        assert_eq!(error, "it is a link");
        must_be_own(&at("file")).unwrap();
        must_be_own(&at("nothing")).unwrap();
        for (name, found) in [
            ("to file", "it is a link"),
            ("folder", "it is no regular file"),
        ] {
            assert_eq!(must_be_own(&at(name)).unwrap_err().to_string(), found);
        }
    }
}
