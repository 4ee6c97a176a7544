//! The reference forward pass against the definition of each operation, pixel by pixel.

mod common;

use common::{Random, variants};
use runtime::{
    Activation, Affine, Conv, Padding, PoolDivisor, SequenceParts, Stem, Structure, reference,
};

/// Feature maps as [channel][row][column].
type Maps = Vec<Vec<Vec<f64>>>;

fn size(x: &Maps) -> [usize; 2] {
    [x[0].len(), x[0][0].len()]
}

/// Pixels before a side: 'same' of Keras shares the padding out, the smaller half first.
fn before(padding: Padding, size: usize, kernel: usize, stride: usize) -> isize {
    let outputs = size.div_ceil(stride);
    let all = ((outputs - 1) * stride + kernel) as isize - size as isize;
    match padding {
        Padding::Symmetric => (kernel as isize - 1) / 2,
        Padding::BottomRight => all.max(0) / 2,
    }
}

/// The places inside the image that a window of output (y, x) covers, with the taps they meet.
fn window(
    maps: &Maps,
    padding: Padding,
    output: [usize; 2],
    kernel: usize,
    stride: usize,
) -> Vec<([usize; 2], [usize; 2])> {
    let size = size(maps);
    let first = [0, 1]
        .map(|axis| (output[axis] * stride) as isize - before(padding, size[axis], kernel, stride));
    let mut places = Vec::new();
    for ky in 0..kernel {
        for kx in 0..kernel {
            let place = [first[0] + ky as isize, first[1] + kx as isize];
            if (0..2).all(|axis| (0..size[axis] as isize).contains(&place[axis])) {
                places.push((place.map(|place| place as usize), [ky, kx]));
            }
        }
    }
    places
}

/// A map for each output channel, from a function of (channel, row, column).
fn build(
    channels: usize,
    [height, width]: [usize; 2],
    f: impl Fn(usize, [usize; 2]) -> f64,
) -> Maps {
    let row = |c, y| (0..width).map(|x| f(c, [y, x])).collect();
    (0..channels)
        .map(|c| (0..height).map(|y| row(c, y)).collect())
        .collect()
}

fn conv(x: &Maps, conv: &Conv, padding: Padding) -> Maps {
    let outputs = size(x).map(|size| size.div_ceil(conv.stride));
    build(conv.out_channels, outputs, |out, place| {
        let weights: Vec<f32> = conv.row(out).collect();
        let k = conv.kernel;
        let taps = window(x, padding, place, k, conv.stride);
        let channels = x.iter().enumerate();
        let products = channels.flat_map(|(c, map)| {
            let weights = &weights;
            taps.iter().map(move |&([y, x], [ky, kx])| {
                map[y][x] * f64::from(weights[(c * k + ky) * k + kx])
            })
        });
        products.sum()
    })
}

fn pool(x: &Maps, padding: Padding, pool: impl Fn(&[f64]) -> f64) -> Maps {
    build(x.len(), size(x).map(|size| size.div_ceil(2)), |c, place| {
        let places = window(x, padding, place, 3, 2);
        let pixels: Vec<f64> = places
            .iter()
            .map(|&([row, column], _)| x[c][row][column])
            .collect();
        pool(&pixels)
    })
}

fn each(x: Maps, f: impl Fn(usize, f64) -> f64) -> Maps {
    let map = |(c, map): (usize, Vec<Vec<f64>>)| {
        map.iter()
            .map(|row| row.iter().map(|&x| f(c, x)).collect())
            .collect()
    };
    x.into_iter().enumerate().map(map).collect()
}

fn norm(x: Maps, norm: &Option<Affine>) -> Maps {
    each(x, |c, x| match norm {
        Some(norm) => f64::from(norm.scale[c]) * x + f64::from(norm.offset[c]),
        None => x,
    })
}

fn logits(parts: &SequenceParts, image: &[u8]) -> Vec<f64> {
    let [channels, height, width] = parts.input;
    let (convs, norms, padding) = (&parts.convs, &parts.norms, parts.padding);
    let image = build(channels, [height, width], |c, [y, x]| {
        f64::from(image[(c * height + y) * width + x])
    });
    let relu = match parts.activation {
        Activation::Relu => |_, x: f64| x.max(0.0),
        Activation::ShiftedRelu => |_, x: f64| x.max(-1.0),
    };
    let step =
        |x: Maps, index: usize| conv(&each(norm(x, &norms[index]), relu), &convs[index], padding);
    let mut x = norm(image, &norms[0]);
    if parts.input_relu {
        x = each(x, |_, x| x.max(0.0));
    }
    x = conv(&x, &convs[0], padding);
    if parts.stem == Stem::MaxPool {
        x = pool(&x, padding, |pixels| {
            pixels.iter().copied().fold(f64::MIN, f64::max)
        });
    }
    for index in (1..convs.len() - 1).step_by(2) {
        let y = step(step(x.clone(), index), index + 1);
        if parts.structure == Structure::Plain {
            x = y;
            continue;
        }
        let mut skip = x;
        if convs[index].stride == 2 {
            skip = pool(&skip, padding, |pixels| {
                {
                    pixels.iter().sum::<f64>()
                        / match parts.pool_divisor {
                            PoolDivisor::Inside => pixels.len() as f64,
                            PoolDivisor::Kernel => 9.0,
                        }
                }
            });
        }
        x = each(y, |_, x| x);
        for (map, skip) in x.iter_mut().zip(skip) {
            for (row, skip) in map.iter_mut().zip(skip) {
                for (x, skip) in row.iter_mut().zip(skip) {
                    *x += skip;
                }
            }
        }
    }
    let y = norm(step(x, convs.len() - 1), &norms[convs.len()]);
    let mean = |map: &Vec<Vec<f64>>| {
        map.iter().flatten().sum::<f64>() / map.iter().flatten().count() as f64
    };
    y.iter()
        .map(|map| mean(map) / f64::from(parts.temperature))
        .collect()
}

#[test]
fn every_kind_of_network() {
    let mut random = Random(5);
    for (name, parts) in variants() {
        let model = parts.clone().model().unwrap();
        for _ in 0..3 {
            let image = random.image(&model);
            let expected = logits(&parts, &image);
            let size: f64 = expected.iter().map(|logit| logit.abs()).fold(0.0, f64::max);
            assert!(
                size > 1e-3,
                "{name}: logits that tell something: {expected:?}"
            );
            let exact = reference::logits::<f64>(&model, &image).unwrap();
            let float = reference::logits::<f32>(&model, &image).unwrap();
            assert_eq!((exact.len(), float.len()), (expected.len(), expected.len()));
            for class in 0..expected.len() {
                let off = (exact[class] - expected[class]).abs();
                assert!(
                    off <= 1e-12 * size,
                    "{name}: {exact:?}, expected {expected:?}"
                );
                // 20 layers deep at most, sums of at most 180 terms: far under 1e-5 in f32.
                let off = (f64::from(float[class]) - expected[class]).abs();
                assert!(
                    off <= 1e-5 * (1.0 + size),
                    "{name}: {float:?}, expected {expected:?}"
                );
            }
        }
    }
}
