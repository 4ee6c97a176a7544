//! A batch norm at inference is one multiplication and one addition per channel.

use alloc::vec::Vec;

/// y = scale · x + offset, channel by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// A factor per channel.
    pub scale: Vec<f32>,
    /// What is added, per channel.
    pub offset: Vec<f32>,
}

impl Affine {
    /// A batch norm folded: scale = gamma / deviation, offset = beta − mean · scale, in `f64` and
    /// rounded once.
    ///
    /// `moments` gives gamma, beta, mean and standard deviation (with epsilon already inside) for
    /// each channel.
    pub fn fold(moments: impl IntoIterator<Item = [f64; 4]>) -> Self {
        let folded = moments.into_iter().map(|[gamma, beta, mean, deviation]| {
            let scale = gamma / deviation;
            (scale as f32, (beta - mean * scale) as f32)
        });
        let (scale, offset) = folded.unzip();
        Self { scale, offset }
    }

    /// As [`fold`](Self::fold), with a variance in place of the deviation, which is
    /// sqrt(variance + epsilon).
    #[cfg(feature = "std")]
    pub fn fold_variance(moments: impl IntoIterator<Item = [f64; 4]>, epsilon: f64) -> Self {
        Self::fold(moments.into_iter().map(|[gamma, beta, mean, variance]| {
            [gamma, beta, mean, f64::sqrt(variance + epsilon)]
        }))
    }

    /// How many channels.
    pub fn channels(&self) -> usize {
        self.scale.len()
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // sqrt(3.99 + 0.01) = 2: 3/2, 1 - 10·3/2; 1/2, 0 - 4/2.
        let norm = Affine::fold_variance([[3.0, 1.0, 10.0, 3.99], [1.0, 0.0, 4.0, 3.99]], 0.01);
        assert_eq!(norm.scale, [1.5, 0.5]);
        assert_eq!(norm.offset, [-14.0, -2.0]);
        assert_eq!(norm.channels(), 2);
    }
}
