//! The gradient of batch normalisation, from the input and its moments alone.

use super::moments::lane_sum_pairs;
use super::{Affine, BatchNorm, SEGMENT};
use crate::ExecContext;
use crate::isa::per_isa;

/// Gradients through [`batch_norm`](super::batch_norm): with `x̂ = (x − mean) / sqrt(var + epsilon)` and `g` the part of
/// output's gradient that the ReLU let through, `grad_beta = Σ g`, `grad_gamma = Σ g · x̂` and the input's gradient
/// `gamma / sqrt(var + epsilon) · (g − grad_beta / m − x̂ · grad_gamma / m)`, `m` the number of pixels.
///
/// `grad` is the output's gradient and becomes the input's. `skip_grad` is added to it: what reaches the input past
/// this norm, by a skip connection.
///
/// `x`, `mean` and `var` are those of the forward pass; `x̂` and what the ReLU cut off are computed again, so neither
/// it nor `y` need be kept.
///
/// # Panics
///
/// If a slice has not the length that `norm` gives it.
#[expect(
    clippy::too_many_arguments,
    reason = "three tensors in, three out, and two of moments"
)]
pub fn batch_norm_grad(
    context: &ExecContext,
    norm: &BatchNorm,
    x: &[f32],
    skip_grad: Option<&[f32]>,
    mean: &[f32],
    var: &[f32],
    grad: &mut [f32],
    grad_gamma: &mut [f32],
    grad_beta: &mut [f32],
) {
    norm.assert_lens(x, grad, mean, var);
    norm.assert_lens(skip_grad.unwrap_or(x), grad, grad_gamma, grad_beta);
    if norm.is_empty() {
        grad_gamma.fill(0.0);
        return grad_beta.fill(0.0);
    }
    let mut sums = vec![[0.0f64; 2]; norm.batch * norm.channels];
    let (planes, floats) = (norm.planes(), norm.planes() * norm.pixels);
    let affine = |plane: usize| {
        let channel = plane % norm.channels;
        norm.affine(channel, mean[channel], var[channel])
    };
    context.run(
        x.chunks(floats)
            .zip(grad.chunks(floats))
            .zip(sums.chunks_mut(planes)),
        |index, ((x, grad), sums)| {
            let each = x
                .chunks(norm.pixels)
                .zip(grad.chunks(norm.pixels))
                .zip(sums);
            for (plane, ((x, grad), sums)) in each.enumerate() {
                *sums = plane_sums(
                    context.isa(),
                    affine(index * planes + plane),
                    norm.relu,
                    x,
                    grad,
                );
            }
        },
    );
    let m = (norm.batch * norm.pixels) as f64;
    let means: Vec<[f32; 2]> = (0..norm.channels)
        .map(|channel| {
            let images = sums[channel..].iter().step_by(norm.channels);
            let [beta, gamma] = images.fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
            grad_beta[channel] = beta as f32;
            grad_gamma[channel] = gamma as f32;
            [(beta / m) as f32, (gamma / m) as f32]
        })
        .collect();
    context.run(
        x.chunks(floats).zip(grad.chunks_mut(floats)),
        |index, (x, grad)| {
            let skip = skip_grad.map(|skip| &skip[index * floats..][..x.len()]);
            let each = x.chunks(norm.pixels).zip(grad.chunks_mut(norm.pixels));
            for (place, (x, grad)) in each.enumerate() {
                let plane = index * planes + place;
                let means = means[plane % norm.channels];
                let skip = skip.map(|skip| &skip[place * norm.pixels..][..norm.pixels]);
                differentiate(
                    context.isa(),
                    affine(plane),
                    norm.relu,
                    means,
                    x,
                    skip,
                    grad,
                );
            }
        },
    );
}

impl Affine {
    /// The gradient before the ReLU, and the normalised input.
    #[inline(always)]
    fn through(self, floor: f32, x: f32, grad_y: f32) -> (f32, f32) {
        let grad = if self.apply(x) > floor { grad_y } else { 0.0 };
        (grad, (x - self.mean) * self.inv_std)
    }

    /// The gradient by the input. A method: a closure used twice has not the instructions of who uses it.
    #[inline(always)]
    fn input_grad(self, floor: f32, means: [f32; 2], x: f32, grad_y: f32) -> f32 {
        let (grad, x_hat) = self.through(floor, x, grad_y);
        self.gamma * self.inv_std * (grad - means[0] - x_hat * means[1])
    }
}

/// The ReLU lets through what lies above this.
const fn floor(relu: bool) -> f32 {
    if relu { 0.0 } else { f32::NEG_INFINITY }
}

per_isa! {
    fn plane_sums(affine: Affine, relu: bool, x: &[f32], grad_y: &[f32]) -> [f64; 2] {
        let floor = floor(relu);
        let mut sums = [0.0f64; 2];
        // A loop: a closure given to `fold` has not the instructions of this function.
        for (x, grad_y) in x.chunks(SEGMENT).zip(grad_y.chunks(SEGMENT)) {
            let [beta, gamma] = lane_sum_pairs(x, grad_y, |x, grad_y| {
                let (grad, x_hat) = affine.through(floor, x, grad_y);
                [grad, grad * x_hat]
            });
            sums = [sums[0] + f64::from(beta), sums[1] + f64::from(gamma)];
        }
        sums
    }
}

per_isa! {
    fn differentiate(
        affine: Affine,
        relu: bool,
        means: [f32; 2],
        x: &[f32],
        skip: Option<&[f32]>,
        grad: &mut [f32],
    ) {
        let floor = floor(relu);
        match skip {
            None => {
                for (grad, &x) in grad.iter_mut().zip(x) {
                    *grad = affine.input_grad(floor, means, x, *grad);
                }
            }
            Some(skip) => {
                for ((grad, &x), skip) in grad.iter_mut().zip(x).zip(skip) {
                    *grad = affine.input_grad(floor, means, x, *grad) + skip;
                }
            }
        }
    }
}
