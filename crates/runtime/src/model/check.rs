//! Whether the parts of a network fit together.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Affine, Conv, Parts, Scale, Structure, Weights};
use crate::RuntimeError;

/// The most pixels of an image's channel.
pub const MAX_PIXELS: usize = 1 << 20;
/// The most numbers of a feature map, 256 MiB of them. It bounds what running a small, hostile file can cost;
/// the largest map of a network for ImageNet has a few million.
pub const MAX_NUMBERS: usize = 1 << 26;
/// The most channels of an image or a layer.
pub const MAX_CHANNELS: usize = 1 << 16;
/// The largest kernel.
pub const MAX_KERNEL: usize = 15;

type Checked = Result<(), RuntimeError>;

fn wrong(part: String, expected: impl Into<String>, found: impl ToString) -> RuntimeError {
    RuntimeError::Model {
        part,
        expected: expected.into(),
        found: found.to_string(),
    }
}

/// `found` where `part` must be `expected`.
fn equal(part: impl Fn() -> String, expected: usize, found: usize) -> Checked {
    if expected == found {
        return Ok(());
    }
    Err(wrong(part(), expected.to_string(), found))
}

fn finite(part: impl Fn() -> String, numbers: &[f32]) -> Checked {
    match numbers.iter().position(|number| !number.is_finite()) {
        None => Ok(()),
        Some(index) => Err(wrong(
            part(),
            "finite numbers",
            format!("{} at {index}", numbers[index]),
        )),
    }
}

pub(super) fn check(parts: &Parts) -> Checked {
    input(parts.input)?;
    let count = parts.convs.len();
    if count < 2 {
        return Err(wrong("convs".into(), "2 or more", count));
    }
    let [mut channels, mut height, mut width] = parts.input;
    map("input".into(), [channels, height, width])?;
    for (index, conv) in parts.convs.iter().enumerate() {
        shape(index, conv, channels)?;
        weights(index, conv)?;
        channels = conv.out_channels;
        [height, width] = [height, width].map(|size| parts.padding.output(size, conv.stride));
        map(
            format!("convs.{index}.out_channels"),
            [channels, height, width],
        )?;
    }
    let classes = parts.class_names.len();
    equal(|| "class_names".into(), channels, classes)?;
    equal(|| stride(count - 1), 1, parts.convs[count - 1].stride)?;
    if parts.structure == Structure::Residual {
        blocks(&parts.convs)?;
    }

    equal(|| "norms".into(), count + 1, parts.norms.len())?;
    for (index, affine) in parts.norms.iter().enumerate() {
        let channels = match index {
            0 => parts.input[0],
            _ => parts.convs[index - 1].out_channels,
        };
        if let Some(affine) = affine {
            norm(index, affine, channels)?;
        }
    }
    if let Some(scales) = &parts.activation_scales {
        equal(|| "activation_scales".into(), count, scales.len())?;
        for (index, &scale) in scales.iter().enumerate() {
            positive(|| format!("activation_scales[{index}]"), scale)?;
        }
    }
    positive(|| "temperature".into(), parts.temperature)
}

fn positive(part: impl Fn() -> String, number: f32) -> Checked {
    if number.is_finite() && number > 0.0 {
        return Ok(());
    }
    Err(wrong(part(), "a positive number", number))
}

fn input([channels, height, width]: [usize; 3]) -> Checked {
    let pixels = height.checked_mul(width);
    let fits = (1..=MAX_CHANNELS).contains(&channels)
        && pixels.is_some_and(|pixels| (1..=MAX_PIXELS).contains(&pixels));
    if fits {
        return Ok(());
    }
    let expected = format!("1 to {MAX_CHANNELS} channels of 1 to {MAX_PIXELS} pixels");
    let found = format!("{channels} of {height} x {width}");
    Err(wrong("input".into(), expected, found))
}

/// That a feature map is of a size that can be run. Its factors are bounded before.
fn map(part: String, [channels, height, width]: [usize; 3]) -> Checked {
    let numbers = channels as u64 * height as u64 * width as u64;
    if numbers <= MAX_NUMBERS as u64 {
        return Ok(());
    }
    let expected = format!("a feature map of at most {MAX_NUMBERS} numbers");
    Err(wrong(
        part,
        expected,
        format!("{channels} x {height} x {width}"),
    ))
}

fn stride(index: usize) -> String {
    format!("convs.{index}.stride")
}

fn shape(index: usize, conv: &Conv, channels: usize) -> Checked {
    equal(
        || format!("convs.{index}.in_channels"),
        channels,
        conv.in_channels,
    )?;
    if !(1..=MAX_CHANNELS).contains(&conv.out_channels) {
        let part = format!("convs.{index}.out_channels");
        return Err(wrong(
            part,
            format!("1 to {MAX_CHANNELS}"),
            conv.out_channels,
        ));
    }
    if conv.kernel.is_multiple_of(2) || conv.kernel > MAX_KERNEL {
        let part = format!("convs.{index}.kernel");
        return Err(wrong(
            part,
            format!("an odd number up to {MAX_KERNEL}"),
            conv.kernel,
        ));
    }
    if !matches!(conv.stride, 1 | 2) {
        return Err(wrong(stride(index), "1 or 2", conv.stride));
    }
    Ok(())
}

fn weights(index: usize, conv: &Conv) -> Checked {
    // A row's length is at most 2¹⁶ · 15². Where usize has 32 bits the product may overflow.
    let row = conv.row_len();
    let count = |each: usize| conv.out_channels.saturating_mul(each);
    match &conv.weights {
        Weights::Signs { scale, bits } => {
            let part = || format!("convs.{index}.signs, in bytes");
            equal(part, count(conv.row_bytes()), bits.len())?;
            padding_bits(index, conv, bits)?;
            let part = || format!("convs.{index}.scale");
            match scale {
                Scale::Layer(scale) => finite(part, &[*scale]),
                Scale::Channels(scales) => {
                    equal(part, conv.out_channels, scales.len())?;
                    finite(part, scales)
                }
            }
        }
        Weights::Real(weights) => {
            let part = || format!("convs.{index}.weight");
            equal(part, count(row), weights.len())?;
            finite(part, weights)
        }
    }
}

/// The bits after a row's last weight are 0, so that one network has one file.
fn padding_bits(index: usize, conv: &Conv, bits: &[u8]) -> Checked {
    let used = conv.row_len() % 8;
    if used == 0 {
        return Ok(());
    }
    for (row, bytes) in bits.chunks_exact(conv.row_bytes()).enumerate() {
        if bytes[bytes.len() - 1] >> used != 0 {
            let part = format!("convs.{index}.signs");
            let found = format!("a 1 among them in row {row}");
            return Err(wrong(part, "0 in the bits that pad a row", found));
        }
    }
    Ok(())
}

fn blocks(convs: &[Conv]) -> Checked {
    if !convs.len().is_multiple_of(2) {
        let expected = "an even number: the first, pairs, and the last";
        return Err(wrong("convs".into(), expected, convs.len()));
    }
    for first in (1..convs.len() - 1).step_by(2) {
        let conv = &convs[first];
        let out = match conv.stride {
            1 => conv.in_channels,
            _ => 2 * conv.in_channels,
        };
        let part = |index| format!("convs.{index}.out_channels");
        equal(|| part(first), out, conv.out_channels)?;
        equal(|| part(first + 1), out, convs[first + 1].out_channels)?;
        equal(|| stride(first + 1), 1, convs[first + 1].stride)?;
    }
    Ok(())
}

fn norm(index: usize, affine: &Affine, channels: usize) -> Checked {
    let scale = || format!("norms.{index}.scale");
    let offset = || format!("norms.{index}.offset");
    equal(scale, channels, affine.scale.len())?;
    equal(offset, channels, affine.offset.len())?;
    finite(scale, &affine.scale)?;
    finite(offset, &affine.offset)
}
