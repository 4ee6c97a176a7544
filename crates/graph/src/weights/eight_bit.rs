//! `8bit`: integers −127…127 with a scale per output channel.
//!
//! ```text
//! scale = max|W| / 127 of the output channel,  integer = W / scale, rounded, ties to even
//! ```
//!
//! The gradient goes straight through. The usual symmetric quantisation per channel (Krishnamoorthi
//! 2018, arXiv 1806.08342, section 2).

use alloc::vec::Vec;

use super::{Kernel, Kind, Quantized, Scale, Storage};

pub(super) struct EightBit;

/// The greatest integer. −128 stays unused, so that the range is symmetric.
const MAX: f32 = 127.0;

impl Kind for EightBit {
    fn name(&self) -> &'static str {
        "8bit"
    }

    fn about(&self) -> &'static str {
        "integers -127…127, times max|W| / 127 of each output channel"
    }

    fn storage(&self) -> Storage {
        Storage::Int8
    }

    fn scales(&self, out: usize) -> usize {
        out
    }

    fn quantize(&self, kernel: &Kernel, latent: &[f32]) -> Option<Quantized> {
        let scales: Vec<f32> = latent.chunks(kernel.row_len()).map(scale).collect();
        let rows = latent.chunks(kernel.row_len()).zip(&scales);
        let values = rows.flat_map(|(row, &scale)| {
            let integer = move |&w: &f32| libm::rintf(w / scale).clamp(-MAX, MAX) as i8;
            row.iter().map(integer)
        });
        let values = values.collect();
        Some(Quantized {
            scale: Scale::Channels(scales),
            values,
        })
    }
}

/// Zeros alone have any scale.
fn scale(row: &[f32]) -> f32 {
    let max = row.iter().fold(0.0f32, |max, w| max.max(w.abs()));
    let scale = max / MAX;
    if scale > 0.0 { scale } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let kernel = Kernel {
            out: 2,
            inputs: 4,
            size: 1,
            gain: 2.0,
        };
        // A scale of 1, then one of 2: 0.5 and 1.5 go to the even neighbour.
        let latent = [127.0, 0.5, 1.5, -2.5, -254.0, 1.0, 3.0, 0.0];
        let quantized = EightBit.quantize(&kernel, &latent).unwrap();
        assert_eq!(quantized.scale, Scale::Channels([1.0, 2.0].into()));
        assert_eq!(quantized.values, [127, 0, 2, -2, -127, 0, 2, 0]);
    }
}
