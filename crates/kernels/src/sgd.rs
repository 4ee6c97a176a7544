//! Stochastic gradient descent with momentum, in one pass over the weights.

use crate::ExecContext;
use crate::isa::per_isa;

/// Elements of one task.
const CHUNK: usize = 1 << 15;

/// The numbers of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub rate: f32,
    /// How much of the velocity is kept; no dampening, no Nesterov.
    pub momentum: f32,
    /// Added to the gradient, times the weight.
    pub weight_decay: f32,
}

/// `velocity = momentum · velocity + (grad + weight_decay · w)`, then `w −= rate · velocity`.
///
/// # Panics
///
/// If the slices differ in length.
pub fn sgd_step(
    context: &ExecContext,
    sgd: &Sgd,
    w: &mut [f32],
    velocity: &mut [f32],
    grad: &[f32],
) {
    assert_eq!(w.len(), velocity.len(), "weights and velocity");
    assert_eq!(w.len(), grad.len(), "weights and gradient");
    let parts = w
        .chunks_mut(CHUNK)
        .zip(velocity.chunks_mut(CHUNK))
        .zip(grad.chunks(CHUNK));
    context.run(parts, |_, ((w, velocity), grad)| {
        step(context.isa(), sgd, w, velocity, grad)
    });
}

per_isa! {
    fn step(sgd: &Sgd, w: &mut [f32], velocity: &mut [f32], grad: &[f32]) {
        let Sgd { rate, momentum, weight_decay } = *sgd;
        for ((w, velocity), grad) in w.iter_mut().zip(velocity).zip(grad) {
            *velocity = momentum * *velocity + (grad + weight_decay * *w);
            *w -= rate * *velocity;
        }
    }
}
