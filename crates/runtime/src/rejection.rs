//! Images that are none of the classes.

use serde::{Deserialize, Serialize};

use crate::Model;
use crate::reference::argmax;

/// When an image is none of the classes: the greatest logit is too little above the second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rejection {
    /// With a smaller [`margin`] an image is none of the classes.
    pub threshold: f32,
    /// The share of images of the classes that keep their class, 0 to 1.
    pub kept: f32,
    /// On how many images the share was found.
    pub images: usize,
}

impl Rejection {
    /// A threshold, and the share that it keeps of so many images. [`Model::new`] checks them.
    pub fn new(threshold: f32, kept: f32, images: usize) -> Self {
        Self {
            threshold,
            kept,
            images,
        }
    }

    /// Whether an image with these logits is none of the classes.
    pub fn rejects(&self, logits: &[f32]) -> bool {
        margin(logits) < self.threshold
    }

    /// The threshold for logits in integers, in steps of 2^−`logit_bits`: the least margin that is not below it.
    pub fn steps(&self, logit_bits: i32) -> u32 {
        let mut steps = f64::from(self.threshold);
        for _ in 0..logit_bits.unsigned_abs().min(1100) {
            steps *= if logit_bits > 0 { 2.0 } else { 0.5 };
        }
        // Rounded up; a cast saturates.
        let whole = steps as u32;
        whole.saturating_add(u32::from(f64::from(whole) < steps))
    }
}

/// How much the greatest logit is above the second; without a second, infinite.
pub fn margin(logits: &[f32]) -> f32 {
    let [first, second] = greatest(logits, f32::NEG_INFINITY);
    match logits.len() {
        0 | 1 => f32::INFINITY,
        _ => first - second,
    }
}

/// The same of logits in integers; without a second, the greatest number.
pub(crate) fn steps_between(logits: &[i32]) -> u32 {
    let [first, second] = greatest(logits, i32::MIN);
    match logits.len() {
        0 | 1 => u32::MAX,
        _ => first.abs_diff(second),
    }
}

/// The two greatest numbers.
fn greatest<R: PartialOrd + Copy>(numbers: &[R], min: R) -> [R; 2] {
    let [mut first, mut second] = [min; 2];
    for &number in numbers {
        if number > first {
            (first, second) = (number, first);
        } else if number > second {
            second = number;
        }
    }
    [first, second]
}

impl Model {
    /// The class of an image with these logits, or `None` where the model says that it is none of the classes.
    pub fn answer(&self, logits: &[f32]) -> Option<usize> {
        match self.rejection() {
            Some(rejection) if rejection.rejects(logits) => None,
            _ => Some(argmax(logits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_between_the_two_greatest() {
        assert_eq!(margin(&[1.0, 4.0, 2.5]), 1.5);
        assert_eq!(margin(&[4.0, 1.0, 4.0]), 0.0);
        assert_eq!(margin(&[-3.0, -1.0]), 2.0);
        assert_eq!(margin(&[7.0]), f32::INFINITY);
        assert_eq!(steps_between(&[i32::MIN, i32::MAX]), u32::MAX);
        assert_eq!(steps_between(&[5, 5]), 0);
    }

    #[test]
    fn integers_and_reals_reject_the_same() {
        for bits in [-3, 0, 5, 17] {
            for threshold in [0.0, 0.1, 0.5, 1.0, 3.99] {
                let rejection = Rejection::new(threshold, 0.95, 100);
                for logit in [0, 1, 3, 16, 31, 32, 65_536, 523_000] {
                    let real = (f64::from(logit) * 2f64.powi(-bits)) as f32;
                    let steps = steps_between(&[0, logit, -7]);
                    let rejected = steps < rejection.steps(bits);
                    assert_eq!(
                        rejected,
                        rejection.rejects(&[0.0, real, -1.0]),
                        "{logit} {bits}"
                    );
                }
            }
        }
        assert_eq!(Rejection::new(f32::MAX, 0.5, 1).steps(20), u32::MAX);
        assert_eq!(Rejection::new(f32::MAX, 0.5, 1).steps(-2000), 1);
    }
}
