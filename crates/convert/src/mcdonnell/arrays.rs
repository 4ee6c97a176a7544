//! MATLAB arrays as the parts of a layer.

use std::path::Path;

use data::mat5::{Array, Data, Numbers};
use runtime::{Affine, Conv, Scale, Weights};

use crate::ConvertError;

/// Where an array stands, for messages.
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    pub(super) name: String,
}

impl Place<'_> {
    pub(super) fn wrong(
        &self,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> ConvertError {
        ConvertError::Variable {
            path: self.path.to_owned(),
            name: self.name.clone(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// What an array is, in a few words.
pub(super) fn describe(array: &Array) -> String {
    let dims: Vec<String> = array.dims.iter().take(8).map(usize::to_string).collect();
    let kind = match &array.data {
        Data::Numbers(numbers) => numbers.type_name(),
        Data::Logical(_) => "truth values",
        Data::Text(_) => "text",
        Data::Cells(_) => "cells",
        Data::Other(kind) => kind,
    };
    format!("{kind} of {}", dims.join("x"))
}

/// A convolution from truth values of `[kernel, kernel, in, out]`, its first index running fastest.
/// Stride 1; the scale is sqrt(2 / fan-in), that of He initialisation.
pub(super) fn conv(
    place: &Place<'_>,
    array: &Array,
    [rows, columns, in_channels, out_channels]: [usize; 4],
) -> Result<Conv, ConvertError> {
    let expected = || "truth values of kernel x kernel x in x out, with a square kernel";
    let wrong = || place.wrong(expected(), describe(array));
    let sizes = [rows, columns, in_channels, out_channels];
    if rows != columns || sizes.contains(&0) {
        return Err(wrong());
    }
    let numbers;
    let bits: &[bool] = match &array.data {
        Data::Logical(bits) => bits,
        // A program without truth values saves them as numbers.
        Data::Numbers(found) => {
            numbers = truths(found).ok_or_else(wrong)?;
            &numbers
        }
        _ => return Err(wrong()),
    };
    if bits.len() != sizes.iter().product::<usize>() {
        return Err(wrong());
    }
    let kernel = rows;
    let taps = kernel * kernel;
    let fan_in = in_channels * taps;
    let signs = (0..out_channels * fan_in).map(|index| {
        let (map, tap) = (index / taps, index % taps);
        let (y, x) = (tap / kernel, tap % kernel);
        // map = out · in_channels + in already is the order of the file.
        bits[map * taps + x * kernel + y]
    });
    let bits = Conv::pack(signs, fan_in);
    Ok(Conv {
        in_channels,
        out_channels,
        kernel,
        stride: 1,
        weights: Weights::Signs {
            scale: Scale::Layer((2.0 / fan_in as f64).sqrt() as f32),
            bits,
        },
    })
}

/// Numbers that are all 0 or 1.
fn truths(numbers: &Numbers) -> Option<Vec<bool>> {
    let truth = |number: f64| match number {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    };
    match numbers {
        Numbers::U8(bytes) => bytes.iter().map(|&byte| truth(byte.into())).collect(),
        other => other.to_f64s().into_iter().map(truth).collect(),
    }
}

/// The numbers of an array, in the order of the file.
pub(super) fn numbers(place: &Place<'_>, array: &Array) -> Result<Vec<f64>, ConvertError> {
    match &array.data {
        Data::Numbers(numbers) => Ok(numbers.to_f64s()),
        // MATLAB keeps zeros and ones as truth values in some variables.
        Data::Logical(bits) => Ok(bits.iter().map(|&bit| f64::from(u8::from(bit))).collect()),
        _ => Err(place.wrong("numbers", describe(array))),
    }
}

/// A norm from scale, offset, mean and standard deviation of each channel.
pub(super) fn norm(place: &Place<'_>, moments: &[[f64; 4]]) -> Result<Affine, ConvertError> {
    for (channel, [gamma, beta, mean, deviation]) in moments.iter().enumerate() {
        let finite = [gamma, beta, mean].iter().all(|number| number.is_finite());
        if !(finite && deviation.is_finite() && *deviation > 0.0) {
            let found = format!("{gamma}, {beta}, {mean}, {deviation} in channel {channel}");
            let expected = "finite scale, offset and mean, and a positive deviation";
            return Err(place.wrong(expected, found));
        }
    }
    Ok(Affine::fold(moments.iter().copied()))
}
