//! The fused operations of a block against the separate ones.

mod edges;
mod threads;

pub use edges::{pooled, stem};
use kernels::nhwc::{self, Normed, Skipped, Source};
use kernels::{
    BatchNorm, Conv2d, ExecContext, Images, Isa, Scoped, add, batch_norm, batch_norm_grad, conv2d,
    conv2d_input_grad, conv2d_weight_grad,
};
pub use threads::fused_threads;

use crate::random::Random;

/// Sizes that fill the tiles and sizes that do not, as many channels as a block and more.
fn shapes() -> impl Iterator<Item = Conv2d> {
    let sizes = [
        (3, 16, 16, 32, 32),
        (5, 32, 16, 8, 8),
        (9, 16, 48, 7, 5),
        (2, 64, 64, 4, 9),
        (19, 16, 32, 3, 2),
        (1, 32, 32, 1, 1),
    ];
    let each = |(batch, in_channels, out_channels, height, width)| {
        [1, 2].map(|stride| Conv2d {
            batch,
            in_channels,
            out_channels,
            height,
            width,
            kernel: 3,
            stride,
            padding: 1,
        })
    };
    sizes.into_iter().flat_map(each)
}

/// The largest difference is no more than a few roundings of the largest number.
fn assert_near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1e-3f32, |size, x| size.max(x.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= 3e-5 * size,
            "{what}: {a} for {b} at {index}"
        );
    }
}

/// A map in both layouts.
struct Map {
    images: Images,
    planes: Vec<f32>,
    side: Vec<f32>,
}

impl Map {
    fn new(context: &ExecContext, images: Images, planes: Vec<f32>) -> Self {
        let mut side = vec![f32::NAN; planes.len()];
        nhwc::to_nhwc(context, &images, &planes, &mut side);
        Self {
            images,
            planes,
            side,
        }
    }

    fn random(context: &ExecContext, images: Images, random: &mut Random) -> Self {
        Self::new(context, images, random.floats(images.len()))
    }

    fn back(&self, context: &ExecContext, side: &[f32]) -> Vec<f32> {
        let mut planes = vec![f32::NAN; side.len()];
        nhwc::to_nchw(context, &self.images, side, &mut planes);
        planes
    }
}

/// Forward, both gradients, and the norm's.
pub fn nhwc(isa: Isa) {
    let context = &ExecContext::new(isa, Scoped(2));
    let mut random = Random(43);
    for shape in shapes() {
        for relu in [true, false] {
            block(context, &shape, relu, &mut random);
        }
    }
}

fn block(context: &ExecContext, shape: &Conv2d, relu: bool, random: &mut Random) {
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    let Conv2d {
        batch,
        height,
        width,
        ..
    } = *shape;
    let input = Images {
        batch,
        channels: inputs,
        height,
        width,
    };
    let output = Images {
        batch,
        channels: outputs,
        height: shape.out_height(),
        width: shape.out_width(),
    };
    let x = Map::random(context, input, random);
    let skip = Map::random(context, output, random);
    let w = random.floats(shape.weight_len());
    let (gamma, beta) = (random.floats(inputs), random.floats(inputs));
    let norm = |images: Images, gamma, beta, relu| BatchNorm {
        batch,
        channels: images.channels,
        pixels: images.height * images.width,
        gamma,
        beta,
        epsilon: 1e-5,
        relu,
    };
    let what = |part: &str| format!("{part} {shape:?} relu {relu}");
    let before = norm(input, Some(&gamma[..]), Some(&beta[..]), relu);
    let after = norm(output, None, None, true);

    // Forward, separately.
    let [mut mean, mut var] = [vec![0.0; inputs], vec![0.0; inputs]];
    let mut normed_x = vec![0.0; x.planes.len()];
    batch_norm(
        context,
        &before,
        &x.planes,
        &mut normed_x,
        &mut mean,
        &mut var,
    );
    let mut y = vec![0.0; skip.planes.len()];
    conv2d(context, shape, &normed_x, &w, &mut y);
    add(context, &skip.planes, &mut y);
    let [mut mean_y, mut var_y] = [vec![0.0; outputs], vec![0.0; outputs]];
    let mut normed_y = vec![0.0; y.len()];
    batch_norm(context, &after, &y, &mut normed_y, &mut mean_y, &mut var_y);

    // As one.
    let [mut found_mean, mut found_var] = [vec![f32::NAN; inputs], vec![f32::NAN; inputs]];
    nhwc::moments(context, &x.images, &x.side, &mut found_mean, &mut found_var);
    assert_near(&what("mean"), &found_mean, &mean);
    assert_near(&what("variance"), &found_var, &var);
    let normed = Normed {
        norm: before,
        mean: &mean,
        var: &var,
    };
    let source = Source::Normed { x: &x.side, normed };
    let mut found = vec![f32::NAN; y.len()];
    let [mut found_mean, mut found_var] = [vec![f32::NAN; outputs], vec![f32::NAN; outputs]];
    let (m, v) = (&mut found_mean, &mut found_var);
    nhwc::conv2d(
        context,
        shape,
        source,
        &w,
        Some(&skip.side),
        &mut found,
        m,
        v,
    );
    assert_near(&what("output"), &skip.back(context, &found), &y);
    assert_near(&what("mean of the output"), &found_mean, &mean_y);
    assert_near(&what("variance of the output"), &found_var, &var_y);

    // Backward: through the norm after, whose sums are known, the convolution, and the norm before.
    let let_through = Map::random(context, output, random);
    let (grad_gamma, grad_beta) = (random.floats(outputs), random.floats(outputs));
    let y = Map::new(context, skip.images, y);
    let normed_after = Normed {
        norm: after,
        mean: &mean_y,
        var: &var_y,
    };
    let grad_source = Source::Gradient {
        grad: &let_through.side,
        x: &y.side,
        normed: normed_after,
        grad_gamma: &grad_gamma,
        grad_beta: &grad_beta,
    };
    let mut finished = let_through.side.clone();
    let (side, skip_side) = (&y.side, Some(Skipped::Same(&skip.side)));
    nhwc::norm_grad(
        context,
        &normed_after,
        side,
        &grad_gamma,
        &grad_beta,
        None,
        &mut finished,
    );
    let mut with_skip = let_through.side.clone();
    nhwc::norm_grad(
        context,
        &normed_after,
        side,
        &grad_gamma,
        &grad_beta,
        skip_side,
        &mut with_skip,
    );
    let sum: Vec<f32> = finished
        .iter()
        .zip(&skip.side)
        .map(|(a, b)| a + b)
        .collect();
    assert_eq!(with_skip, sum, "{}", what("skip gradient"));
    let grad_y = y.back(context, &finished);

    let mut grad_w = vec![0.0; w.len()];
    conv2d_weight_grad(context, shape, &normed_x, &grad_y, &mut grad_w);
    let mut found = vec![f32::NAN; w.len()];
    nhwc::conv2d_weight_grad(context, shape, source, grad_source, &mut found);
    assert_near(&what("weight gradient"), &found, &grad_w);

    let mut grad = vec![0.0; x.planes.len()];
    conv2d_input_grad(context, shape, &grad_y, &w, &mut grad);
    let [mut gamma_grad, mut beta_grad] = [vec![0.0; inputs], vec![0.0; inputs]];
    let (g, b) = (&mut gamma_grad, &mut beta_grad);
    batch_norm_grad(
        context, &before, &x.planes, None, &mean, &var, &mut grad, g, b,
    );
    let mut found = vec![f32::NAN; grad.len()];
    let [mut found_gamma, mut found_beta] = [vec![f32::NAN; inputs], vec![f32::NAN; inputs]];
    let (g, b) = (&mut found_gamma, &mut found_beta);
    nhwc::conv2d_input_grad(
        context,
        shape,
        grad_source,
        &w,
        &x.side,
        &normed,
        &mut found,
        g,
        b,
    );
    let mut both = vec![f32::NAN; found.len()];
    let mut both_w = vec![f32::NAN; w.len()];
    let [mut both_gamma, mut both_beta] = [vec![f32::NAN; inputs], vec![f32::NAN; inputs]];
    nhwc::conv2d_grads(
        context,
        shape,
        grad_source,
        &w,
        &x.side,
        &normed,
        &mut both,
        &mut both_gamma,
        &mut both_beta,
        &mut both_w,
    );
    // Joined or not, an input's gradient is the same; that of the weights in another order.
    assert_eq!(both, found, "{}", what("both gradients"));
    assert_eq!([&both_gamma, &both_beta], [&found_gamma, &found_beta]);
    assert_near(&what("weight gradient of both"), &both_w, &grad_w);
    assert_near(&what("gradient by the scale"), &found_gamma, &gamma_grad);
    assert_near(&what("gradient by the offset"), &found_beta, &beta_grad);
    nhwc::norm_grad(
        context,
        &normed,
        &x.side,
        &found_gamma,
        &found_beta,
        None,
        &mut found,
    );
    assert_near(&what("input gradient"), &x.back(context, &found), &grad);
}
