//! `bwn-layer`: the sign, times the mean |W| of the layer (after Rastegari et al. 2016).

use super::{Kernel, Kind, Quantized, Scale, Storage, Training, signs};

pub(super) struct BwnLayer;

impl Kind for BwnLayer {
    fn name(&self) -> &'static str {
        "bwn-layer"
    }

    fn about(&self) -> &'static str {
        "the sign, times the mean |W| of the layer (after Rastegari et al. 2016)"
    }

    fn storage(&self) -> Storage {
        Storage::Signs
    }

    fn scales(&self, _: usize) -> usize {
        1
    }

    fn quantize(&self, _: &Kernel, latent: &[f32]) -> Option<Quantized> {
        Some(Quantized {
            scale: Scale::Layer(Scale::mean(latent)),
            values: signs(latent),
        })
    }

    fn training(&self) -> Training {
        Training::MeanSign { per_channel: false }
    }
}
