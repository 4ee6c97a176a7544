//! The steps of a residual map of 8 bits, from images, and what they change.

use alloc::vec;
use alloc::vec::Vec;

use super::quantize::unlike;
use super::{Forward, Network};
use crate::reference::argmax;
use crate::{Model, RuntimeError};

/// Magnitudes of 16 bits are counted in 64s.
const BUCKETS: usize = 513;
/// Steps are tried in parts of the one with which nothing saturates.
const PARTS: usize = 32;
/// The greatest number of 8 bits.
const LARGEST: f64 = 127.0;

/// Steps of a residual map of 8 bits, and how its classes compare with those of a map of 16 bits.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResidualScales {
    /// The real value of one step of each channel: [`Model::with_residual_scales`] takes them.
    pub scales: Vec<f32>,
    /// How many images were seen.
    pub images: usize,
    /// How many of them have another class than with 16 bits.
    pub changed: usize,
}

impl ResidualScales {
    /// One of so many images may change its class where the error allows 8 bits.
    pub const MIN_IMAGES_A_CHANGE: usize = 32;

    /// Whether the error allows 8 bits: at most one of [`MIN_IMAGES_A_CHANGE`](Self::MIN_IMAGES_A_CHANGE) images has
    /// another class than with 16.
    pub fn allowed(&self) -> bool {
        self.changed.saturating_mul(Self::MIN_IMAGES_A_CHANGE) <= self.images
    }
}

/// A step for each channel of the residual map, from what the channel holds for these images, one after the other, and
/// the classes that they have with such a map. Use training images.
///
/// Of the steps j/32 of the least one with which nothing saturates, j = 1…32, each channel has the one with the least
/// error: the sum over the places where the map is written of the mean squared error there. Errors are not measured by the
/// numbers of their place, since they stay in the map until its end. Rounding errs by a twelfth of the squared step, or by
/// the number where that is less, saturation by what is cut off.
///
/// # Errors
///
/// As [`Network::new`], and [`RuntimeError::Image`] when there is no image, or one is not of the network's size;
/// [`RuntimeError::Model`] of a network without skip connections.
pub fn residual_scales(model: &Model, images: &[u8]) -> Result<ResidualScales, RuntimeError> {
    let wide = model.clone().with_residual_scales(None)?;
    let network = Network::new(&wide)?;
    if !network.residual {
        return Err(unlike("residual_scales", "skip connections", "none"));
    }
    let mut forward = Forward::new(&network);
    let mut channels = vec![Channel::default(); network.residual_steps.len()];
    let mut classes = Vec::new();
    let len = model.image_len();
    // Of none, one that has no bytes.
    let count = images.len().div_ceil(len).max(1);
    let image = |index: usize| &images[index * len..images.len().min((index + 1) * len)];
    for index in 0..count {
        let mut place = 0;
        forward.watched(image(index), &mut |map, size| {
            for (channel, plane) in channels.iter_mut().zip(map.chunks_exact(size)) {
                channel.count(place, plane);
            }
            place += 1;
        })?;
        classes.push(argmax(forward.last()));
    }
    let steps = network.residual_steps.iter().zip(&channels);
    let scales: Vec<f32> = steps
        .map(|(step, channel)| (step * channel.step()) as f32)
        .collect();
    let narrow = wide.with_residual_scales(Some(scales.clone()))?;
    let network = Network::new(&narrow)?;
    let mut forward = Forward::new(&network);
    let mut changed = 0;
    for (index, &class) in classes.iter().enumerate() {
        changed += usize::from(forward.classify(image(index))? != class);
    }
    Ok(ResidualScales {
        scales,
        images: count,
        changed,
    })
}

/// What a channel holds.
#[derive(Clone, Default)]
struct Channel {
    greatest: u16,
    /// For each place how many magnitudes there are of each size.
    places: Vec<[u32; BUCKETS]>,
}

impl Channel {
    fn count(&mut self, place: usize, plane: &[i16]) {
        // A channel that later maps have alone begins later.
        while self.places.len() <= place {
            self.places.push([0; BUCKETS]);
        }
        let counts = &mut self.places[place];
        for x in plane {
            let magnitude = x.unsigned_abs();
            self.greatest = self.greatest.max(magnitude);
            let count = &mut counts[(usize::from(magnitude) + 32) / 64];
            *count = count.saturating_add(1);
        }
    }

    /// The step in those of 16 bits.
    fn step(&self) -> f64 {
        // A channel that is always 0 has any step.
        let whole = f64::from(self.greatest.max(1)) / LARGEST;
        let part = |part: usize| whole * part as f64 / PARTS as f64;
        let steps = (1..=PARTS).rev().map(part);
        let (_, step) = steps.fold((f64::INFINITY, whole), |(min, best), step| {
            let error = self.error(step);
            if error < min {
                (error, step)
            } else {
                (min, best)
            }
        });
        step
    }

    /// The mean squared error with a step, added up over the places.
    fn error(&self, step: f64) -> f64 {
        let place = |counts: &[u32; BUCKETS]| {
            let (mut error, mut numbers) = (0.0, 0.0);
            for (bucket, &count) in counts.iter().enumerate() {
                let number = bucket as f64 * 64.0;
                let cut = (number - LARGEST * step).max(0.0);
                // A number less than its error is rounded to 0, which errs by the number.
                let rounded = (step * step / 12.0).min(number * number);
                error += f64::from(count) * (cut * cut + rounded);
                numbers += f64::from(count);
            }
            if numbers > 0.0 { error / numbers } else { 0.0 }
        };
        self.places.iter().map(place).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_large_numbers_are_cut_off_for_a_finer_step() {
        let mut even = Channel::default();
        even.count(0, &[0, 12_700, -12_700, 6350]);
        assert_eq!(even.step(), 100.0);

        let mut tailed = Channel::default();
        let mut plane = vec![2560i16; 40_000];
        plane.push(12_700);
        tailed.count(0, &plane);
        assert!(tailed.step() < 90.0, "{}", tailed.step());

        let mut empty = Channel::default();
        empty.count(0, &[0; 8]);
        assert!(empty.step() > 0.0);
    }

    #[test]
    fn one_image_of_32_may_change() {
        let scales = |images, changed| ResidualScales {
            scales: Vec::new(),
            images,
            changed,
        };
        assert!(scales(1, 0).allowed() && scales(128, 4).allowed());
        assert!(!scales(128, 5).allowed() && !scales(31, 1).allowed());
    }
}
