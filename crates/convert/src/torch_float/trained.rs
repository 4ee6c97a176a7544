//! What a network was trained to, from what is left of it in a deployed one.

use runtime::{Affine, Model};

use super::{EPSILON, FOLDED, Moments, Trained};

/// The largest mean and variance that a folded norm is given: far from overflowing when squared.
const MAX: f64 = 1e15;

impl Trained {
    /// The real weights and norms of a deployed network, from which training can go on: weights as
    /// they count, such as ± scale, and norms as [`Moments::unfold`] has them. The sizes of the
    /// weights that were trained are lost.
    pub fn of(model: &Model) -> Self {
        let rows = |conv: &runtime::Conv| {
            let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
            rows.collect()
        };
        Self {
            latent: model.convs().iter().map(rows).collect(),
            norms: model.norms().iter().map(Moments::unfold).collect(),
        }
    }
}

impl Moments {
    /// A batch norm that computes factor · x + offset by its moments: with a scale of ±1 and no
    /// offset, as norms have them that do not learn, mean = −offset / factor and
    /// variance = 1 / factor² − epsilon. So it is of the usual size by the moments of a batch too.
    ///
    /// The scale is another where no variance makes the factor, and a factor of 0 is a scale of 0.
    pub fn unfold(norm: &Affine) -> Self {
        let channels = norm.scale.iter().zip(&norm.offset);
        let channels = channels.map(|(&factor, &offset)| unfolded(factor, offset));
        let (mut gamma, mut beta) = (Vec::new(), Vec::new());
        let (mut mean, mut variance) = (Vec::new(), Vec::new());
        for channel in channels {
            gamma.push(channel[0]);
            beta.push(channel[1]);
            mean.push(channel[2]);
            variance.push(channel[3]);
        }
        Self {
            gamma,
            beta,
            mean,
            variance,
        }
    }

    /// Whether factor and offset are all that it holds, as in a state dict of a packed file.
    pub(super) fn is_folded(&self) -> bool {
        self.mean.iter().all(|&mean| mean == 0.0) && self.variance.iter().all(|&v| v == FOLDED)
    }
}

/// Scale, offset, mean and variance of a channel.
fn unfolded(factor: f32, offset: f32) -> [f32; 4] {
    let (wide, shift) = (f64::from(factor), f64::from(offset));
    // With no variance at all the deviation is the root of epsilon.
    let deviation = (1.0 / wide.abs()).max(EPSILON.sqrt());
    let (gamma, mean) = (wide * deviation, -shift / wide);
    let variance = deviation * deviation - EPSILON;
    match mean.abs() <= MAX && variance <= MAX {
        true => [gamma as f32, 0.0, mean as f32, variance as f32],
        // A factor of 0 and the like.
        false => [factor, offset, 0.0, FOLDED],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(m: &Moments) -> Affine {
        let numbers = (0..m.gamma.len())
            .map(|c| [m.gamma[c], m.beta[c], m.mean[c], m.variance[c]].map(f64::from));
        Affine::fold_variance(numbers, EPSILON)
    }

    /// A norm whose scale does not learn comes back with the moments that it had.
    #[test]
    fn fixed_norms_come_back() {
        let own = Moments {
            gamma: vec![1.0; 4],
            beta: vec![0.0; 4],
            mean: vec![0.0, -3.5, 127.0, 1e-3],
            variance: vec![1.0, 0.25, 4000.0, 1e6],
        };
        let found = Moments::unfold(&folded(&own));
        assert_eq!((found.gamma, found.beta), (own.gamma, own.beta));
        let near = |a: &[f32], b: &[f32]| {
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs();
            a.iter().zip(b).all(near)
        };
        assert!(near(&found.mean, &own.mean), "{:?}", found.mean);
        assert!(near(&found.variance, &own.variance), "{:?}", found.variance);
    }

    /// Whatever the factor: negative, 0, beyond what a variance can make, next to nothing.
    #[test]
    fn every_norm_computes_the_same() {
        let scale = vec![
            0.5,
            -0.02,
            0.0,
            1e4,
            -3e5,
            1e-6,
            1e-30,
            f32::MIN_POSITIVE,
            1e-42,
        ];
        let offset = vec![1.0, -7.0, 0.25, 3.0, -1.0, 100.0, 2.0, -2.0, 1.0];
        let own = Affine { scale, offset };
        let moments = Moments::unfold(&own);
        let all = [
            &moments.gamma,
            &moments.beta,
            &moments.mean,
            &moments.variance,
        ];
        assert!(all.iter().all(|all| all.iter().all(|x| x.is_finite())));
        assert!(moments.variance.iter().all(|&variance| variance >= 0.0));
        let found = folded(&moments);
        for channel in 0..own.channels() {
            for x in [-30.0, 0.0, 1.0, 1000.0] {
                let y = |norm: &Affine| norm.scale[channel] * x + norm.offset[channel];
                let (found, expected) = (y(&found), y(&own));
                let tolerance = 1e-4 * ((own.scale[channel] * x).abs() + own.offset[channel].abs());
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{channel} {x}: {found} {expected}"
                );
            }
        }
    }
}
