//! Independent random streams, addressed by what they are for.
//!
//! Every draw in this crate comes from a generator that belongs to one
//! (seed, [`Stream`], epoch, index), never from a shared one. So an image's augmentation does not
//! depend on which worker makes it, on the batch size, or on what was drawn before, and a resumed
//! run draws what the uninterrupted one would have drawn.
//!
//! The address is mixed as SplitMix64 does (Steele, Lea and Flood, OOPSLA 2014): starting from 0,
//! each word in turn is added together with the golden-ratio increment, and the sum goes through
//! the finalizer. For fixed other words the mix is a bijection of each word. Two more rounds give
//! the 128 bits of state of a PCG64-MCG generator.

use rand::Rng;
use rand_pcg::Pcg64Mcg;

/// What random numbers are for; streams with different purposes share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
#[non_exhaustive]
pub enum Stream {
    /// The order of the images in an epoch.
    Order = 1,
    /// The augmentation of one image in one epoch.
    Augment = 2,
    /// The choice of a validation split.
    Validation = 3,
    /// The drawing of one glyph of the training split.
    GlyphTrain = 4,
    /// The drawing of one glyph of the test split.
    GlyphTest = 5,
    /// Which images of a class an epoch has, where classes come equally often.
    Balance = 6,
    /// One operation on one image.
    Operation = 7,
    /// What an image is mixed with, and the share of each.
    Mixup = 8,
    /// The choice of a test part, by class, of data that have none.
    TestByClass = 16,
    /// The choice of a validation split by class.
    ValidationByClass = 17,
}

/// The generator of (`seed`, `stream`, `epoch`, `index`).
pub fn rng(seed: u64, stream: Stream, epoch: u64, index: u64) -> Pcg64Mcg {
    let mut state = 0u64;
    for word in [seed, stream as u64, epoch, index] {
        state = mix(state.wrapping_add(word));
    }
    let low = mix(state);
    let high = mix(low);
    // PCG-MCG's state must be odd; `new` sees to that, at the cost of the lowest bit.
    Pcg64Mcg::new((u128::from(high) << 64) | u128::from(low))
}

/// SplitMix64: the golden-ratio increment, then Stafford's finalizer (variant 13).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A uniform integer in `0..n`, without bias (Lemire 2019); 0 when `n` is 0 or 1.
///
/// Written here rather than taken from `rand`, so that a new version of `rand` cannot change the
/// data of an experiment.
pub(crate) fn below<R: Rng + ?Sized>(rng: &mut R, n: u64) -> u64 {
    if n <= 1 {
        return 0;
    }
    let threshold = n.wrapping_neg() % n; // 2^64 mod n: so many low parts would be favoured
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(n);
        if product as u64 >= threshold {
            return (product >> 64) as u64;
        }
    }
}

/// A uniform `f32` in `[0, 1)`, a multiple of 2⁻²⁴.
pub(crate) fn unit<R: Rng + ?Sized>(rng: &mut R) -> f32 {
    (rng.next_u64() >> 40) as f32 * (1.0 / (1u64 << 24) as f32)
}

/// A uniform `f32` in `[low, high)`.
pub(crate) fn between<R: Rng + ?Sized>(rng: &mut R, low: f32, high: f32) -> f32 {
    low + (high - low) * unit(rng)
}

/// Uniform random bytes, eight to a draw.
pub(crate) struct Bytes<'a, R: Rng + ?Sized> {
    rng: &'a mut R,
    word: u64,
    left: u32,
}

impl<'a, R: Rng + ?Sized> Bytes<'a, R> {
    pub(crate) fn new(rng: &'a mut R) -> Self {
        Self {
            rng,
            word: 0,
            left: 0,
        }
    }

    /// Fills `target` with independent uniform bytes.
    pub(crate) fn fill(&mut self, target: &mut [u8]) {
        for byte in target {
            if self.left == 0 {
                self.word = self.rng.next_u64();
                self.left = 8;
            }
            *byte = self.word as u8;
            self.word >>= 8;
            self.left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_always_gives_the_same_stream() {
        // Pinned: a change here changes every experiment, and must be deliberate.
        assert_eq!(
            mix(0),
            0xe220_a839_7b1d_cdaf,
            "the published first output of SplitMix64"
        );
        let first = rng(1, Stream::Augment, 2, 3).next_u64();
        assert_eq!(first, rng(1, Stream::Augment, 2, 3).next_u64());
    }

    #[test]
    fn neighbouring_addresses_share_nothing() {
        let mut seen = std::collections::HashSet::new();
        for seed in 0..4 {
            for stream in [
                Stream::Order,
                Stream::Augment,
                Stream::GlyphTrain,
                Stream::GlyphTest,
            ] {
                for epoch in 0..8 {
                    for index in 0..64 {
                        assert!(seen.insert(rng(seed, stream, epoch, index).next_u64()));
                    }
                }
            }
        }
    }

    #[test]
    fn below_is_uniform_and_in_range() {
        let mut source = rng(7, Stream::Order, 0, 0);
        let draws = 90_000;
        let mut counts = [0u32; 9];
        for _ in 0..draws {
            counts[below(&mut source, 9) as usize] += 1;
        }
        // Five standard deviations of a binomial count.
        let mean = f64::from(draws) / 9.0;
        let bound = 5.0 * (mean * (1.0 - 1.0 / 9.0)).sqrt();
        assert!(
            counts
                .iter()
                .all(|&count| (f64::from(count) - mean).abs() < bound),
            "{counts:?}"
        );
        assert_eq!((below(&mut source, 0), below(&mut source, 1)), (0, 0));
    }
}
