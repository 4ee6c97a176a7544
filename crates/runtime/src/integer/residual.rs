//! The steps of the map that the skip connections add to.

use alloc::vec;
use alloc::vec::Vec;

use super::Output;
use super::quantize::Quantizer;

/// How much more than what was calibrated the map can hold.
const HEADROOM: f64 = 2.0;

/// The real value of one step of each channel of the map. See [`super`] for the formula.
pub(super) fn steps(quantizer: &Quantizer) -> Vec<f64> {
    let places = quantizer.places();
    let channels = places.last().map_or(0, |last| last.from[0]);
    // What can never be exceeded, and what the norms have seen.
    let (mut bound, mut seen) = (vec![0.0f64; channels], vec![0.0f64; channels]);
    for (index, place) in places.iter().enumerate() {
        let unit = quantizer.unit(place);
        if matches!(place.output, Output::Residual | Output::Add) {
            let max = quantizer.max_sum(place);
            for (channel, bound) in bound[..place.to[0]].iter_mut().enumerate() {
                *bound += quantizer.scale(place, channel).abs() * unit * max;
            }
        }
        // The first convolution reads the image, the second of a block the first.
        if index == 0 || place.output == Output::Add {
            continue;
        }
        let greatest = Quantizer::max_input(place) * unit;
        for (channel, seen) in seen[..place.from[0]].iter_mut().enumerate() {
            let [scale, offset] = quantizer.norm(place.task.norm, channel);
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
