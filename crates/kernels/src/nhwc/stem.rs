//! A network's first convolution and the norm of the images before it.
//!
//! Images are planes of a channel or three, the output has channels side by side. The vectors of the weights' gradient are output
//! channels, and a pixel's neighbours of a row lie side by side: with each a 1, which is 0 in the padding, so that sums of the
//! output's gradient over the pixels that a weight sees come with it. Of both sums the gradients by the norm's scale and
//! offset are made, without the gradient by the norm's output:
//!
//! ```text
//! in = γ·x̂ + β,   S(o, u, v) = Σ grad_y(o) · [inside],   Ĝ(o, c, u, v) = Σ grad_y(o) · x̂(c)
//! grad_w = γ·Ĝ + β·S,   grad_γ = Σ w·Ĝ,   grad_β = Σ w·S
//! ```

use super::direct::{Direct, Row};
use super::moments::finish;
use super::source::{Reading, Source};
use super::through::{Outputs, Sizes};
use super::{CHANNELS, Normed};
use crate::conv::chunks::ChunkSums;
use crate::conv::winograd::{PIXELS, Rows, Sink, TAPS};
use crate::isa::per_isa;
use crate::vector::MulAdd;
use crate::{Conv2d, ExecContext, tile};

/// Whether a convolution is one for [`stem_conv2d`].
pub fn is_stem(shape: &Conv2d) -> bool {
    let Conv2d {
        in_channels,
        out_channels,
        kernel,
        stride,
        padding,
        ..
    } = *shape;
    let usual = [kernel, stride, padding] == [3, 1, 1] && shape.input_len() > 0;
    usual
        && [1, 3].contains(&in_channels)
        && out_channels.is_multiple_of(CHANNELS)
        && out_channels > 0
}

/// The convolution of `x` through a norm without a ReLU, and the moments of the result. `x` is `[batch, channels, height,
/// width]`, `y` has its channels side by side.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it, or the shape is not [one of these](is_stem).
#[expect(
    clippy::too_many_arguments,
    reason = "two maps, weights, a norm, and moments"
)]
pub fn stem_conv2d(
    context: &ExecContext,
    shape: &Conv2d,
    x: &[f32],
    normed: &Normed<'_>,
    w: &[f32],
    y: &mut [f32],
    mean: &mut [f32],
    var: &mut [f32],
) {
    assert!(is_stem(shape), "{shape:?}");
    shape.assert_lens(x.len(), w.len(), y.len());
    let (isa, lanes) = (context.isa(), tile::lanes(context.isa()));
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    let frame = Frame::new(shape, inputs);
    let weights = sides(w, inputs);
    let taps = [0, 1, 2].map(|row| row * frame.row_len());
    let affine = |c: usize| {
        let affine = normed.norm.affine(c, normed.mean[c], normed.var[c]);
        [affine.mean, affine.gamma * affine.inv_std, affine.beta]
    };
    let affines: Vec<_> = (0..inputs).map(affine).collect();
    let (height, width) = (shape.height, shape.width);
    let (row_len, pixels) = (width * lanes, height * width);
    let sizes = Sizes {
        channels: outputs,
        height,
        width,
    };
    let mut planes = vec![[0.0; 2]; shape.batch * outputs];
    let parts = x
        .chunks(inputs * pixels)
        .zip(y.chunks_mut(outputs * pixels));
    let parts = parts.zip(planes.chunks_mut(outputs));
    context.run(parts, |_, ((x, out), planes)| {
        let mut sink = Outputs {
            isa,
            sizes,
            skip: None,
            out,
            planes,
        };
        let mut source = context.scratch(frame.len());
        source.fill(0.0);
        frame.fill(x, &affines, &mut source);
        let direct = Direct {
            source: &source,
            taps: &taps,
            channels: 3 * inputs,
            weights: &weights,
            pitch: outputs,
        };
        let spread = PIXELS * row_len;
        let mut rows = context.scratch(outputs / lanes * spread);
        for top in (0..height).step_by(PIXELS) {
            for y in top..height.min(top + PIXELS) {
                let row = Row {
                    base: y * frame.row_len(),
                    step: inputs,
                    pixels: width,
                    spread,
                    out_step: lanes,
                };
                direct.compute(isa, row, &mut rows[(y - top) * row_len..]);
            }
            for (block, rows) in rows.chunks_exact_mut(spread).enumerate() {
                sink.strip(0, top, block * lanes, rows, row_len);
            }
        }
    });
    finish(&planes, outputs, pixels, mean, var);
}

/// The gradients by the weights, and by the norm's scale and offset.
///
/// # Panics
///
/// As [`stem_conv2d`].
#[expect(
    clippy::too_many_arguments,
    reason = "two maps, weights, a norm, and three gradients"
)]
pub fn stem_conv2d_grad(
    context: &ExecContext,
    shape: &Conv2d,
    x: &[f32],
    normed: &Normed<'_>,
    w: &[f32],
    grad_y: &[f32],
    grad_w: &mut [f32],
    grad_gamma: &mut [f32],
    grad_beta: &mut [f32],
) {
    assert!(is_stem(shape), "{shape:?}");
    shape.assert_lens(x.len(), w.len(), grad_y.len());
    assert_eq!(grad_w.len(), w.len(), "the weights' gradient");
    let (isa, lanes) = (context.isa(), tile::lanes(context.isa()));
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    assert_eq!(
        [grad_gamma.len(), grad_beta.len()],
        [inputs; 2],
        "gradients"
    );
    // With a 1 beside each pixel's channels.
    let channels = inputs + 1;
    let frame = Frame::new(shape, channels);
    let normalise = |c: usize| {
        let affine = normed.norm.affine(c, normed.mean[c], normed.var[c]);
        [affine.mean, affine.inv_std, 0.0]
    };
    let affines: Vec<_> = (0..inputs).map(normalise).collect();
    let (height, width) = (shape.height, shape.width);
    let (image_len, depth) = (inputs * height * width, 3 * channels);
    let grad_y = Reading::output(isa, Source::Plain(grad_y), shape);
    // For each vector of output channels `[row of the kernel][column, channel][lane]`.
    let sums = ChunkSums::new(
        context,
        shape,
        lanes,
        3 * depth,
        |_, images, first, sums| {
            let mut source = context.scratch(frame.len());
            source.fill(0.0);
            let mut grads = context.scratch(width * lanes);
            sums.fill(0.0);
            for image in images {
                frame.fill(&x[image * image_len..][..image_len], &affines, &mut source);
                frame.ones(&mut source);
                for y in 0..height {
                    grad_y.row(image, y, first, lanes, &mut grads);
                    for row in 0..3 {
                        let from = &source[(y + row) * frame.row_len()..];
                        let sums = &mut sums[row * depth * lanes..][..depth * lanes];
                        outer(isa, depth, from, channels, &grads, sums);
                    }
                }
            }
        },
    );
    let mut grads = [0, 1].map(|_| vec![0.0f64; inputs]);
    let totals: Vec<f32> = (0..outputs / lanes)
        .flat_map(|block| sums.block(block))
        .collect();
    for o in 0..outputs {
        let total = |row: usize, place: usize| {
            totals[o / lanes * lanes * 3 * depth + (row * depth + place) * lanes + o % lanes]
        };
        for c in 0..inputs {
            let gamma = normed.norm.gamma.map_or(1.0, |gamma| gamma[c]);
            let beta = normed.norm.beta.map_or(0.0, |beta| beta[c]);
            for tap in 0..TAPS {
                let place = (o * inputs + c) * TAPS + tap;
                let (u, v) = (tap / 3, tap % 3);
                let (hat, inside) = (total(u, v * channels + c), total(u, v * channels + inputs));
                grad_w[place] = gamma * hat + beta * inside;
                grads[0][c] += f64::from(w[place]) * f64::from(hat);
                grads[1][c] += f64::from(w[place]) * f64::from(inside);
            }
        }
    }
    for c in 0..inputs {
        grad_gamma[c] = grads[0][c] as f32;
        grad_beta[c] = grads[1][c] as f32;
    }
}

/// An image with zeros around it, `[row][column][channel]`.
struct Frame {
    channels: usize,
    height: usize,
    width: usize,
}

impl Frame {
    fn new(shape: &Conv2d, channels: usize) -> Self {
        Self {
            channels,
            height: shape.height,
            width: shape.width,
        }
    }

    fn row_len(&self) -> usize {
        (self.width + 2) * self.channels
    }

    fn len(&self) -> usize {
        (self.height + 2) * self.row_len()
    }

    /// The pixels of a row within the zeros.
    fn inside(&self, y: usize) -> std::ops::Range<usize> {
        let start = (y + 1) * self.row_len() + self.channels;
        start..start + self.width * self.channels
    }

    /// Writes an image, `(x − mean) · scale + offset` of each channel.
    fn fill(&self, image: &[f32], affines: &[[f32; 3]], out: &mut [f32]) {
        for (y, row) in (0..self.height).map(|y| (y, self.inside(y))) {
            let out = &mut out[row];
            let planes = image.chunks_exact(self.height * self.width);
            for (channel, (plane, [mean, scale, offset])) in planes.zip(affines).enumerate() {
                let from = &plane[y * self.width..][..self.width];
                for (pixel, x) in out.chunks_exact_mut(self.channels).zip(from) {
                    pixel[channel] = (x - mean) * scale + offset;
                }
            }
        }
    }

    /// Writes the last channel of each pixel.
    fn ones(&self, out: &mut [f32]) {
        for y in 0..self.height {
            for pixel in out[self.inside(y)].chunks_exact_mut(self.channels) {
                pixel[self.channels - 1] = 1.0;
            }
        }
    }
}

/// `[tap][input][output]` of `[output][input][tap]`.
fn sides(w: &[f32], inputs: usize) -> Vec<f32> {
    let outputs = w.len() / inputs / TAPS;
    let mut sides = vec![0.0; w.len()];
    for (o, w) in w.chunks_exact(inputs * TAPS).enumerate() {
        for (c, w) in w.chunks_exact(TAPS).enumerate() {
            for (tap, &w) in w.iter().enumerate() {
                sides[(tap * inputs + c) * outputs + o] = w;
            }
        }
    }
    sides
}

/// `sums[k][lane] += Σ_i source[i · step + k] · grads[i][lane]` for every `k < depth`.
fn outer(
    isa: crate::Isa,
    depth: usize,
    source: &[f32],
    step: usize,
    grads: &[f32],
    sums: &mut [f32],
) {
    let lanes = tile::lanes(isa);
    let pixels = grads.len() / lanes;
    assert!(
        pixels > 0 && (pixels - 1) * step + depth <= source.len() && sums.len() >= depth * lanes
    );
    // SAFETY: the lengths are checked above.
    unsafe {
        match depth {
            6 => outer_of::<6>(isa, source, step, grads, sums),
            12 => outer_of::<12>(isa, source, step, grads, sums),
            _ => unreachable!("one channel or three, and ones"),
        }
    }
}

per_isa! {
    /// # Safety
    ///
    /// `N` is the depth, and the lengths that `outer` asserts.
    unsafe fn outer_of<Set; const N: usize>(source: &[f32], step: usize, grads: &[f32], sums: &mut [f32]) {
        // SAFETY: the caller's promise.
        unsafe { accumulate::<Set::Floats, N>(source, step, grads, sums) }
    }
}

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `outer` asserts.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "constant bounds, unrolled whole into registers"
)]
unsafe fn accumulate<V: MulAdd, const N: usize>(
    source: &[f32],
    step: usize,
    grads: &[f32],
    sums: &mut [f32],
) {
    let to = sums.as_mut_ptr();
    // SAFETY: the caller's promise covers each address below.
    unsafe {
        // A row's sums begin anew, so that rounding does not grow with the number of pixels.
        let mut all = [V::splat(0.0); N];
        for pixel in 0..grads.len() / V::LANES {
            let grad = V::load(grads.as_ptr().add(pixel * V::LANES));
            let from = source.as_ptr().add(pixel * step);
            for k in 0..N {
                all[k] = V::splat(*from.add(k)).mul_add(grad, all[k]);
            }
        }
        for k in 0..N {
            let sum = V::load(to.add(k * V::LANES)).add(all[k]);
            sum.store(to.add(k * V::LANES));
        }
    }
}
