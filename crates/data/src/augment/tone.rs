//! Brightness, contrast and noise.

use rand::Rng;

use super::AugmentOp;
use super::affine::either_way;
use super::spec::Draws;

/// How the values of pixels change, at most. No factor is below 0 or above 2.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tone {
    /// The greatest change of brightness, in thousandths of a percent: all values are multiplied
    /// by a factor that is uniform about 1.
    pub brightness: u32,
    /// The greatest change of contrast, in thousandths of a percent: the distances from the mean of
    /// all values are multiplied by a factor that is uniform about 1.
    pub contrast: u32,
    /// The deviation of the noise, in thousandths. Each value has its own, which is the sum of four
    /// uniform numbers: near to normal, and within 3.5 deviations.
    pub noise: u32,
}

/// The deviation of the sum of four numbers that are uniform from 0 to 65,535.
const DEVIATION: f64 = 37_837.227_179_822_23;

impl Tone {
    /// Images as they are.
    pub const NONE: Self = Self {
        brightness: 0,
        contrast: 0,
        noise: 0,
    };

    /// Changes an image.
    pub(super) fn apply(&self, image: &mut [u8], draws: &Draws) {
        let factor = |op: AugmentOp, thousandths: u32| {
            1.0 + either_way(&mut draws.of(op)) * f64::from(thousandths.min(100_000)) / 100_000.0
        };
        if self.brightness > 0 {
            let factor = factor(AugmentOp::Brightness, self.brightness);
            map(image, |value| value * factor);
        }
        if self.contrast > 0 {
            let factor = factor(AugmentOp::Contrast, self.contrast);
            let sum: u64 = image.iter().map(|&value| u64::from(value)).sum();
            let mean = sum as f64 / image.len() as f64;
            map(image, |value| mean + (value - mean) * factor);
        }
        if self.noise > 0 {
            let mut source = draws.of(AugmentOp::Noise);
            let step = f64::from(self.noise) / 1000.0 / DEVIATION;
            for value in image {
                let word = source.next_u64();
                let sum: i64 = (0..4)
                    .map(|part| (word >> (16 * part) & 0xffff) as i64)
                    .sum();
                *value = byte(f64::from(*value) + (sum - 2 * 0xffff) as f64 * step);
            }
        }
    }
}

/// Changes each value by what becomes of it.
fn map(image: &mut [u8], to: impl Fn(f64) -> f64) {
    let table: [u8; 256] = std::array::from_fn(|value| byte(to(value as f64)));
    for value in image {
        *value = table[usize::from(*value)];
    }
}

/// The nearest byte.
fn byte(value: f64) -> u8 {
    value.round() as u8 // saturates
}
