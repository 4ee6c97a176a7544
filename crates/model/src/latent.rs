//! What training makes of the latent weights of a 1-bit layer before it takes their signs, and of the
//! gradient that comes back.
//!
//! For the weights w of a filter (the kernel of one output channel) and σ, the layer's initial
//! deviation ([`Kernel::deviation`]):
//!
//! ```text
//! none:         v = w
//! centre:       v = w − mean(w)
//! standardise:  v = σ · (w − mean(w)) / deviation(w)
//!
//! ∂L/∂v = f(v / σ) · ∂L/∂sign,   then through the norm to w
//!
//! straight:  f(x) = 1
//! clip:      f(x) = 1 where |x| ≤ 1, else 0
//! ede:       f(x) = max(1, t) · (1 − tanh²(t·x)),   t = 10^(2p − 1)
//! reste:     f(x) = |x|^(1/o − 1) / o,   o = 1 + 2p;   0.1^(1/o − 1) where |x| ≤ 0.1, 0 where |x| > 1.5
//! ```
//!
//! p is the share of the run's steps that are done. `centre` and `standardise` are those of Libra-PB,
//! and `ede` is the error decay estimator (IR-Net: Qin et al., CVPR 2020, sections 3.2 and 3.3), whose
//! max(1/t, 1) · t is max(1, t) here; `reste` is of Wu et al. (ICCV 2023, section 4). Of these norms only the mean
//! changes a sign. The deviation changes how large a step is beside the weights: the gradient goes
//! through both. σ keeps the units of a layer's weights, so a learning rate means the same with
//! and without.
//!
//! Everything is computed on the host, filter by filter in 64 bits, so that what is deployed has the
//! signs that were trained.

use graph::{Estimator, Kernel, LatentNorm};

use crate::slope::Slope;

/// What becomes of the latent weights of a 1-bit layer, and of their gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latent {
    /// Before the sign.
    pub norm: LatentNorm,
    /// The sign's gradient.
    pub estimator: Estimator,
    /// The share of the run that is done, from 0 to 1.
    pub progress: f64,
}

/// Mean of a filter, and what its weights are multiplied with after it is subtracted.
struct Moments {
    mean: f64,
    factor: f64,
}

impl Latent {
    /// Whether weights and gradient pass unchanged.
    pub fn is_plain(&self) -> bool {
        self.norm == LatentNorm::None && self.estimator == Estimator::Straight
    }

    /// Makes of latent weights what the sign is taken of.
    pub fn apply(&self, kernel: &Kernel, weights: &mut [f32]) {
        if self.norm == LatentNorm::None {
            return;
        }
        for filter in weights.chunks_mut(kernel.row_len()) {
            let Moments { mean, factor } = self.moments(kernel, filter);
            for weight in filter {
                *weight = ((f64::from(*weight) - mean) * factor) as f32;
            }
        }
    }

    /// Makes of the gradient with respect to the signs that of the latent weights.
    pub fn gradient(&self, kernel: &Kernel, weights: &[f32], gradient: &mut [f32]) {
        let unit = (1.0 / kernel.deviation()) as f32;
        let slope = Slope::new(self.estimator, self.progress);
        let len = kernel.row_len();
        let mut values = vec![0.0; len];
        for (filter, gradient) in weights.chunks(len).zip(gradient.chunks_mut(len)) {
            let plain = self.norm == LatentNorm::None;
            let Moments { mean, factor } = match plain {
                true => Moments {
                    mean: 0.0,
                    factor: 1.0,
                },
                false => self.moments(kernel, filter),
            };
            for (value, &weight) in values.iter_mut().zip(filter) {
                *value = ((f64::from(weight) - mean) * factor) as f32 * unit;
            }
            slope.multiply(gradient, &values);
            if plain {
                continue;
            }
            let n = filter.len() as f64;
            let shift = gradient.iter().map(|&g| f64::from(g)).sum::<f64>() / n;
            let along = match self.norm {
                LatentNorm::Standardise => {
                    let products = gradient.iter().zip(&values);
                    let products = products.map(|(&g, &v)| f64::from(g) * f64::from(v));
                    products.sum::<f64>() / n
                }
                _ => 0.0,
            };
            for (gradient, &value) in gradient.iter_mut().zip(&values) {
                let along = f64::from(value) * along;
                *gradient = ((f64::from(*gradient) - shift - along) * factor) as f32;
            }
        }
    }

    fn moments(&self, kernel: &Kernel, filter: &[f32]) -> Moments {
        let n = filter.len() as f64;
        let mean = filter.iter().map(|&w| f64::from(w)).sum::<f64>() / n;
        let factor = match self.norm {
            LatentNorm::Standardise => {
                let squares = filter.iter().map(|&w| (f64::from(w) - mean).powi(2));
                let deviation = (squares.sum::<f64>() / n).sqrt();
                // Equal weights have none.
                kernel.deviation() / deviation.max(1e-6 * kernel.deviation())
            }
            _ => 1.0,
        };
        Moments { mean, factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: Kernel = Kernel {
        out: 2,
        inputs: 1,
        size: 2,
        gain: 2.0,
    };

    fn latent(norm: LatentNorm, estimator: Estimator, progress: f64) -> Latent {
        Latent {
            norm,
            estimator,
            progress,
        }
    }

    #[test]
    fn filters_lose_their_mean_and_get_the_initial_deviation() {
        let weights = [1.0, 2.0, 3.0, 6.0, -1.0, -1.0, -1.0, -1.0];
        let mut centred = weights;
        latent(LatentNorm::Centre, Estimator::Straight, 0.0).apply(&KERNEL, &mut centred);
        assert_eq!(centred, [-2.0, -1.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
        let mut standardised = weights;
        latent(LatentNorm::Standardise, Estimator::Straight, 0.0).apply(&KERNEL, &mut standardised);
        // A variance of 14 / 4 becomes 2 / 4, that of He's initialisation.
        let factor = KERNEL.deviation() / 3.5f64.sqrt();
        for (found, centred) in standardised.iter().zip(centred) {
            assert!((f64::from(*found) - factor * f64::from(centred)).abs() < 1e-6);
        }
    }

    /// The norms' gradients are those of finite differences of a linear loss.
    #[test]
    fn the_gradient_goes_through_mean_and_deviation() {
        let weights = [0.5f32, -0.25, 1.0, 0.125, 0.75, -0.5, 0.375, 0.25];
        let loss_gradient = [1.0f32, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0, 1.5];
        for norm in LatentNorm::ALL {
            let rule = latent(norm, Estimator::Straight, 0.0);
            let mut found = loss_gradient;
            rule.gradient(&KERNEL, &weights, &mut found);
            let loss = |weights: &[f32]| {
                let mut values = weights.to_vec();
                rule.apply(&KERNEL, &mut values);
                let terms = values.iter().zip(loss_gradient);
                terms
                    .map(|(&v, g)| f64::from(v) * f64::from(g))
                    .sum::<f64>()
            };
            for (place, found) in found.iter().enumerate() {
                let step = 1.0 / 256.0;
                let moved = |by: f32| {
                    let mut weights = weights;
                    weights[place] += by;
                    loss(&weights)
                };
                let expected = (moved(step) - moved(-step)) / f64::from(2.0 * step);
                assert!(
                    (f64::from(*found) - expected).abs() < 1e-3,
                    "{norm} {place}: {found}, expected {expected}"
                );
            }
        }
    }

    /// Where nothing changes the gradient, it is the same to the bit.
    #[test]
    fn plain_changes_nothing() {
        let weights = [0.1f32, -0.2, 0.3, 0.7, 0.5, -0.6, 0.7, 0.8];
        let rule = Latent::default();
        assert!(rule.is_plain());
        let (mut values, mut gradient) = (weights, weights);
        rule.apply(&KERNEL, &mut values);
        rule.gradient(&KERNEL, &weights, &mut gradient);
        assert_eq!((values, gradient), (weights, weights));
    }
}
