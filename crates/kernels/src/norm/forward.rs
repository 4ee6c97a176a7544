//! Normalising a batch by its own moments, or by given ones.

use super::moments::{Moments, plane_moments};
use super::{Affine, BatchNorm};
use crate::ExecContext;
use crate::isa::per_isa;

/// Normalises by the batch's own moments, which it writes to `mean` and `var` (the biased one).
///
/// Two passes over `x`, one for the moments and one that writes `y`.
///
/// # Panics
///
/// If a slice has not the length that `norm` gives it.
pub fn batch_norm(
    context: &ExecContext,
    norm: &BatchNorm,
    x: &[f32],
    y: &mut [f32],
    mean: &mut [f32],
    var: &mut [f32],
) {
    norm.assert_lens(x, y, mean, var);
    batch_moments(context, norm, x, mean, var);
    batch_norm_apply(context, norm, x, y, mean, var);
}

/// The moments that [`batch_norm`] writes to `mean` and `var`, alone.
///
/// # Panics
///
/// If a slice has not the length that `norm` gives it.
pub fn batch_moments(
    context: &ExecContext,
    norm: &BatchNorm,
    x: &[f32],
    mean: &mut [f32],
    var: &mut [f32],
) {
    norm.assert_lens(x, x, mean, var);
    if norm.is_empty() {
        mean.fill(f32::NAN);
        var.fill(f32::NAN);
        return;
    }
    let mut planes = vec![Moments::default(); norm.batch * norm.channels];
    let floats = norm.planes() * norm.pixels;
    context.run(
        x.chunks(floats).zip(planes.chunks_mut(norm.planes())),
        |_, (x, planes)| {
            plane_moments(context.isa(), norm.pixels, x, planes);
        },
    );
    for (channel, (mean, var)) in mean.iter_mut().zip(var.iter_mut()).enumerate() {
        let images = planes[channel..].iter().step_by(norm.channels);
        let moments = images.fold(Moments::default(), |moments, plane| moments.with(*plane));
        *mean = moments.mean as f32;
        *var = (moments.squares / moments.count) as f32;
    }
}

/// Normalises by given moments, as a trained network does.
///
/// # Panics
///
/// If a slice has not the length that `norm` gives it.
pub fn batch_norm_apply(
    context: &ExecContext,
    norm: &BatchNorm,
    x: &[f32],
    y: &mut [f32],
    mean: &[f32],
    var: &[f32],
) {
    norm.assert_lens(x, y, mean, var);
    if norm.is_empty() {
        return;
    }
    let floats = norm.planes() * norm.pixels;
    context.run(
        x.chunks(floats).zip(y.chunks_mut(floats)),
        |index, (x, y)| {
            let planes = x.chunks(norm.pixels).zip(y.chunks_mut(norm.pixels));
            for (plane, (x, y)) in planes.enumerate() {
                let channel = (index * norm.planes() + plane) % norm.channels;
                let affine = norm.affine(channel, mean[channel], var[channel]);
                normalise(context.isa(), affine, norm.relu, x, y);
            }
        },
    );
}

per_isa! {
    fn normalise(affine: Affine, relu: bool, x: &[f32], y: &mut [f32]) {
        // A floor of −∞ is no ReLU. `max` would hide a NaN; this comparison lets it through.
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        for (y, &x) in y.iter_mut().zip(x) {
            let value = affine.apply(x);
            *y = if value < floor { floor } else { value };
        }
    }
}
