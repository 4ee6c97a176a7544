//! 3×3 convolutions with what comes before and after them, and their gradients.

use super::channels::{Channels, Normed};
use super::moments::finish;
use super::source::{Reading, Source};
use super::through::{Gradients, Outputs, Sizes};
use super::{CHANNELS, halving};
use crate::choice::are_gradients_joined;
use crate::conv::chunks::images_of_chunks;
use crate::conv::winograd::{self, TAPS};
use crate::{Conv2d, ExecContext};

/// Whether a convolution is one of this module, and faster here than by planes.
pub fn pays(shape: &Conv2d) -> bool {
    crate::choice::is_fused(shape)
}

/// # Panics
///
/// When it is no convolution of this module.
fn assert_fits(shape: &Conv2d) {
    let Conv2d {
        kernel,
        stride,
        padding,
        ..
    } = *shape;
    assert_eq!([kernel, padding], [3, 1], "{shape:?}");
    assert!([1, 2].contains(&stride), "{shape:?}");
    for channels in [shape.in_channels, shape.out_channels] {
        assert!(
            channels > 0 && channels.is_multiple_of(CHANNELS),
            "{shape:?}"
        );
    }
    assert!(shape.input_len() > 0, "{shape:?}");
}

/// The convolution of `x` with `w`, `[out_channels, in_channels, 3, 3]`, to which `skip` is added, and the mean and the biased
/// variance of each channel of that.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it, or the convolution is not 3×3 at a stride of 1 or 2 with a padding of 1 of
/// some blocks of [`CHANNELS`].
#[expect(
    clippy::too_many_arguments,
    reason = "three maps, weights, and moments"
)]
pub fn conv2d(
    context: &ExecContext,
    shape: &Conv2d,
    x: Source<'_>,
    w: &[f32],
    skip: Option<&[f32]>,
    y: &mut [f32],
    mean: &mut [f32],
    var: &mut [f32],
) {
    assert_fits(shape);
    shape.assert_lens(shape.input_len(), w.len(), y.len());
    x.assert_len(shape.input_len());
    assert_eq!(
        skip.map_or(y.len(), <[f32]>::len),
        y.len(),
        "the skip connection"
    );
    let channels = shape.out_channels;
    assert_eq!([mean.len(), var.len()], [channels; 2], "moments");
    let isa = context.isa();
    let reading = Reading::input(isa, x, shape);
    let kernel = |o: usize, c: usize| kernel(w, o * shape.in_channels + c);
    let sizes = Sizes {
        channels,
        height: shape.out_height(),
        width: shape.out_width(),
    };
    let pixels = shape.out_pixels();
    let mut planes = vec![[0.0; 2]; shape.batch * channels];
    let images = match shape.stride {
        1 => winograd::images_together(isa, shape),
        _ => 1,
    };
    let parts = y.chunks_mut(images * pixels * channels);
    let parts = parts.zip(planes.chunks_mut(images * channels));
    let sinks = parts.enumerate().map(|(index, (out, planes))| Outputs {
        isa,
        sizes,
        skip: skip.map(|skip| &skip[index * images * pixels * channels..]),
        out,
        planes,
    });
    if shape.stride == 1 {
        winograd::correlate(context, shape, &reading, kernel, sinks);
    } else {
        halving::correlate(context, shape, &reading, w, sinks);
    }
    finish(&planes, channels, pixels, mean, var);
}

/// The gradient by the output of the norm before the convolution, as far as its ReLU lets it through, from that by the
/// convolution's output; and those by the norm's scale and offset. `x` is the norm's input.
///
/// [`Source::Gradient`] makes of it the gradient by the norm's input.
///
/// # Panics
///
/// As [`conv2d`].
#[expect(
    clippy::too_many_arguments,
    reason = "three maps, weights, a norm and its gradients"
)]
pub fn conv2d_input_grad(
    context: &ExecContext,
    shape: &Conv2d,
    grad_y: Source<'_>,
    w: &[f32],
    x: &[f32],
    normed: &Normed<'_>,
    grad: &mut [f32],
    grad_gamma: &mut [f32],
    grad_beta: &mut [f32],
) {
    assert_fits(shape);
    shape.assert_lens(grad.len(), w.len(), shape.output_len());
    grad_y.assert_len(shape.output_len());
    assert_eq!(x.len(), grad.len(), "the norm's input");
    let channels = shape.in_channels;
    assert_eq!([grad_gamma.len(), grad_beta.len()], [channels; 2], "sums");
    let (isa, norm) = (context.isa(), &Channels::new(normed));
    let reading = Reading::output(isa, grad_y, shape);
    let sizes = Sizes::input(shape);
    let len = shape.height * shape.width * channels;
    let mut sums = vec![[0.0; 2]; shape.batch * channels];
    let images = match shape.stride {
        1 => winograd::images_together(isa, &shape.turned()),
        _ => 1,
    };
    let parts = grad.chunks_mut(images * len).zip(x.chunks(images * len));
    let parts = parts.zip(sums.chunks_mut(images * channels));
    let sinks = parts.map(|((out, x), sums)| Gradients {
        isa,
        sizes,
        x,
        norm,
        out,
        sums,
    });
    if shape.stride == 1 {
        let kernel = turned(w, channels);
        winograd::correlate(context, &shape.turned(), &reading, kernel, sinks);
    } else {
        halving::input_grad(context, shape, &reading, w, sinks);
    }
    add_up(&sums, grad_gamma, grad_beta);
}

/// [`conv2d_input_grad`] and [`conv2d_weight_grad`], where that is faster an image at a time: `x` is read through `normed` for
/// the weights.
///
/// # Panics
///
/// As [`conv2d`].
#[expect(
    clippy::too_many_arguments,
    reason = "three maps, weights, a norm and all gradients"
)]
pub fn conv2d_grads(
    context: &ExecContext,
    shape: &Conv2d,
    grad_y: Source<'_>,
    w: &[f32],
    x: &[f32],
    normed: &Normed<'_>,
    grad: &mut [f32],
    grad_gamma: &mut [f32],
    grad_beta: &mut [f32],
    grad_w: &mut [f32],
) {
    let source = Source::Normed { x, normed: *normed };
    if !are_gradients_joined(shape) {
        conv2d_input_grad(
            context, shape, grad_y, w, x, normed, grad, grad_gamma, grad_beta,
        );
        return conv2d_weight_grad(context, shape, source, grad_y, grad_w);
    }
    assert_fits(shape);
    shape.assert_lens(grad.len(), w.len(), shape.output_len());
    grad_y.assert_len(shape.output_len());
    assert_eq!(x.len(), grad.len(), "the norm's input");
    assert_eq!(grad_w.len(), w.len(), "weights of {shape:?}");
    let channels = shape.in_channels;
    assert_eq!([grad_gamma.len(), grad_beta.len()], [channels; 2], "sums");
    let (isa, norm) = (context.isa(), &Channels::new(normed));
    let reading = Reading::output(isa, grad_y, shape);
    let input = Reading::input(isa, source, shape);
    let sizes = Sizes::input(shape);
    let len = shape.height * shape.width * channels;
    let mut sums = vec![[0.0; 2]; shape.batch * channels];
    let mut rest = (&mut *grad, x, &mut sums[..]);
    let sinks = images_of_chunks(shape).map(|images| {
        let (grad, x, sums) = std::mem::take(&mut rest);
        let (out, grad) = grad.split_at_mut(images.len() * len);
        let (x, x_rest) = x.split_at(images.len() * len);
        let (sums, sums_rest) = sums.split_at_mut(images.len() * channels);
        rest = (grad, x_rest, sums_rest);
        Gradients {
            isa,
            sizes,
            x,
            norm,
            out,
            sums,
        }
    });
    let kernel = turned(w, channels);
    winograd::both_grads(context, shape, &input, &reading, kernel, grad_w, sinks);
    add_up(&sums, grad_gamma, grad_beta);
}

/// The kernels of the convolution that an input gradient is.
fn turned(w: &[f32], channels: usize) -> impl Fn(usize, usize) -> [f32; TAPS] {
    move |c, o| {
        let mut kernel = kernel(w, o * channels + c);
        kernel.reverse();
        kernel
    }
}

/// Sums of images, of the gradient and of that times the normalised input.
fn add_up(sums: &[[f64; 2]], grad_gamma: &mut [f32], grad_beta: &mut [f32]) {
    let channels = grad_gamma.len();
    for channel in 0..channels {
        let images = sums[channel..].iter().step_by(channels);
        let [beta, gamma] = images.fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
        grad_beta[channel] = beta as f32;
        grad_gamma[channel] = gamma as f32;
    }
}

/// The gradient by the weights.
///
/// # Panics
///
/// As [`conv2d`].
pub fn conv2d_weight_grad(
    context: &ExecContext,
    shape: &Conv2d,
    x: Source<'_>,
    grad_y: Source<'_>,
    grad_w: &mut [f32],
) {
    assert_fits(shape);
    assert_eq!(grad_w.len(), shape.weight_len(), "weights of {shape:?}");
    x.assert_len(shape.input_len());
    grad_y.assert_len(shape.output_len());
    let x = Reading::input(context.isa(), x, shape);
    let grad_y = Reading::output(context.isa(), grad_y, shape);
    if shape.stride == 1 {
        winograd::weight_grad(context, shape, &x, &grad_y, grad_w);
    } else {
        halving::weight_grad(context, shape, &x, &grad_y, grad_w);
    }
}

fn kernel(w: &[f32], index: usize) -> [f32; TAPS] {
    w[TAPS * index..]
        .first_chunk()
        .copied()
        .expect("nine weights")
}
