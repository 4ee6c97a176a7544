//! Every byte is what the formulas at the head of the crate say, computed here one by one.

use pixels::{Channels, Fit, Orientation, Picture, Preprocessing};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// xorshift64*.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}

/// What viewers show at `(x, y)`, in the channels wanted.
fn shown(
    picture: &Picture,
    pixels: &[u8],
    [stored_h, stored_w]: [usize; 2],
    channels: usize,
    x: usize,
    y: usize,
) -> Vec<u64> {
    let (a, b) = match picture.orientation().exif() {
        1 => (x, y),
        2 => (stored_w - 1 - x, y),
        3 => (stored_w - 1 - x, stored_h - 1 - y),
        4 => (x, stored_h - 1 - y),
        5 => (y, x),
        6 => (y, stored_h - 1 - x),
        7 => (stored_w - 1 - y, stored_h - 1 - x),
        _ => (stored_w - 1 - y, x),
    };
    let count = picture.channels().count();
    let pixel: Vec<u64> = pixels[(b * stored_w + a) * count..][..count]
        .iter()
        .map(|&byte| byte.into())
        .collect();
    let over = |colour: u64, alpha: u64| (colour * alpha + 255 * (255 - alpha) + 127) / 255;
    let colours = match pixel[..] {
        [grey] => vec![grey],
        [grey, alpha] => vec![over(grey, alpha)],
        [r, g, b] => vec![r, g, b],
        [r, g, b, alpha] => [r, g, b].map(|colour| over(colour, alpha)).to_vec(),
        _ => unreachable!(),
    };
    match (&colours[..], channels) {
        ([r, g, b], 1) => vec![(299 * r + 587 * g + 114 * b + 500) / 1000],
        ([grey], 3) => vec![*grey; 3],
        _ => colours,
    }
}

fn formula(
    picture: &Picture,
    pixels: &[u8],
    stored: [usize; 2],
    preprocessing: &Preprocessing,
) -> Vec<u8> {
    let Preprocessing {
        channels,
        height: h,
        width: w,
        fit,
        ..
    } = *preprocessing;
    let [height, width] = picture.size().map(|side| side as usize);
    let round = |a: usize, b: usize| (2 * a + b) / (2 * b);
    let wide = width * h > height * w;
    let (part, scaled) = match (fit, wide) {
        (Fit::Crop, true) => ([height, round(height * w, h).max(1)], [h, w]),
        (Fit::Crop, false) => ([round(width * h, w).max(1), width], [h, w]),
        (Fit::Pad, true) => ([height, width], [round(height * w, width).max(1), w]),
        (Fit::Pad, false) => ([height, width], [h, round(width * h, height).max(1)]),
        (Fit::Stretch, _) => ([height, width], [h, w]),
    };
    let weight = |s: usize, d: usize, i: usize, j: usize| {
        let distance = ((2 * i + 1) * s).abs_diff((2 * j + 1) * d);
        (2 * s.max(d)).saturating_sub(distance) as u128
    };
    let from = [(height - part[0]) / 2, (width - part[1]) / 2];
    let to = [(h - scaled[0]) / 2, (w - scaled[1]) / 2];
    let mut image = vec![0; channels * h * w];
    for i in 0..scaled[0] {
        for k in 0..scaled[1] {
            let mut sums = vec![0; channels];
            let mut weights = 0;
            for y in 0..part[0] {
                for x in 0..part[1] {
                    let both = weight(part[0], scaled[0], i, y) * weight(part[1], scaled[1], k, x);
                    if both == 0 {
                        continue;
                    }
                    weights += both;
                    let pixel = shown(picture, pixels, stored, channels, from[1] + x, from[0] + y);
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += both * u128::from(value);
                    }
                }
            }
            for (channel, sum) in sums.into_iter().enumerate() {
                let place = (channel * h + to[0] + i) * w + to[1] + k;
                image[place] = ((sum + weights / 2) / weights) as u8;
            }
        }
    }
    image
}

fn compare(rng: &mut Rng, [height, width]: [usize; 2], [h, w]: [usize; 2]) {
    let kinds = [
        Channels::Grey,
        Channels::GreyAlpha,
        Channels::Rgb,
        Channels::Rgba,
    ];
    let kind = kinds[rng.below(4) as usize];
    let orientation = Orientation::from_exif(1 + rng.below(8) as u16).unwrap();
    let fit = Fit::ALL[rng.below(3) as usize];
    let channels = [1, 3][rng.below(2) as usize];
    let pixels = rng.bytes(height * width * kind.count());
    let picture = Picture::new(&pixels, width as u32, height as u32, kind, orientation).unwrap();
    let preprocessing = Preprocessing::new(channels, h, w, fit).unwrap();
    // What was there before does not show through.
    let mut image = rng.bytes(preprocessing.len());
    preprocessing.apply(&picture, &mut image);
    let expected = formula(&picture, &pixels, [height, width], &preprocessing);
    assert_eq!(
        image, expected,
        "{width}×{height} {kind:?} {orientation:?}, {preprocessing:?}"
    );
}

#[test]
fn pictures_of_any_size() {
    let mut rng = Rng(1);
    for _ in 0..1500 {
        let [height, width, h, w] = core::array::from_fn(|_| 1 + rng.below(24) as usize);
        compare(&mut rng, [height, width], [h, w]);
    }
}

#[test]
fn pictures_longer_than_a_block() {
    let mut rng = Rng(2);
    for size in [[1, 3000], [3000, 1], [2, 2500], [3, 1025]] {
        for target in [[1, 1], [1, 2], [2, 5], [1, 40], [33, 2]] {
            for _ in 0..4 {
                compare(&mut rng, size, target);
            }
        }
    }
}

/// The same pictures each time, so many; with PROPTEST_CASES others, as many as it says.
fn config(cases: u32) -> ProptestConfig {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(1),
            ..config
        },
    }
}

proptest! {
    #![proptest_config(config(200))]

    /// Whatever its bytes are, where those above are noise: a wrong one is found in the smallest picture that shows it.
    #[test]
    fn any_picture(
        [height, width] in [1..20usize, 1..20],
        [h, w] in [1..20usize, 1..20],
        kind in 1..=4usize,
        exif in 1..=8u16,
        fit in 0..Fit::ALL.len(),
        channels in prop_oneof![Just(1usize), Just(3)],
        bytes in prop::collection::vec(any::<u8>(), 20 * 20 * 4),
    ) {
        let kind = Channels::from_count(kind).unwrap();
        let orientation = Orientation::from_exif(exif).unwrap();
        let pixels = &bytes[..height * width * kind.count()];
        let picture = Picture::new(pixels, width as u32, height as u32, kind, orientation).unwrap();
        let preprocessing = Preprocessing::new(channels, h, w, Fit::ALL[fit]).unwrap();
        let mut image = vec![0xA5; preprocessing.len()];
        preprocessing.apply(&picture, &mut image);
        prop_assert_eq!(image, formula(&picture, pixels, [height, width], &preprocessing));
    }

    /// No size that is claimed of bytes, and no number that a file holds, does more than be refused.
    #[test]
    fn any_claim(
        width: u32,
        height: u32,
        [small_width, small_height] in [0..5u32, 0..5],
        count in 0..6usize,
        exif: u16,
        bytes in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let orientation = Orientation::from_exif(exif);
        prop_assert_eq!(orientation.is_ok(), (1..=8).contains(&exif));
        let Ok(kind) = Channels::from_count(count) else {
            prop_assert!(!(1..=4).contains(&count));
            return Ok(());
        };
        for [width, height] in [[width, height], [small_width, small_height], [small_width, height]] {
            let sides = [width, height].iter().all(|side| (1..=pixels::MAX_SIDE).contains(side));
            let len = u128::from(width) * u128::from(height) * count as u128;
            let fits = sides && len == bytes.len() as u128;
            let picture = Picture::new(&bytes, width, height, kind, orientation.clone().unwrap_or_default());
            prop_assert_eq!(picture.is_ok(), fits);
        }
    }
}

#[test]
fn one_pixel() {
    let mut rng = Rng(3);
    for _ in 0..40 {
        compare(&mut rng, [1, 1], [1, 1]);
        compare(&mut rng, [1, 1], [5, 4]);
        compare(&mut rng, [6, 3], [1, 1]);
    }
}
