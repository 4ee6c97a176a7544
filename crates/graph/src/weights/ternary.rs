//! `ternary`: −1, 0, +1 times one constant per layer.
//!
//! A weight counts where |w| > 0.7 · mean|W| of the layer, the threshold of Li & Liu 2016 (arXiv
//! 1605.04711, equation (6)). The scale keeps the variance of He's initialisation, as equation (1)
//! of McDonnell 2018 does for signs:
//!
//! ```text
//! Ŵ = scale · sign(W) · [|W| > 0.7 · mean|W|],   scale = sqrt(gain / (F²·C_in)) · sqrt(n / n₀)
//! ```
//!
//! for n weights of which n₀ count. The gradient goes straight through.

use super::{Kernel, Kind, Quantized, Scale, Storage};

pub(super) struct Ternary;

/// Times the mean |W| of the layer.
const THRESHOLD: f64 = 0.7;

impl Kind for Ternary {
    fn name(&self) -> &'static str {
        "ternary"
    }

    fn about(&self) -> &'static str {
        "-1, 0, +1, times one constant per layer; 0 up to 0.7 mean|W| (Li & Liu 2016)"
    }

    fn storage(&self) -> Storage {
        Storage::Ternary
    }

    fn scales(&self, _: usize) -> usize {
        1
    }

    fn quantize(&self, kernel: &Kernel, latent: &[f32]) -> Option<Quantized> {
        let sum: f64 = latent.iter().map(|&w| f64::from(w.abs())).sum();
        let threshold = (THRESHOLD * sum / latent.len() as f64) as f32;
        let value = |&w: &f32| match w.abs() > threshold {
            true if w > 0.0 => 1,
            true => -1,
            false => 0,
        };
        let values: alloc::vec::Vec<i8> = latent.iter().map(value).collect();
        let counting = values.iter().filter(|&&value| value != 0).count().max(1);
        let scale = kernel.deviation() * libm::sqrt(latent.len() as f64 / counting as f64);
        Some(Quantized {
            scale: Scale::Layer(scale as f32),
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let kernel = Kernel {
            out: 1,
            inputs: 4,
            size: 1,
            gain: 2.0,
        };
        // mean |W| = 1, threshold 0.7; two of four count: sqrt(2/4) · sqrt(4/2) = 1.
        let quantized = Ternary.quantize(&kernel, &[2.0, -1.5, 0.5, 0.0]).unwrap();
        assert_eq!(quantized.values, [1, -1, 0, 0]);
        assert_eq!(quantized.scale, Scale::Layer(1.0));
    }
}
