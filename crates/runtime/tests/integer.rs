//! Arithmetic in integers alone: as specified to the last bit, and near the floats.

mod common;

use common::{Random, variants, wide};
#[cfg(feature = "std")]
use runtime::integer::Batch;
use runtime::integer::{
    Forward, Layer, LayerWeights, Network, Output, Requantize, residual_scales,
};
use runtime::{
    Activations, Engine, Model, Options, Padding, PoolDivisor, Scale, SequenceParts, Stem,
    Structure, Weights, calibrate, reference,
};

/// A small network of each kind that integers can compute, calibrated on images of its own; with a residual map of 16
/// bits, where it has one, and of 8.
fn networks() -> Vec<(String, Model, Vec<Vec<u8>>)> {
    let mut variants = variants();
    variants.retain(|(name, _)| *name != "real weights at both ends");
    let mut kernel = wide(11, [2, 9, 7], 3, 1, 4);
    kernel.convs[0] = Random(4).conv(2, 3, 5);
    let last = kernel.convs.len() - 1;
    kernel.convs[last] = Random(5).conv(12, 4, 3);
    variants.push(("other kernels", kernel));
    let mut dead = wide(12, [1, 8, 8], 4, 1, 3);
    if let Some(norm) = &mut dead.norms[1] {
        norm.scale[0] = 0.0;
        norm.scale[1] = 316.0;
        norm.scale[2] *= -1.0;
    }
    variants.push(("channels that are dead, and negative", dead));
    let calibrated = |(name, parts): (&'static str, SequenceParts)| {
        let model = parts.model().unwrap();
        let mut random = Random(17);
        let images: Vec<Vec<u8>> = (0..6).map(|_| random.image(&model)).collect();
        let scales = calibrate(&model, &images.concat()).unwrap();
        (name, model.with_activation_scales(scales).unwrap(), images)
    };
    let mut networks = Vec::new();
    for (name, model, images) in variants.into_iter().map(calibrated) {
        if Network::new(&model).unwrap().residual {
            let found = residual_scales(&model, &images.concat()).unwrap();
            assert_eq!(found.images, images.len());
            let narrow = model.clone().with_residual_scales(Some(found.scales));
            networks.push((format!("{name}, 8 bits"), narrow.unwrap(), images.clone()));
        }
        networks.push((name.to_owned(), model, images));
    }
    networks
}

/// The specification, read once more, in the plainest way and in 128 bits.
mod plain {
    use super::*;

    /// A number of channel c, row y, column x; nothing outside of the image.
    type Maps = Vec<Vec<Vec<i64>>>;

    fn line(line: &Requantize, x: i64) -> i64 {
        let exact = i128::from(line.multiplier) * i128::from(x)
            + i128::from(line.offset) * (1i128 << (line.shift - 12));
        i64::try_from(exact.div_euclid(1 << line.shift)).unwrap()
    }

    fn mapped(maps: &Maps, lines: &[Requantize], f: impl Fn(i64) -> i64) -> Maps {
        let planes = maps.iter().zip(lines);
        let plane = |(plane, l): (&Vec<Vec<i64>>, &Requantize)| {
            let row = |row: &Vec<i64>| row.iter().map(|&x| f(line(l, x))).collect();
            plane.iter().map(row).collect()
        };
        planes.map(plane).collect()
    }

    fn windows(
        [height, width]: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: Padding,
        mut f: impl FnMut(&mut dyn Iterator<Item = (usize, usize, usize)>) -> i64,
    ) -> Vec<Vec<i64>> {
        let outputs = |size| padding.output(size, stride);
        let place = |output: usize, tap: usize, size: usize| {
            let at = (output * stride + tap).checked_sub(padding.before(size, kernel, stride))?;
            (at < size).then_some(at)
        };
        let rows = 0..outputs(height);
        rows.map(|oy| {
            let columns = 0..outputs(width);
            let pixel = |ox| {
                let mut taps = (0..kernel * kernel).filter_map(|tap| {
                    let y = place(oy, tap / kernel, height)?;
                    Some((tap, y, place(ox, tap % kernel, width)?))
                });
                f(&mut taps)
            };
            columns.map(pixel).collect()
        })
        .collect()
    }

    fn sums(q: &Maps, layer: &Layer, padding: Padding) -> Maps {
        let area = layer.kernel * layer.kernel;
        let row_len = layer.from[0] * area;
        let weight = |output: usize, index: usize| match &layer.weights {
            LayerWeights::Signs(bits) => {
                let byte = bits[output * row_len.div_ceil(8) + index / 8];
                2 * i64::from(byte >> (index % 8) & 1) - 1
            }
            LayerWeights::Int8(values) => i64::from(values[output * row_len + index]),
            other => panic!("{other:?}"),
        };
        let output = |output| {
            let size = [layer.from[1], layer.from[2]];
            windows(size, layer.kernel, layer.stride, padding, |taps| {
                let sum = |(tap, y, x): (usize, usize, usize)| -> i64 {
                    let signed = |(c, plane): (usize, &Vec<Vec<i64>>)| {
                        weight(output, c * area + tap) * (plane[y][x] - i64::from(layer.zero))
                    };
                    q.iter().enumerate().map(signed).sum()
                };
                taps.map(sum).sum()
            })
        };
        (0..layer.to[0]).map(output).collect()
    }

    fn pooled(maps: &Maps, padding: Padding, f: impl Fn(Vec<i64>) -> i64) -> Maps {
        let plane = |plane: &Vec<Vec<i64>>| {
            let size = [plane.len(), plane[0].len()];
            windows(size, 3, 2, padding, |taps| {
                f(taps.map(|(_, y, x)| plane[y][x]).collect())
            })
        };
        maps.iter().map(plane).collect()
    }

    pub fn logits(network: &Network, image: &[u8]) -> Vec<i64> {
        let [_, height, width] = network.input;
        let row = |row: &[u8]| row.iter().map(|&p| i64::from(p)).collect();
        let planes = image.chunks(height * width);
        let mut x: Maps = planes.map(|p| p.chunks(width).map(row).collect()).collect();
        let mut q: Maps = Vec::new();
        let saturated = |x: i64| match network.residual_bits {
            8 => x.clamp(-128, 127),
            _ => x.clamp(-32768, 32767),
        };
        for (index, layer) in network.layers.iter().enumerate() {
            let clamp = |layer: &Layer| {
                let min = i64::from(layer.min);
                move |q: i64| q.clamp(min, 255)
            };
            if let Some(lines) = &layer.input {
                q = mapped(&x, lines, clamp(layer));
            }
            let sums = sums(&q, layer, network.padding);
            match layer.output {
                Output::Next => q = mapped(&sums, &layer.sums, clamp(&network.layers[index + 1])),
                Output::Residual => {
                    x = mapped(&sums, &layer.sums, saturated);
                    if network.max_pool {
                        x = pooled(&x, network.padding, |w| *w.iter().max().unwrap());
                    }
                }
                Output::Add => {
                    if network.layers[index - 1].stride == 2 {
                        x = pooled(&x, network.padding, |window| {
                            let n = match network.divisor {
                                PoolDivisor::Inside => window.len() as i64,
                                PoolDivisor::Kernel => 9,
                            };
                            (2 * window.iter().sum::<i64>() + n).div_euclid(2 * n)
                        });
                        x.resize(layer.to[0], vec![vec![0; layer.to[2]]; layer.to[1]]);
                    }
                    let sums = mapped(&sums, &layer.sums, |y| y);
                    for (x, y) in x
                        .iter_mut()
                        .flatten()
                        .flatten()
                        .zip(sums.iter().flatten().flatten())
                    {
                        *x = saturated(*x + y);
                    }
                }
                Output::Logits => {
                    let total = |plane: &Vec<Vec<i64>>| plane.iter().flatten().sum::<i64>();
                    let lines = layer.sums.iter().zip(&network.logit_offsets);
                    return sums
                        .iter()
                        .zip(lines)
                        .map(|(plane, (l, offset))| line(l, total(plane)) + i64::from(*offset))
                        .collect();
                }
            }
        }
        unreachable!("the last layer gives the logits")
    }
}

#[test]
fn every_logit_is_the_specified_integer() {
    for (name, model, images) in networks() {
        let network = Network::new(&model).unwrap();
        let mut forward = Forward::new(&network);
        for image in &images {
            let expected = plain::logits(&network, image);
            let found: Vec<i64> = forward
                .logits(image)
                .unwrap()
                .iter()
                .map(|&l| l.into())
                .collect();
            assert_eq!(found, expected, "{name}");
            let class = reference::argmax(&expected);
            assert_eq!(forward.classify(image).unwrap(), class, "{name}");
        }
    }
}

/// On any number of threads, with a network of the caller's or a shared one, whatever lengths do not fit.
#[cfg(feature = "std")]
#[test]
fn a_batch_gives_the_logits_of_its_images() {
    for (name, model, images) in networks() {
        let network = std::sync::Arc::new(Network::new(&model).unwrap());
        let mut forward = Forward::new(&network);
        let step = f64::powi(2.0, -network.logit_bits);
        let logits = |image: &Vec<u8>| -> Vec<f64> {
            let found = forward.logits(image).unwrap();
            found.iter().map(|&logit| f64::from(logit) * step).collect()
        };
        let expected: Vec<f64> = images.iter().flat_map(logits).collect();
        let pixels = images.concat();
        for threads in [0, 1, 3, images.len() + 1] {
            let borrowed = Batch::new(&network, threads);
            for mut batch in [borrowed, Batch::sharing(&network, threads)] {
                let mut found = vec![0.0; expected.len()];
                batch.logits_batch(&pixels, &mut found).unwrap();
                assert_eq!(found, expected, "{name}, {threads} threads");
                batch.logits_batch(&[], &mut []).unwrap();
                assert!(batch.logits_batch(&pixels[1..], &mut found).is_err());
                assert!(batch.logits_batch(&pixels, &mut found[1..]).is_err());
            }
        }
    }
}

/// As near the exact logits as the engine with 8-bit activations: the rest of the arithmetic costs little.
#[test]
fn the_integers_are_as_near_the_floats_as_8_bit_activations_are() {
    for (name, model, images) in networks() {
        // The map of one grows tenfold from block to block, a norm of the other makes 316 of 1: a step for each channel holds
        // neither.
        let uneven = [
            "a scale per channel",
            "channels that are dead, and negative",
        ];
        if uneven
            .iter()
            .any(|uneven| name == format!("{uneven}, 8 bits"))
        {
            continue;
        }
        let network = Network::new(&model).unwrap();
        let mut forward = Forward::new(&network);
        let options = Options::default().with_activations(Activations::Int8);
        let mut engine = Engine::new(&model, options).unwrap();
        let (mut ours, mut theirs, mut spread) = (0.0f64, 0.0f64, 0.0f64);
        for image in &images {
            let exact = reference::logits::<f64>(&model, image).unwrap();
            let found = forward.logits(image).unwrap().to_vec();
            let int8 = engine.logits(image).unwrap();
            for ((exact, found), int8) in exact.iter().zip(found).zip(int8) {
                let found = f64::from(found) * f64::powi(2.0, -network.logit_bits);
                ours = ours.max((found - exact).abs());
                theirs = theirs.max((f64::from(*int8) - exact).abs());
                spread = spread.max(exact.abs());
            }
        }
        println!("{name}: off by {ours:.4}, int8 {theirs:.4}, of {spread:.2}");
        let few = if network.residual_bits == 8 {
            0.06
        } else {
            0.01
        };
        assert!(
            ours < 2.0 * theirs + few * spread,
            "{name}: {ours}, int8 {theirs}"
        );
    }
}

#[test]
fn what_integers_cannot_compute_is_refused() {
    let refuses = |model: Model, words: [&str; 2]| {
        let error = Network::new(&model).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let base = || wide(3, [3, 8, 8], 4, 1, 4);
    let calibrated = |parts: SequenceParts| {
        let count = parts.convs.len();
        let parts = parts.with_activation_scales(Some(vec![0.05; count]));
        parts.model().unwrap()
    };
    refuses(base().model().unwrap(), ["activation_scales", "found none"]);

    let mut parts = base();
    let count = parts.convs[0].weight_count();
    parts.convs[0].weights = Weights::Real(vec![0.5; count]);
    refuses(calibrated(parts), ["input conv, weights", "real numbers"]);

    let mut parts = base();
    parts.structure = Structure::Plain;
    parts.stem = Stem::MaxPool;
    refuses(
        calibrated(parts),
        ["max pool", "one convolution after the other"],
    );

    let mut parts = base();
    parts.norms[2].as_mut().unwrap().offset[3] = 1e19;
    refuses(
        calibrated(parts),
        ["norm before block 1 conv 2, channel 3", "2^18"],
    );

    let mut parts = base();
    if let Weights::Signs { scale, .. } = &mut parts.convs[1].weights {
        *scale = Scale::Layer(1e20);
    }
    refuses(
        calibrated(parts),
        ["norm before block 1 conv 2, channel 0", "2^30"],
    );

    let mut parts = base();
    parts.structure = Structure::Plain;
    let plain = calibrated(parts);
    let narrow = plain.clone().with_residual_scales(Some(vec![1.0; 16]));
    refuses(narrow.unwrap(), ["residual_scales", "skip connections"]);
    let error = residual_scales(&plain, &[0; 192]).unwrap_err().to_string();
    assert!(error.contains("skip connections"), "{error}");
    let model = calibrated(base());
    for images in [0, 191, 2 * 192 - 1] {
        let error = residual_scales(&model, &vec![0; images]).unwrap_err();
        assert!(error.to_string().contains("192"), "{error}");
    }

    let network = Network::new(&model).unwrap();
    let error = Forward::new(&network)
        .logits(&[0; 5])
        .unwrap_err()
        .to_string();
    assert!(error.contains("192") && error.contains('5'), "{error}");
}
