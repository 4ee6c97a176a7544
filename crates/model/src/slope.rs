//! What stands in for the gradient of the sign: the formulas stand in `latent.rs`.
//!
//! Powers are computed by polynomials that are right to 1e-5, in loops that a compiler makes vectors of:
//! an estimate of a gradient needs no more, and it has to take no time beside a convolution.

use graph::Estimator;

/// Below it `reste` is constant, in initial deviations.
const RESTE_FLAT: f32 = 0.1;
/// Beyond it `reste` is 0.
const RESTE_END: f32 = 1.5;

/// The gradient of a sign, with what depends on the progress computed.
pub(crate) enum Slope {
    One,
    Clip,
    Ede { sharpness: f32 },
    Reste { inverse: f32, flat: f32 },
}

impl Slope {
    /// Where a share of the run is done.
    pub(crate) fn new(estimator: Estimator, progress: f64) -> Self {
        let progress = progress.clamp(0.0, 1.0);
        match estimator {
            Estimator::Clip => Self::Clip,
            Estimator::Ede => Self::Ede {
                sharpness: 10f64.powf(2.0 * progress - 1.0) as f32,
            },
            Estimator::Reste => {
                let inverse = (1.0 / (1.0 + 2.0 * progress)) as f32;
                let flat = RESTE_FLAT.powf(inverse - 1.0);
                Self::Reste { inverse, flat }
            }
            _ => Self::One,
        }
    }

    /// Multiplies a gradient by the slopes at these values, in initial deviations.
    pub(crate) fn multiply(&self, gradient: &mut [f32], values: &[f32]) {
        let pairs = gradient.iter_mut().zip(values);
        match *self {
            Self::One => {}
            Self::Clip => pairs.for_each(|(gradient, &x)| {
                let slope = if x.abs() <= 1.0 { 1.0 } else { 0.0 };
                *gradient *= slope;
            }),
            Self::Ede { sharpness } => {
                let (size, power) = (
                    4.0 * sharpness.max(1.0),
                    -2.0 * sharpness * std::f32::consts::LOG2_E,
                );
                pairs.for_each(|(gradient, &x)| {
                    let e = exp2(power * x.abs());
                    *gradient *= size * e / ((1.0 + e) * (1.0 + e));
                });
            }
            Self::Reste { inverse, flat } => pairs.for_each(|(gradient, &x)| {
                let size = x.abs();
                let within = size.clamp(RESTE_FLAT, RESTE_END);
                let steep = inverse * exp2((inverse - 1.0) * log2(within));
                let slope = if size <= RESTE_FLAT { flat } else { steep };
                *gradient *= if size <= RESTE_END { slope } else { 0.0 };
            }),
        }
    }
}

/// 2^x for x up to 126; below −126 that of −126.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    /// Added and taken away again, it leaves the nearest whole number.
    const WHOLE: f32 = 12_582_912.0;
    let x = x.clamp(-126.0, 126.0);
    let shifted = x + WHOLE;
    let rest = x - (shifted - WHOLE);
    // Taylor's, for −1/2 to 1/2.
    let power = 1.0
        + rest
            * (std::f32::consts::LN_2
                + rest
                    * (0.240_226_5
                        + rest * (0.055_504_11 + rest * (0.009_618_129 + rest * 0.001_333_356))));
    // The whole number stands in the lowest bits.
    let exponent = shifted.to_bits().wrapping_sub(WHOLE.to_bits());
    power * f32::from_bits(exponent.wrapping_add(127) << 23)
}

/// log₂ of a normal number above 0.
#[inline(always)]
fn log2(x: f32) -> f32 {
    /// √½.
    const MIN: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_sub(MIN);
    let exponent = bits as i32 >> 23;
    let part = f32::from_bits((bits & 0x007f_ffff) + MIN);
    let t = (part - 1.0) / (part + 1.0);
    let square = t * t;
    let series = 1.0 + square * (1.0 / 3.0 + square * (0.2 + square / 7.0));
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * t * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_logarithms() {
        for step in -12_000..12_000 {
            let x = step as f32 / 100.0;
            let ratio = f64::from(exp2(x)) / f64::from(x).exp2();
            assert!((ratio - 1.0).abs() < 1e-5, "2^{x}: {ratio}");
        }
        assert!(exp2(-1e9) < 1e-37 && exp2(f32::NEG_INFINITY) > 0.0);
        for step in 1..4000 {
            let x = step as f32 / 100.0;
            let error = f64::from(log2(x)) - f64::from(x).log2();
            assert!(error.abs() < 1e-6, "log of {x}: {error}");
        }
    }

    /// By the papers' formulas, at the start, the middle and the end.
    #[test]
    fn slopes_by_hand() {
        let at = |estimator, progress, x: f32| {
            let mut gradient = [1.0];
            Slope::new(estimator, progress).multiply(&mut gradient, &[x]);
            f64::from(gradient[0])
        };
        for x in [-3.0f32, -1.25, -0.5, -0.05, 0.0, 0.1, 0.75, 1.0, 1.5, 1.75] {
            let size = f64::from(x.abs());
            assert_eq!(at(Estimator::Straight, 0.5, x), 1.0);
            let clip = f64::from(u8::from(size <= 1.0));
            assert_eq!(at(Estimator::Clip, 0.5, x), clip);
            for (progress, t, o) in [(0.0, 0.1, 1.0), (0.5, 1.0, 2.0), (1.0, 10.0, 3.0)] {
                let k = f64::max(1.0 / t, 1.0);
                let ede = k * t * (1.0 - (t * f64::from(x)).tanh().powi(2));
                let found = at(Estimator::Ede, progress, x);
                assert!(
                    (found - ede).abs() < 2e-5 * k * t,
                    "{x} {progress}: {found} {ede}"
                );
                let reste = match size {
                    size if size > 1.5 => 0.0,
                    size if size > f64::from(RESTE_FLAT) => size.powf((1.0 - o) / o) / o,
                    _ => 0.1f64.powf(1.0 / o) / 0.1,
                };
                let found = at(Estimator::Reste, progress, x);
                assert!(
                    (found - reste).abs() < 1e-4 * reste.max(1.0),
                    "{x} {progress}: {found} {reste}"
                );
            }
        }
    }
}
