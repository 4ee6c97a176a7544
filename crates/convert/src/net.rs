//! The name of a network: what it says about files that leave it open, and whether a network has it.

use std::path::Path;

use graph::{Graph, Net, NetOptions, Op, PoolDivisor, Weights, name_of};
use runtime::{Activation, Model, Stem, Structure};

use crate::{ConvertError, Options};

/// What tells the networks of one layout apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) structure: Structure,
    /// That of networks without batch norms is the shifted ReLU.
    pub(crate) activation: Activation,
    pub(crate) stem: Stem,
    /// Of the first convolution.
    pub(crate) stride: usize,
}

impl Shape {
    /// Residual, with batch norms, without a max pool: most networks.
    pub(crate) const WIDE: Self = Self {
        structure: Structure::Residual,
        activation: Activation::Relu,
        stem: Stem::Plain,
        stride: 1,
    };

    /// That of the network that the options name, if they do.
    pub(crate) fn named(options: &Options) -> Option<Self> {
        // Of any images: only its shape is looked at.
        let any = NetOptions::new([3, 64, 64], 10);
        let graph = options.net.as_ref()?.graph(&any).ok()?;
        let has = |is: fn(&Op) -> bool| graph.nodes().iter().any(|node| is(&node.op));
        let (_, first) = graph.convs().next()?;
        Some(Self {
            structure: match has(|op| matches!(op, Op::Add)) {
                true => Structure::Residual,
                false => Structure::Plain,
            },
            activation: match has(|op| matches!(op, Op::Activation { floor } if *floor < 0.0)) {
                false => Activation::Relu,
                true => Activation::ShiftedRelu,
            },
            stem: match has(|op| matches!(op, Op::MaxPool { .. })) {
                false => Stem::Plain,
                true => Stem::MaxPool,
            },
            stride: first.stride,
        })
    }
}

/// Refuses a network that is not the one that the options name.
pub(crate) fn must_be_named(
    path: &Path,
    model: &Model,
    options: &Options,
) -> Result<(), ConvertError> {
    match &options.net {
        Some(net) if !is(model.graph(), net) => Err(ConvertError::OtherNet {
            path: path.to_owned(),
            expected: net.to_string(),
            found: name_of(model.graph()).unwrap_or_else(|| "a network without a name".into()),
        }),
        _ => Ok(()),
    }
}

/// Whether a network has the nodes of `net`, whatever its weights, its pools' divisors and what its
/// logits are divided by.
fn is(graph: &Graph, net: &Net) -> bool {
    let padding = graph.convs().next().map(|(_, conv)| conv.padding);
    let usual = NetOptions::new(graph.input(), graph.classes());
    let options = usual
        .with_padding(padding.unwrap_or(usual.padding))
        .with_input_relu(graph.nodes().iter().any(|node| node.name == "input relu"));
    let bare = |graph: Graph| {
        let mut nodes = graph.with_weights(|_, _| Weights::ONE_BIT).nodes().to_vec();
        for node in &mut nodes {
            match &mut node.op {
                Op::AvgPool { divisor, .. } => *divisor = PoolDivisor::Inside,
                Op::Scale { divisor } => *divisor = 1.0,
                _ => {}
            }
        }
        nodes
    };
    let expected = net.graph(&options);
    expected.is_ok_and(|expected| bare(expected) == bare(graph.clone()))
}
