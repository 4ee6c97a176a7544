//! Files by their names, wherever they lie: in a folder, a zip or tar archive, or in memory.
//!
//! Nothing is ever unpacked to disk, so a name inside an archive can do no harm; one that leaves
//! the archive is passed over all the same, as are links. The order is that of the names, byte by
//! byte, whatever order a folder is listed in.

mod blocks;
mod folder;
mod shared;
mod tar;
mod watched;
mod zip;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(crate) use self::blocks::{Blocks, Span};
pub(crate) use self::shared::Shared;
use super::names::text;
use super::passed::{Passed, leftover};
use super::sniff::{Kind, sniff};
use crate::DataError;
use crate::formats::{gunzip_head, open_if_there, possible, read_whole};

/// The greatest number of files in a set.
pub(crate) const MAX_FILES: usize = 20_000_000;
/// The greatest length of a name inside an archive.
const MAX_NAME: usize = 4096;
/// Why a file of an archive is passed over that another one of the same name follows.
const REPLACED: &str = "a later file of the same name is in the archive, and counts";
/// How much of a file is looked at to tell what it is.
pub(crate) const HEAD: u64 = 2048;

/// A set of files.
pub(crate) struct Store {
    /// What messages name.
    root: PathBuf,
    /// What it is, as in `class folders in a zip archive`; nothing for a folder.
    pub(crate) within: &'static str,
    /// Names that are no UTF-8.
    pub(crate) escaped: usize,
    files: Vec<Entry>,
    backing: Backing,
}

struct Entry {
    /// From the root, with `/`.
    name: Box<str>,
    place: Place,
}

enum Place {
    Disk(PathBuf),
    /// The number of an entry in a zip archive.
    Entry(usize),
    /// Bytes of the archive.
    Bytes {
        start: u64,
        len: u64,
    },
    /// Bytes in memory.
    Held(Span),
}

enum Backing {
    Folder,
    Zip(::zip::ZipArchive<Shared>),
    Archive(Shared),
    Memory(Blocks),
}

impl Store {
    /// Opens a folder, or an archive by its content; `None` if it is another file.
    ///
    /// `limit` bounds what a compressed tar archive may unpack to, in memory.
    pub(crate) fn open(
        path: &Path,
        limit: u64,
        passed: &mut Passed,
    ) -> Result<Option<Self>, DataError> {
        if path.is_dir() {
            let mut store = folder::open(path, Vec::new(), passed)?;
            store.sort();
            return match store.only_archive() {
                // Downloads often lie in a folder of their own.
                Some(archive) => Ok(Self::open_file(&archive, limit, passed)?.or(Some(store))),
                None => Ok(Some(store)),
            };
        }
        Self::open_file(path, limit, passed)
    }

    /// What lies in a folder that lies in `above`.
    ///
    /// # Errors
    ///
    /// When a folder cannot be listed.
    pub(crate) fn below(
        path: &Path,
        above: PathBuf,
        passed: &mut Passed,
    ) -> Result<Self, DataError> {
        let mut store = folder::open(path, vec![above], passed)?;
        store.sort();
        Ok(store)
    }

    fn open_file(path: &Path, limit: u64, passed: &mut Passed) -> Result<Option<Self>, DataError> {
        let Some(file) = open_if_there(path)? else {
            return Err(DataError::io(path, "open")(io::ErrorKind::NotFound.into()));
        };
        let shared = Shared::new(file).map_err(DataError::io(path, "read"))?;
        let mut head = Vec::new();
        let mut start = shared.clone().take(HEAD);
        start
            .read_to_end(&mut head)
            .map_err(DataError::io(path, "read"))?;
        let mut store = match sniff(&head) {
            Kind::Zip if !zip::is_npz(&shared) => zip::open(path, shared, passed)?,
            Kind::Tar => tar::open(path, shared, passed)?,
            Kind::Gzip if tar::is_gzipped(&shared) => tar::unpack(path, shared, limit, passed)?,
            _ => return Ok(None),
        };
        store.sort();
        store.without_replaced(passed);
        Ok(Some(store))
    }

    /// Files whose content is in `blocks`.
    #[cfg(feature = "parquet")]
    pub(crate) fn memory(
        root: PathBuf,
        within: &'static str,
        blocks: Blocks,
        files: impl Iterator<Item = (String, Span)>,
    ) -> Self {
        let entry = |(name, span): (String, Span)| Entry {
            name: name.into(),
            place: Place::Held(span),
        };
        let files = files.map(entry).collect();
        Self {
            root,
            within,
            escaped: 0,
            files,
            backing: Backing::Memory(blocks),
        }
    }

    /// One file, as a set of its own.
    pub(crate) fn single(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let files = vec![Entry {
            name: name.into(),
            place: Place::Disk(path.to_owned()),
        }];
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        Self {
            root,
            within: "",
            escaped: 0,
            files,
            backing: Backing::Folder,
        }
    }

    fn sort(&mut self) {
        // Stable: of files of one name, the last stays last.
        self.files
            .sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    }

    /// Of files of one name in an archive the last counts, as for programs that unpack it.
    fn without_replaced(&mut self, passed: &mut Passed) {
        let replaced: Vec<bool> = (0..self.files.len())
            .map(|index| {
                let next = self.files.get(index + 1);
                next.is_some_and(|next| next.name == self.files[index].name)
            })
            .collect();
        let mut replaced = replaced.into_iter();
        self.files.retain(|file| {
            let replaced = replaced.next().unwrap_or(false);
            if replaced {
                passed.add(REPLACED, &file.name);
            }
            !replaced
        });
    }

    /// The path of the only file, if that may be an archive by its ending.
    fn only_archive(&self) -> Option<PathBuf> {
        let archive = |name: &str| {
            let name = name.to_lowercase();
            [".zip", ".tar", ".tgz", ".tar.gz"]
                .iter()
                .any(|ending| name.ends_with(ending))
        };
        match &self.files[..] {
            [
                Entry {
                    name,
                    place: Place::Disk(path),
                },
            ] if archive(name) => Some(path.clone()),
            _ => None,
        }
    }

    /// Where a file lies that is in no archive.
    pub(crate) fn on_disk(&self, index: usize) -> Option<&Path> {
        match &self.files[index].place {
            Place::Disk(path) => Some(path),
            _ => None,
        }
    }

    /// What a file is, by its first bytes; of a gzipped one, by those that it unpacks to.
    pub(crate) fn kind(&self, index: usize) -> Result<Kind, DataError> {
        let head = self.head(index)?;
        Ok(match sniff(&head) {
            Kind::Gzip => match sniff(&gunzip_head(&head, 16)) {
                kind @ Kind::Idx { .. } => kind,
                _ => Kind::Gzip,
            },
            kind => kind,
        })
    }

    /// The files of the folder in which `path` lies whose names `fit`.
    pub(crate) fn beside(path: &Path, fit: impl Fn(&str) -> bool) -> Result<Self, DataError> {
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut store = Self {
            root: path.to_owned(),
            ..Self::single(path)
        };
        store.files.clear();
        for entry in std::fs::read_dir(folder).map_err(DataError::io(folder, "list"))? {
            let entry = entry.map_err(DataError::io(folder, "list"))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if fit(&name) && entry.path().is_file() {
                store.files.push(Entry {
                    name: name.into(),
                    place: Place::Disk(entry.path()),
                });
            }
        }
        store.sort();
        Ok(store)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The name of a file from the root, with `/`.
    pub(crate) fn name(&self, index: usize) -> &str {
        &self.files[index].name
    }

    /// The path of a file for messages.
    pub(crate) fn path(&self, index: usize) -> PathBuf {
        match &self.files[index].place {
            Place::Disk(path) => path.clone(),
            _ => self.root.join(self.name(index)),
        }
    }

    /// The first bytes of a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn head(&self, index: usize) -> Result<Vec<u8>, DataError> {
        self.up_to(index, HEAD)
    }

    /// A file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is larger.
    pub(crate) fn read(&self, index: usize, limit: u64) -> Result<Vec<u8>, DataError> {
        let bytes = self.up_to(index, limit.saturating_add(1))?;
        if bytes.len() as u64 > limit {
            return Err(DataError::Oversized {
                path: self.path(index),
                expected: limit,
            });
        }
        Ok(bytes)
    }

    fn up_to(&self, index: usize, max: u64) -> Result<Vec<u8>, DataError> {
        self.with(index, |reader, len| read_whole(reader, len.min(max), max))
    }

    /// Hands a reader of a file to `read`, with a number of bytes that it has, or claims and can
    /// have.
    ///
    /// # Errors
    ///
    /// When it cannot be read, and those of `read`.
    pub(crate) fn with<T>(
        &self,
        index: usize,
        read: impl FnOnce(&mut dyn Read, u64) -> io::Result<T>,
    ) -> Result<T, DataError> {
        let done = match (&self.files[index].place, &self.backing) {
            (Place::Disk(path), _) => {
                // Listed before, and gone since.
                let file = open_if_there(path)?;
                file.ok_or(io::ErrorKind::NotFound.into())
                    .and_then(|mut file| {
                        let len = file.metadata()?.len();
                        read(&mut file, len)
                    })
            }
            (Place::Entry(number), Backing::Zip(archive)) => {
                zip::with_entry(archive, *number, |reader, claim, packed| {
                    read(reader, possible(claim, packed))
                })
            }
            (Place::Bytes { start, len }, Backing::Archive(shared)) => {
                let mut reader = Whole(shared.at(*start).take(*len));
                read(&mut reader, *len)
            }
            (Place::Held(span), Backing::Memory(blocks)) => {
                read(&mut blocks.get(*span), span.len())
            }
            _ => unreachable!("a place is one of its store"),
        };
        done.map_err(|error| {
            let path = self.path(index);
            match error.kind() {
                io::ErrorKind::NotFound => DataError::io(&path, "read")(error),
                _ => DataError::decoding(&path, "a whole file", error),
            }
        })
    }
}

/// Bytes of an archive, which has to have them all.
struct Whole(io::Take<Shared>);

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if self.0.limit() > 0 && !buffer.is_empty() => {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
            read => Ok(read),
        }
    }
}

/// A name inside an archive as parts joined by `/`, or why the entry is passed over.
fn name_inside(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.len() > MAX_NAME {
        return Err("a name inside an archive that is too long");
    }
    let text = text(bytes);
    // Some programs on Windows write their own separators.
    let text = match text.contains('/') {
        true => text.into_owned(),
        // Of a name that is no UTF-8, separators are no separators: they are its escapes.
        false if std::str::from_utf8(bytes).is_err() => text.into_owned(),
        false => text.replace('\\', "/"),
    };
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || drive || text.split('/').any(|part| part == "..") {
        return Err("a path that leaves the archive");
    }
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    match parts.iter().find_map(|part| leftover(part)) {
        Some(reason) => Err(reason),
        None => Ok(parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_inside_archives_stay_inside() {
        for (name, inside) in [
            ("a/b.png", "a/b.png"),
            ("./a//b.png", "a/b.png"),
            ("a\\b.png", "a/b.png"),
            ("a\\c/b.png", "a\\c/b.png"),
        ] {
            assert_eq!(name_inside(name.as_bytes()).unwrap(), inside);
        }
        for name in [
            "/etc/x",
            "../x",
            "a/../../x",
            "C:\\x",
            "\\x",
            "a/.git/x",
            "__MACOSX/a/x.png",
        ] {
            assert!(name_inside(name.as_bytes()).is_err(), "{name}");
        }
        assert!(name_inside(&[b'a'; MAX_NAME + 1]).is_err());
    }
}
