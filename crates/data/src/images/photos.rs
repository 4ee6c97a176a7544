//! Photographs that stay in their files.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::{Images, Pixels};
use crate::formats::photo::{Header, MAX_FILE, MAX_PIXELS, MAX_SIDE, Photo};
use crate::formats::{open_if_there, read_whole};
use crate::own::parallel;
use crate::{BadFile, DataError, PassedOver};

/// The names of photographs under `dir/CLASS/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFolders {
    dir: PathBuf,
    names: Vec<Box<str>>,
    /// Files and folders beside them that are no part of the data.
    passed: Vec<PassedOver>,
}

impl PhotoFolders {
    /// Photographs by the names of their files, in order of their labels.
    pub(crate) fn new(dir: PathBuf, names: Vec<Box<str>>, passed: Vec<PassedOver>) -> Self {
        Self { dir, names, passed }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Keeps those of these indices, which ascend.
    pub(super) fn keep(&mut self, indices: &[usize]) {
        for (to, &from) in indices.iter().enumerate() {
            self.names.swap(to, from);
        }
        self.names.truncate(indices.len());
    }

    /// Those of these indices.
    pub(super) fn select(&self, indices: &[usize]) -> Self {
        Self {
            dir: self.dir.clone(),
            names: indices.iter().map(|&i| self.names[i].clone()).collect(),
            passed: self.passed.clone(),
        }
    }

    /// Reads and decodes one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is too large, or is no picture.
    pub(super) fn read(&self, index: usize, class: &str) -> Result<Photo, DataError> {
        let bytes = self.bytes(index, class)?;
        Photo::decode(&bytes).map_err(malformed(self.path(index, class)))
    }

    fn path(&self, index: usize, class: &str) -> PathBuf {
        self.dir.join(class).join(&*self.names[index])
    }

    /// The bytes of the file of one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is too large.
    pub(super) fn bytes(&self, index: usize, class: &str) -> Result<Vec<u8>, DataError> {
        let path = self.path(index, class);
        // Listed when training began, and gone since.
        let file = open_if_there(&path)?
            .ok_or_else(|| DataError::io(&path, "open")(ErrorKind::NotFound.into()))?;
        let there = file.metadata().map_or(0, |metadata| metadata.len());
        let bytes = read_whole(&mut &file, there, MAX_FILE + 1);
        let bytes = bytes.map_err(DataError::io(&path, "read"))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(malformed(path)("a larger file".into()));
        }
        Ok(bytes)
    }
}

/// Up to so many photographs are decoded when they are checked; of more, only headers and ends are
/// looked at, since decoding a million takes hours.
const MAX_DECODED: usize = 50_000;

impl Images {
    /// The photographs that cannot be read, by their paths: all of them, so that they can be mended
    /// before anything is trained. Other images have none. 0 `threads` means one per processor.
    pub fn unreadable(&self, threads: usize) -> Vec<BadFile> {
        let Pixels::Files(folders) = &self.pixels else {
            return Vec::new();
        };
        let check = |index: usize| {
            let class = &self.class_names[usize::from(self.labels[index])];
            let reason = match folders.bytes(index, class) {
                Err(DataError::Io { doing, source, .. }) => {
                    Some(format!("cannot {doing}: {source}"))
                }
                Err(error) => Some(error.to_string()),
                Ok(bytes) if self.len() <= MAX_DECODED => Photo::decode(&bytes).err(),
                Ok(bytes) => Header::read(&bytes).err(),
            };
            let path = folders.path(index, class).to_string_lossy().into_owned();
            reason.map(|reason| BadFile { path, reason })
        };
        parallel::map(self.len(), threads, check)
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Images {
    /// What lies in the folders of photographs and is no part of the data.
    pub fn passed_over(&self) -> &[PassedOver] {
        match &self.pixels {
            Pixels::Files(folders) => &folders.passed,
            _ => &[],
        }
    }

    /// The images without those photographs of these paths, as [`unreadable`](Self::unreadable)
    /// names them.
    #[must_use]
    pub fn without(mut self, bad: &[BadFile]) -> Self {
        let Pixels::Files(folders) = &mut self.pixels else {
            return self;
        };
        let bad: HashSet<&str> = bad.iter().map(|file| file.path.as_str()).collect();
        let kept: Vec<usize> = (0..self.labels.len())
            .filter(|&index| {
                let class = &self.class_names[usize::from(self.labels[index])];
                let path = folders.path(index, class);
                !bad.contains(&*path.to_string_lossy())
            })
            .collect();
        folders.keep(&kept);
        self.labels = kept.iter().map(|&index| self.labels[index]).collect();
        self
    }
}

fn malformed(path: PathBuf) -> impl FnOnce(String) -> DataError {
    move |found| DataError::Malformed {
        path,
        place: "photograph".into(),
        expected: format!(
            "a picture of at most {MAX_FILE} bytes, {MAX_SIDE} pixels a side and {MAX_PIXELS} in all"
        ),
        found,
    }
}
