//! The forward pass in the plainest way: the oracle of any faster one, and usable without `std`.
//!
//! In `f64` it is exact for all practical purposes; in `f32` it is what a float implementation
//! gives. Every weight is visited once per pixel, in order.
//!
//! ```no_run
//! # fn run(model: &runtime::Model, image: &[u8]) -> Result<(), runtime::RuntimeError> {
//! let logits = runtime::reference::logits::<f64>(model, image)?;
//! let class = runtime::reference::argmax(&logits);
//! println!("{}", model.class_names()[class]);
//! # Ok(())
//! # }
//! ```

mod ops;

use alloc::format;
use alloc::vec::Vec;
use core::ops::{Add, AddAssign, Div, Mul};

use self::ops::{Maps, added, at_least, convolved, max_pooled, normed};
use crate::{Activation, Model, RuntimeError, Stem, Structure};

/// `f32` or `f64`.
pub trait Real:
    Copy
    + PartialOrd
    + From<f32>
    + From<u8>
    + From<i8>
    + Add<Output = Self>
    + AddAssign
    + Mul<Output = Self>
    + Div<Output = Self>
{
}

impl Real for f32 {}
impl Real for f64 {}

/// The logits of one image: `image` has channels × height × width bytes, channel by channel, row by
/// row.
///
/// # Errors
///
/// [`RuntimeError::Image`] when the image is not of the network's size.
pub fn logits<R: Real>(model: &Model, image: &[u8]) -> Result<Vec<R>, RuntimeError> {
    let [channels, height, width] = model.input();
    if image.len() != model.image_len() {
        return Err(RuntimeError::Image {
            expected: model.image_len(),
            shape: format!("{channels} x {height} x {width}"),
            found: image.len(),
        });
    }
    let (convs, norms) = (model.convs(), model.norms());
    let last = convs.len() - 1;
    let padding = model.padding();
    // The function before every convolution but the first.
    let activated = |maps: &Maps<R>, index: usize| {
        let floor: i8 = match model.activation() {
            Activation::Relu => 0,
            Activation::ShiftedRelu => -1,
        };
        at_least(normed(maps.clone(), &norms[index]), floor)
    };

    let image = Maps {
        channels,
        height,
        width,
        data: image.iter().map(|&pixel| R::from(pixel)).collect(),
    };
    let mut x = normed(image, &norms[0]);
    if model.input_relu() {
        x = at_least(x, 0);
    }
    x = convolved(&x, &convs[0], padding);
    if model.stem() == Stem::MaxPool {
        x = max_pooled(&x, padding);
    }
    let mut index = 1;
    while index < last {
        let y = convolved(&activated(&x, index), &convs[index], padding);
        if model.structure() == Structure::Plain {
            x = y;
            index += 1;
            continue;
        }
        let y = convolved(&activated(&y, index + 1), &convs[index + 1], padding);
        x = added(y, &x, padding, model.pool_divisor());
        index += 2;
    }
    let y = convolved(&activated(&x, last), &convs[last], padding);
    let y = normed(y, &norms[last + 1]);

    let pixels = R::from((y.height * y.width) as f32);
    let temperature = R::from(model.temperature());
    let mean = |plane: &[R]| {
        let sum = plane.iter().fold(R::from(0u8), |sum, &number| sum + number);
        sum / pixels / temperature
    };
    Ok(y.data.chunks_exact(y.height * y.width).map(mean).collect())
}

/// The index of the largest number, the first of several: the class, given logits. 0 for none.
pub fn argmax<R: PartialOrd>(logits: &[R]) -> usize {
    let mut best = 0;
    for (index, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = index;
        }
    }
    best
}
