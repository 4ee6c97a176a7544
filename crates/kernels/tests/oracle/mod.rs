//! What the ops should give, by the plainest loops in `f64`.

mod conv;
mod norm;
mod pool;

pub use conv::{conv2d, conv2d_input_grad, conv2d_weight_grad};
pub use norm::batch_norm;
pub use pool::avg_pool_shortcut;

/// A sum and what bounds its error in `f32`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub value: f64,
    /// The sum of the terms' sizes.
    pub size: f64,
    /// How many roundings there may have been, each relative to `size`.
    pub terms: f64,
    /// What the terms' own errors add up to.
    pub inherited: f64,
}

impl Sum {
    pub fn of(term: f64) -> Self {
        let mut sum = Self::default();
        sum.add(term);
        sum
    }

    pub fn add(&mut self, term: f64) {
        self.value += term;
        self.size += term.abs();
        self.terms += 1.0;
    }

    /// Each addition and each product rounds to half a unit in the last place, whatever their order.
    pub fn tolerance(&self) -> f64 {
        let unit = f64::from(f32::EPSILON) / 2.0;
        (self.terms + 4.0) * unit * self.size + self.inherited + f64::from(f32::MIN_POSITIVE)
    }
}

#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[Sum]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (&found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected.value).abs();
        assert!(
            error <= expected.tolerance(),
            "{what} at {index}: {found} is {error:e} off {expected:?}, allowed {:e}",
            expected.tolerance()
        );
    }
}
