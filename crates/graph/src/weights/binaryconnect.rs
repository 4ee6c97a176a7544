//! `binaryconnect`: the sign alone, of weights that are clipped to −1…1 after each step
//! (Courbariaux et al. 2015).

use super::{Kernel, Kind, Quantized, Scale, Storage, Training, signs};

pub(super) struct BinaryConnect;

impl Kind for BinaryConnect {
    fn name(&self) -> &'static str {
        "binaryconnect"
    }

    fn about(&self) -> &'static str {
        "the sign alone, of weights clipped to -1…1 (Courbariaux et al. 2015)"
    }

    fn storage(&self) -> Storage {
        Storage::Signs
    }

    fn scales(&self, _: usize) -> usize {
        0
    }

    fn quantize(&self, _: &Kernel, latent: &[f32]) -> Option<Quantized> {
        Some(Quantized {
            scale: Scale::Layer(1.0),
            values: signs(latent),
        })
    }

    fn training(&self) -> Training {
        Training::PlainSign
    }

    fn clip(&self) -> Option<f64> {
        Some(1.0)
    }
}
