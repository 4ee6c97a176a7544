//! What is left of a norm's gradient once its sums are known.

use super::CHANNELS;
use super::channels::{Channels, Normed};
use super::shortcut::spread;
use super::source::means;
use crate::isa::per_isa;
use crate::{ExecContext, Images};

/// Pixels of one task.
const PIXELS: usize = 512;

/// What reaches the input of a block past its norms.
#[derive(Clone, Copy, Debug)]
pub enum Skipped<'a> {
    /// The gradient by the block's output.
    Same(&'a [f32]),
    /// Through the [`shortcut`](super::shortcut) of these images, the input's.
    Pooled(&'a Images, &'a [f32]),
}

/// Makes of `grad`, by the norm's output as far as the ReLU lets it through, the gradient by its input `x`, and adds
/// what a skip connection brings.
///
/// # Panics
///
/// If the maps differ in length, or the channels are not a multiple of [`CHANNELS`].
pub fn norm_grad(
    context: &ExecContext,
    normed: &Normed<'_>,
    x: &[f32],
    grad_gamma: &[f32],
    grad_beta: &[f32],
    skipped: Option<Skipped<'_>>,
    grad: &mut [f32],
) {
    let channels = normed.norm.channels;
    assert!(
        channels > 0 && channels.is_multiple_of(CHANNELS),
        "{normed:?}"
    );
    assert_eq!(x.len(), grad.len(), "maps");
    let isa = context.isa();
    let norm = Channels::new(normed);
    let means = means(normed, grad_gamma, grad_beta);
    if let Some(Skipped::Pooled(images, skip)) = skipped {
        let small = images.shortcut();
        assert_eq!([images.len(), images.channels], [x.len(), channels], "maps");
        assert_eq!(skip.len(), small.len(), "the skip connection's gradient");
        let (len, small_len) = (
            x.len() / images.batch.max(1),
            small.len() / images.batch.max(1),
        );
        let parts = x.chunks(len.max(1)).zip(grad.chunks_mut(len.max(1)));
        return context.run(
            parts.zip(skip.chunks(small_len.max(1))),
            |_, ((x, grad), skip)| {
                let row_len = images.width * channels;
                let rows = x.chunks(row_len).zip(grad.chunks_mut(row_len));
                for (y, (x, grad)) in rows.enumerate() {
                    differentiate(isa, &norm, &means, x, None, grad);
                    spread(isa, images, skip, y, grad);
                }
            },
        );
    }
    let skip = match skipped {
        Some(Skipped::Same(skip)) => {
            assert_eq!(skip.len(), x.len(), "the skip connection's gradient");
            Some(skip)
        }
        _ => None,
    };
    let len = PIXELS * channels;
    context.run(
        x.chunks(len).zip(grad.chunks_mut(len)),
        |index, (x, grad)| {
            let skip = skip.map(|skip| &skip[index * len..][..x.len()]);
            differentiate(isa, &norm, &means, x, skip, grad);
        },
    );
}

per_isa! {
    fn differentiate(norm: &Channels, means: &[Vec<f32>; 2], x: &[f32], skip: Option<&[f32]>, grad: &mut [f32]) {
        let channels = norm.mean.len();
        match skip {
            None => {
                for (x, grad) in x.chunks_exact(channels).zip(grad.chunks_exact_mut(channels)) {
                    pixel(norm, means, x, None, grad);
                }
            }
            Some(skip) => {
                let pixels = x.chunks_exact(channels).zip(grad.chunks_exact_mut(channels));
                for ((x, grad), skip) in pixels.zip(skip.chunks_exact(channels)) {
                    pixel(norm, means, x, Some(skip), grad);
                }
            }
        }
    }
}

#[inline(always)]
fn pixel(
    norm: &Channels,
    means: &[Vec<f32>; 2],
    x: &[f32],
    skip: Option<&[f32]>,
    grad: &mut [f32],
) {
    fn blocks(numbers: &[f32]) -> &[[f32; CHANNELS]] {
        numbers.as_chunks().0
    }
    let (mean, inv_std, scale) = (
        blocks(&norm.mean),
        blocks(&norm.inv_std),
        blocks(&norm.scale),
    );
    let (beta, gamma) = (blocks(&means[0]), blocks(&means[1]));
    for (block, (grad, x)) in grad
        .as_chunks_mut::<CHANNELS>()
        .0
        .iter_mut()
        .zip(blocks(x))
        .enumerate()
    {
        let (mean, inv_std, scale) = (&mean[block], &inv_std[block], &scale[block]);
        let (beta, gamma) = (&beta[block], &gamma[block]);
        let mut result = [0.0; CHANNELS];
        for lane in 0..CHANNELS {
            let x_hat = (x[lane] - mean[lane]) * inv_std[lane];
            result[lane] = scale[lane] * (grad[lane] - beta[lane] - x_hat * gamma[lane]);
        }
        if let Some(skip) = skip {
            let skip = &blocks(skip)[block];
            for lane in 0..CHANNELS {
                result[lane] += skip[lane];
            }
        }
        *grad = result;
    }
}
