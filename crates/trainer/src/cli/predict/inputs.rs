//! The files that paths, folders, patterns and lists name, one after the other.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::list::{Line, List};
use crate::Error;

/// A file to look at.
pub struct Found {
    /// As it was named, or found.
    pub name: String,
    /// Where its bytes are.
    pub place: Place,
    /// Whether somebody named it, or it was found in a folder.
    pub is_named: bool,
}

/// Where a picture's bytes are.
pub enum Place {
    File(PathBuf),
    StandardInput,
    /// Nowhere, and why.
    Missing(String),
}

/// Folders within folders.
const MAX_DEPTH: usize = 64;

/// Everything that is named, in order; what a folder has, by its names.
pub struct Inputs {
    named: std::vec::IntoIter<PathBuf>,
    list: Option<List<Box<dyn BufRead>>>,
    /// What has read the standard input, or will.
    standard_input: Option<&'static str>,
    /// What is left of a pattern.
    matched: std::vec::IntoIter<PathBuf>,
    /// What is left of the folders that are being gone through, the innermost last.
    open: Vec<std::vec::IntoIter<PathBuf>>,
    passed: usize,
    /// Names that are not UTF-8.
    escaped: usize,
}

impl Inputs {
    /// Those of these paths, and then of the list.
    pub fn new(paths: &[PathBuf], list: Option<&Path>) -> Result<Self, Error> {
        let standard_inputs = paths.iter().filter(|path| is_standard_input(path)).count();
        let is_list = list.is_some_and(is_standard_input);
        if standard_inputs > 1 || (is_list && standard_inputs > 0) {
            let found = match is_list {
                true => "as a picture and for --files-from",
                false => "more often",
            };
            return Err(Error::Usage(format!(
                "-: expected once, since the standard input is read once, found {found}"
            )));
        }
        let list = list.map(|path| -> Result<_, Error> {
            let lines: Box<dyn BufRead> = match is_list {
                true => Box::new(BufReader::new(std::io::stdin())),
                false => {
                    let file = File::open(path).map_err(|e| Error::io("opening", path, &e))?;
                    Box::new(BufReader::new(file))
                }
            };
            Ok(List::new(lines, format!("--files-from {}", path.display())))
        });
        Ok(Self {
            named: Vec::from(paths).into_iter(),
            list: list.transpose()?,
            standard_input: is_list.then_some("the list of files"),
            matched: Vec::new().into_iter(),
            open: Vec::new(),
            passed: 0,
            escaped: 0,
        })
    }

    /// What there is to say of what was passed over, and of names that are not what the files have.
    pub fn notes(&self) -> Vec<String> {
        let passed = (self.passed > 0).then(|| {
            format!(
                "note: hidden or system files and folders, passed over: {}",
                self.passed
            )
        });
        let escaped = (self.escaped > 0).then(|| {
            format!(
                "note: names that are not UTF-8, with \\xNN for each byte that is not: {}",
                self.escaped
            )
        });
        passed.into_iter().chain(escaped).collect()
    }

    /// A path as a text: different paths are different texts.
    fn shown(&mut self, path: &Path) -> String {
        match path.to_str() {
            Some(text) => text.into(),
            None => {
                self.escaped += 1;
                escaped(path.as_os_str().as_encoded_bytes())
            }
        }
    }

    /// The next path that somebody named.
    fn next_named(&mut self) -> Option<Line> {
        if let Some(path) = self.named.next() {
            return Some(Line::Path(path));
        }
        self.list.as_mut()?.next()
    }

    /// The files that a named path stands for: itself, or what a folder or a pattern holds.
    fn begin(&mut self, path: PathBuf, may_be_pattern: bool) -> Option<Found> {
        let name = self.shown(&path);
        let found = |place| Found {
            name: name.clone(),
            place,
            is_named: true,
        };
        if is_standard_input(&path) {
            return Some(found(
                match self.standard_input.replace("a picture before") {
                    None => Place::StandardInput,
                    Some(what) => Place::Missing(format!("the standard input was {what}")),
                },
            ));
        }
        match fs::metadata(&path) {
            Ok(kind) if kind.is_dir() => {
                if let Err(why) = self.enter(&path) {
                    return Some(found(Place::Missing(why)));
                }
                None
            }
            Ok(_) => Some(found(Place::File(path))),
            Err(_) if may_be_pattern && name.contains(['*', '?', '[']) => match matches(&name) {
                Ok(paths) if paths.is_empty() => {
                    Some(found(Place::Missing("no file matches this pattern".into())))
                }
                Ok(paths) => {
                    self.matched = paths.into_iter();
                    None
                }
                Err(why) => Some(found(Place::Missing(why))),
            },
            Err(error) => Some(found(Place::Missing(aside::words(&error)))),
        }
    }

    /// Goes through a folder next.
    fn enter(&mut self, folder: &Path) -> Result<(), String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} folders within each other"));
        }
        let entries = fs::read_dir(folder).map_err(|e| aside::words(&e))?;
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| e.to_string())?;
            match data::is_leftover(&entry.file_name().to_string_lossy()) {
                true => self.passed += 1,
                false => paths.push(entry.path()),
            }
        }
        paths.sort();
        self.open.push(paths.into_iter());
        Ok(())
    }
}

impl Iterator for Inputs {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let Some(folder) = self.open.last_mut() else {
                let found = match self.matched.next() {
                    // A name that is matched is no pattern again.
                    Some(path) => self.begin(path, false),
                    None => match self.next_named()? {
                        Line::Path(path) => self.begin(path, true),
                        Line::Bad { name, why } => Some(Found {
                            name,
                            place: Place::Missing(why),
                            is_named: true,
                        }),
                    },
                };
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            };
            let Some(path) = folder.next() else {
                self.open.pop();
                continue;
            };
            let name = self.shown(&path);
            // A link to a folder might lead in a ring, so only links to files are followed.
            let is_folder = path.symlink_metadata().is_ok_and(|kind| kind.is_dir());
            let place = match is_folder {
                true => match self.enter(&path) {
                    Ok(()) => continue,
                    Err(why) => Place::Missing(why),
                },
                false if path.is_dir() => {
                    self.passed += 1;
                    continue;
                }
                false => Place::File(path),
            };
            return Some(Found {
                name,
                place,
                is_named: false,
            });
        }
    }
}

/// A text with `\xNN` for each byte that belongs to no character.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What has a name of this pattern, by name.
fn matches(pattern: &str) -> Result<Vec<PathBuf>, String> {
    let paths = glob::glob(pattern).map_err(|e| format!("not a pattern of names: {e}"))?;
    // What cannot be looked into has no names to match.
    Ok(paths.filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf], list: Option<&Path>) -> (Vec<String>, usize) {
        let mut inputs = Inputs::new(paths, list).unwrap();
        let names = inputs.by_ref().map(|found| match found.place {
            Place::Missing(_) => format!("no {}", found.name),
            _ => found.name,
        });
        (names.collect(), inputs.passed)
    }

    #[test]
    fn folders_patterns_and_lists_are_gone_through_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in [
            "b/2.png",
            "b/10.png",
            "b/c d/ä.jpg",
            "b/.hidden/x.png",
            "b/Thumbs.db",
            "a.png",
            "a[1].png",
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let path = |name: &str| root.join(name);
        let expected = |names: &[&str]| -> Vec<String> {
            let place = |name: &&str| match name.strip_prefix("no ") {
                Some(name) => format!("no {}", path(name).display()),
                None => path(name).display().to_string(),
            };
            names.iter().map(place).collect()
        };
        let folder = ["b/10.png", "b/2.png", "b/c d/ä.jpg"];
        assert_eq!(names(&[path("b")], None), (expected(&folder), 2));
        // A name that is there is no pattern.
        let found = names(
            &[path("a[1].png"), path("*.png"), path("x*"), path("y")],
            None,
        )
        .0;
        assert_eq!(
            found,
            expected(&["a[1].png", "a.png", "a[1].png", "no x*", "no y"])
        );
        let found = names(&[path("*"), path("a.png")], None).0;
        let all = [&["a.png", "a[1].png"][..], &folder, &["a.png"]].concat();
        assert_eq!(found, expected(&all), "folders of a pattern too");
        let list = path("list");
        let text = format!("{}\r\n\n{}", path("b").display(), path("a.png").display());
        fs::write(&list, text).unwrap();
        let all = [&["a.png"][..], &folder, &["a.png"]].concat();
        assert_eq!(names(&[path("a.png")], Some(&list)).0, expected(&all));
        let stdin = || "-".into();
        assert!(Inputs::new(&[stdin(), stdin()], None).is_err());
        assert!(Inputs::new(&[stdin()], Some(Path::new("-"))).is_err());
        // In a list it can be once, too.
        fs::write(&list, "-\n-\n").unwrap();
        assert_eq!(names(&[], Some(&list)).0, ["-", "no -"]);
        // A folder is opened as a file, and cannot be read as one.
        let found = names(&[path("a.png")], Some(root)).0;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("no --files-from "), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf_8_stay_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let dir = tempfile::tempdir().unwrap();
        for name in [&b"a\xff.png"[..], b"a\xfe.png", "ä.png".as_bytes()] {
            fs::write(dir.path().join(OsStr::from_bytes(name)), "").unwrap();
        }
        let mut inputs = Inputs::new(&[dir.path().into()], None).unwrap();
        let names: Vec<String> = inputs.by_ref().map(|found| found.name).collect();
        let ends = ["a\\xFE.png", "a\\xFF.png", "ä.png"];
        assert!(
            names
                .iter()
                .zip(ends)
                .all(|(name, end)| name.ends_with(end)),
            "{names:?}"
        );
        assert_eq!(inputs.notes().len(), 1);
        assert!(inputs.notes()[0].ends_with(": 2"), "{:?}", inputs.notes());
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_a_ring_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a.png"), "").unwrap();
        std::os::unix::fs::symlink(&root, root.join("ring")).unwrap();
        std::os::unix::fs::symlink(root.join("a.png"), root.join("b.png")).unwrap();
        let (found, passed) = names(&[root], None);
        assert_eq!((found.len(), passed), (2, 1));
    }
}
