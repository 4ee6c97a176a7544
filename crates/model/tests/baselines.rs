//! The weights of the methods that the paper compares with: values and gradients against their
//! formulas, computed in f64 without a tape.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::devices;
use graph::Kernel;
use model::{Conv, Weights};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const KERNEL: Kernel = Kernel {
    out: 4,
    inputs: 3,
    size: 3,
    gain: 2.0,
};
/// Weights of an output channel.
const GROUP: usize = 27;

/// Latent weights from −2 to 2, so that some lie outside the window, with both zeros among them.
fn latent() -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(11);
    let mut values: Vec<f32> = (0..KERNEL.weights())
        .map(|_| rng.random_range(-2.0..2.0))
        .collect();
    values[0] = 0.0;
    values[30] = -0.0;
    values
}

/// The gradient with respect to the weights that count.
fn direction() -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(12);
    (0..KERNEL.weights())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect()
}

fn sign(w: f32) -> f64 {
    if w >= 0.0 { 1.0 } else { -1.0 }
}

/// Values and latent gradients by the formulas; `group` weights share a scale, or there is none.
fn reference(group: Option<usize>) -> (Vec<f64>, Vec<f64>) {
    let (w, g) = (latent(), direction());
    let Some(group) = group else {
        let values = w.iter().map(|&w| sign(w)).collect();
        return (values, g.iter().map(|&g| f64::from(g)).collect());
    };
    let (mut values, mut gradients) = (Vec::new(), Vec::new());
    for (w, g) in w.chunks(group).zip(g.chunks(group)) {
        let alpha = w.iter().map(|&w| f64::from(w).abs()).sum::<f64>() / group as f64;
        let through_alpha: f64 = w.iter().zip(g).map(|(&w, &g)| f64::from(g) * sign(w)).sum();
        for (&w, &g) in w.iter().zip(g) {
            values.push(alpha * sign(w));
            let inside = if w.abs() <= 1.0 { 1.0 } else { 0.0 };
            // |w| has no slope at 0, where Burn's derivative is 0 too.
            let slope = if w == 0.0 { 0.0 } else { sign(w) };
            gradients.push(alpha * f64::from(g) * inside + slope * through_alpha / group as f64);
        }
    }
    (values, gradients)
}

fn kind(name: &str) -> Weights {
    name.parse().unwrap()
}

fn layer(name: &str, device: &Device) -> Conv {
    let mut layer = Conv::new(kind(name), KERNEL, 1, &mut Pcg64::seed_from_u64(1), device);
    let data = TensorData::new(latent(), layer.weight.shape());
    layer.weight = burn::module::Param::from_tensor(Tensor::from_data(data, device));
    layer
}

#[test]
fn values_and_gradients_equal_the_formulas() {
    for (name, device) in devices("baselines") {
        let device = device.autodiff();
        for (scale, group) in [
            ("bwn", Some(GROUP)),
            ("bwn-layer", Some(KERNEL.weights())),
            ("binaryconnect", None),
        ] {
            let layer = layer(scale, &device);
            let effective = layer.effective_weight();
            let shape = effective.shape();
            let direction = TensorData::new(direction(), shape);
            let product = effective.clone() * Tensor::from_data(direction, &device);
            let gradients = product.sum().backward();
            let gradient = layer.weight.val().grad(&gradients).unwrap();
            let (values, expected) = reference(group);
            // Sums of at most 108 numbers up to 2, divided by their count.
            for (what, found, expected) in [
                ("value", effective.into_data(), values),
                ("gradient", gradient.into_data(), expected),
            ] {
                let found = found.try_to_vec::<f32>().unwrap();
                assert_eq!(found.len(), expected.len());
                for (i, (&found, expected)) in found.iter().zip(expected).enumerate() {
                    assert!(
                        (f64::from(found) - expected).abs() < 128.0 * f64::from(f32::EPSILON),
                        "{name} {scale} {what}[{i}]: {found}, expected {expected}"
                    );
                }
            }
        }
    }
}

/// A step that leaves the window of BinaryConnect ends at its border, and stays trainable.
#[test]
fn clipping_bounds_the_latent_weights_and_keeps_them_trainable() {
    let device = Device::default().autodiff();
    let conv = layer("binaryconnect", &device).clip(1.0);
    let found = conv.weight.val().into_data().try_to_vec::<f32>().unwrap();
    let expected: Vec<f32> = latent().iter().map(|w| w.clamp(-1.0, 1.0)).collect();
    assert_eq!(found, expected);
    let x = Tensor::<4>::ones([1, 3, 4, 4], &device);
    let gradients = conv.forward(x).sum().backward();
    assert!(conv.weight.val().grad(&gradients).is_some());
    assert_eq!(kind("binaryconnect").clip(), Some(1.0));
    assert_eq!(Weights::ONE_BIT.clip(), None);
}
