//! Images with their labels: in memory, or photographs that stay in their files.

mod digest;
mod make;
mod own;
mod photos;
mod sample;
mod split;

use std::borrow::Cow;

pub use digest::Digests;
use own::OwnPictures;
pub use photos::PhotoFolders;
use rand::Rng;
pub(crate) use split::by_class;

use crate::{AugmentSpec, DataError};

/// 8-bit images of one shape, N×C×H×W, with a label each.
///
/// What holds for every value of this type: the shape is at least 1×1×1, there are as many labels
/// as images, every label names a class, and an index fits a `u32`.
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    channels: usize,
    height: usize,
    width: usize,
    class_names: Vec<String>,
    pixels: Pixels,
    labels: Vec<u16>,
}

#[derive(Clone, PartialEq, Eq)]
enum Pixels {
    /// N×C×H×W.
    Memory(Vec<u8>),
    /// N photographs, of which a crop is seen.
    Files(PhotoFolders),
    /// N pictures of a user's own, too many for the memory.
    Own(OwnPictures),
}

/// The parts of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits {
    /// What a network learns from.
    pub train: Images,
    /// What choices are made by, where the data bring it.
    pub validation: Option<Images>,
    /// What a finished network is judged by; choices are made on a validation split of `train`.
    pub test: Images,
}

impl Images {
    /// Whether these are photographs that are decoded when they are wanted.
    pub fn are_photos(&self) -> bool {
        matches!(self.pixels, Pixels::Files(_))
    }

    /// The number of images, N.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Channels, height and width of one image.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// The name of each class, by label.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The C×H×W bytes of one image.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`len`](Self::len), or when they are [not in
    /// memory](Self::are_in_memory).
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.image_size();
        match &self.pixels {
            Pixels::Memory(pixels) => &pixels[index * size..][..size],
            Pixels::Files(_) | Pixels::Own(_) => panic!("these images are not in memory"),
        }
    }

    /// Whether every image is in memory; others are decoded when they are wanted.
    pub fn are_in_memory(&self) -> bool {
        matches!(self.pixels, Pixels::Memory(_))
    }

    /// The C×H×W bytes of one image, decoded if it is not in memory; of a photograph its centre.
    ///
    /// # Errors
    ///
    /// When its file cannot be read.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`len`](Self::len).
    pub fn read(&self, index: usize) -> Result<Cow<'_, [u8]>, DataError> {
        let mut bytes = match &self.pixels {
            Pixels::Memory(_) => return Ok(Cow::Borrowed(self.image(index))),
            _ => vec![0; self.image_size()],
        };
        match &self.pixels {
            Pixels::Memory(_) => {}
            Pixels::Files(folders) => {
                let class = &self.class_names[usize::from(self.labels[index])];
                folders.read(index, class)?.centre(&mut bytes);
            }
            Pixels::Own(pictures) => pictures.read(index, &mut bytes)?,
        }
        Ok(Cow::Owned(bytes))
    }

    /// Writes what a network sees of one image: `views` times C×H×W bytes.
    ///
    /// Of a small image that is the augmented image. Of a photograph it is a random crop
    /// where `augment` scales, else the centre, and then the rest of `augment`; or with several
    /// `views` so many of the 25 crops.
    ///
    /// # Errors
    ///
    /// When a photograph cannot be read.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`len`](Self::len), or `dst` has another length.
    pub fn view<R: Rng + Clone>(
        &self,
        index: usize,
        augment: &AugmentSpec,
        views: usize,
        rng: &mut R,
        dst: &mut [u8],
    ) -> Result<(), DataError> {
        let folders = match &self.pixels {
            Pixels::Memory(_) | Pixels::Own(_) => {
                augment.augment(&self.read(index)?, self.shape(), rng, dst);
                return Ok(());
            }
            Pixels::Files(folders) => folders,
        };
        let class = &self.class_names[usize::from(self.labels[index])];
        let photo = folders.read(index, class)?;
        match (augment.scale, views) {
            (Some(scale), _) => photo.random(scale, augment.flip, rng, dst),
            (None, 1) => photo.centre(dst),
            (None, _) => {
                let size = self.image_size();
                for (view, dst) in dst.chunks_exact_mut(size).enumerate() {
                    photo.crop(view, rng, dst);
                }
                return Ok(());
            }
        }
        augment.augment_cut(self.shape(), rng, dst);
        Ok(())
    }

    /// The label of one image.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`len`](Self::len).
    pub fn label(&self, index: usize) -> u16 {
        self.labels[index]
    }

    /// All labels, N.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// Bytes of one image.
    fn image_size(&self) -> usize {
        self.channels * self.height * self.width
    }
}

/// The shape and the counts; millions of pixels would help nobody.
impl std::fmt::Debug for Images {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Images")
            .field("len", &self.len())
            .field("shape", &self.shape())
            .field("classes", &self.classes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `n` images of 1×1×2 whose two bytes are the image's number and its double.
    pub(in crate::images) fn numbered(n: u8) -> Images {
        let names = vec!["even".into(), "odd".into()];
        let pixels = (0..n).flat_map(|i| [i, i.wrapping_mul(2)]).collect();
        Images::new(
            1,
            1,
            2,
            names,
            pixels,
            (0..n).map(|i| u16::from(i % 2)).collect(),
        )
        .unwrap()
    }
}
