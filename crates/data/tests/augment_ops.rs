//! Rotation, shift, scaling, brightness, contrast and noise against what they are said to do.
//!
//! Seeds are fixed. Bounds are five standard deviations of the statistic.

use data::rng::{Stream, rng};
use data::{Augment, AugmentOp, AugmentSpec};

fn spec(text: &str) -> AugmentSpec {
    text.parse::<Augment>().unwrap().spec()
}

fn drawn(spec: &AugmentSpec, src: &[u8], shape: [usize; 3], index: u64) -> Vec<u8> {
    let mut dst = vec![0; src.len()];
    spec.augment(src, shape, &mut rng(1, Stream::Augment, 0, index), &mut dst);
    dst
}

/// A picture of random bytes.
fn random(shape: [usize; 3]) -> Vec<u8> {
    let noise = AugmentSpec::NONE.with_cutout(Some(1 << 12));
    drawn(&noise, &vec![0; shape.iter().product()], shape, 9)
}

const SHAPES: [[usize; 3]; 6] = [
    [1, 1, 1],
    [3, 1, 5],
    [2, 7, 1],
    [3, 2, 2],
    [1, 40, 3],
    [4, 33, 32],
];

#[test]
fn every_operation_takes_every_shape_and_depends_on_the_generator_alone() {
    for shape in SHAPES {
        let src = random(shape);
        for op in AugmentOp::ALL {
            let most = op
                .strength()
                .map_or(op.to_string(), |s| format!("{op}={}", s.max));
            for text in [op.to_string(), most] {
                let spec = spec(&text);
                for index in 0..20 {
                    let first = drawn(&spec, &src, shape, index);
                    assert_eq!(first, drawn(&spec, &src, shape, index), "{text} {shape:?}");
                }
            }
        }
        let all = "crop,flip,cutout=3,rotate,shift,scale,brightness,contrast,noise";
        assert_eq!(
            drawn(&spec(all), &src, shape, 3),
            drawn(&spec(all), &src, shape, 3)
        );
    }
}

#[test]
fn an_operation_more_changes_no_draw_of_the_others() {
    let shape = [3, 16, 16];
    let src = random(shape);
    // Too weak to show.
    let weak = [
        "rotate",
        "shift",
        "scale",
        "brightness",
        "contrast",
        "noise",
    ];
    let weak = weak.map(|op| format!("{op}=0.001")).join(",");
    for (name, named) in Augment::NAMED {
        let text = match name {
            "none" => weak.clone(),
            _ => format!("{name},{weak}"),
        };
        for index in 0..100 {
            let plain = drawn(&named.spec(), &src, shape, index);
            assert_eq!(plain, drawn(&spec(&text), &src, shape, index), "{text}");
        }
    }
    // Of the new ones, too: a constant picture shows the brightness, whatever turns it.
    for index in 0..100 {
        let plain = drawn(&spec("brightness"), &[100; 768], shape, index);
        let turned = spec("brightness,rotate=180,shift,scale,contrast");
        assert_eq!(plain, drawn(&turned, &[100; 768], shape, index));
    }
}

#[test]
fn a_picture_of_one_value_stays_so_when_it_is_warped() {
    for shape in SHAPES {
        let src = vec![77; shape.iter().product()];
        for text in [
            "rotate=180",
            "shift=100",
            "scale=90",
            "rotate,shift,scale",
            "contrast=100",
        ] {
            for index in 0..50 {
                assert_eq!(
                    drawn(&spec(text), &src, shape, index),
                    src,
                    "{text} {shape:?}"
                );
            }
        }
    }
}

/// A soft spot at (x, y), in a square of `SIDE`.
fn spot(x: f64, y: f64) -> Vec<u8> {
    let value = |at: usize| {
        let (dx, dy) = ((at % SIDE) as f64 - x, (at / SIDE) as f64 - y);
        (250.0 * (-(dx * dx + dy * dy) / 18.0).exp()).round() as u8
    };
    (0..SIDE * SIDE).map(value).collect()
}

const SIDE: usize = 101;
const MIDDLE: f64 = 50.0;

/// Sum and centre of mass.
fn mass(image: &[u8]) -> (f64, [f64; 2]) {
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (at, &value) in image.iter().enumerate() {
        let value = f64::from(value);
        sum += value;
        x += value * (at % SIDE) as f64;
        y += value * (at / SIDE) as f64;
    }
    (sum, [x / sum, y / sum])
}

/// `values` are uniform from `-bound` to `bound`.
fn uniform(values: &[f64], bound: f64, tolerance: f64) {
    let n = values.len() as f64;
    let outside = values.iter().find(|value| value.abs() > bound + tolerance);
    assert_eq!(outside, None, "within {bound}");
    let mean = values.iter().sum::<f64>() / n;
    let deviation = bound / 3f64.sqrt();
    assert!(
        mean.abs() < 5.0 * deviation / n.sqrt() + tolerance,
        "mean {mean}"
    );
    let square = values.iter().map(|value| value * value).sum::<f64>() / n;
    // The deviation of a uniform number's square is 2 / √45 of its bound's.
    let error = 5.0 * bound * bound * 2.0 / 45f64.sqrt() / n.sqrt();
    let expected = deviation * deviation;
    assert!(
        (square - expected).abs() < error + 2.0 * bound * tolerance,
        "variance {square}, expected {expected}"
    );
}

#[test]
fn angles_are_uniform() {
    let src = spot(MIDDLE + 30.0, MIDDLE);
    let angle = |index| {
        let image = drawn(&spec("rotate=40"), &src, [1, SIDE, SIDE], index);
        let (_, [x, y]) = mass(&image);
        let radius = ((x - MIDDLE).powi(2) + (y - MIDDLE).powi(2)).sqrt();
        assert!((radius - 30.0).abs() < 0.2, "{radius}");
        (y - MIDDLE).atan2(x - MIDDLE).to_degrees()
    };
    uniform(&(0..400).map(angle).collect::<Vec<_>>(), 40.0, 0.3);
}

#[test]
fn shifts_are_uniform_in_both_axes() {
    let src = spot(MIDDLE, MIDDLE);
    let shifts: Vec<[f64; 2]> = (0..400)
        .map(|index| mass(&drawn(&spec("shift=20"), &src, [1, SIDE, SIDE], index)).1)
        .collect();
    let bound = 0.2 * SIDE as f64;
    let axis = |axis: usize| {
        shifts
            .iter()
            .map(|at| at[axis] - MIDDLE)
            .collect::<Vec<_>>()
    };
    uniform(&axis(0), bound, 0.1);
    uniform(&axis(1), bound, 0.1);
    let product = |at: &[f64; 2]| (at[0] - MIDDLE) * (at[1] - MIDDLE);
    let correlation = shifts.iter().map(product).sum::<f64>() / 400.0 / (bound * bound / 3.0);
    assert!(correlation.abs() < 5.0 / 20.0, "{correlation}");
}

#[test]
fn factors_of_size_are_uniform() {
    let src = spot(MIDDLE, MIDDLE);
    let (before, _) = mass(&src);
    let factor = |index| {
        let image = drawn(&spec("scale=30"), &src, [1, SIDE, SIDE], index);
        let (sum, at) = mass(&image);
        assert!(at.iter().all(|at| (at - MIDDLE).abs() < 0.1), "{at:?}");
        (sum / before).sqrt() - 1.0
    };
    uniform(&(0..400).map(factor).collect::<Vec<_>>(), 0.3, 0.01);
}

#[test]
fn a_quarter_turn_moves_every_pixel_to_its_place() {
    // Of all angles up to 180° some are near enough to a right one.
    let src = spot(MIDDLE + 30.0, MIDDLE + 10.0);
    let mut turned = 0;
    for index in 0..2000 {
        let image = drawn(&spec("rotate=180"), &src, [1, SIDE, SIDE], index);
        let (_, [x, y]) = mass(&image);
        let right = (x - MIDDLE + 10.0).abs() < 0.5 && (y - MIDDLE - 30.0).abs() < 0.5;
        let left = (x - MIDDLE - 10.0).abs() < 0.5 && (y - MIDDLE + 30.0).abs() < 0.5;
        turned += usize::from(right || left);
    }
    assert!(turned > 0, "no quarter turn in 2000");
}

#[test]
fn brightness_multiplies_all_values() {
    let shape = [3, 1, 1];
    let factors: Vec<f64> = (0..2000)
        .map(|index| {
            let image = drawn(&spec("brightness=20"), &[100, 200, 0], shape, index);
            assert!(
                image[0].abs_diff(image[1] / 2) <= 1 && image[2] == 0,
                "{image:?}"
            );
            f64::from(image[1]) / 200.0 - 1.0
        })
        .collect();
    uniform(&factors, 0.2, 0.005);
}

#[test]
fn contrast_keeps_the_mean() {
    let shape = [1, 1, 4];
    let factors: Vec<f64> = (0..2000)
        .map(|index| {
            let image = drawn(&spec("contrast=20"), &[50, 150, 50, 150], shape, index);
            assert_eq!(image[0], image[2]);
            assert!((i32::from(image[0]) + i32::from(image[1]) - 200).abs() <= 1);
            (f64::from(image[1]) - f64::from(image[0])) / 100.0 - 1.0
        })
        .collect();
    uniform(&factors, 0.2, 0.02);
}

#[test]
fn noise_is_normal_and_independent() {
    let shape = [2, 50, 50];
    let (mut n, mut sum, mut squares, mut fourth, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for index in 0..20 {
        let image = drawn(&spec("noise=20"), &vec![128; 5000], shape, index);
        let (first, second) = image.split_at(2500);
        for (&a, &b) in first.iter().zip(second) {
            let (a, b) = (f64::from(a) - 128.0, f64::from(b) - 128.0);
            assert!(a.abs() <= 70.0, "within 3.5 deviations: {a}");
            n += 1.0;
            sum += a;
            squares += a * a;
            fourth += a.powi(4);
            products += a * b;
        }
    }
    let deviation = f64::sqrt(squares / n);
    assert!(
        (sum / n).abs() < 5.0 * 20.0 / f64::sqrt(n),
        "mean {}",
        sum / n
    );
    assert!(
        (deviation - 20.0).abs() < 5.0 * 20.0 / f64::sqrt(2.0 * n),
        "deviation {deviation}"
    );
    // 3 of a normal number, 2.7 of the sum of four uniform ones, 1.8 of one.
    let kurtosis = fourth / n / deviation.powi(4);
    assert!((2.6..3.0).contains(&kurtosis), "kurtosis {kurtosis}");
    assert!(
        (products / n).abs() < 5.0 * 400.0 / f64::sqrt(n),
        "channels are correlated"
    );
}

#[test]
fn black_and_white_stay_within_bytes() {
    let shape = [1, 1, 2];
    for text in ["noise=128", "brightness=100", "contrast=100"] {
        let mut seen = [[false; 2]; 2];
        for index in 0..200 {
            let image = drawn(&spec(text), &[0, 255], shape, index);
            seen[0][usize::from(image[0] > 0)] = true;
            seen[1][usize::from(image[1] < 255)] = true;
        }
        assert!(seen[1][0], "{text}: white stays white sometimes");
        assert!(seen[1][1], "{text}: white becomes darker sometimes");
    }
}
