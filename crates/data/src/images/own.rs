//! A user's own pictures that stay in their files.

use pixels::Preprocessing;

use super::{Images, Pixels};
use crate::DataError;
use crate::own::OwnFiles;

/// Pictures that are decoded and prepared when they are wanted.
#[derive(Clone)]
pub(super) struct OwnPictures {
    files: OwnFiles,
    chosen: Vec<u32>,
    preprocessing: Preprocessing,
}

impl PartialEq for OwnPictures {
    fn eq(&self, other: &Self) -> bool {
        self.files.is(&other.files)
            && self.chosen == other.chosen
            && self.preprocessing == other.preprocessing
    }
}

impl Eq for OwnPictures {}

impl OwnPictures {
    /// Those of these indices.
    pub(super) fn select(&self, indices: &[usize]) -> Self {
        Self {
            files: self.files.clone(),
            chosen: indices.iter().map(|&i| self.chosen[i]).collect(),
            preprocessing: self.preprocessing,
        }
    }

    /// Writes what a network sees of one.
    pub(super) fn read(&self, index: usize, dst: &mut [u8]) -> Result<(), DataError> {
        let file = self.chosen[index] as usize;
        let made = self.files.with(file, |decoded| {
            self.preprocessing.apply(&decoded.picture(), dst)
        });
        made.map_err(|found| DataError::Malformed {
            path: self.files.store().path(file),
            place: "picture".into(),
            expected: "the picture that was read before".into(),
            found,
        })
    }
}

impl Images {
    /// Pictures that are prepared when they are wanted.
    pub(crate) fn own(
        preprocessing: Preprocessing,
        class_names: Vec<String>,
        files: OwnFiles,
        chosen: Vec<u32>,
        labels: Vec<u16>,
    ) -> Result<Self, DataError> {
        let Preprocessing {
            channels,
            height,
            width,
            ..
        } = preprocessing;
        let empty = Self::new(channels, height, width, class_names, Vec::new(), Vec::new())?;
        Ok(Self {
            pixels: Pixels::Own(OwnPictures {
                files,
                chosen,
                preprocessing,
            }),
            labels,
            ..empty
        })
    }
}
