//! Means of two images (Zhang et al. 2018, *mixup: Beyond Empirical Risk Minimization*).

use rand::Rng;

use super::math::{exp, ln};

/// A share in 256ths.
pub type Share = u16;

/// The whole.
const WHOLE: Share = 256;

/// The share of an image: of x from Beta(α, α) and 1 - x the larger. `thousandths` of α, above 0.
///
/// Which of two images is called the first is no matter, since the other is drawn too; so an image
/// has the larger share of what stands in its place.
pub fn share<R: Rng + ?Sized>(thousandths: u32, source: &mut R) -> Share {
    let alpha = f64::from(thousandths.max(1)) / 1000.0;
    // Uniform in (0, 1].
    let mut uniform = || ((source.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
    // Jöhnk 1964: where u^(1/α) + v^(1/α) ≤ 1, the first has the share of a beta number. In
    // logarithms, since these powers can be too small for any number.
    loop {
        let (u, v) = (ln(uniform()) / alpha, ln(uniform()) / alpha);
        if exp(u) + exp(v) <= 1.0 {
            let larger = 1.0 / (1.0 + exp(-(u - v).abs()));
            return (larger * f64::from(WHOLE)).round() as Share;
        }
    }
}

/// Mixes `other` into `image`, which keeps this share.
pub fn mix(image: &mut [u8], other: &[u8], share: Share) {
    let (first, second) = (u32::from(share), u32::from(WHOLE - share));
    for (to, &from) in image.iter_mut().zip(other) {
        *to = ((u32::from(*to) * first + u32::from(from) * second + 128) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, rng};

    #[test]
    fn shares_have_the_means_of_beta() {
        // Of the larger of x and 1 - x: 1/2 + E|x - 1/2|.
        let means = [
            (1000, 0.75),
            (500, 0.5 + 1.0 / std::f64::consts::PI),
            (2000, 0.5 + 3.0 / 16.0),
        ];
        let draws = 40_000;
        for (thousandths, expected) in means {
            let mut source = rng(1, Stream::Mixup, 0, 0);
            let mut sum = 0.0;
            for _ in 0..draws {
                let share = share(thousandths, &mut source);
                assert!((128..=256).contains(&share), "{share}");
                sum += f64::from(share) / 256.0;
            }
            let mean = sum / f64::from(draws);
            // Deviations are below 0.18: five of the mean's.
            let bound = 5.0 * 0.18 / f64::from(draws).sqrt();
            assert!(
                (mean - expected).abs() < bound,
                "{thousandths}: {mean}, {expected}"
            );
        }
        // Next to nothing, and much.
        let mut source = rng(1, Stream::Mixup, 0, 1);
        let small = (0..1000).filter(|_| share(1, &mut source) < 256).count();
        assert!(small < 50, "{small}");
        let even = (0..1000).filter(|_| share(4000, &mut source) < 192).count();
        assert!(even > 700, "{even}");
    }

    #[test]
    fn pixels_are_mixed_by_the_share() {
        let mut image = [0, 255, 100, 7];
        mix(&mut image, &[255, 0, 200, 7], 256);
        assert_eq!(image, [0, 255, 100, 7]);
        mix(&mut image, &[255, 0, 200, 7], 192);
        assert_eq!(image, [64, 191, 125, 7]);
        mix(&mut image, &[0, 1, 126, 7], 128);
        assert_eq!(image, [32, 96, 126, 7]);
    }
}
