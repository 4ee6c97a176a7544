//! The weights of a convolution: numbers, or bits and the nodes that make numbers of them.

use runtime::{Conv, Scale};

use super::Weights;
use super::graph::{Attribute, Graph};
use super::proto::DataType;

/// What `Cast` is told.
const BOOL: i64 = DataType::Bool as i64;

/// The name of a convolution's weights, `[out, in, kernel, kernel]`.
pub(super) fn weight(graph: &mut Graph, conv: &Conv, index: usize, weights: Weights) -> String {
    let name = format!("convs.{index}.weight");
    match (weights, conv.signs()) {
        (Weights::Packed, Some((scale, bits))) => unpacked(graph, conv, index, scale, bits),
        _ => {
            let k = conv.kernel;
            let shape = [conv.out_channels, conv.in_channels, k, k];
            let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
            graph.floats(name, &shape, rows)
        }
    }
}

/// Each byte is split by eight masks; what is left over at a row's end is cut off. The bits stay
/// truth values of a byte until the last node, so a runtime that does not fold the constants needs
/// little memory for them.
fn unpacked(graph: &mut Graph, conv: &Conv, index: usize, scale: &Scale, bits: &[u8]) -> String {
    let name = |part: &str| format!("convs.{index}.{part}");
    let (out, row_bytes, row_len) = (conv.out_channels, conv.row_bytes(), conv.row_len());
    let signs = graph.bytes(name("signs"), &[out, row_bytes, 1], bits);
    let masks: [u8; 8] = std::array::from_fn(|bit| 1 << bit);
    let masks = graph.bytes(name("masks"), &[8], &masks);
    let split = graph.node("BitwiseAnd", &[&signs, &masks], name("split"), &[]);
    let to = [("to", Attribute::Int(BOOL))];
    let mut rows = graph.node("Cast", &[&split], name("bits"), &to);
    if !row_len.is_multiple_of(8) {
        let shape = graph.integers(name("rows.shape"), &[out as i64, 8 * row_bytes as i64]);
        let padded = graph.node("Reshape", &[&rows, &shape], name("rows.padded"), &[]);
        let start = graph.integers(name("rows.start"), &[0]);
        let end = graph.integers(name("rows.end"), &[row_len as i64]);
        let axis = graph.integers(name("rows.axis"), &[1]);
        rows = graph.node("Slice", &[&padded, &start, &end, &axis], name("rows"), &[]);
    }
    let shape = [out, conv.in_channels, conv.kernel, conv.kernel].map(|size| size as i64);
    let shape = graph.integers(name("shape"), &shape);
    let bits = graph.node("Reshape", &[&rows, &shape], name("kernels"), &[]);
    let (scales, shape) = match scale {
        Scale::Layer(scale) => (std::slice::from_ref(scale), vec![]),
        Scale::Channels(scales) => (scales.as_slice(), vec![out, 1, 1, 1]),
    };
    let plus = graph.floats(name("plus"), &shape, scales.iter().copied());
    let minus = graph.floats(name("minus"), &shape, scales.iter().map(|scale| -scale));
    graph.node("Where", &[&bits, &plus, &minus], name("weight"), &[])
}
