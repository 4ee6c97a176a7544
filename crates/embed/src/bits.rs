//! Weights in the order in which the C code reads them.

use runtime::integer::{Layer, LayerWeights, Output};

use crate::geometry::{Form, Geometry};

/// The weights as the C code stores them.
pub(crate) enum Stored {
    /// Bits: a plane of signs, or two planes of a ternary layer.
    Bits(Vec<u8>),
    /// Integers.
    Integers(Vec<i8>),
}

/// A layer's weights.
pub(crate) fn stored(layer: &Layer, geometry: &Geometry) -> Stored {
    let row_len = layer.from[0] * layer.kernel * layer.kernel;
    let last = layer.output == Output::Logits;
    match (&layer.weights, geometry.form) {
        (LayerWeights::Int8(values), Form::Integers) if last => Stored::Integers(values.clone()),
        (LayerWeights::Int8(values), Form::Integers) => Stored::Integers(multiplied(layer, values)),
        // −1, 0 and +1 are half the sums of two planes of signs: of those from 0 on, and of those above.
        (LayerWeights::Int8(values), _) => {
            let not_negative = |output: usize, index: usize| values[output * row_len + index] >= 0;
            let above = |output: usize, index: usize| values[output * row_len + index] > 0;
            Stored::Bits(bits(layer, geometry, last, &[&not_negative, &above]))
        }
        (LayerWeights::Signs(signs), _) => {
            let positive = |output: usize, index: usize| {
                let byte = signs[output * row_len.div_ceil(8) + index / 8];
                byte >> (index % 8) & 1 != 0
            };
            Stored::Bits(bits(layer, geometry, last, &[&positive]))
        }
        (other, _) => unreachable!("{other:?} has no form"),
    }
}

/// Whether the bit of an output's weight is 1.
type Plane<'a> = &'a dyn Fn(usize, usize) -> bool;

fn bits(layer: &Layer, geometry: &Geometry, last: bool, planes: &[Plane]) -> Vec<u8> {
    match last {
        // Read a row at a time, one plane after the other.
        true => planes.iter().flat_map(|plane| rows(layer, plane)).collect(),
        false => looked_up(layer, geometry, planes),
    }
}

/// A row of bytes for each output.
fn rows(layer: &Layer, plane: Plane) -> Vec<u8> {
    let row_len = layer.from[0] * layer.kernel * layer.kernel;
    let signs = (0..layer.to[0] * row_len).map(|at| plane(at / row_len, at % row_len));
    runtime::Conv::pack(signs, row_len)
}

/// For each chunk of groups, each output and each plane, a nibble for each group and, where groups are of channels,
/// each tap: bit i is that of the group's input i. The lower half of a byte comes first.
fn looked_up(layer: &Layer, geometry: &Geometry, planes: &[Plane]) -> Vec<u8> {
    let area = layer.kernel * layer.kernel;
    let row_len = layer.from[0] * area;
    let whole = geometry.form.is_whole();
    let mut bytes = Vec::new();
    let mut first = 0;
    while first < geometry.groups {
        let count = geometry.chunk.min(geometry.groups - first);
        for (output, plane) in (0..layer.to[0]).flat_map(|o| planes.iter().map(move |p| (o, p))) {
            let mut nibbles = Vec::new();
            for group in first..first + count {
                let taps = if whole { area } else { 1 };
                for tap in 0..taps {
                    let bit = |input: usize| {
                        let index = match whole {
                            true => (4 * group + input) * area + tap,
                            false => 4 * group + input,
                        };
                        u8::from(index < row_len && plane(output, index)) << input
                    };
                    nibbles.push((0..4).map(bit).sum::<u8>());
                }
            }
            let pairs = nibbles.chunks(2);
            bytes.extend(pairs.map(|pair| pair[0] | pair.get(1).unwrap_or(&0) << 4));
        }
        first += count;
    }
    bytes
}

/// `[output][kernel row][kernel column][channel]`, as inputs lie in a row of the ring.
fn multiplied(layer: &Layer, values: &[i8]) -> Vec<i8> {
    let (channels, area) = (layer.from[0], layer.kernel * layer.kernel);
    let row = |row: &[i8]| -> Vec<i8> {
        let taps = (0..area).flat_map(|tap| (0..channels).map(move |c| c * area + tap));
        taps.map(|index| row[index]).collect()
    };
    values.chunks_exact(channels * area).flat_map(row).collect()
}
