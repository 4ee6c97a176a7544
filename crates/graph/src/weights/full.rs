//! `32bit`: the weights themselves, the full-precision baseline.

use super::{Kernel, Kind, Quantized, Storage, Training};

pub(super) struct Full;

impl Kind for Full {
    fn name(&self) -> &'static str {
        "32bit"
    }

    fn about(&self) -> &'static str {
        "the weights themselves: the full-precision baseline"
    }

    fn storage(&self) -> Storage {
        Storage::Float
    }

    fn scales(&self, _: usize) -> usize {
        0
    }

    fn quantize(&self, _: &Kernel, _: &[f32]) -> Option<Quantized> {
        None
    }

    fn training(&self) -> Training {
        Training::Real
    }
}
