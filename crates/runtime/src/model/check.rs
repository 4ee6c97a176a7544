//! Whether the parts of a network fit together.

use alloc::format;
use alloc::string::{String, ToString};

use graph::{Graph, Value};

use super::{Affine, Conv, Parts, Weights};
use crate::{Rejection, RuntimeError, Scale};

/// The most pixels of an image's channel.
pub const MAX_PIXELS: usize = 1 << 20;
/// The most numbers of a feature map, 256 MiB of them. It bounds what running a small, hostile file
/// can cost; the largest map of a network for ImageNet has a few million.
pub const MAX_NUMBERS: usize = 1 << 26;

/// The largest magnitude of what numbers are multiplied with, and of what is added. It leaves ten orders of magnitude
/// to those that learn, and room to what is computed.
const MAX_FACTOR: f32 = 1e20;

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

/// Finite, and small enough to be computed with.
fn moderate(part: impl Fn() -> String, numbers: &[f32]) -> Checked {
    finite(&part, numbers)?;
    match numbers.iter().find(|number| number.abs() > MAX_FACTOR) {
        None => Ok(()),
        Some(number) => Err(wrong(
            part(),
            format!("magnitudes up to {MAX_FACTOR:e}"),
            format!("{number:e}"),
        )),
    }
}

pub(super) fn check(parts: &Parts) -> Checked {
    let graph = &parts.graph;
    maps(graph)?;
    equal(
        || "class_names".into(),
        graph.classes(),
        parts.class_names.len(),
    )?;
    equal(|| "convs".into(), graph.convs().count(), parts.convs.len())?;
    equal(|| "norms".into(), graph.norms().count(), parts.norms.len())?;
    for ((node, op), conv) in graph.convs().zip(&parts.convs) {
        let name = &graph.nodes()[node].name;
        let expected = graph.weight_shape(node);
        let found = [
            conv.out_channels,
            conv.in_channels,
            conv.kernel,
            conv.kernel,
        ];
        if (expected, op.stride) != (found, conv.stride) {
            let text = |[o, i, k, _]: [usize; 4], stride| {
                format!("{o} x {i} x {k} x {k}, stride {stride}")
            };
            let part = format!("{name}, weights");
            return Err(wrong(
                part,
                text(expected, op.stride),
                text(found, conv.stride),
            ));
        }
        let (expected, found) = (op.weights.storage(), conv.weights.storage());
        if expected != found {
            let expected = format!("{expected:?}, as {} weights are stored", op.weights);
            return Err(wrong(
                format!("{name}, weights"),
                expected,
                format!("{found:?}"),
            ));
        }
        weights(name, conv)?;
    }
    for (node, affine) in graph.norms().zip(&parts.norms) {
        let channels = graph.shape(Value::Node(node))[0];
        norm(&graph.nodes()[node].name, affine, channels)?;
    }
    let last = parts.convs.last().map_or(0, |conv| conv.in_channels);
    for (name, count, scales) in [
        (
            "activation_scales",
            parts.convs.len(),
            &parts.activation_scales,
        ),
        ("residual_scales", last, &parts.residual_scales),
    ] {
        let Some(scales) = scales else { continue };
        equal(|| name.into(), count, scales.len())?;
        for (index, &scale) in scales.iter().enumerate() {
            positive(|| format!("{name}[{index}]"), scale)?;
        }
    }
    if let Err(expected) = parts.preprocessing.check(graph.input()) {
        let [channels, height, width] = graph.input();
        let part = format!("input, with preprocessing {}", parts.preprocessing);
        let found = format!("{channels} x {height} x {width}");
        return Err(wrong(part, expected, found));
    }
    parts.rejection.as_ref().map_or(Ok(()), rejection)
}

/// That the image and every feature map are of a size that can be run.
fn maps(graph: &Graph) -> Checked {
    let [channels, height, width] = graph.input();
    if height * width > MAX_PIXELS {
        let expected = format!("at most {MAX_PIXELS} pixels");
        return Err(wrong(
            "input".into(),
            expected,
            format!("{channels} channels of {height} x {width}"),
        ));
    }
    let values = (0..graph.nodes().len()).map(Value::Node);
    for value in [Value::Image].into_iter().chain(values) {
        let [channels, height, width] = graph.shape(value);
        if channels as u64 * height as u64 * width as u64 > MAX_NUMBERS as u64 {
            let name = match value {
                Value::Image => "input",
                Value::Node(_) => graph.value_name(value),
            };
            let expected = format!("a feature map of at most {MAX_NUMBERS} numbers");
            let found = format!("{channels} x {height} x {width}");
            return Err(wrong(name.into(), expected, found));
        }
    }
    Ok(())
}

fn rejection(rejection: &Rejection) -> Checked {
    let Rejection {
        threshold,
        kept,
        images,
    } = *rejection;
    let part = |name: &str| format!("rejection, {name}");
    if !(threshold.is_finite() && threshold >= 0.0) {
        return Err(wrong(part("threshold"), "0 or more", threshold));
    }
    if !(0.0..=1.0).contains(&kept) {
        return Err(wrong(part("kept"), "a share from 0 to 1", kept));
    }
    match images {
        0 => Err(wrong(part("images"), "1 or more", images)),
        _ => Ok(()),
    }
}

fn positive(part: impl Fn() -> String, number: f32) -> Checked {
    if number.is_finite() && number > 0.0 {
        return Ok(());
    }
    Err(wrong(part(), "a positive number", number))
}

fn weights(name: &str, conv: &Conv) -> Checked {
    // A row's length is at most 2¹⁶ · 15². Where usize has 32 bits the product may overflow.
    let row = conv.row_len();
    let count = |each: usize| conv.out_channels.saturating_mul(each);
    let bits = |plane: &'static str, bits: &[u8]| {
        equal(
            || format!("{name}, {plane}, in bytes"),
            count(conv.row_bytes()),
            bits.len(),
        )?;
        padding_bits(name, plane, conv, bits)
    };
    match &conv.weights {
        Weights::Signs { scale, bits: signs } => {
            bits("signs", signs)?;
            factors(name, conv, scale)
        }
        Weights::Ternary {
            scale,
            signs,
            nonzero,
        } => {
            bits("signs", signs)?;
            bits("nonzero", nonzero)?;
            // One network, one file.
            if signs
                .iter()
                .zip(nonzero)
                .any(|(sign, nonzero)| sign & !nonzero != 0)
            {
                let part = format!("{name}, signs");
                return Err(wrong(part, "0 where a weight is 0", "a 1 among them"));
            }
            factors(name, conv, scale)
        }
        Weights::Int8 { scale, values } => {
            equal(|| format!("{name}, integers"), count(row), values.len())?;
            if values.contains(&i8::MIN) {
                return Err(wrong(format!("{name}, integers"), "-127 to 127", "-128"));
            }
            factors(name, conv, scale)
        }
        Weights::Real(weights) => {
            let part = || format!("{name}, weight");
            equal(part, count(row), weights.len())?;
            moderate(part, weights)
        }
    }
}

fn factors(name: &str, conv: &Conv, scale: &Scale) -> Checked {
    let part = || format!("{name}, scale");
    match scale {
        Scale::Layer(scale) => moderate(part, &[*scale]),
        Scale::Channels(scales) => {
            equal(part, conv.out_channels, scales.len())?;
            moderate(part, scales)
        }
    }
}

/// The bits after a row's last weight are 0, so that one network has one file.
fn padding_bits(name: &str, plane: &str, conv: &Conv, bits: &[u8]) -> Checked {
    let used = conv.row_len() % 8;
    if used == 0 {
        return Ok(());
    }
    for (row, bytes) in bits.chunks_exact(conv.row_bytes()).enumerate() {
        if bytes[bytes.len() - 1] >> used != 0 {
            let part = format!("{name}, {plane}");
            let found = format!("a 1 among them in row {row}");
            return Err(wrong(part, "0 in the bits that pad a row", found));
        }
    }
    Ok(())
}

fn norm(name: &str, affine: &Affine, channels: usize) -> Checked {
    let scale = || format!("{name}, scale");
    let offset = || format!("{name}, offset");
    equal(scale, channels, affine.scale.len())?;
    equal(offset, channels, affine.offset.len())?;
    moderate(scale, &affine.scale)?;
    moderate(offset, &affine.offset)
}
