//! What is done to images, in pixels.

use rand::Rng;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::paper::paper;
use super::{AugmentOp, Tone, Warp};
use crate::rng::{Stream, rng};

/// What is done to each image, in this order: warp, tone, flip, pad and crop, cutout, mixup.
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
    /// How far it is rotated, shifted and scaled.
    pub warp: Warp,
    /// How far brightness and contrast change, and the noise.
    pub tone: Tone,
    /// With α > 0, in thousandths, a [`Loader`](crate::Loader) mixes each image with another one;
    /// [`augment`](Self::augment), which sees one image, does not.
    pub mixup: u32,
}

impl AugmentSpec {
    /// Images as they are.
    pub const NONE: Self = Self {
        flip: false,
        pad: 0,
        cutout: None,
        scale: None,
        warp: Warp::NONE,
        tone: Tone::NONE,
        mixup: 0,
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

    /// Sets [`warp`](Self::warp).
    #[must_use]
    pub const fn with_warp(mut self, warp: Warp) -> Self {
        self.warp = warp;
        self
    }

    /// Sets [`tone`](Self::tone).
    #[must_use]
    pub const fn with_tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Sets [`mixup`](Self::mixup).
    #[must_use]
    pub const fn with_mixup(mut self, mixup: u32) -> Self {
        self.mixup = mixup;
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
    pub fn augment<R: Rng + Clone>(
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
        if self.warp == Warp::NONE && self.tone == Tone::NONE {
            return paper(self, src, [height, width], rng, dst);
        }
        let draws = Draws::beside(rng);
        let mut image = src.to_vec();
        if self.warp != Warp::NONE {
            self.warp.apply(src, [height, width], &draws, &mut image);
        }
        self.tone.apply(&mut image, &draws);
        paper(self, &image, [height, width], rng, dst);
    }

    /// Augments what has been cut out of a photograph, by what is not done to the photograph
    /// itself.
    pub(crate) fn augment_cut<R: Rng + Clone>(
        &self,
        shape: [usize; 3],
        rng: &mut R,
        image: &mut [u8],
    ) {
        let rest = Self {
            flip: self.flip && self.scale.is_none(),
            scale: None,
            mixup: 0,
            ..*self
        };
        if rest != Self::NONE {
            let seen = image.to_vec();
            rest.augment(&seen, shape, rng, image);
        }
    }
}

/// The generators of the operations that are not the paper's.
pub(super) struct Draws {
    seed: u64,
}

impl Draws {
    /// Those that go with `rng`, of which nothing is taken.
    fn beside<R: Rng + Clone>(rng: &R) -> Self {
        let seed = rng.clone().next_u64();
        Self { seed }
    }

    /// An operation's own.
    pub(super) fn of(&self, op: AugmentOp) -> Pcg64Mcg {
        rng(self.seed, Stream::Operation, op as u64, 0)
    }
}
