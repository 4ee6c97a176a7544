//! The forward pass in the plainest way: the oracle of any faster one, and usable without `std`.
//!
//! In `f64` it is exact for all practical purposes; in `f32` it is what a float implementation
//! gives. Node by node, and every weight is visited once per pixel, in order.
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

use graph::{Op, Value};

use self::ops::{
    Maps, added, convolved, divided, floored, max_pooled, mean, mean_pooled, normed, padded,
};
use crate::{Model, RuntimeError};

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
    let image = Maps {
        channels,
        height,
        width,
        data: image.iter().map(|&pixel| R::from(pixel)).collect(),
    };
    let graph = model.graph();
    let (mut norms, mut convs) = (model.norms().iter(), model.convs().iter());
    let mut maps: Vec<Maps<R>> = Vec::with_capacity(graph.nodes().len());
    for (index, node) in graph.nodes().iter().enumerate() {
        let map = |value: Value| match value {
            Value::Image => &image,
            Value::Node(node) => &maps[node],
        };
        let x = map(node.inputs[0]);
        let y = match node.op {
            Op::Norm => normed(x, norms.next().ok_or_else(|| unknown(model, index))?),
            Op::Activation { floor } => floored(x, floor),
            Op::Conv(conv) => {
                let weights = convs.next().ok_or_else(|| unknown(model, index))?;
                convolved(x, weights, conv.padding)
            }
            Op::MaxPool { padding } => max_pooled(x, padding),
            Op::AvgPool { padding, divisor } => mean_pooled(x, padding, divisor),
            Op::PadChannels { channels } => padded(x, channels),
            Op::Add => added(x, map(node.inputs[1])),
            Op::Scale { divisor } => divided(x, divisor),
            Op::GlobalMean => mean(x),
            _ => return Err(unknown(model, index)),
        };
        maps.push(y);
        // What nobody reads any more is given back.
        for &value in &node.inputs {
            if let Value::Node(read) = value
                && graph.nodes()[index + 1..]
                    .iter()
                    .all(|later| !later.inputs.contains(&value))
            {
                maps[read].data = Vec::new();
            }
        }
    }
    Ok(maps.pop().map(|map| map.data).unwrap_or_default())
}

/// The most bytes that the maps of an image take at a time, in numbers of `size` bytes.
pub fn memory(graph: &graph::Graph, size: usize) -> u64 {
    let nodes = graph.nodes();
    let numbers = |value: Value| {
        graph
            .shape(value)
            .iter()
            .map(|&side| side as u64)
            .product::<u64>()
    };
    let mut last = alloc::vec![0; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for value in &node.inputs {
            if let Value::Node(read) = *value {
                last[read] = index;
            }
        }
    }
    let (mut live, mut peak) = (numbers(Value::Image), 0);
    for (index, node) in nodes.iter().enumerate() {
        live += numbers(Value::Node(index));
        // A convolution reads a padded copy, and adds up a plane beside its results.
        let beside = match node.op {
            Op::Conv(conv) => {
                let [channels, height, width] = graph.shape(node.inputs[0]).map(|side| side as u64);
                let frame = conv.kernel as u64;
                (channels + 1) * (height + frame) * (width + frame)
            }
            _ => 0,
        };
        peak = peak.max(live + beside);
        let mut given = node.inputs.clone();
        given.dedup();
        for value in given {
            if let Value::Node(read) = value
                && last[read] == index
            {
                live -= numbers(value);
            }
        }
    }
    peak * size as u64
}

/// A node that this arithmetic does not have.
fn unknown(model: &Model, index: usize) -> RuntimeError {
    let node = &model.graph().nodes()[index];
    RuntimeError::Model {
        part: node.name.clone(),
        expected: "an operation that this arithmetic has".into(),
        found: node.op.word().into(),
    }
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
