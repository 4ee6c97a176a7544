//! Convolutions whose weights are `scale · sign(w)`: by table look-up where that is faster.

use super::forward::forward;
use super::input_grad::input_grad;
use super::padded::Padded;
use super::shape::Conv2d;
use crate::lookup::{SignConv, Window, spread};
use crate::{Algorithm, ConvOp, ExecContext, Serial, scaled_sign};

/// [`conv2d`](super::conv2d) with the weights `scale · sign(w)`, the sign as [`scaled_sign`] has it.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it.
pub fn sign_conv2d(
    context: &ExecContext,
    shape: &Conv2d,
    x: &[f32],
    w: &[f32],
    scale: f32,
    y: &mut [f32],
) {
    shape.assert_lens(x.len(), w.len(), y.len());
    let algorithm = context.algorithm(ConvOp::SignForward, shape);
    if algorithm != Algorithm::Lookup {
        let signs = Floats(context, scale);
        return signs.with(w, |w| forward(context, algorithm, shape, x, w, y));
    }
    let channels = shape.in_channels;
    let window = window(shape, [shape.height, shape.width], shape.stride);
    let kernel = |o: usize, c: usize| bits(kernel(w, o * channels + c));
    let conv = plan(context, window, channels, shape.out_channels, kernel);
    run(context, &conv, channels, x, scale, y);
}

/// [`conv2d_input_grad`](super::conv2d_input_grad) with the weights `scale · sign(w)`, the sign as [`scaled_sign`] has it.
///
/// At a stride of 1 that is a convolution too: of `grad_y`, with the channels' roles exchanged and every kernel
/// turned by half a circle.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it.
pub fn sign_conv2d_input_grad(
    context: &ExecContext,
    shape: &Conv2d,
    grad_y: &[f32],
    w: &[f32],
    scale: f32,
    grad_x: &mut [f32],
) {
    shape.assert_lens(grad_x.len(), w.len(), grad_y.len());
    let algorithm = context.algorithm(ConvOp::SignInputGrad, shape);
    if algorithm != Algorithm::Lookup {
        let signs = Floats(context, scale);
        return signs.with(w, |w| {
            input_grad(context, algorithm, shape, grad_y, w, grad_x);
        });
    }
    let channels = shape.in_channels;
    let window = window(shape, [shape.out_height(), shape.out_width()], 1);
    // The nine bits in reverse are the kernel turned.
    let kernel = |c: usize, o: usize| {
        let bits = bits(kernel(w, o * channels + c)) as u16;
        usize::from(bits.reverse_bits() >> 7)
    };
    let conv = plan(context, window, shape.out_channels, channels, kernel);
    run(context, &conv, shape.out_channels, grad_y, scale, grad_x);
}

/// The weights of algorithms that multiply.
struct Floats<'a>(&'a ExecContext, f32);

impl Floats<'_> {
    fn with(&self, w: &[f32], conv: impl FnOnce(&[f32])) {
        let mut signs = self.0.scratch(w.len());
        scaled_sign(self.0, w, self.1, &mut signs);
        conv(&signs);
    }
}

fn window(shape: &Conv2d, [height, width]: [usize; 2], stride: usize) -> Window {
    Window {
        height,
        width,
        kernel: shape.kernel,
        stride,
        before: [shape.padding; 2],
    }
}

fn kernel(w: &[f32], index: usize) -> &[f32; 9] {
    w[9 * index..].first_chunk().expect("nine taps")
}

/// A bit for each tap, 1 for +1.
#[inline(always)]
fn bits(kernel: &[f32; 9]) -> usize {
    let taps = kernel.iter().enumerate();
    taps.fold(0, |bits, (tap, &w)| bits | usize::from(w >= 0.0) << tap)
}

/// A convolution by look-up; `kernel(output, input)` is the bits of a kernel.
fn plan(
    context: &ExecContext,
    window: Window,
    inputs: usize,
    outputs: usize,
    kernel: impl Fn(usize, usize) -> usize + Sync,
) -> SignConv {
    SignConv::with_words::<f32>(window, inputs, outputs, |group, words| {
        let spread = spread(9, group);
        context.run(words.chunks_mut(outputs), |index, words| {
            let first = index * group;
            for (output, word) in words.iter_mut().enumerate() {
                let channels = (first..inputs.min(first + group)).enumerate();
                *word = channels.fold(0, |word, (place, channel)| {
                    word | spread[kernel(output, channel)] << place
                });
            }
        });
    })
}

/// All images, each the work of one thread.
fn run(
    context: &ExecContext,
    conv: &SignConv,
    channels: usize,
    images: &[f32],
    scale: f32,
    out: &mut [f32],
) {
    let window = conv.window();
    let [rows, cols] = conv.padded();
    let padded = Padded {
        channels,
        height: window.height,
        width: window.width,
        top: window.before[0],
        left: window.before[1],
        rows,
        cols,
        stride: 1,
    };
    let scales = vec![scale; conv.outputs()];
    let image_len = channels * window.height * window.width;
    let out_len = conv.outputs() * window.output().iter().product::<usize>();
    let parts = images.chunks(image_len).zip(out.chunks_mut(out_len));
    context.run(parts, |_, (image, out)| {
        let mut planes = context.scratch(padded.len());
        padded.fill(image, &mut planes);
        context.with_lookups(conv.scratch_lines(), |scratch| {
            let scratch = std::slice::from_mut(scratch);
            conv.convolve_f32(context.isa(), &Serial, &planes, &scales, out, scratch);
        });
    });
}
