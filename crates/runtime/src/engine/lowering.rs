//! Which code computes each node.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use kernels::lookup::Map;

use super::Activations;
use super::plan::{Instruction, Plan};
use super::shrink::Pooling;
use super::step::{Factors, Step};
use crate::lower::{ConvTask, Task, What, lower};
use crate::{Model, RuntimeError};

/// A part of a forward pass that one piece of code computes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lowered {
    /// The node that it is about: a convolution, a pool, or an operation alone.
    pub node: String,
    /// What the code does, in order, joined by ` + `. With a convolution: `norm` and `activation` of its input; `sign look-up`,
    /// `integer sign look-up` or `multiplication`; `sum` with the map that a skip connection brought; `next input`, the next
    /// convolution's, written while the results are at hand. What begins with `plain` has no faster code.
    pub kernel: String,
}

/// Which code the [`Engine`](super::Engine) computes each node of a model with, in order.
///
/// # Errors
///
/// As [`Engine::new`](super::Engine::new).
pub fn lowering(model: &Model, activations: Activations) -> Result<Vec<Lowered>, RuntimeError> {
    let plan = Plan::new(model, activations)?;
    let nodes = model.graph().nodes();
    // Each task is an instruction; between them only maps are laid out.
    let laid_out = |instruction: &&Instruction| {
        matches!(
            instruction,
            Instruction::Image { .. } | Instruction::LayOut { .. }
        )
    };
    let instructions = plan.instructions.iter().filter(|i| !laid_out(i));
    let tasks = lower(model.graph());
    let lowered = tasks.iter().zip(instructions).map(|(task, instruction)| {
        let node = match &task.what {
            What::Conv(conv) => conv.node,
            What::MaxPool { node } | What::AvgPool { node, .. } => *node,
            What::Means { .. } | What::Plain { .. } => task.gives,
        };
        Lowered {
            node: nodes[node].name.clone(),
            kernel: kernel(model, &plan, task, instruction),
        }
    });
    Ok(lowered.collect())
}

fn kernel(model: &Model, plan: &Plan, task: &Task, instruction: &Instruction) -> String {
    match (instruction, &task.what) {
        (
            &Instruction::Conv {
                step, map, next, ..
            },
            What::Conv(conv),
        ) => convolution(conv, &plan.steps[step], map, next.is_some()),
        (Instruction::Pool { pooling, shape, .. }, _) => match pooling {
            Pooling::Max => "max pool".to_owned(),
            Pooling::Mean(_, channels) if *channels > shape[0] => "average pool + zeros".to_owned(),
            Pooling::Mean(..) => "average pool".to_owned(),
        },
        (Instruction::Means { .. }, What::Means { norm: Some(_), .. }) => "norm + means".to_owned(),
        (Instruction::Means { .. }, _) => "means".to_owned(),
        _ => {
            let mut words = "plain ".to_owned();
            words.push_str(model.graph().nodes()[task.gives].op.word());
            words
        }
    }
}

fn convolution(conv: &ConvTask, step: &Step, map: Map, next: bool) -> String {
    let product = match (&step.weights, step.zero) {
        (Factors::Signs(_), None) => "sign look-up",
        (Factors::Signs(_), Some(_)) => "integer sign look-up",
        (Factors::Real(..), _) => "multiplication",
    };
    let parts = [
        conv.norm.map(|_| "norm"),
        conv.floor.map(|_| "activation"),
        Some(product),
        matches!(map, Map::Add).then_some("sum"),
        next.then_some("next input"),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join(" + ")
}
