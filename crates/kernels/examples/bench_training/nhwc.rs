//! The operations of a residual block, with what they do besides the convolution.

use kernels::nhwc::{self, Normed, Skipped, Source};
use kernels::{BatchNorm, Conv2d, ConvOp, ExecContext};

use super::ops::{Bench, floats};

/// The passes of one convolution of a block: through the norm before it, with the moments of its result and half of a norm's gradient.
pub fn block(shape: Conv2d) -> impl Iterator<Item = Bench> {
    type Run = Box<dyn FnMut(&ExecContext)>;
    let Conv2d {
        in_channels,
        out_channels,
        height,
        stride,
        ..
    } = shape;
    let maps = || (floats(shape.input_len(), 1), floats(shape.output_len(), 2));
    let [zeros, ones] = [0.0, 1.0].map(|number| move |channels| vec![number; channels]);
    let norm = move |channels, pixels| BatchNorm {
        batch: shape.batch,
        channels,
        pixels,
        gamma: None,
        beta: None,
        epsilon: 1e-5,
        relu: true,
    };
    let before = norm(in_channels, shape.height * shape.width);
    let after = norm(out_channels, shape.out_height() * shape.out_width());
    let (x, skip) = maps();
    let (mean, var, w) = (
        zeros(in_channels),
        ones(in_channels),
        floats(shape.weight_len(), 3),
    );
    let (mut y, mut m, mut v) = (skip.clone(), zeros(out_channels), zeros(out_channels));
    let forward: Run = Box::new(move |context| {
        let normed = Normed {
            norm: before,
            mean: &mean,
            var: &var,
        };
        let source = Source::Normed { x: &x, normed };
        nhwc::conv2d(
            context,
            &shape,
            source,
            &w,
            Some(&skip),
            &mut y,
            &mut m,
            &mut v,
        );
    });
    let (x, grad) = maps();
    let (y, w) = (grad.clone(), floats(shape.weight_len(), 3));
    let (mean, var) = (zeros(in_channels), ones(in_channels));
    let (mean_y, var_y) = (zeros(out_channels), ones(out_channels));
    let (mut to, mut g, mut b) = (x.clone(), zeros(in_channels), zeros(in_channels));
    let input: Run = Box::new(move |context| {
        let normed = Normed {
            norm: before,
            mean: &mean,
            var: &var,
        };
        let source = Source::Gradient {
            grad: &grad,
            x: &y,
            normed: Normed {
                norm: after,
                mean: &mean_y,
                var: &var_y,
            },
            grad_gamma: &mean_y,
            grad_beta: &mean_y,
        };
        nhwc::conv2d_input_grad(
            context, &shape, source, &w, &x, &normed, &mut to, &mut g, &mut b,
        );
    });
    let (x, grad) = maps();
    let (y, mut w) = (grad.clone(), floats(shape.weight_len(), 3));
    let (mean, var) = (zeros(in_channels), ones(in_channels));
    let (mean_y, var_y) = (zeros(out_channels), ones(out_channels));
    let weights: Run = Box::new(move |context| {
        let normed = Normed {
            norm: before,
            mean: &mean,
            var: &var,
        };
        let source = Source::Gradient {
            grad: &grad,
            x: &y,
            normed: Normed {
                norm: after,
                mean: &mean_y,
                var: &var_y,
            },
            grad_gamma: &mean_y,
            grad_beta: &mean_y,
        };
        nhwc::conv2d_weight_grad(
            context,
            &shape,
            Source::Normed { x: &x, normed },
            source,
            &mut w,
        );
    });
    let (x, _) = maps();
    let (mut grad, skip) = (x.clone(), x.clone());
    let (mean, var) = (zeros(in_channels), ones(in_channels));
    let rest: Run = Box::new(move |context| {
        let normed = Normed {
            norm: before,
            mean: &mean,
            var: &var,
        };
        let skip = Some(Skipped::Same(&skip));
        nhwc::norm_grad(context, &normed, &x, &mean, &mean, skip, &mut grad);
    });
    let op = move |name: &str, kind: Option<ConvOp>, run| Bench {
        name: format!("nhwc {name} {in_channels}→{out_channels} {height}² s{stride}"),
        macs: if kind.is_some() { shape.macs() } else { 0 },
        conv: kind.map(|kind| (kind, shape)),
        // The test suite does.
        check: Box::new(|_| {}),
        run,
    };
    [
        op("conv2d", Some(ConvOp::Forward), forward),
        op("conv2d_input_grad", Some(ConvOp::InputGrad), input),
        op("conv2d_weight_grad", Some(ConvOp::WeightGrad), weights),
        op("norm_grad", None, rest),
    ]
    .into_iter()
}

/// The first convolution.
pub fn stem(shape: Conv2d) -> impl Iterator<Item = Bench> {
    let channels = shape.in_channels;
    let norm = BatchNorm {
        batch: shape.batch,
        channels,
        pixels: shape.height * shape.width,
        gamma: None,
        beta: None,
        epsilon: 1e-5,
        relu: false,
    };
    let (x, w) = (floats(shape.input_len(), 1), floats(shape.weight_len(), 2));
    let mut y = floats(shape.output_len(), 3);
    let (x2, w2, grad) = (x.clone(), w.clone(), y.clone());
    let [mut m, mut v] = [0, 1].map(|_| vec![0.0; shape.out_channels]);
    let (mut grad_w, mut g, mut b) = (w.clone(), vec![0.0; channels], vec![0.0; channels]);
    let (zeros, ones) = (vec![0.0; channels], vec![1.0; channels]);
    let (zeros2, ones2) = (zeros.clone(), ones.clone());
    let op = |name: &str, run: Box<dyn FnMut(&ExecContext)>| Bench {
        name: format!("nhwc {name} {channels}→{}", shape.out_channels),
        macs: shape.macs(),
        conv: None,
        check: Box::new(|_| {}),
        run,
    };
    [
        op(
            "stem",
            Box::new(move |context| {
                let normed = Normed {
                    norm,
                    mean: &zeros,
                    var: &ones,
                };
                nhwc::stem_conv2d(context, &shape, &x, &normed, &w, &mut y, &mut m, &mut v);
            }),
        ),
        op(
            "stem_grad",
            Box::new(move |context| {
                let normed = Normed {
                    norm,
                    mean: &zeros2,
                    var: &ones2,
                };
                nhwc::stem_conv2d_grad(
                    context,
                    &shape,
                    &x2,
                    &normed,
                    &w2,
                    &grad,
                    &mut grad_w,
                    &mut g,
                    &mut b,
                );
            }),
        ),
    ]
    .into_iter()
}
