//! A network as ONNX nodes, one or a few for each of its own, in the same order.

use runtime::{Affine, Conv, Model, Padding, PoolDivisor};

use super::graph::{Attribute, Graph};
use super::proto::DataType;
use super::weights::weight;
use super::{INPUT, Input, OUTPUT, Options};
use crate::ConvertError;

use Attribute::{Float, Int, Ints};
use graph::{ConvOp, Op, Value};

/// What `Cast` is told.
const FLOAT: i64 = DataType::Float as i64;

/// All nodes from [`INPUT`] to [`OUTPUT`].
///
/// # Errors
///
/// [`ConvertError::Operation`] with the first node that has no form here.
pub(super) fn nodes(model: &Model, options: &Options) -> Result<Graph, ConvertError> {
    let network = model.graph();
    let mut graph = Graph::new([INPUT, OUTPUT]);
    let to = [("to", Int(FLOAT))];
    let image = match options.input {
        Input::Bytes => graph.node("Cast", &[INPUT], "images.float".into(), &to),
        Input::Float => INPUT.into(),
    };
    let (mut norms, mut convs) = (model.norms().iter(), model.convs().iter());
    // The names of the nodes' values.
    let mut values: Vec<String> = Vec::new();
    for (index, node) in network.nodes().iter().enumerate() {
        let value = |value: &Value| match value {
            Value::Image => image.as_str(),
            Value::Node(node) => values[*node].as_str(),
        };
        let inputs: Vec<&str> = node.inputs.iter().map(value).collect();
        let [channels, height, width] = network.input_shape(index);
        let size = [height, width];
        let name = node.name.replace(' ', ".");
        let unknown = || ConvertError::Operation {
            node: node.name.clone(),
            form: "ONNX",
            operation: node.op.word(),
        };
        let graph = &mut graph;
        let x = inputs[0];
        let y = match node.op {
            Op::Norm => norm(graph, x, name, norms.next().ok_or_else(unknown)?),
            Op::Activation { floor: 0.0 } => graph.node("Relu", &inputs, name, &[]),
            Op::Activation { floor } => {
                let floor = graph.floats(format!("{name}.floor"), &[], [floor].into_iter());
                graph.node("Max", &[x, &floor], name, &[])
            }
            Op::Conv(op) => {
                let conv = convs.next().ok_or_else(unknown)?;
                let weight = weight(graph, conv, &name, options.weights).ok_or_else(unknown)?;
                convolution(graph, [x, &weight], name, (&op, conv), size)
            }
            Op::MaxPool { padding } => pool(graph, "MaxPool", x, name, padding, size, &[]),
            Op::AvgPool { padding, divisor } => {
                let include_pad = match divisor {
                    PoolDivisor::Inside => 0,
                    PoolDivisor::Kernel => 1,
                };
                let more = [("count_include_pad", include_pad)];
                pool(graph, "AveragePool", x, name, padding, size, &more)
            }
            Op::PadChannels { channels: after } => {
                // The numbers are those before each axis, then those after.
                let pads = [0, 0, 0, 0, 0, (after - channels) as i64, 0, 0];
                let pads = graph.integers(format!("{name}.pads"), &pads);
                graph.node("Pad", &[x, &pads], name, &[])
            }
            Op::Add => graph.node("Add", &inputs, name, &[]),
            Op::Scale { divisor } => {
                let divisor = [divisor].into_iter();
                let divisor = graph.floats(format!("{name}.divisor"), &[], divisor);
                graph.node("Div", &[x, &divisor], name, &[])
            }
            Op::GlobalMean => graph.node("GlobalAveragePool", &inputs, name, &[]),
            _ => return Err(unknown()),
        };
        values.push(y);
    }
    let last = values.last().map_or(image.as_str(), String::as_str);
    graph.push("Flatten", &[last], OUTPUT.into(), &[("axis", Int(1))]);
    Ok(graph)
}

/// A batch norm whose moments are 0 and 1, and not a product and a sum, because runtimes fold it
/// into a convolution before it.
fn norm(graph: &mut Graph, x: &str, name: String, norm: &Affine) -> String {
    let channels = norm.channels();
    let mut constant = |part: &str, numbers: &[f32]| {
        let numbers = numbers.iter().copied();
        graph.floats(format!("{name}.{part}"), &[channels], numbers)
    };
    let parts = [
        constant("scale", &norm.scale),
        constant("offset", &norm.offset),
        constant("mean", &vec![0.0; channels]),
        constant("variance", &vec![1.0; channels]),
    ];
    let [scale, offset, mean, variance] = parts.each_ref().map(String::as_str);
    let inputs = [x, scale, offset, mean, variance];
    let epsilon = [("epsilon", Float(0.0))];
    graph.node("BatchNormalization", &inputs, name, &epsilon)
}

/// A convolution of maps of this size.
fn convolution(
    graph: &mut Graph,
    inputs: [&str; 2],
    name: String,
    (op, conv): (&ConvOp, &Conv),
    size: [usize; 2],
) -> String {
    let (kernel, stride) = (conv.kernel as i64, conv.stride as i64);
    let pads = pads(op.padding, size, conv.kernel, conv.stride);
    let attributes = [
        ("kernel_shape", Ints(&[kernel, kernel])),
        ("strides", Ints(&[stride, stride])),
        ("pads", Ints(&pads)),
    ];
    graph.node("Conv", &inputs, name, &attributes)
}

/// A 3×3 pool with stride 2 of maps of this size.
fn pool(
    graph: &mut Graph,
    operator: &str,
    x: &str,
    name: String,
    padding: Padding,
    size: [usize; 2],
    more: &[(&'static str, i64)],
) -> String {
    let pads = pads(padding, size, 3, 2);
    let mut attributes = vec![
        ("kernel_shape", Ints(&[3, 3])),
        ("strides", Ints(&[2, 2])),
        ("pads", Ints(&pads)),
    ];
    attributes.extend(more.iter().map(|&(name, number)| (name, Int(number))));
    graph.node(operator, &[x], name, &attributes)
}

/// Top, left, bottom, right.
fn pads(padding: Padding, size: [usize; 2], kernel: usize, stride: usize) -> [i64; 4] {
    let before = size.map(|size| padding.before(size, kernel, stride));
    let after = match padding {
        // At stride 2 more than is read of an even size, but the same on all sides runs everywhere.
        Padding::Symmetric => before,
        Padding::BottomRight => [0, 1].map(|axis| {
            let reach = (padding.output(size[axis], stride) - 1) * stride + kernel;
            reach.saturating_sub(before[axis] + size[axis])
        }),
    };
    [before[0], before[1], after[0], after[1]].map(|pixels| pixels as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_pads_as_far_as_the_last_window() {
        let keras = |size, kernel, stride| pads(Padding::BottomRight, size, kernel, stride);
        assert_eq!(keras([32, 7], 3, 2), [0, 1, 1, 1]);
        assert_eq!(keras([32, 32], 3, 1), [1, 1, 1, 1]);
        assert_eq!(keras([8, 8], 1, 2), [0, 0, 0, 0]);
        assert_eq!(keras([224, 224], 7, 2), [2, 2, 3, 3]);
        assert_eq!(pads(Padding::Symmetric, [224, 9], 7, 2), [3, 3, 3, 3]);
    }
}
