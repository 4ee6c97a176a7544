//! Sums that stay sound: short ones in `f32` lanes, long ones in `f64`.

use super::{LANES, SEGMENT};
use crate::isa::per_isa;

/// Mean and sum of squared deviations of some numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl Moments {
    /// Of both together (Chan, Golub and LeVeque 1979): no difference of large sums.
    #[inline(always)]
    pub(super) fn with(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let delta = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + delta * (other.count / count),
            squares: self.squares
                + other.squares
                + delta * delta * (self.count * other.count / count),
        }
    }
}

per_isa! {
    /// Of each plane. The second sum is of deviations from the segment's own mean, read again from the cache.
    pub(super) fn plane_moments(pixels: usize, x: &[f32], out: &mut [Moments]) {
        for (x, out) in x.chunks_exact(pixels).zip(out) {
            *out = Moments::default();
            // A loop: a closure given to `fold` has not the instructions of this function.
            for segment in x.chunks(SEGMENT) {
                let count = segment.len() as f32;
                let mean = lane_sum(segment, |x| x) / count;
                let squares = lane_sum(segment, |x| (x - mean) * (x - mean));
                // The mean is rounded: what is left of the deviations corrects both sums.
                let rest = lane_sum(segment, |x| x - mean) / count;
                *out = out.with(Moments {
                    count: f64::from(count),
                    mean: f64::from(mean) + f64::from(rest),
                    squares: f64::from(squares) - f64::from(rest) * f64::from(rest) * f64::from(count),
                });
            }
        }
    }
}

/// `Σ f(x)` in [`LANES`] partial sums.
#[inline(always)]
pub(super) fn lane_sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    lane_sum_pairs(x, x, |x, _| [f(x), 0.0])[0]
}

/// Two sums over pairs, in [`LANES`] partial sums each.
#[inline(always)]
pub(super) fn lane_sum_pairs(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> [f32; 2]) -> [f32; 2] {
    let mut first = [0.0; LANES];
    let mut second = [0.0; LANES];
    let (x, y) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.0.iter().zip(y.0) {
        for lane in 0..LANES {
            let [one, two] = f(x[lane], y[lane]);
            first[lane] += one;
            second[lane] += two;
        }
    }
    for (lane, (&x, &y)) in x.1.iter().zip(y.1).enumerate() {
        let [one, two] = f(x, y);
        first[lane] += one;
        second[lane] += two;
    }
    [halve(first), halve(second)]
}

#[inline(always)]
fn halve(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Isa;

    #[test]
    fn a_large_mean_does_not_drown_the_variance() {
        for isa in Isa::available() {
            for pixels in [1, 2, 31, 64, 1000, 5000] {
                let x: Vec<f32> = (0..pixels).map(|i| 1e6 + (i % 2) as f32).collect();
                let mut out = [Moments::default()];
                plane_moments(isa, pixels, &x, &mut out);
                let odd = (pixels / 2) as f64 / pixels as f64;
                assert!((out[0].mean - 1e6 - odd).abs() < 1e-6, "{:?}", out[0]);
                assert!((out[0].squares / pixels as f64 - odd * (1.0 - odd)).abs() < 1e-6);
            }
        }
    }
}
