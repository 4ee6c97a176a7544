//! The paper's flip, crop and cutout against the distributions the paper describes.
//!
//! Seeds are fixed, so that nothing here is left to luck. Bounds are five standard deviations of
//! the statistic under the right distribution.

use std::ops::Range;

use data::rng::{Stream, rng};
use data::{Augment, AugmentSpec};

const CROP_FLIP: AugmentSpec = AugmentSpec::NONE.with_flip(true).with_pad(4);

/// The augmented `src` for each of `draws` independent streams.
fn each(
    spec: AugmentSpec,
    src: &[u8],
    shape: [usize; 3],
    draws: Range<u64>,
    mut see: impl FnMut(&[u8]),
) {
    let mut dst = vec![0; src.len()];
    for index in draws {
        spec.augment(src, shape, &mut rng(1, Stream::Augment, 0, index), &mut dst);
        see(&dst);
    }
}

/// Pearson's chi-square of counts that should all be equal, in standard deviations from its mean.
fn chi_square(counts: &[u32]) -> f64 {
    let mean = counts.iter().sum::<u32>() as f64 / counts.len() as f64;
    let sum: f64 = counts
        .iter()
        .map(|&count| (f64::from(count) - mean).powi(2) / mean)
        .sum();
    let freedom = counts.len() as f64 - 1.0;
    (sum - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn names_stand_for_the_papers() {
    assert_eq!(Augment::NONE.spec(), AugmentSpec::NONE);
    assert_eq!(Augment::CROP.spec(), AugmentSpec::NONE.with_pad(4));
    assert_eq!(Augment::CROP_FLIP.spec(), CROP_FLIP);
    assert_eq!(
        Augment::CROP_FLIP_CUTOUT.spec(),
        CROP_FLIP.with_cutout(Some(18))
    );
}

#[test]
fn none_changes_nothing() {
    let src: Vec<u8> = (0..48).collect();
    each(AugmentSpec::NONE, &src, [3, 4, 4], 0..50, |dst| {
        assert_eq!(dst, src)
    });
}

#[test]
fn offsets_are_uniform_and_half_are_flipped() {
    // Every pixel of the 16×16 image has its own value, so that one pixel tells where it was.
    let src: Vec<u8> = (0..=255).collect();
    let mut offsets = [[0u32; 81]; 2];
    let draws = 40_000;
    each(CROP_FLIP, &src, [1, 16, 16], 0..draws, |dst| {
        let (here, right) = (usize::from(dst[8 * 16 + 8]), usize::from(dst[8 * 16 + 9]));
        let flipped = right < here;
        let row = here / 16;
        let column = if flipped { 15 - here % 16 } else { here % 16 };
        // Pixel (8, 8) of the crop at (top, left) is pixel (8 + top - 4, …) of the image.
        offsets[usize::from(flipped)][(row - 4) * 9 + column - 4] += 1;
    });
    for (flipped, counts) in offsets.iter().enumerate() {
        assert!(
            chi_square(counts).abs() < 5.0,
            "flipped {flipped}: {counts:?}"
        );
    }
    let flips: u32 = offsets[1].iter().sum();
    let deviation = (draws as f64 / 4.0).sqrt();
    assert!(
        (f64::from(flips) - draws as f64 / 2.0).abs() < 5.0 * deviation,
        "{flips}"
    );
}

#[test]
fn what_is_inside_is_the_image_shifted() {
    // Against the definition: mirror, pad on all sides, crop.
    let (shape, side) = ([2, 5, 7], 4isize);
    let src: Vec<u8> = (1..=70).collect();
    let mut seen = 0;
    each(CROP_FLIP, &src, shape, 0..500, |dst| {
        let fits = |top: isize, left: isize, flip: bool| {
            (0..70isize)
                .filter(|at| {
                    let (c, y, x) = (at / 35, at / 7 % 5 + top - side, at % 7 + left - side);
                    let x = if flip { 6 - x } else { x };
                    (0..5).contains(&y)
                        && (0..7).contains(&x)
                        && dst[*at as usize] != src[(c * 35 + y * 7 + x) as usize]
                })
                .count()
                == 0
        };
        let any = (0..81).any(|at| fits(at / 9, at % 9, false) || fits(at / 9, at % 9, true));
        seen += usize::from(any);
    });
    assert_eq!(seen, 500);
}

#[test]
fn padding_is_uniform_and_independent() {
    // The image is all 7. Other values can only be padding, and should be equally frequent.
    let (channels, side) = (2, 8);
    let src = vec![7; channels * side * side];
    let mut counts = [0u32; 256];
    let (mut n, mut sum_of_products, mut neighbours) = (0.0, 0.0, 0.0);
    each(CROP_FLIP, &src, [channels, side, side], 0..20_000, |dst| {
        let (first, second) = dst.split_at(side * side);
        for at in 0..side * side {
            counts[usize::from(first[at])] += 1;
            let centred = |value: u8| f64::from(value) - 127.5;
            // Padding in both channels and in the pixel to the right.
            if at % side < side - 1 && first[at] != 7 && second[at] != 7 && first[at + 1] != 7 {
                n += 1.0;
                sum_of_products += centred(first[at]) * centred(second[at]);
                neighbours += centred(first[at]) * centred(first[at + 1]);
            }
        }
    });
    let others: Vec<u32> = (0..256)
        .filter(|&value| value != 7)
        .map(|v| counts[v])
        .collect();
    assert!(chi_square(&others).abs() < 5.0, "{counts:?}");
    // A product of independent values with variance (256² - 1) / 12 has its square as variance.
    let bound = 5.0 * (256f64.powi(2) - 1.0) / 12.0 / f64::sqrt(n);
    // Leaving the value 7 out shifts the mean of the others by less than half a unit.
    let bias = 0.25;
    assert!(
        (sum_of_products / n).abs() < bound + bias,
        "channels are correlated"
    );
    assert!(
        (neighbours / n).abs() < bound + bias,
        "neighbours are correlated"
    );
}

#[test]
fn cutout_covers_every_pixel_equally_often() {
    for (shape, side) in [
        ([3, 28, 28], 18),
        ([3, 9, 14], 5),
        ([3, 6, 4], 9),
        ([3, 5, 5], 1),
    ] {
        let [_, height, width] = shape;
        let spec = AugmentSpec::NONE.with_cutout(Some(side));
        let plane = height * width;
        let mut counts = vec![0u32; plane];
        let draws = 20_000;
        let src = vec![7; 3 * plane];
        each(spec, &src, shape, 0..draws, |dst| {
            for at in 0..plane {
                // A patch shows the image's own values in all channels once in 16 million.
                counts[at] += u32::from((0..3).any(|c| dst[c * plane + at] != 7));
            }
        });
        let positions = ((height + side - 1) * (width + side - 1)) as f64;
        let share = (side * side) as f64 / positions;
        let mean = draws as f64 * share;
        let bound = 5.0 * (mean * (1.0 - share)).sqrt();
        for (at, &count) in counts.iter().enumerate() {
            assert!(
                (f64::from(count) - mean).abs() < bound,
                "{shape:?} {side}, pixel {at}: {count}"
            );
        }
    }
}

#[test]
fn a_patch_is_one_square() {
    let spec = AugmentSpec::NONE.with_cutout(Some(3));
    each(spec, &[7; 3 * 64], [3, 8, 8], 0..500, |dst| {
        let cut: Vec<usize> = (0..64)
            .filter(|at| (0..3).any(|c| dst[c * 64 + at] != 7))
            .collect();
        let bounds = |axis: fn(usize) -> usize| {
            let values = cut.iter().map(|&at| axis(at));
            values.clone().max().unwrap() - values.min().unwrap() + 1
        };
        let (rows, columns) = (bounds(|at| at / 8), bounds(|at| at % 8));
        assert!(rows <= 3 && columns <= 3, "{cut:?}");
        assert_eq!(rows * columns, cut.len(), "filled: {cut:?}");
    });
}

#[test]
fn sizes_of_every_kind_are_handled() {
    let huge = AugmentSpec::MAX_REACH + 1;
    for shape in [[1, 1, 1], [3, 1, 5], [2, 7, 1], [1, 32, 32]] {
        let src = vec![9; shape.iter().product()];
        for pad in [0, 1, 4, 40, huge, usize::MAX] {
            for cutout in [
                None,
                Some(0),
                Some(1),
                Some(18),
                Some(huge),
                Some(usize::MAX),
            ] {
                let spec = AugmentSpec::NONE
                    .with_flip(true)
                    .with_pad(pad)
                    .with_cutout(cutout);
                each(spec, &src, shape, 0..20, |_| ());
            }
        }
    }
    each(CROP_FLIP, &[], [0, 3, 3], 0..2, |_| ());
}

#[test]
#[should_panic(expected = "an image of [1, 2, 2]")]
fn a_buffer_of_another_size_is_a_bug_of_the_caller() {
    each(CROP_FLIP, &[0; 3], [1, 2, 2], 0..1, |_| ());
}
