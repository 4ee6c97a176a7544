//! Random flips, crops and cutout, image by image.
//!
//! As in the paper (McDonnell 2018, section 3, after He et al. and DeVries & Taylor 2017): what
//! lies outside the image, and the patch of cutout, is not black but uniform random integers.

use std::ops::Range;

use rand::Rng;
use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::DataError;
use crate::rng::{Bytes, below};

word_list! {
    /// The named augmentations, of which `crop-flip` and `crop-flip-cutout` are the paper's "+" and
    /// "++".
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum Augment("augment", DataError) {
        /// Images as they are.
        #[default]
        None = "none",
        /// Crop after padding by 4, as the paper has it for SVHN, whose digits have no mirror image.
        Crop = "crop",
        /// "+": flip, and crop after padding by 4.
        CropFlip = "crop-flip",
        /// "++": the same, then one patch of 18×18.
        CropFlipCutout = "crop-flip-cutout",
        /// Photographs of any size (ImageNet): scaled so that the shorter side is 256 to 480,
        /// cropped to 224×224, flipped (He et al. 2016, section 3.4).
        ScaleCropFlip = "scale-crop-flip",
    }
}

impl Augment {
    /// What the word stands for.
    pub fn spec(self) -> AugmentSpec {
        match self {
            Self::None => AugmentSpec::NONE,
            Self::Crop => AugmentSpec {
                pad: 4,
                ..AugmentSpec::NONE
            },
            Self::CropFlip => AugmentSpec {
                flip: true,
                pad: 4,
                ..AugmentSpec::NONE
            },
            Self::CropFlipCutout => AugmentSpec {
                flip: true,
                pad: 4,
                cutout: Some(18),
                ..AugmentSpec::NONE
            },
            Self::ScaleCropFlip => AugmentSpec {
                flip: true,
                scale: Some([256, 480]),
                ..AugmentSpec::NONE
            },
        }
    }
}

/// What is done to each image, in this order: flip, pad and crop, cutout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AugmentSpec {
    /// Whether to mirror left-right with probability 1/2.
    pub flip: bool,
    /// Pixels of random padding on each side before a crop to the old size; 0 for no crop.
    pub pad: usize,
    /// The side of one square patch of random pixels, in pixels.
    pub cutout: Option<usize>,
    /// Least and greatest length in pixels that the shorter side of a photograph is scaled to
    /// before a crop, only for images that are read from files of any size.
    pub scale: Option<[u32; 2]>,
}

impl AugmentSpec {
    /// Images as they are.
    pub const NONE: Self = Self {
        flip: false,
        pad: 0,
        cutout: None,
        scale: None,
    };

    /// Sets [`flip`](Self::flip).
    #[must_use]
    pub const fn with_flip(mut self, flip: bool) -> Self {
        self.flip = flip;
        self
    }

    /// Sets [`pad`](Self::pad).
    #[must_use]
    pub const fn with_pad(mut self, pad: usize) -> Self {
        self.pad = pad;
        self
    }

    /// Sets [`cutout`](Self::cutout).
    #[must_use]
    pub const fn with_cutout(mut self, cutout: Option<usize>) -> Self {
        self.cutout = cutout;
        self
    }

    /// Sets [`scale`](Self::scale).
    #[must_use]
    pub const fn with_scale(mut self, scale: Option<[u32; 2]>) -> Self {
        self.scale = scale;
        self
    }

    /// The largest padding and patch: both reach past any image in use, and sums stay far from
    /// overflow. Larger values act as this one; [`Loader::new`](crate::Loader::new) refuses them.
    pub const MAX_REACH: usize = 1 << 16;

    /// Writes the augmented `src` to `dst`, both C×H×W as `shape` says.
    ///
    /// Padding: uniform integers 0–255, independent for each pixel and channel; the crop's corner
    /// is uniform on `0..=2 * pad` in each axis. Cutout: the patch's top-left is uniform on
    /// `-(side - 1)..=H - 1` (and W), where it touches the image at all, so each pixel is covered
    /// by `side` of the `H + side - 1` positions, and all equally often.
    ///
    /// # Panics
    ///
    /// When `src` or `dst` does not hold C×H×W bytes.
    pub fn augment<R: Rng + ?Sized>(
        &self,
        src: &[u8],
        shape: [usize; 3],
        rng: &mut R,
        dst: &mut [u8],
    ) {
        let [channels, height, width] = shape;
        let size = channels * height * width;
        assert_eq!(
            (src.len(), dst.len()),
            (size, size),
            "an image of {shape:?} in and out"
        );
        if size == 0 {
            return;
        }
        let flip = self.flip && below(rng, 2) == 1;
        let pad = self.pad.min(Self::MAX_REACH);
        let top = below(rng, 2 * pad as u64 + 1) as usize;
        let left = below(rng, 2 * pad as u64 + 1) as usize;
        let (rows, first_row) = visible(top, pad, height);
        let (columns, first_column) = visible(left, pad, width);

        let mut noise = Bytes::new(rng);
        let planes = src
            .chunks_exact(height * width)
            .zip(dst.chunks_exact_mut(height * width));
        for (src, dst) in planes {
            for (y, dst) in dst.chunks_exact_mut(width).enumerate() {
                if !rows.contains(&y) {
                    noise.fill(dst);
                    continue;
                }
                let src = &src[(first_row + y - rows.start) * width..][..width];
                noise.fill(&mut dst[..columns.start]);
                noise.fill(&mut dst[columns.end..]);
                let inside = &mut dst[columns.clone()];
                let count = inside.len();
                if flip {
                    // Pixel x of the mirrored row is pixel width - 1 - x of the row.
                    let mirrored = &src[width - first_column - count..][..count];
                    inside
                        .iter_mut()
                        .zip(mirrored.iter().rev())
                        .for_each(|(to, &from)| *to = from);
                } else {
                    inside.copy_from_slice(&src[first_column..][..count]);
                }
            }
        }
        if let Some(side) = self.cutout {
            cut_out(side.min(Self::MAX_REACH), [height, width], rng, dst);
        }
    }
}

/// What crop position `at` shows of an axis of `length` pixels, padded by `pad` on both sides: the
/// range of the crop that the image fills, and the image's pixel at which that range begins.
fn visible(at: usize, pad: usize, length: usize) -> (Range<usize>, usize) {
    let start = pad.saturating_sub(at).min(length);
    let source = at.saturating_sub(pad).min(length);
    (start..length - source, source) // one of `start` and `source` is 0
}

/// Fills one square of `side` in each plane of `dst` with random bytes, clipped to the image.
fn cut_out<R: Rng + ?Sized>(side: usize, [height, width]: [usize; 2], rng: &mut R, dst: &mut [u8]) {
    if side == 0 {
        return;
    }
    // Counting positions from -(side - 1): the patch ends before `last + 1`, and begins `side`
    // earlier, or at the border.
    let last_row = below(rng, (height + side - 1) as u64) as usize;
    let last_column = below(rng, (width + side - 1) as u64) as usize;
    let rows = (last_row + 1).saturating_sub(side)..(last_row + 1).min(height);
    let columns = (last_column + 1).saturating_sub(side)..(last_column + 1).min(width);
    let mut noise = Bytes::new(rng);
    for plane in dst.chunks_exact_mut(height * width) {
        for row in plane
            .chunks_exact_mut(width)
            .take(rows.end)
            .skip(rows.start)
        {
            noise.fill(&mut row[columns.clone()]);
        }
    }
}
