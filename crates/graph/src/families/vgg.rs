//! `vgg-WIDTH`: six 3×3 convolutions in three stages of 64, 128 and 256 times WIDTH channels, each
//! stage ended by a max pool, then a 1×1 convolution to the classes.
//!
//! VGG-small, which papers about binary networks compare on (Cai et al. 2017, arXiv 1702.00953), in
//! the order of this project's other networks: norm, ReLU, convolution.

use alloc::format;

use super::{Family, channels};
use crate::builder::{Builder, block};
use crate::node::{ConvOp, Op, Value};
use crate::{Graph, GraphError, NetOptions, Weights};

/// Channels of the first stage at width 1.
const UNIT: usize = 64;
/// The widest network that is accepted.
const MAX_WIDTH: usize = 64;

pub(super) const FAMILY: Family = Family {
    prefix: "vgg",
    grammar: "WIDTH",
    about: "six 3x3 convolutions and three max pools, 64·WIDTH channels first (VGG-small)",
    example: "vgg-0.25",
    graph,
    gain: 4.0,
    usual: None,
};

fn graph(width: &str, options: &NetOptions) -> Option<Result<Graph, GraphError>> {
    let channels = channels(width, UNIT)?;
    let fitting = channels.filter(|&channels| {
        (1..=MAX_WIDTH * UNIT).contains(&channels) && channels.is_multiple_of(4)
    });
    Some(match fitting {
        Some(channels) => nodes(channels, options),
        None => Err(GraphError::Width {
            found: width.into(),
            expected: format!("0.0625 to {MAX_WIDTH}, a multiple of 4 channels of 64·WIDTH"),
        }),
    })
}

fn nodes(channels: usize, options: &NetOptions) -> Result<Graph, GraphError> {
    let ends = options.first_last.unwrap_or(options.weights);
    let conv = |out, kernel, weights: Weights| {
        Op::Conv(ConvOp {
            out,
            kernel,
            stride: 1,
            padding: options.padding,
            weights,
        })
    };
    let relu = Op::Activation { floor: 0.0 };
    let padding = options.padding;
    let mut nodes = Builder::default();
    let mut x = nodes.push("input norm", Op::Norm, Value::Image);
    if options.input_relu {
        x = nodes.push("input relu", relu, x);
    }
    x = nodes.push("input conv", conv(channels, 3, ends), x);
    for stage in 0..3 {
        let name = |part: &str| block(stage + 1, part);
        let out = channels << stage;
        // The first convolution of all is the stem's.
        if stage > 0 {
            x = nodes.push(name("norm 1"), Op::Norm, x);
            x = nodes.push(name("relu 1"), relu, x);
            x = nodes.push(name("conv 1"), conv(out, 3, options.weights), x);
        }
        x = nodes.push(name("norm 2"), Op::Norm, x);
        x = nodes.push(name("relu 2"), relu, x);
        x = nodes.push(name("conv 2"), conv(out, 3, options.weights), x);
        x = nodes.push(name("max pool"), Op::MaxPool { padding }, x);
    }
    x = nodes.push("output norm", Op::Norm, x);
    x = nodes.push("output relu", relu, x);
    x = nodes.push("output conv", conv(options.classes, 1, ends), x);
    x = nodes.push("logits norm", Op::Norm, x);
    nodes.push("mean", Op::GlobalMean, x);
    nodes.finish(options.input)
}
