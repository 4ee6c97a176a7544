//! A residual block as one operation, and the first convolution with its norm, against their parts: values, moments and
//! gradients.

mod common;

use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use common::devices;
use model::EPSILON;
use model::ops::{
    Block, Half, add, batch_norm_relu, binary_conv2d, block_pays, conv2d, moments, residual_block,
    shortcut, stem, stem_pays,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

fn random<const D: usize>(
    rng: &mut Pcg64,
    shape: [usize; D],
    offset: f32,
    device: &Device,
) -> Tensor<D> {
    let numbers = (0..shape.iter().product()).map(|_| offset + rng.random_range(-1.0f32..1.0));
    let data = TensorData::new(numbers.collect::<Vec<f32>>(), shape.to_vec());
    Tensor::from_data(data, device)
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn grad<const D: usize>(tensor: &Tensor<D>, gradients: &Gradients) -> Vec<f32> {
    floats(tensor.grad(gradients).unwrap())
}

/// As far apart as roundings of the largest of them.
fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1e-2f32, |size, x| size.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-4 * size, "{what}[{i}]: {a} for {b}");
    }
}

fn half(rng: &mut Pcg64, inputs: usize, outputs: usize, device: &Device) -> Half {
    Half {
        gamma: random(rng, [inputs], 1.5, device).require_grad(),
        beta: random(rng, [inputs], 0.0, device).require_grad(),
        weight: random(rng, [outputs, inputs, 3, 3], 0.0, device).require_grad(),
    }
}

/// The parts of half a block: output and moments of the norm.
fn parts(
    x: Tensor<4>,
    half: &Half,
    relu: bool,
    scale: Option<f32>,
    stride: usize,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    let (gamma, beta) = (half.gamma.clone(), half.beta.clone());
    let normed = batch_norm_relu(x, gamma, beta, EPSILON, relu, false);
    let options = ConvOptions::new([stride; 2], [1, 1], [1, 1], 1);
    let weight = half.weight.clone();
    let y = match scale {
        Some(scale) => binary_conv2d(normed.output, weight, scale, options),
        None => conv2d(normed.output, weight, options),
    };
    (y, [normed.mean, normed.variance])
}

/// Everything that a block gives, and every gradient.
fn block(
    device: &Device,
    [batch, channels, height, width]: [usize; 4],
    stride: usize,
    scale: Option<f32>,
    fused: bool,
) -> Vec<Vec<f32>> {
    let device = &device.clone().autodiff();
    let mut rng = Pcg64::seed_from_u64(7);
    let outputs = channels * stride;
    let x = random(&mut rng, [batch, channels, height, width], 0.5, device).require_grad();
    // A map that something made of the input: its gradient is no leaf's.
    let made = x.clone() * 1.0;
    let halves = [
        half(&mut rng, channels, outputs, device),
        half(&mut rng, outputs, outputs, device),
    ];
    if cfg!(feature = "flex") && device == &Device::flex() {
        let weights = [[outputs, channels], [outputs, outputs]];
        assert!(
            block_pays(device, x.dims(), weights, stride),
            "these are for the kernels"
        );
    }
    let (y, hidden, after) = if fused {
        let settings = Block {
            stride,
            scales: [scale; 2],
            epsilons: [EPSILON as f32; 2],
        };
        let known = moments(made.clone());
        let blocked = residual_block(made, known, halves.clone(), settings);
        (blocked.output, blocked.hidden, blocked.moments)
    } else {
        let skip = if stride == 1 {
            made.clone()
        } else {
            shortcut(made.clone())
        };
        let (h, _) = parts(made, &halves[0], true, scale, stride);
        let (y, hidden) = parts(h, &halves[1], true, scale, 1);
        let y = add(y, skip);
        (y.clone(), hidden, moments(y))
    };
    let direction = random(&mut rng, y.dims(), 0.0, device);
    let gradients = (y.clone() * direction).sum().backward();
    let mut all = vec![floats(y)];
    all.extend(hidden.into_iter().chain(after).map(floats));
    all.push(grad(&x, &gradients));
    for half in &halves {
        all.push(grad(&half.gamma, &gradients));
        all.push(grad(&half.beta, &gradients));
        all.push(grad(&half.weight, &gradients));
    }
    all
}

#[test]
fn a_block_equals_its_parts() {
    for (name, device) in devices("residual_block") {
        for shape in [[4, 16, 8, 8], [4, 32, 11, 13], [5, 16, 16, 16]] {
            for stride in [1, 2] {
                for scale in [None, Some(0.1)] {
                    let [found, expected] =
                        [true, false].map(|fused| block(&device, shape, stride, scale, fused));
                    assert_eq!(found.len(), expected.len());
                    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                        let what =
                            format!("{name} {shape:?} stride {stride} {scale:?}, number {i}");
                        assert_close(&what, found, expected);
                    }
                }
            }
        }
    }
}

/// Everything that the first convolution gives, and every gradient; by the images too if `tracked`.
fn first(device: &Device, inputs: usize, tracked: bool, fused: bool) -> Vec<Vec<f32>> {
    let device = &device.clone().autodiff();
    let mut rng = Pcg64::seed_from_u64(9);
    let mut x = random(&mut rng, [4, inputs, 9, 7], 3.0, device);
    if tracked {
        x = x.require_grad();
    }
    let half = half(&mut rng, inputs, 16, device);
    if cfg!(feature = "flex") && device == &Device::flex() {
        assert!(stem_pays(device, x.dims(), 16), "this is for the kernels");
    }
    let (y, input, after) = if fused {
        let stemmed = stem(x.clone(), half.clone(), Some(0.3), EPSILON);
        (stemmed.output, stemmed.input, stemmed.moments)
    } else {
        let (y, input) = parts(x.clone(), &half, false, Some(0.3), 1);
        (y.clone(), input, moments(y))
    };
    let direction = random(&mut rng, y.dims(), 0.0, device);
    let gradients = (y.clone() * direction).sum().backward();
    let mut all = vec![floats(y)];
    all.extend(input.into_iter().chain(after).map(floats));
    all.push(grad(&half.gamma, &gradients));
    all.push(grad(&half.beta, &gradients));
    all.push(grad(&half.weight, &gradients));
    if tracked {
        all.push(grad(&x, &gradients));
    }
    all
}

#[test]
fn the_first_convolution_equals_its_parts() {
    for (name, device) in devices("stem") {
        for inputs in [1, 3] {
            for tracked in [false, true] {
                let [found, expected] =
                    [true, false].map(|fused| first(&device, inputs, tracked, fused));
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let what = format!("{name}, {inputs} channels, number {i}");
                    assert_close(&what, found, expected);
                }
            }
        }
    }
}
