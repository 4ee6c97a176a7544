//! `1bit`: the sign, times one constant per layer (McDonnell 2018, equation (1)).

use super::{Kernel, Kind, Quantized, Scale, Storage, Training, signs};

pub(super) struct OneBit;

impl Kind for OneBit {
    fn name(&self) -> &'static str {
        "1bit"
    }

    fn about(&self) -> &'static str {
        "the sign, times one constant per layer (McDonnell 2018)"
    }

    fn storage(&self) -> Storage {
        Storage::Signs
    }

    fn scales(&self, _: usize) -> usize {
        1
    }

    fn quantize(&self, kernel: &Kernel, latent: &[f32]) -> Option<Quantized> {
        Some(Quantized {
            scale: Scale::Layer(kernel.deviation() as f32),
            values: signs(latent),
        })
    }

    fn training(&self) -> Training {
        Training::Sign
    }
}
