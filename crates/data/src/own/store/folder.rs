//! A folder, with all that lies below it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Backing, Entry, MAX_FILES, Place, Store};
use crate::DataError;
use crate::own::names::os_text;
use crate::own::passed::{Passed, leftover};

/// How many links to folders are followed; a few hundred that lead to each other make millions of
/// paths.
const MAX_LINKS: usize = 100_000;
/// How many folders may lie within each other.
const MAX_DEPTH: usize = 32;

/// Lists a folder, which itself lies in those of `above`. Links are followed, since classes may
/// live elsewhere, but not round and round.
pub(super) fn open(
    path: &Path,
    above: Vec<PathBuf>,
    passed: &mut Passed,
) -> Result<Store, DataError> {
    let mut walk = Walk {
        files: Vec::new(),
        above,
        folders: 0,
        links: 0,
        escaped: 0,
        root: path,
        passed,
    };
    walk.folder(path, "")?;
    Ok(Store {
        root: path.to_owned(),
        within: "",
        escaped: walk.escaped,
        files: walk.files,
        backing: Backing::Folder,
    })
}

struct Walk<'a> {
    files: Vec<Entry>,
    /// The folders that the current one lies in, without links.
    above: Vec<PathBuf>,
    folders: usize,
    links: usize,
    /// Names that are no UTF-8.
    escaped: usize,
    root: &'a Path,
    passed: &'a mut Passed,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, name: &str) -> Result<(), DataError> {
        let real = fs::canonicalize(path).map_err(DataError::io(path, "list"))?;
        if self.above.contains(&real) {
            self.passed.add("a link to a folder that it lies in", name);
            return Ok(());
        }
        if self.above.len() == MAX_DEPTH {
            self.passed.add("a folder too deep", name);
            return Ok(());
        }
        self.folders += 1;
        self.above.push(real);
        let listed = fs::read_dir(path).map_err(DataError::io(path, "list"))?;
        let mut is_empty = true;
        for entry in listed {
            let entry = entry.map_err(DataError::io(path, "list"))?;
            is_empty = false;
            if self.files.len().max(self.folders) > MAX_FILES {
                return Err(DataError::Count {
                    path: self.root.to_owned(),
                    what: "files",
                    max: MAX_FILES as u64,
                    found: self.files.len().max(self.folders) as u64,
                });
            }
            let own = entry.file_name();
            let (own, is_text) = os_text(&own);
            self.escaped += usize::from(!is_text);
            let name = match name {
                "" => own.clone(),
                _ => format!("{name}/{own}"),
            };
            if let Some(reason) = leftover(&own) {
                self.passed.add(reason, &name);
                continue;
            }
            let path = entry.path();
            // What a link leads to has to be asked for.
            let kind = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => Ok(kind),
                _ => {
                    let kind = fs::metadata(&path).map(|about| about.file_type());
                    self.links += usize::from(kind.as_ref().is_ok_and(fs::FileType::is_dir));
                    kind
                }
            };
            if self.links > MAX_LINKS {
                return Err(DataError::Count {
                    path: self.root.to_owned(),
                    what: "links to folders",
                    max: MAX_LINKS as u64,
                    found: self.links as u64,
                });
            }
            match kind {
                Ok(kind) if kind.is_dir() => self.folder(&path, &name)?,
                Ok(kind) if kind.is_file() => {
                    let place = Place::Disk(path);
                    self.files.push(Entry {
                        name: name.into(),
                        place,
                    });
                }
                Ok(_) => self.passed.add("a device, pipe or socket", &name),
                Err(_) => self.passed.add("a link that leads nowhere", &name),
            }
        }
        if is_empty {
            self.passed.add("an empty folder", name);
        }
        self.above.pop();
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn loops_and_what_is_no_file_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("a/.hidden")).unwrap();
        fs::create_dir(at("c")).unwrap();
        for name in ["a/1.png", "a/.hidden/2.png", "a/Thumbs.db"] {
            fs::write(at(name), "x").unwrap();
        }
        symlink(root.path(), at("a/loop")).unwrap();
        symlink("nowhere", at("a/dangling.png")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(at("a/socket.png")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("3.png"), "x").unwrap();
        symlink(elsewhere.path(), at("b")).unwrap();
        let mut passed = Passed::default();
        let store = Store::open(root.path(), 0, &mut passed).unwrap().unwrap();
        let names: Vec<&str> = (0..store.len()).map(|i| store.name(i)).collect();
        assert_eq!(names, ["a/1.png", "b/3.png"]);
        assert_eq!(store.read(1, 1).unwrap(), b"x");
        assert!(
            store
                .read(1, 0)
                .unwrap_err()
                .to_string()
                .contains("at most 0 bytes")
        );
        let list = passed.list();
        let counted: Vec<(&str, usize)> = list.iter().map(|p| (&*p.reason, p.count)).collect();
        let expected = [
            ("a device, pipe or socket", 1),
            ("a link that leads nowhere", 1),
            ("a link to a folder that it lies in", 1),
            ("an empty folder", 1),
            ("hidden", 1),
            ("left there by a system", 1),
        ];
        assert_eq!(counted, expected);
        drop(socket);
    }
}
