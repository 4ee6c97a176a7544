#![allow(dead_code, reason = "each test file uses a part of it")]
//! Numbers and shapes to test with.

#[cfg(feature = "std")]
use kernels::Conv2d;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Uniform in [−1, 1).
    pub fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len)
            .map(|_| (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0)
            .collect()
    }
}

/// Tries so many cases, the same each time; with PROPTEST_CASES others, as many as it says.
pub fn cases(cases: u32) -> TestRunner {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => Config {
            cases,
            rng_seed: RngSeed::Fixed(1),
            ..config
        },
    })
}

/// The networks' own shapes, small batches; sizes about the lanes; then random ones.
#[cfg(feature = "std")]
pub fn convolutions() -> impl Iterator<Item = Conv2d> {
    let shape = |batch, in_channels, out_channels, height, width, kernel, stride| Conv2d {
        batch,
        in_channels,
        out_channels,
        height,
        width,
        kernel,
        stride,
        padding: kernel / 2,
    };
    let nets = [
        shape(2, 3, 16, 32, 32, 3, 1),
        shape(3, 16, 16, 32, 32, 3, 1),
        shape(3, 16, 32, 32, 32, 3, 2),
        shape(3, 32, 32, 16, 16, 3, 1),
        shape(3, 32, 64, 16, 16, 3, 2),
        shape(20, 64, 64, 8, 8, 3, 1),
        shape(3, 64, 10, 8, 8, 1, 1),
        shape(2, 16, 8, 14, 14, 1, 2),
        // More than one block of packed channels.
        shape(2, 300, 70, 5, 6, 3, 1),
        shape(1, 1, 1, 1, 1, 3, 1),
        shape(1, 1, 1, 1, 1, 1, 3),
        shape(70, 5, 3, 1, 1, 3, 2),
        // Columns that no output pixel reads, and outputs of nothing.
        shape(2, 2, 3, 6, 7, 1, 3),
        Conv2d {
            padding: 0,
            ..shape(2, 3, 2, 2, 2, 3, 1)
        },
        Conv2d {
            padding: 1,
            ..shape(2, 3, 4, 9, 6, 5, 2)
        },
        Conv2d {
            padding: 0,
            ..shape(2, 3, 4, 9, 6, 5, 4)
        },
        shape(0, 3, 4, 5, 5, 3, 1),
        shape(2, 0, 4, 5, 5, 3, 1),
    ];
    let lanes = (1..=33).map(move |n| shape(2, 1 + n % 3, 1 + n % 4, 2, n, 3, 1));
    let channels = (1..=33).map(move |n| shape(1 + n % 2, n, 34 - n, 3, 4, 3, 1 + n % 2));
    let mut random = Random(1);
    let random = (0..60).map(move |_| {
        let kernel = 1 + 2 * random.below(3);
        Conv2d {
            batch: 1 + random.below(5),
            in_channels: 1 + random.below(20),
            out_channels: 1 + random.below(20),
            height: 1 + random.below(20),
            width: 1 + random.below(20),
            kernel,
            stride: 1 + random.below(3),
            padding: random.below(kernel / 2 + 1),
        }
    });
    nets.into_iter().chain(lanes).chain(channels).chain(random)
}

/// 3×3 convolutions wide enough for look-ups: the networks' sides, odd ones, channels about the groups of 4 and 5,
/// one image and several.
#[cfg(feature = "std")]
pub fn wide() -> impl Iterator<Item = Conv2d> {
    let shapes = [
        (1, 64, 64, 32, 32),
        (2, 64, 128, 16, 16),
        (3, 128, 96, 8, 8),
        (2, 67, 65, 7, 7),
        (1, 97, 131, 9, 5),
        (2, 64, 70, 1, 17),
        (5, 81, 64, 33, 1),
        (1, 100, 100, 14, 28),
        (2, 160, 64, 1, 1),
        // Kernels whose points outgrow the cache.
        (2, 272, 260, 3, 5),
    ];
    shapes
        .into_iter()
        .flat_map(|(batch, in_channels, out_channels, height, width)| {
            [1, 2].map(|stride| Conv2d {
                batch,
                in_channels,
                out_channels,
                height,
                width,
                kernel: 3,
                stride,
                padding: 1,
            })
        })
}

/// `(batch, channels, pixels, offset)`; the offset is what raw pixels look like, or worse.
pub fn batch_norms() -> impl Iterator<Item = (usize, usize, usize, f32)> {
    let sizes = (1..=33).chain([64, 65, 1024, 2048, 2049, 5000]);
    sizes.flat_map(|pixels| {
        [
            (1, 1, pixels, 0.0),
            (3, 2, pixels, 120.0),
            (2, 17, pixels, -3000.0),
        ]
    })
}
