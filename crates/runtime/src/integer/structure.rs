//! Which networks integers compute: a first convolution, pairs with skip connections around them or
//! single convolutions, a last one and the mean.

use alloc::format;
use alloc::vec::Vec;

use graph::{Op, Padding, PoolDivisor, Shape, Value};

use super::Output;
use super::quantize::unlike;
use crate::lower::{ConvTask, Task, What, lower};
use crate::{Model, RuntimeError};

/// A network's convolutions in order, and what stands between them.
pub(super) struct Structure {
    pub(super) convs: Vec<Place>,
    /// Whether there are skip connections.
    pub(super) residual: bool,
    pub(super) max_pool: bool,
    pub(super) padding: Padding,
    pub(super) divisor: PoolDivisor,
    /// The number of the norm after the last convolution.
    pub(super) norm: Option<usize>,
    /// What the means are divided by.
    pub(super) temperature: f32,
}

/// A convolution among the others.
pub(super) struct Place {
    pub(super) task: ConvTask,
    pub(super) from: Shape,
    pub(super) to: Shape,
    pub(super) output: Output,
}

impl Structure {
    /// # Errors
    ///
    /// [`RuntimeError::Model`] that names the first node that stands where integers have nothing.
    pub(super) fn of(model: &Model) -> Result<Self, RuntimeError> {
        let graph = model.graph();
        let name = |node: usize| graph.nodes()[node].name.as_str();
        let tasks = lower(graph);
        let pads = |task: &Task| matches!(graph.nodes()[task.gives].op, Op::PadChannels { .. });
        let sums = |task: &Task| matches!(&task.what, What::Conv(conv) if conv.sum.is_some());
        // Of two convolutions only the padded map between them tells.
        let residual = tasks.iter().any(sums) || tasks.get(1).is_some_and(pads);
        let mut structure = Self {
            convs: Vec::new(),
            residual,
            max_pool: false,
            padding: Padding::Symmetric,
            divisor: PoolDivisor::Inside,
            norm: None,
            temperature: 1.0,
        };
        let mut divisors = Vec::new();
        let mut paddings = Vec::new();
        // What the next convolution reads, and the map that the next sum is added to.
        let (mut next, mut map) = (Value::Image, Value::Image);
        let mut ended = false;
        for task in &tasks {
            let part = |node| {
                Err(unlike(
                    name(node),
                    expected(residual),
                    graph.nodes()[node].op.word(),
                ))
            };
            let first = structure
                .convs
                .last()
                .is_none_or(|conv| conv.output != Output::Next);
            match &task.what {
                _ if ended => return part(task.gives),
                What::Conv(conv) => {
                    let gives = Value::Node(task.gives);
                    let (last, count) =
                        (conv.conv + 1 == model.convs().len(), structure.convs.len());
                    let output = match (residual, conv.sum) {
                        _ if last => Output::Logits,
                        (true, _) if count == 0 => Output::Residual,
                        (true, None) if first => Output::Next,
                        (true, Some(sum)) if !first && sum == map => Output::Add,
                        (false, _) => Output::Next,
                        _ => return part(conv.node),
                    };
                    let ends_well = !last || (conv.sum.is_none() && (first || !residual));
                    if task.from != next || !ends_well {
                        return part(conv.node);
                    }
                    if let Op::Conv(op) = graph.nodes()[conv.node].op {
                        paddings.push((conv.node, op.padding));
                    }
                    let (from, to) = (graph.shape(task.from), graph.shape(gives));
                    structure.convs.push(Place {
                        task: conv.clone(),
                        from,
                        to,
                        output,
                    });
                    next = gives;
                    if matches!(output, Output::Residual | Output::Add) {
                        map = gives;
                    }
                }
                What::MaxPool { node } => {
                    if !residual || structure.convs.len() != 1 || task.from != next {
                        return part(*node);
                    }
                    if let Op::MaxPool { padding } = graph.nodes()[*node].op {
                        paddings.push((*node, padding));
                    }
                    structure.max_pool = true;
                    next = Value::Node(task.gives);
                    map = next;
                }
                What::AvgPool { node, divisor } => {
                    let halves = matches!(graph.nodes()[*node].op, Op::AvgPool { .. })
                        && structure
                            .convs
                            .last()
                            .is_some_and(|conv| stride(model, conv) == 2);
                    if first || !halves || task.from != map {
                        return part(*node);
                    }
                    if let Op::AvgPool { padding, .. } = graph.nodes()[*node].op {
                        paddings.push((*node, padding));
                    }
                    divisors.push((*node, *divisor));
                    map = Value::Node(task.gives);
                }
                What::Plain { .. } if structure.convs.len() == 1 && pads(task) => {
                    if !residual || task.from != next {
                        return part(task.gives);
                    }
                    next = Value::Node(task.gives);
                    map = next;
                }
                What::Plain { .. } => {
                    if first || !pads(task) || task.from != map {
                        return part(task.gives);
                    }
                    map = Value::Node(task.gives);
                }
                What::Means { norm, divisor } => {
                    if structure.convs.len() != model.convs().len() || task.from != next {
                        return part(task.gives);
                    }
                    structure.norm = *norm;
                    structure.temperature = *divisor;
                    ended = true;
                }
            }
        }
        if !ended {
            let last = graph.nodes().len() - 1;
            return Err(unlike(
                name(last),
                "the mean over the last convolution's pixels at the end",
                graph.nodes()[last].op.word(),
            ));
        }
        for conv in structure
            .convs
            .windows(2)
            .filter(|pair| pair[1].output == Output::Add)
        {
            if stride(model, &conv[1]) != 1 {
                return Err(unlike(
                    name(conv[1].task.node),
                    "stride 1 in the second convolution of a block",
                    "2",
                ));
            }
        }
        // What the C code has once for all nodes.
        if let Some(&(_, padding)) = paddings.first() {
            structure.padding = padding;
            if let Some(&(node, other)) = paddings.iter().find(|(_, other)| *other != padding) {
                return Err(unlike(
                    name(node),
                    &format!("padding {padding}, as before it"),
                    other.name(),
                ));
            }
        }
        if let Some(&(_, divisor)) = divisors.first() {
            structure.divisor = divisor;
            if let Some(&(node, other)) = divisors.iter().find(|(_, other)| *other != divisor) {
                return Err(unlike(
                    name(node),
                    &format!("divisor {divisor}, as before it"),
                    other.name(),
                ));
            }
        }
        Ok(structure)
    }
}

fn stride(model: &Model, conv: &Place) -> usize {
    model.convs()[conv.task.conv].stride
}

fn expected(residual: bool) -> &'static str {
    match residual {
        true => "a first convolution, pairs of them with skip connections, and a last one",
        false => "one convolution after the other",
    }
}
