//! The ops and shapes that are timed.

use super::nhwc;
use kernels::{
    BatchNorm, Conv2d, ConvOp, ExecContext, Images, Sgd, add, avg_pool_shortcut,
    avg_pool_shortcut_grad, batch_norm, batch_norm_grad, conv2d, conv2d_input_grad,
    conv2d_weight_grad, sgd_step, sign_conv2d, sign_conv2d_input_grad,
};

const BATCH: usize = 125;

/// One row of the table.
pub struct Bench {
    pub name: String,
    /// Multiply-adds of one run; 0 for an op that memory limits.
    pub macs: usize,
    /// What it is of which convolution.
    pub conv: Option<(ConvOp, Conv2d)>,
    /// Panics if the answer is wrong.
    pub check: Box<dyn Fn(&ExecContext)>,
    pub run: Box<dyn FnMut(&ExecContext)>,
}

/// The layers of 20-1, 20-4 and 20-10, then what lies between them.
pub fn benches() -> impl Iterator<Item = Bench> {
    let shapes = [
        (3, 16, 32, 3, 1),
        (16, 16, 32, 3, 1),
        (16, 32, 32, 3, 2),
        (32, 32, 16, 3, 1),
        (32, 64, 16, 3, 2),
        (64, 64, 8, 3, 1),
        (64, 10, 8, 1, 1),
        (64, 64, 32, 3, 1),
        (64, 128, 32, 3, 2),
        (128, 128, 16, 3, 1),
        (128, 256, 16, 3, 2),
        (256, 256, 8, 3, 1),
        (160, 160, 32, 3, 1),
        (320, 320, 16, 3, 1),
        (640, 640, 8, 3, 1),
        (64, 64, 28, 3, 1),
        (128, 128, 14, 3, 1),
        (256, 256, 7, 3, 1),
    ];
    let convolutions =
        shapes
            .into_iter()
            .flat_map(|(in_channels, out_channels, size, kernel, stride)| {
                let shape = Conv2d {
                    batch: BATCH,
                    in_channels,
                    out_channels,
                    height: size,
                    width: size,
                    kernel,
                    stride,
                    padding: kernel / 2,
                };
                convolution(shape)
            });
    let blocks =
        shapes
            .into_iter()
            .flat_map(|(in_channels, out_channels, size, kernel, stride)| {
                let shape = Conv2d {
                    batch: BATCH,
                    in_channels,
                    out_channels,
                    height: size,
                    width: size,
                    kernel,
                    stride,
                    padding: kernel / 2,
                };
                let is_block = kernel == 3 && in_channels % 16 == 0 && out_channels <= 256;
                let block = is_block.then(|| nhwc::block(shape)).into_iter().flatten();
                let is_stem = in_channels == 3;
                block.chain(is_stem.then(|| nhwc::stem(shape)).into_iter().flatten())
            });
    convolutions
        .chain(blocks)
        .chain(memory_bound(16, 32))
        .chain(memory_bound(64, 32))
}

type Op = fn(&ExecContext, &Conv2d, &[f32], &[f32], &mut [f32]);

/// The passes of a convolution, with weights of both kinds.
pub fn convolution(shape: Conv2d) -> impl Iterator<Item = Bench> {
    type Lens = fn(&Conv2d) -> usize;
    let (x, w, y): (Lens, Lens, Lens) = (Conv2d::input_len, Conv2d::weight_len, Conv2d::output_len);
    let signs: Op = |context, shape, x, w, y| sign_conv2d(context, shape, x, w, 0.5, y);
    let signs_grad: Op =
        |context, shape, y, w, x| sign_conv2d_input_grad(context, shape, y, w, 0.5, x);
    let ops: [(&str, ConvOp, Op, [Lens; 3]); 5] = [
        ("conv2d", ConvOp::Forward, conv2d, [x, w, y]),
        ("sign_conv2d", ConvOp::SignForward, signs, [x, w, y]),
        (
            "conv2d_input_grad",
            ConvOp::InputGrad,
            conv2d_input_grad,
            [y, w, x],
        ),
        (
            "sign_conv2d_input_grad",
            ConvOp::SignInputGrad,
            signs_grad,
            [y, w, x],
        ),
        (
            "conv2d_weight_grad",
            ConvOp::WeightGrad,
            conv2d_weight_grad,
            [x, y, w],
        ),
    ];
    ops.into_iter().map(move |(name, kind, op, [a, b, out])| {
        let (a, b, mut out) = (
            floats(a(&shape), 1),
            floats(b(&shape), 2),
            vec![0.0; out(&shape)],
        );
        let Conv2d {
            in_channels,
            out_channels,
            height,
            kernel,
            stride,
            ..
        } = shape;
        Bench {
            name: format!("{name} {in_channels}→{out_channels} {height}² k{kernel} s{stride}"),
            macs: shape.macs(),
            conv: Some((kind, shape)),
            check: Box::new(move |context| check(context, &Conv2d { batch: 2, ..shape })),
            run: Box::new(move |context| op(context, &shape, &a, &b, &mut out)),
        }
    })
}

/// The three ops are one trilinear form: `⟨grad_y, conv(x, w)⟩ = ⟨grad_x, x⟩ = ⟨grad_w, w⟩`, and some of its outputs
/// are compared with a sum in `f64`.
fn check(context: &ExecContext, shape: &Conv2d) {
    let (x, w) = (floats(shape.input_len(), 3), floats(shape.weight_len(), 4));
    let grad_y = floats(shape.output_len(), 5);
    let mut y = vec![0.0; grad_y.len()];
    let (mut grad_x, mut grad_w) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    conv2d(context, shape, &x, &w, &mut y);
    conv2d_input_grad(context, shape, &grad_y, &w, &mut grad_x);
    conv2d_weight_grad(context, shape, &x, &grad_y, &mut grad_w);
    for index in (0..y.len()).step_by(y.len() / 50) {
        let expected = output(shape, &x, &w, index);
        assert!(
            (f64::from(y[index]) - expected).abs() < 1e-3,
            "{} is not {expected}",
            y[index]
        );
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let forms = [dot(&grad_y, &y), dot(&grad_x, &x), dot(&grad_w, &w)];
    let bound = 1e-5 * dot(&y, &y).max(1.0);
    assert!(
        forms.iter().all(|form| (form - forms[0]).abs() < bound),
        "{forms:?} differ"
    );
}

fn output(shape: &Conv2d, x: &[f32], w: &[f32], index: usize) -> f64 {
    let (height, width, k) = (shape.out_height(), shape.out_width(), shape.kernel);
    let (j, i) = (index % width, index / width % height);
    let o = index / width / height % shape.out_channels;
    let n = index / width / height / shape.out_channels;
    let mut sum = 0.0;
    for (k_index, w) in w[o * shape.in_channels * k * k..][..shape.in_channels * k * k]
        .iter()
        .enumerate()
    {
        let (c, u, v) = (k_index / k / k, k_index / k % k, k_index % k);
        let y = (i * shape.stride + u).wrapping_sub(shape.padding);
        let col = (j * shape.stride + v).wrapping_sub(shape.padding);
        if y < shape.height && col < shape.width {
            let at = ((n * shape.in_channels + c) * shape.height + y) * shape.width + col;
            sum += f64::from(*w) * f64::from(x[at]);
        }
    }
    sum
}

fn memory_bound(channels: usize, size: usize) -> impl Iterator<Item = Bench> {
    let images = Images {
        batch: BATCH,
        channels,
        height: size,
        width: size,
    };
    let norm = BatchNorm {
        batch: BATCH,
        channels,
        pixels: size * size,
        gamma: None,
        beta: None,
        epsilon: 1e-5,
        relu: true,
    };
    let (x, mut grad) = (floats(images.len(), 6), floats(images.len(), 7));
    let (mut y, small) = (vec![0.0; images.len()], floats(images.shortcut().len(), 8));
    let (mut mean, mut var) = (vec![0.0; channels], vec![0.0; channels]);
    let bench = |name: &str, run: Box<dyn FnMut(&ExecContext)>| Bench {
        name: format!("{name} {channels} {size}²"),
        macs: 0,
        conv: None,
        // The test suite does; there is no more to these than a loop.
        check: Box::new(|_| {}),
        run,
    };
    let sgd = Sgd {
        rate: 1e-3,
        momentum: 0.9,
        weight_decay: 5e-4,
    };
    let (mut w, mut velocity, step) = (x.clone(), x.clone(), grad.clone());
    let (x2, x3, mut small2, mut y3) = (x.clone(), x.clone(), small.clone(), y.clone());
    let (x4, mut y4) = (x.clone(), y.clone());
    let (ones, zeros, [mut gamma, mut beta]) = (
        vec![1.0; channels],
        vec![0.0; channels],
        [vec![0.0; channels], vec![0.0; channels]],
    );
    [
        bench(
            "batch_norm",
            Box::new(move |m| batch_norm(m, &norm, &x, &mut y, &mut mean, &mut var)),
        ),
        bench(
            "batch_norm_grad",
            Box::new(move |m| {
                batch_norm_grad(
                    m, &norm, &x2, None, &zeros, &ones, &mut grad, &mut gamma, &mut beta,
                );
            }),
        ),
        bench(
            "avg_pool_shortcut",
            Box::new(move |m| avg_pool_shortcut(m, &images, &x3, &mut small2)),
        ),
        bench(
            "avg_pool_shortcut_grad",
            Box::new(move |m| avg_pool_shortcut_grad(m, &images, &small, &mut y3)),
        ),
        bench("add", Box::new(move |m| add(m, &x4, &mut y4))),
        bench(
            "sgd_step",
            Box::new(move |m| sgd_step(m, &sgd, &mut w, &mut velocity, &step)),
        ),
    ]
    .into_iter()
}

pub fn floats(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}
