//! Every op against a plain loop in `f64`, on every instruction set that this machine has.
#![cfg(feature = "std")] // The training kernels are there with it alone.

mod algorithms;
#[macro_use]
mod isas;
mod nhwc;
mod oracle;
mod random;
mod signs;
mod threading;
mod winograd;

use algorithms::algorithms;
use kernels::{
    BatchNorm, Conv2d, ExecContext, Images, Isa, Scoped, Sgd, add, avg_pool_shortcut,
    avg_pool_shortcut_grad, batch_norm, batch_norm_grad, conv2d, conv2d_input_grad,
    conv2d_weight_grad, global_mean, global_mean_grad, sgd_step,
};
use nhwc::{fused_threads, nhwc, pooled, stem};
use oracle::{Sum, assert_close};
use proptest::prelude::*;
use random::{Random, batch_norms, cases, convolutions};
use signs::signs;
use threading::{sharing, threads};
use winograd::{assert_typical, input_gradients, outputs, weight_gradients, winograd};

suite!(convolution any_convolution signs winograd algorithms nhwc pooled stem fused_threads batch_normalisation shortcut mean sum sgd threads sharing);

fn convolution(isa: Isa) {
    let mut random = Random(7);
    for shape in convolutions() {
        both_ways(isa, &shape, &mut random);
    }
}

/// Whatever the sizes are; of a wrong one the smallest is told.
fn any_convolution(isa: Isa) {
    let channels = [0..40usize, 0..40];
    let strategy = (
        0..4usize,
        channels,
        [1..14usize, 1..14],
        [1..=5usize, 1..=3, 0..=4],
        any::<u64>(),
    );
    let tried = cases(40).run(
        &strategy,
        |(batch, [inputs, outputs], sides, numbers, seed)| {
            let ([height, width], [kernel, stride, padding]) = (sides, numbers);
            let shape = Conv2d {
                batch,
                in_channels: inputs,
                out_channels: outputs,
                height,
                width,
                kernel,
                stride,
                padding: padding.min(kernel - 1),
            };
            // A kernel larger than the padded image has no place.
            prop_assume!(height.min(width) + 2 * shape.padding >= kernel);
            both_ways(isa, &shape, &mut Random(seed));
            Ok(())
        },
    );
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// A convolution and its gradients.
fn both_ways(isa: Isa, shape: &Conv2d, random: &mut Random) {
    let context = ExecContext::new(isa, Scoped(2));
    let x = random.floats(shape.input_len());
    let w = random.floats(shape.weight_len());
    let grad_y = random.floats(shape.output_len());
    // NaN in the outputs: what an op forgets to write shows.
    let mut y = vec![f32::NAN; shape.output_len()];
    conv2d(&context, shape, &x, &w, &mut y);
    assert_typical(&format!("conv2d {shape:?}"), &y, &outputs(shape, &x, &w));
    let mut grad_x = vec![f32::NAN; shape.input_len()];
    conv2d_input_grad(&context, shape, &grad_y, &w, &mut grad_x);
    let expected = input_gradients(shape, &grad_y, &w);
    assert_typical(&format!("conv2d_input_grad {shape:?}"), &grad_x, &expected);
    let mut grad_w = vec![f32::NAN; shape.weight_len()];
    conv2d_weight_grad(&context, shape, &x, &grad_y, &mut grad_w);
    let expected = weight_gradients(shape, &x, &grad_y);
    assert_typical(&format!("conv2d_weight_grad {shape:?}"), &grad_w, &expected);
}

fn batch_normalisation(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(11);
    for (batch, channels, pixels, offset) in batch_norms() {
        let len = batch * channels * pixels;
        let x: Vec<f32> = random.floats(len).iter().map(|x| x + offset).collect();
        let grad_y = random.floats(len);
        let (gamma, beta) = (random.floats(channels), random.floats(channels));
        for (relu, gamma, beta) in [
            (true, None, None),
            (false, None, None),
            (true, Some(&gamma[..]), Some(&beta[..])),
        ] {
            let norm = BatchNorm {
                batch,
                channels,
                pixels,
                gamma,
                beta,
                epsilon: 1e-5,
                relu,
            };
            let what = format!("{batch}×{channels}×{pixels} about {offset}, relu {relu}");
            let expected = oracle::batch_norm(&norm, &x, &grad_y);
            let mut y = vec![f32::NAN; len];
            let [mut mean, mut var] = [vec![f32::NAN; channels], vec![f32::NAN; channels]];
            batch_norm(&context, &norm, &x, &mut y, &mut mean, &mut var);
            assert_close(&format!("mean {what}"), &mean, &expected.mean);
            assert_close(&format!("var {what}"), &var, &expected.var);
            assert_close(&format!("y {what}"), &y, &expected.y);
            let mut grad = grad_y.clone();
            let [mut grad_gamma, mut grad_beta] = [mean.clone(), mean.clone()];
            let mut differentiate = |skip_grad: Option<&[f32]>, grad: &mut [f32]| {
                batch_norm_grad(
                    &context,
                    &norm,
                    &x,
                    skip_grad,
                    &mean,
                    &var,
                    grad,
                    &mut grad_gamma,
                    &mut grad_beta,
                );
            };
            differentiate(None, &mut grad);
            let skip = random.floats(len);
            let mut both = grad_y.clone();
            differentiate(Some(&skip), &mut both);
            let alone: Vec<f32> = grad.iter().zip(&skip).map(|(a, b)| a + b).collect();
            assert_eq!(both, alone, "grad_x with a skip connection {what}");
            assert_close(
                &format!("grad_gamma {what}"),
                &grad_gamma,
                &expected.grad_gamma,
            );
            assert_close(
                &format!("grad_beta {what}"),
                &grad_beta,
                &expected.grad_beta,
            );
            assert_close(&format!("grad_x {what}"), &grad, &expected.grad_x);
        }
    }
}

fn images() -> impl Iterator<Item = Images> {
    let sizes = [
        (1, 1),
        (1, 2),
        (2, 2),
        (3, 1),
        (5, 7),
        (8, 8),
        (16, 16),
        (17, 33),
        (32, 32),
    ];
    sizes.into_iter().flat_map(|(height, width)| {
        [(1, 1), (2, 3), (3, 16)].map(|(batch, channels)| Images {
            batch,
            channels,
            height,
            width,
        })
    })
}

fn shortcut(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(13);
    for images in images() {
        let (x, grad_y) = (
            random.floats(images.len()),
            random.floats(images.shortcut().len()),
        );
        let mut y = vec![f32::NAN; grad_y.len()];
        avg_pool_shortcut(&context, &images, &x, &mut y);
        let mut grad_x = vec![f32::NAN; x.len()];
        avg_pool_shortcut_grad(&context, &images, &grad_y, &mut grad_x);
        let (expected_y, expected_grad) = oracle::avg_pool_shortcut(&images, &x, &grad_y);
        assert_close(&format!("pool {images:?}"), &y, &expected_y);
        assert_close(
            &format!("pool gradient {images:?}"),
            &grad_x,
            &expected_grad,
        );
    }
}

fn mean(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(17);
    for images in images() {
        let (pixels, planes) = (images.height * images.width, images.batch * images.channels);
        let (x, grad_y) = (random.floats(images.len()), random.floats(planes));
        let mut y = vec![f32::NAN; planes];
        global_mean(&context, &images, &x, &mut y);
        let mut grad_x = vec![f32::NAN; x.len()];
        global_mean_grad(&context, &images, &grad_y, &mut grad_x);
        let share = 1.0 / pixels as f64;
        let mut expected = vec![Sum::default(); planes];
        for (i, &x) in x.iter().enumerate() {
            expected[i / pixels].add(f64::from(x) * share);
        }
        assert_close(&format!("mean {images:?}"), &y, &expected);
        let expected: Vec<_> = (0..x.len())
            .map(|i| Sum::of(f64::from(grad_y[i / pixels]) * share))
            .collect();
        assert_close(&format!("mean gradient {images:?}"), &grad_x, &expected);
    }
}

fn sum(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(29);
    for len in (0..40).chain([70_001]) {
        let (x, y) = (random.floats(len), random.floats(len));
        let mut sum = y.clone();
        add(&context, &x, &mut sum);
        let expected: Vec<f32> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        assert_eq!(sum, expected, "{len}");
    }
}

fn sgd(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(19);
    let sgd = Sgd {
        rate: 0.1,
        momentum: 0.9,
        weight_decay: 5e-4,
    };
    for len in (0..40).chain([70_001]) {
        let (mut w, mut velocity) = (random.floats(len), random.floats(len));
        let grad = random.floats(len);
        let (mut expected_w, mut expected_velocity) = (Vec::new(), Vec::new());
        for ((&w, &v), &g) in w.iter().zip(&velocity).zip(&grad) {
            let [w, v, g] = [w, v, g].map(f64::from);
            let [rate, momentum, decay] = [sgd.rate, sgd.momentum, sgd.weight_decay].map(f64::from);
            let mut sum = Sum::of(momentum * v);
            sum.add(g);
            sum.add(decay * w);
            expected_velocity.push(sum);
            let mut sum = Sum::of(w);
            for term in [momentum * v, g, decay * w] {
                sum.add(-rate * term);
            }
            expected_w.push(sum);
        }
        sgd_step(&context, &sgd, &mut w, &mut velocity, &grad);
        assert_close(&format!("velocity of {len}"), &velocity, &expected_velocity);
        assert_close(&format!("weights of {len}"), &w, &expected_w);
    }
}
