//! Weights that are given, and parts that do not learn.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use model::{Network, NetworkConfig, Weights};

fn config(name: &str) -> NetworkConfig {
    NetworkConfig::new(name.parse().unwrap(), [3, 16, 16], 5)
}

fn images(device: &Device) -> Tensor<4> {
    Tensor::random([6, 3, 16, 16], Distribution::Uniform(0.0, 255.0), device)
}

fn numbers(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Weights of each convolution, and scale, offset, mean and variance of each norm.
fn values(net: &Network) -> (Vec<Vec<f32>>, Vec<[Vec<f32>; 4]>) {
    let convs = net.convs().map(|conv| {
        let weights = conv.weight.val().into_data();
        weights.try_to_vec().unwrap()
    });
    let norms = net.batch_norms().map(|norm| {
        [
            norm.gamma.val(),
            norm.beta.val(),
            norm.running_mean.value_sync(),
            norm.running_var.value_sync(),
        ]
        .map(numbers)
    });
    (convs.collect(), norms.collect())
}

#[test]
fn a_network_with_the_values_of_another_computes_the_same() {
    let device = Device::default();
    let own = config("wrn-8-1").init(1, &device).unwrap();
    let mut other = config("wrn-8-1").init(2, &device).unwrap();
    let (convs, mut norms) = values(&own);
    // Moments as after some training.
    for values in &mut norms {
        for (channel, number) in values.iter_mut().flatten().enumerate() {
            *number += 0.25 + (channel % 7) as f32 / 8.0;
        }
    }
    for (number, weights) in convs.into_iter().enumerate() {
        other.set_conv(number, weights);
    }
    let mut own = own;
    for (number, values) in norms.into_iter().enumerate() {
        own.set_norm(number, values.clone());
        other.set_norm(number, values);
    }
    let images = images(&device);
    let expected = own.forward(images.clone()).into_data();
    other.forward(images).into_data().assert_eq(&expected, true);
}

#[test]
fn what_is_given_learns_as_before() {
    let device = Device::default().autodiff();
    let mut net = config("wrn-8-1").init(1, &device).unwrap();
    let learns = |net: &Network| -> Vec<bool> {
        let convs = net.convs().map(|conv| conv.weight.is_require_grad());
        let norms = net.batch_norms().map(|norm| norm.gamma.is_require_grad());
        convs.chain(norms).collect()
    };
    let before = learns(&net);
    assert!(before.contains(&true) && before.contains(&false));
    let (convs, norms) = values(&net);
    for (number, weights) in convs.into_iter().enumerate() {
        net.set_conv(number, weights);
    }
    for (number, values) in norms.into_iter().enumerate() {
        net.set_norm(number, values);
    }
    assert_eq!(learns(&net), before);
}

/// In training too a frozen norm is a factor and an addend per channel; others move their moments.
#[test]
fn frozen_parts_have_no_gradient_and_keep_their_moments() {
    let device = Device::default().autodiff();
    for name in ["wrn-8-1", "plain-8-1", "vgg-0.0625"] {
        for &weights in Weights::ALL {
            let config = config(name).with_weights(weights).with_learn_norms(true);
            let graph = config.graph().unwrap();
            let whole = config.init(1, &device).unwrap();
            let trainable = whole.trainable_weights();
            for part in [graph.head(), graph.last_stage().unwrap()] {
                let net = whole.clone().fork(&device).learn_only(&part);
                let before = values(&net);
                let gradients = net.forward(images(&device)).sum().backward();
                let after = values(&net);
                assert_eq!(before.0, after.0);
                let mut learned = 0;
                for (number, (node, _)) in graph.convs().enumerate() {
                    let conv = net.convs().nth(number).unwrap();
                    let grad = conv.weight.val().grad(&gradients);
                    assert_eq!(grad.is_some(), part[node], "{name} {weights} {number}");
                    learned += usize::from(part[node]) * before.0[number].len();
                }
                for (number, node) in graph.norms().enumerate() {
                    let norm = net.batch_norms().nth(number).unwrap();
                    let grad = norm.gamma.val().grad(&gradients);
                    assert_eq!(grad.is_some(), part[node], "{name} {weights} {number}");
                    let same = before.1[number] == after.1[number];
                    assert_eq!(same, !part[node], "{name} {weights} {number}");
                    learned += usize::from(part[node]) * 2 * before.1[number][0].len();
                }
                assert_eq!(net.trainable_weights(), learned);
                assert!(learned < trainable);
            }
        }
    }
}

/// A kind that is clipped after each step is clipped only where it learns.
#[test]
fn frozen_weights_are_not_clipped() {
    let device = Device::default().autodiff();
    let kind = "binaryconnect".parse().unwrap();
    let config = config("wrn-8-1").with_weights(kind);
    let head = config.graph().unwrap().head();
    let mut net = config.init(1, &device).unwrap();
    let large: Vec<Vec<f32>> = values(&net)
        .0
        .into_iter()
        .map(|w| vec![2.5; w.len()])
        .collect();
    for (number, weights) in large.into_iter().enumerate() {
        net.set_conv(number, weights);
    }
    let net = net.learn_only(&head).clip_weights();
    let (convs, _) = values(&net);
    let last = convs.len() - 1;
    for (number, weights) in convs.iter().enumerate() {
        let expected = if number == last { 1.0 } else { 2.5 };
        assert!(weights.iter().all(|&w| w == expected), "{number}");
    }
}
