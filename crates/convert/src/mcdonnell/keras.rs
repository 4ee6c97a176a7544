//! The Keras layout: a variable per layer, in the order of the numbers in their names.

use std::collections::BTreeMap;
use std::path::Path;

use data::mat5::Array;
use graph::NetOptions;
use runtime::{Activation, Affine, Conv, Padding, PoolDivisor, Scale, Structure, Weights};

use super::Variables;
use super::arrays::{self, Place, describe};
use super::names::{Layer, layer};
use crate::ConvertError;
use crate::chain::Chain;
use crate::net::Shape;

/// Of every batch norm.
const EPSILON: f64 = 1e-5;

/// The network of `variables`, which all are layers.
pub(super) fn chain(
    path: &Path,
    named: Option<Shape>,
    variables: &Variables,
) -> Result<Chain, ConvertError> {
    let mut layers: BTreeMap<Layer, &str> = BTreeMap::new();
    for name in variables.keys() {
        let Some(layer) = layer(name) else { continue };
        if let Some(other) = layers.insert(layer, name) {
            let place = Place {
                path,
                name: name.clone(),
            };
            return Err(place.wrong("each number once", format!("`{other}` too")));
        }
    }
    no_gaps(path, &layers)?;
    // Sorted: convolutions by number, then norms by number.
    let mut convs = Vec::new();
    let mut norms = Vec::new();
    for (layer, name) in layers {
        let place = Place {
            path,
            name: name.into(),
        };
        match layer {
            Layer::Conv(_) => convs.push(conv(&place, &variables[name])?),
            Layer::Norm(_) => norms.push(Some(norm(&place, &variables[name])?)),
        }
    }
    head(path, &convs)?;
    let shape = match named {
        Some(shape) => shape,
        None if norms.len() == 1 && convs.len() > 1 => Shape {
            activation: Activation::ShiftedRelu,
            ..Shape::WIDE
        },
        None => Shape::WIDE,
    };
    let shifted = shape.activation == Activation::ShiftedRelu;
    if shifted && norms.len() == 1 {
        norms.resize(convs.len() + 1, None);
    }
    if norms.len() != convs.len() + 1 {
        return Err(ConvertError::Layout {
            path: path.to_owned(),
            expected: format!(
                "{} batch norms for {} convolutions",
                convs.len() + 1,
                convs.len()
            ),
            found: format!("{} (files `…_01weights.mat` have none)", norms.len()),
        });
    }
    strides(&mut convs, shape);
    if shape.structure == Structure::Plain {
        for conv in &mut convs {
            // The initial deviation of plain networks is sqrt(2) times He's, and the scale is that.
            let scale = 2.0 / (conv.row_len() as f64).sqrt();
            if let Weights::Signs { scale: found, .. } = &mut conv.weights {
                *found = Scale::Layer(scale as f32);
            }
        }
    }
    Ok(Chain {
        shape,
        padding: Padding::BottomRight,
        pool_divisor: PoolDivisor::Inside,
        input_relu: false,
        // Files of networks without batch norms don't say it. The class does not depend on it.
        temperature: match shifted {
            true => NetOptions::TEMPERATURE,
            false => 1.0,
        },
        norms,
        convs,
        source: "McDonnell-Lab/1-bit-per-weight, from Keras",
        provenance: BTreeMap::new(),
    })
}

/// Refuses a file that ends before the network does: what is there makes a smaller one, whose last
/// feature maps would be classes.
fn head(path: &Path, convs: &[Conv]) -> Result<(), ConvertError> {
    let last = convs.len().checked_sub(1).map(|last| &convs[last]);
    let Some(last) = last.filter(|last| last.kernel != 1) else {
        return Ok(());
    };
    Err(ConvertError::Layout {
        path: path.to_owned(),
        expected: "a last convolution of 1x1, whose outputs are the classes".into(),
        found: format!(
            "{0}x{0} to {1} channels; is the file cut short?",
            last.kernel, last.out_channels
        ),
    })
}

/// Refuses numbers that leave one out: where a pair of layers is missing, the rest may be a network too.
fn no_gaps(path: &Path, layers: &BTreeMap<Layer, &str>) -> Result<(), ConvertError> {
    for ((before, earlier), (layer, name)) in layers.iter().zip(layers.iter().skip(1)) {
        let (expected, found) = match (before, layer) {
            (Layer::Conv(before), Layer::Conv(found)) => (before + 1, found),
            (Layer::Norm(before), Layer::Norm(found)) => (before + 1, found),
            _ => continue,
        };
        if expected != *found {
            let place = Place {
                path,
                name: (*name).into(),
            };
            let expected = format!(
                "number {expected}, the next after `{earlier}`, so that no layer is missing"
            );
            return Err(place.wrong(expected, found.to_string()));
        }
    }
    Ok(())
}

fn conv(place: &Place<'_>, array: &Array) -> Result<Conv, ConvertError> {
    // Keras hands over a list of one array. Programs that save again drop sizes of 1 at the end.
    let sizes = match array.dims[..] {
        [1, y, x, i, o] => [y, x, i, o],
        [y, x, i, o] if y == x => [y, x, i, o],
        [1, y, x, i] => [y, x, i, 1],
        _ => return Err(place.wrong("1 x kernel x kernel x in x out", describe(array))),
    };
    arrays::conv(place, array, sizes)
}

fn norm(place: &Place<'_>, array: &Array) -> Result<Affine, ConvertError> {
    let wrong = || place.wrong("4 or 2 rows and a column per channel", describe(array));
    let &[rows, channels] = array.dims.as_slice() else {
        return Err(wrong());
    };
    let numbers = arrays::numbers(place, array)?;
    if !matches!(rows, 2 | 4) || Some(numbers.len()) != rows.checked_mul(channels) {
        return Err(wrong());
    }
    let columns = numbers.chunks_exact(rows);
    let moments: Vec<[f64; 4]> = columns
        .map(|column| match *column {
            [gamma, beta, mean, variance] => [gamma, beta, mean, (variance + EPSILON).sqrt()],
            [mean, variance] => [1.0, 0.0, mean, (variance + EPSILON).sqrt()],
            _ => [f64::NAN; 4],
        })
        .collect();
    arrays::norm(place, &moments)
}

/// The first convolution of a pair that doubles the channels has stride 2.
fn strides(convs: &mut [Conv], shape: Shape) {
    let last = convs.len().saturating_sub(1);
    for index in (1..last).step_by(2) {
        let conv = &mut convs[index];
        if conv.out_channels == conv.in_channels.saturating_mul(2) {
            conv.stride = 2;
        }
    }
    if let Some(first) = convs.first_mut() {
        first.stride = shape.stride;
    }
}
