//! `bwn`: the sign, times the mean |W| of each output channel (Rastegari et al. 2016).

use super::{Kernel, Kind, Quantized, Scale, Storage, Training, signs};

pub(super) struct Bwn;

impl Kind for Bwn {
    fn name(&self) -> &'static str {
        "bwn"
    }

    fn about(&self) -> &'static str {
        "the sign, times the mean |W| of each output channel (Rastegari et al. 2016)"
    }

    fn storage(&self) -> Storage {
        Storage::Signs
    }

    fn scales(&self, out: usize) -> usize {
        out
    }

    fn quantize(&self, kernel: &Kernel, latent: &[f32]) -> Option<Quantized> {
        Some(Quantized {
            scale: Scale::mean_of_rows(latent, kernel.row_len()),
            values: signs(latent),
        })
    }

    fn training(&self) -> Training {
        Training::MeanSign { per_channel: true }
    }
}
