//! The weights of a convolution: numbers, or bits and the nodes that make numbers of them.

use graph::Scale;
use runtime::{Conv, Weights as Stored};

use super::Weights;
use super::graph::{Attribute, Graph};
use super::proto::DataType;

/// What `Cast` is told.
const BOOL: i64 = DataType::Bool as i64;

/// The name of the weights, `[out, in, kernel, kernel]`, of the convolution that is called `name`;
/// none where they are stored in a way that is not known here.
pub(super) fn weight(
    graph: &mut Graph,
    conv: &Conv,
    name: &str,
    weights: Weights,
) -> Option<String> {
    let part = |part: &str| format!("{name}.{part}");
    let shape = [
        conv.out_channels,
        conv.in_channels,
        conv.kernel,
        conv.kernel,
    ];
    Some(match (&conv.weights, weights) {
        (Stored::Int8 { scale, values }, _) => {
            let integers = graph.small(part("integers"), &shape, values);
            let channels = [conv.out_channels];
            let (scales, shape) = numbers(scale, &channels);
            let scales = graph.floats(part("scale"), shape, scales.iter().copied());
            let axis = [("axis", Attribute::Int(0))];
            let inputs = [integers.as_str(), &scales];
            graph.node("DequantizeLinear", &inputs, part("weight"), &axis)
        }
        (Stored::Signs { scale, bits }, Weights::Packed) => {
            let signs = plane(graph, conv, part("signs"), bits);
            signed(graph, conv, name, part("weight"), scale, &signs)
        }
        (
            Stored::Ternary {
                scale,
                signs,
                nonzero,
            },
            Weights::Packed,
        ) => {
            let signs = plane(graph, conv, part("signs"), signs);
            let nonzero = plane(graph, conv, part("nonzero"), nonzero);
            let signed = signed(graph, conv, name, part("signed"), scale, &signs);
            let zero = graph.floats(part("zero"), &[], [0.0].into_iter());
            graph.node("Where", &[&nonzero, &signed, &zero], part("weight"), &[])
        }
        (Stored::Signs { .. } | Stored::Ternary { .. } | Stored::Real(_), _) => {
            let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
            graph.floats(part("weight"), &shape, rows)
        }
        _ => return None,
    })
}

/// The numbers of a scale, and their shape, which is `channels` where there is one for each.
fn numbers<'a>(scale: &'a Scale, channels: &'a [usize]) -> (&'a [f32], &'a [usize]) {
    match scale {
        Scale::Layer(scale) => (std::slice::from_ref(scale), &[]),
        Scale::Channels(scales) => (scales, channels),
    }
}

/// ± the scale, by a plane of signs.
fn signed(
    graph: &mut Graph,
    conv: &Conv,
    name: &str,
    to: String,
    scale: &Scale,
    signs: &str,
) -> String {
    let channels = [conv.out_channels, 1, 1, 1];
    let (scales, shape) = numbers(scale, &channels);
    let plus = graph.floats(format!("{name}.plus"), shape, scales.iter().copied());
    let minus = scales.iter().map(|scale| -scale);
    let minus = graph.floats(format!("{name}.minus"), shape, minus);
    graph.node("Where", &[signs, &plus, &minus], to, &[])
}

/// A plane of bits as truth values `[out, in, kernel, kernel]`; `name` is that of the bits.
///
/// Each byte is split by eight masks; what is left over at a row's end is cut off. The bits stay
/// truth values of a byte, so a runtime that does not fold the constants needs little memory for
/// them.
fn plane(graph: &mut Graph, conv: &Conv, name: String, bits: &[u8]) -> String {
    let part = |part: &str| format!("{name}.{part}");
    let (out, row_bytes, row_len) = (conv.out_channels, conv.row_bytes(), conv.row_len());
    let masks: [u8; 8] = std::array::from_fn(|bit| 1 << bit);
    let masks = graph.bytes(part("masks"), &[8], &masks);
    let bytes = graph.bytes(name.clone(), &[out, row_bytes, 1], bits);
    let split = graph.node("BitwiseAnd", &[&bytes, &masks], part("split"), &[]);
    let to = [("to", Attribute::Int(BOOL))];
    let mut rows = graph.node("Cast", &[&split], part("bits"), &to);
    if !row_len.is_multiple_of(8) {
        let shape = graph.integers(part("rows.shape"), &[out as i64, 8 * row_bytes as i64]);
        let padded = graph.node("Reshape", &[&rows, &shape], part("rows.padded"), &[]);
        let start = graph.integers(part("rows.start"), &[0]);
        let end = graph.integers(part("rows.end"), &[row_len as i64]);
        let axis = graph.integers(part("rows.axis"), &[1]);
        rows = graph.node("Slice", &[&padded, &start, &end, &axis], part("rows"), &[]);
    }
    let shape = [out, conv.in_channels, conv.kernel, conv.kernel].map(|size| size as i64);
    let shape = graph.integers(part("shape"), &shape);
    graph.node("Reshape", &[&rows, &shape], part("kernels"), &[])
}
