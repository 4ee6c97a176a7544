//! What a network costs: weights, memory and operations of each node, for one image.
//!
//! What is counted is the deployed network: a batch norm is one scale and one offset per channel,
//! a 1-bit convolution is additions and subtractions of pixels and then one multiplication per
//! output by the layer's scale. Every tap of a kernel counts, those on the zero padding too.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::Serialize;

use crate::node::{Graph, Op, Shape, Value};
use crate::weights::Storage;

/// One node's share.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerCosts {
    /// The node's name, such as `block 3 conv 1`.
    pub name: String,
    /// Channels, height, width of its output.
    pub output: Shape,
    /// Weights of one bit.
    pub one_bit_weights: u64,
    /// Weights of two bits: −1, 0, +1.
    pub ternary_weights: u64,
    /// Weights of eight bits.
    pub eight_bit_weights: u64,
    /// Weights of 32 bits: of convolutions, scales, and offsets.
    pub float_weights: u64,
    /// Bytes of them all, bits packed 8 to a byte.
    pub bytes: u64,
    /// Additions and subtractions for one image.
    pub additions: u64,
    /// Multiplications for one image.
    pub multiplications: u64,
}

/// All nodes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Weights of one bit.
    pub one_bit_weights: u64,
    /// Weights of two bits.
    pub ternary_weights: u64,
    /// Weights of eight bits.
    pub eight_bit_weights: u64,
    /// Weights of 32 bits.
    pub float_weights: u64,
    /// Bytes of them all.
    pub bytes: u64,
    /// Additions and subtractions for one image.
    pub additions: u64,
    /// Multiplications for one image.
    pub multiplications: u64,
    /// Numbers that an optimiser trains: convolutions' weights, and the scales and offsets that
    /// are learned.
    pub trainable_weights: u64,
    /// Multiply-accumulates of the convolutions, forward, for one image.
    pub multiply_accumulates: u64,
    /// Bytes of the 32-bit activations that are needed at once for one image, with norms and
    /// activations done while the next node reads, and residual additions in place.
    pub peak_activation_bytes: u64,
}

/// Costs of a network, node by node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Costs {
    /// The nodes that cost something, in the order of the network.
    pub layers: Vec<LayerCosts>,
    /// All together.
    pub totals: Totals,
}

impl Costs {
    /// The costs of a network whose norms learn scale and offset where `learned` says so, of the
    /// node's number.
    pub fn of(graph: &Graph, learned: impl Fn(usize) -> bool) -> Self {
        let mut layers = Vec::new();
        let mut totals = Totals {
            peak_activation_bytes: peak(graph),
            ..Totals::default()
        };
        // Channels of each node that may hold something else than zeros.
        let mut filled: Vec<usize> = Vec::new();
        for (index, node) in graph.nodes().iter().enumerate() {
            let (from, to) = (graph.input_shape(index), graph.shape(Value::Node(index)));
            let inner = |value: &Value| match value {
                Value::Image => graph.input()[0],
                Value::Node(node) => filled[*node],
            };
            let min = node.inputs.iter().map(inner).min().unwrap_or(0);
            let mut layer = LayerCosts {
                name: node.name.clone(),
                output: to,
                ..LayerCosts::default()
            };
            let mut channels = to[0];
            match &node.op {
                Op::Norm => {
                    layer.float_weights = 2 * to[0] as u64;
                    (layer.additions, layer.multiplications) = (count(to), count(to));
                    if learned(index) {
                        totals.trainable_weights += layer.float_weights;
                    }
                }
                Op::Conv(conv) => {
                    let weights: u64 = graph
                        .weight_shape(index)
                        .iter()
                        .map(|&n| n as u64)
                        .product();
                    let products = weights * (to[1] * to[2]) as u64;
                    let scales = conv.weights.scales(conv.out) as u64;
                    let scaled = if scales > 0 { count(to) } else { 0 };
                    totals.trainable_weights += weights;
                    totals.multiply_accumulates += products;
                    layer.float_weights = scales;
                    layer.additions = products;
                    match conv.weights.storage() {
                        Storage::Signs => layer.one_bit_weights = weights,
                        Storage::Ternary => layer.ternary_weights = weights,
                        Storage::Int8 => layer.eight_bit_weights = weights,
                        Storage::Float => layer.float_weights += weights,
                    }
                    layer.multiplications = match conv.weights.storage() {
                        Storage::Signs | Storage::Ternary => scaled,
                        Storage::Int8 | Storage::Float => products + scaled,
                    };
                }
                Op::AvgPool { .. } => {
                    (layer.additions, layer.multiplications) = (8 * count(to), count(to));
                }
                // Only channels that both have are added to each other.
                Op::Add => layer.additions = min as u64 * (to[1] * to[2]) as u64,
                Op::Scale { .. } => layer.multiplications = count(to),
                Op::GlobalMean => {
                    layer.additions = count(from) - to[0] as u64;
                    layer.multiplications = to[0] as u64;
                }
                Op::MaxPool { .. } => {}
                Op::Activation { .. } => channels = min,
                Op::PadChannels { .. } => channels = from[0].min(min),
            }
            if matches!(node.op, Op::Add) {
                channels = to[0];
            }
            filled.push(channels);
            if matches!(node.op, Op::Activation { .. } | Op::PadChannels { .. }) {
                continue;
            }
            layer.bytes = layer.one_bit_weights.div_ceil(8)
                + layer.ternary_weights.div_ceil(8) * 2
                + layer.eight_bit_weights
                + 4 * layer.float_weights;
            totals.one_bit_weights += layer.one_bit_weights;
            totals.ternary_weights += layer.ternary_weights;
            totals.eight_bit_weights += layer.eight_bit_weights;
            totals.float_weights += layer.float_weights;
            totals.bytes += layer.bytes;
            totals.additions += layer.additions;
            totals.multiplications += layer.multiplications;
            layers.push(layer);
        }
        Self { layers, totals }
    }
}

/// The most bytes of maps that live at once.
///
/// A norm, an activation, appended channels and a skip path's pool stand in the memory of what they
/// read; the convolution that ends a skip connection adds to the map that the connection carries.
fn peak(graph: &Graph) -> u64 {
    let nodes = graph.nodes();
    // The node whose memory a value stands in.
    let mut home: Vec<Value> = Vec::new();
    let mut last_read = vec![0; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for &value in &node.inputs {
            if let Value::Node(read) = value {
                last_read[read] = index;
            }
        }
        let of = |value: Value| match value {
            Value::Image => Value::Image,
            Value::Node(node) => home[node],
        };
        home.push(match node.op {
            Op::Norm
            | Op::Activation { .. }
            | Op::PadChannels { .. }
            | Op::AvgPool { .. }
            | Op::Scale { .. }
            | Op::GlobalMean => of(node.inputs[0]),
            // The map that was there first takes the sum.
            Op::Add => node
                .inputs
                .iter()
                .map(|&value| of(value))
                .min()
                .unwrap_or(Value::Image),
            Op::Conv(_) | Op::MaxPool { .. } => Value::Node(index),
        });
    }
    let into_sum = |index: usize| {
        let next = last_read[index];
        graph.readers(index) == 1 && matches!(nodes[next].op, Op::Add)
    };
    let mut peak = 0;
    for (index, node) in nodes.iter().enumerate() {
        if !matches!(node.op, Op::Conv(_) | Op::MaxPool { .. }) {
            continue;
        }
        // What is read from here on, this node's result included, each memory once and at its
        // largest.
        let mut live: Vec<(Value, u64)> = Vec::new();
        let mut hold =
            |place: Value, numbers: u64| match live.iter_mut().find(|(other, _)| *other == place) {
                Some((_, max)) => *max = numbers.max(*max),
                None => live.push((place, numbers)),
            };
        for earlier in (0..index).filter(|&earlier| last_read[earlier] >= index) {
            hold(home[earlier], count(graph.shape(Value::Node(earlier))));
        }
        if node.inputs[0] == Value::Image || home_of(&home, node.inputs[0]) == Value::Image {
            hold(Value::Image, count(graph.input()));
        }
        if !into_sum(index) {
            hold(Value::Node(index), count(graph.shape(Value::Node(index))));
        }
        peak = peak.max(live.iter().map(|(_, numbers)| 4 * numbers).sum());
    }
    peak
}

fn home_of(home: &[Value], value: Value) -> Value {
    match value {
        Value::Image => Value::Image,
        Value::Node(node) => home[node],
    }
}

fn count(shape: Shape) -> u64 {
    shape.iter().map(|&size| size as u64).product()
}
