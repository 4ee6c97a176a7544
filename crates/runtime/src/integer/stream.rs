//! The steps of the stream, the map that the skip connections add to.

use alloc::vec;
use alloc::vec::Vec;

use super::maker::{most, most_sum};
use crate::Model;

/// How much more than what was calibrated the stream can hold.
const HEADROOM: f64 = 2.0;

/// The real value of one step of each channel of the stream; `scales` are the activation scales. See
/// [`super`] for the formula.
pub(super) fn steps(model: &Model, scales: &[f32]) -> Vec<f64> {
    let last = model.convs().len() - 1;
    let channels = model.convs()[last].in_channels;
    // What can never be exceeded, and what the norms have seen.
    let (mut bound, mut seen) = (vec![0.0f64; channels], vec![0.0f64; channels]);
    for (index, conv) in model.convs().iter().enumerate() {
        let unit = f64::from(scales[index]);
        if index < last && index.is_multiple_of(2) {
            let Some((scale, _)) = conv.signs() else {
                continue;
            };
            for (channel, bound) in bound[..conv.out_channels].iter_mut().enumerate() {
                *bound += f64::from(scale.of(channel)).abs() * unit * most_sum(model, index);
            }
            continue;
        }
        let greatest = most(model, index) * unit;
        for (channel, seen) in seen[..conv.in_channels].iter_mut().enumerate() {
            let [scale, offset] = model.norms()[index].as_ref().map_or([1.0, 0.0], |norm| {
                [norm.scale[channel], norm.offset[channel]].map(f64::from)
            });
            let range = (greatest + offset.abs()) / scale.abs();
            *seen = seen.max(HEADROOM * range);
        }
    }
    let step = |(bound, seen): (f64, f64)| match bound.min(seen) {
        // A channel that is always 0 has any step.
        0.0 => 1.0,
        range => range / f64::from(i16::MAX),
    };
    bound.into_iter().zip(seen).map(step).collect()
}
