//! The fused batch norm, the shortcut and the skip connection against compositions of plain Burn operations: value and
//! gradients.

mod common;

use burn::tensor::activation::relu;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};
use common::devices;
use model::EPSILON;
use model::ops::{add, batch_norm_relu, shortcut};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Batch, channels, height, width.
const SHAPES: [[usize; 4]; 7] = [
    [4, 3, 8, 8],
    [2, 1, 5, 3],
    [1, 2, 7, 7],
    [3, 17, 2, 9],
    [2, 4, 1, 1],
    [1, 1, 3, 2],
    [5, 2, 16, 33],
];

fn values(rng: &mut Pcg64, shape: &[usize], offset: f32) -> TensorData {
    let n: usize = shape.iter().product();
    let values: Vec<f32> = (0..n)
        .map(|_| offset + rng.random_range(-1.0f32..1.0))
        .collect();
    TensorData::new(values, shape.to_vec())
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn assert_close(what: &str, tolerance: f32, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let tolerance = tolerance * (1.0 + b.abs());
        assert!(
            (a - b).abs() <= tolerance,
            "{what}[{i}]: {a} and {b} differ by more than {tolerance}"
        );
    }
}

/// The textbook's batch norm as Burn operations, which autodiff differentiates one by one.
fn composed(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, with_relu: bool) -> [Tensor<4>; 3] {
    let channels = gamma.dims()[0];
    let per_channel = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
    let mean = per_channel(x.clone());
    let centred = x - mean.clone();
    let variance = per_channel(centred.clone() * centred.clone());
    let normal = centred / (variance.clone() + EPSILON).sqrt();
    let y = normal * gamma.reshape([1, channels, 1, 1]) + beta.reshape([1, channels, 1, 1]);
    [if with_relu { relu(y) } else { y }, mean, variance]
}

/// Output, moments, and the gradients of the output's product with a fixed direction.
fn norm(device: &Device, shape: [usize; 4], with_relu: bool, fused: bool) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let mut rng = Pcg64::seed_from_u64(3);
    // A mean far from 0 shows a variance computed as a difference of large numbers.
    let x = Tensor::<4>::from_data(values(&mut rng, &shape, 5.0), &device).require_grad();
    let gamma = Tensor::<1>::from_data(values(&mut rng, &shape[1..2], 1.5), &device).require_grad();
    let beta = Tensor::<1>::from_data(values(&mut rng, &shape[1..2], 0.0), &device).require_grad();
    let direction = Tensor::<4>::from_data(values(&mut rng, &shape, 0.0), &device);
    let (y, mean, variance) = if fused {
        let batch = batch_norm_relu(
            x.clone(),
            gamma.clone(),
            beta.clone(),
            EPSILON,
            with_relu,
            false,
        );
        (batch.output, floats(batch.mean), floats(batch.variance))
    } else {
        let [y, mean, variance] = composed(x.clone(), gamma.clone(), beta.clone(), with_relu);
        (y, floats(mean), floats(variance))
    };
    let gradients = (y.clone() * direction).sum().backward();
    let [gamma, beta] = [gamma, beta].map(|tensor| floats(tensor.grad(&gradients).unwrap()));
    vec![
        floats(y),
        mean,
        variance,
        floats(x.grad(&gradients).unwrap()),
        gamma,
        beta,
    ]
}

#[test]
fn batch_norm_relu_equals_the_composition() {
    let names = [
        "output",
        "mean",
        "variance",
        "input gradient",
        "scale gradient",
        "offset gradient",
    ];
    for (name, device) in devices("batch_norm_relu") {
        for shape in SHAPES {
            // One pixel alone has variance 0: what is left of it is rounding, times 1/sqrt(ε).
            let samples = shape[0] * shape[2] * shape[3];
            for with_relu in [false, true] {
                let found = norm(&device, shape, with_relu, true);
                let expected = norm(&device, shape, with_relu, false);
                // Sums of n terms of up to 6, through a division by the standard deviation
                // (above 0.1 for these values) and its gradient.
                let tolerance = 100.0 * 6.0 * (samples as f32).sqrt() * f32::EPSILON;
                for ((what, found), expected) in names.iter().zip(&found).zip(&expected) {
                    let what = format!("{name} {shape:?} relu {with_relu} {what}");
                    assert_close(&what, tolerance, found, expected);
                }
            }
        }
    }
}

#[test]
fn shortcut_equals_the_composition() {
    for (name, device) in devices("shortcut") {
        let device = device.autodiff();
        for shape in SHAPES {
            let mut rng = Pcg64::seed_from_u64(5);
            let x = Tensor::<4>::from_data(values(&mut rng, &shape, 0.0), &device).require_grad();
            let options = AvgPoolOptions::new([3, 3])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_count_include_pad(false);
            let pooled = avg_pool2d(x.clone(), options);
            let composed = Tensor::cat(vec![pooled.clone(), pooled.zeros_like()], 1);
            let direction = values(&mut rng, &composed.dims(), 0.0);
            let direction = Tensor::<4>::from_data(direction, &device);
            let run = |y: Tensor<4>| {
                let gradients = (y.clone() * direction.clone()).sum().backward();
                (floats(y), floats(x.grad(&gradients).unwrap()))
            };
            let (found, expected) = (run(shortcut(x.clone())), run(composed));
            // Nine terms of up to 1 each, forward and backward.
            let tolerance = 2.0 * 9.0 * f32::EPSILON;
            assert_close(
                &format!("{name} {shape:?} output"),
                tolerance,
                &found.0,
                &expected.0,
            );
            assert_close(
                &format!("{name} {shape:?} gradient"),
                tolerance,
                &found.1,
                &expected.1,
            );
        }
    }
}

/// Two blocks of a norm and a skip connection around it, from `depth` operations after a leaf on: the sum and the
/// gradients of the sum's product with a fixed direction.
fn blocks(device: &Device, shape: [usize; 4], depth: usize, fused: bool) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let mut rng = Pcg64::seed_from_u64(7);
    let x = Tensor::<4>::from_data(values(&mut rng, &shape, 5.0), &device).require_grad();
    let gamma = Tensor::<1>::from_data(values(&mut rng, &shape[1..2], 1.5), &device).require_grad();
    let beta = Tensor::<1>::from_data(values(&mut rng, &shape[1..2], 0.0), &device).require_grad();
    let direction = Tensor::<4>::from_data(values(&mut rng, &shape, 0.0), &device);
    let block = |x: Tensor<4>| {
        let (gamma, beta) = (gamma.clone(), beta.clone());
        if fused {
            let batch = batch_norm_relu(x.clone(), gamma, beta, EPSILON, true, true);
            add(batch.output * 0.5, x)
        } else {
            let [y, ..] = composed(x.clone(), gamma, beta, true);
            y * 0.5 + x
        }
    };
    let start = (0..depth).fold(x.clone(), |x, _| x * 2.0);
    let y = block(block(start));
    // The sum has two uses, so that neither may change the other's values.
    let gradients = ((y.clone() + y.clone()) * direction).sum().backward();
    let [gamma, beta] = [gamma, beta].map(|tensor| floats(tensor.grad(&gradients).unwrap()));
    let x = floats(x.grad(&gradients).unwrap());
    vec![floats(y), x, gamma, beta]
}

#[test]
fn a_norm_within_a_skip_connection_equals_the_composition() {
    let names = [
        "output",
        "input gradient",
        "scale gradient",
        "offset gradient",
    ];
    for (name, device) in devices("skip connection") {
        for shape in SHAPES {
            let samples = shape[0] * shape[2] * shape[3];
            for depth in [0, 1] {
                let found = blocks(&device, shape, depth, true);
                let expected = blocks(&device, shape, depth, false);
                // As above, through two norms; twice the gradient, and twice again after one operation.
                let tolerance = 4.0 * 2.0 * 100.0 * 6.0 * (samples as f32).sqrt() * f32::EPSILON;
                for ((what, found), expected) in names.iter().zip(&found).zip(&expected) {
                    let what = format!("{name} {shape:?} depth {depth} {what}");
                    assert_close(&what, tolerance, found, expected);
                }
            }
        }
    }
}
