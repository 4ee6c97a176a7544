//! From a graph to the steps of a forward pass in Burn's tensors: what has an operation of ours as
//! one step, everything else node by node.

use graph::{Graph, Op, Padding, PoolDivisor, Value};

/// A step: it reads values and gives one.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) what: What,
    pub(crate) from: Value,
    /// The second value of a sum.
    pub(crate) other: Option<Value>,
    /// The node whose value it gives.
    pub(crate) gives: usize,
    /// The values that nobody reads afterwards.
    pub(crate) last_of: Vec<Value>,
}

/// What a step does; norms and convolutions by their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    Norm {
        norm: usize,
        relu: bool,
        /// Whether the only other reader of its input is the sum that ends a skip connection.
        skipped: bool,
    },
    Relu,
    /// max(floor, x).
    Floor(f32),
    Conv {
        conv: usize,
        padding: Padding,
    },
    MaxPool(Padding),
    AvgPool(Padding, PoolDivisor),
    /// An average pool, then as many channels of zeros.
    Shortcut,
    PadChannels(usize),
    Add,
    /// The mean over the pixels of numbers that are divided first: as the paper's author has it, and
    /// with the bits that it always had here.
    Mean {
        divisor: Option<f32>,
    },
    Scale(f32),
}

/// Steps in a row that are a residual block: norm, ReLU, convolution, the same again, and the skip connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Block {
    /// The first of the steps.
    pub(crate) first: usize,
    /// How many there are.
    pub(crate) len: usize,
    pub(crate) norms: [usize; 2],
    pub(crate) convs: [usize; 2],
    pub(crate) from: Value,
}

impl Block {
    /// Whether the skip path halves the size.
    pub(crate) fn halves(&self) -> bool {
        self.len == 6
    }

    /// The block that begins with a step, if one does.
    fn at(steps: &[Step], first: usize) -> Option<Self> {
        let from = steps[first].from;
        let norm = |at: usize, from: Value| match steps.get(at) {
            Some(&Step {
                what: What::Norm {
                    norm, relu: true, ..
                },
                from: read,
                gives,
                ..
            }) if read == from => Some((norm, Value::Node(gives))),
            _ => None,
        };
        let conv = |at: usize, from: Value| match steps.get(at) {
            Some(&Step {
                what:
                    What::Conv {
                        conv,
                        padding: Padding::Symmetric,
                    },
                from: read,
                gives,
                ..
            }) if read == from => Some((conv, Value::Node(gives))),
            _ => None,
        };
        let (first_norm, value) = norm(first, from)?;
        let (first_conv, value) = conv(first + 1, value)?;
        let (second_norm, value) = norm(first + 2, value)?;
        let (second_conv, value) = conv(first + 3, value)?;
        let (len, skip) = match steps.get(first + 4)? {
            step if step.what == What::Shortcut && step.from == from => {
                (6, Value::Node(step.gives))
            }
            _ => (5, from),
        };
        let sum = steps
            .get(first + len - 1)
            .filter(|step| step.what == What::Add)?;
        let terms = [Some(sum.from), sum.other];
        if terms != [Some(value), Some(skip)] && terms != [Some(skip), Some(value)] {
            return None;
        }
        // What lies between has no other reader.
        let inside = &steps[first..first + len];
        let outside = steps[..first].iter().chain(&steps[first + len..]);
        let mut read = outside.flat_map(|step| [Some(step.from), step.other]);
        let hidden = |value| {
            inside[..len - 1]
                .iter()
                .any(|step| Some(Value::Node(step.gives)) == value)
        };
        if read.any(hidden) {
            return None;
        }
        Some(Self {
            first,
            len,
            norms: [first_norm, second_norm],
            convs: [first_conv, second_conv],
            from,
        })
    }
}

/// The first steps, where they are a norm of the images without a ReLU and a convolution of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stem {
    pub(crate) norm: usize,
    pub(crate) conv: usize,
}

impl Stem {
    pub(crate) const LEN: usize = 2;

    fn of(steps: &[Step]) -> Option<Self> {
        let [first, second, rest @ ..] = steps else {
            return None;
        };
        let value = Value::Node(first.gives);
        let read = |step: &Step| [Some(step.from), step.other].contains(&Some(value));
        match (first.what, second.what) {
            (
                What::Norm {
                    norm, relu: false, ..
                },
                What::Conv {
                    conv,
                    padding: Padding::Symmetric,
                },
            ) if first.from == Value::Image && second.from == value && !rest.iter().any(read) => {
                Some(Self { norm, conv })
            }
            _ => None,
        }
    }
}

/// The steps of a network, and how many values there are.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Those of the steps that can be computed as one.
    pub(crate) blocks: Vec<Block>,
    pub(crate) stem: Option<Stem>,
    pub(crate) values: usize,
}

impl Plan {
    pub(crate) fn new(graph: &Graph) -> Self {
        let nodes = graph.nodes();
        let mut readers = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for &value in &node.inputs {
                if let Value::Node(read) = value {
                    readers[read].push(index);
                }
            }
        }
        let only_reader = |node: usize| match readers[node][..] {
            [reader] => Some(reader),
            _ => None,
        };
        let mut done = vec![false; nodes.len()];
        let (mut norms, mut convs) = (0.., 0..);
        let mut steps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if done[index] {
                continue;
            }
            let next = only_reader(index);
            let mut gives = index;
            let what = match node.op {
                Op::Norm => {
                    let is_relu =
                        |reader: &usize| nodes[*reader].op == Op::Activation { floor: 0.0 };
                    let relu = next.filter(is_relu);
                    gives = relu.unwrap_or(index);
                    let skipped = match node.inputs[0] {
                        Value::Node(read) => {
                            let others = readers[read].iter().filter(|&&reader| reader != index);
                            let mut others = others.map(|&reader| &nodes[reader].op);
                            readers[read].len() == 2 && others.all(|op| *op == Op::Add)
                        }
                        Value::Image => false,
                    };
                    What::Norm {
                        norm: norms.next().unwrap_or_default(),
                        relu: relu.is_some(),
                        skipped: skipped && relu.is_some(),
                    }
                }
                Op::Activation { floor: 0.0 } => What::Relu,
                Op::Activation { floor } => What::Floor(floor),
                Op::Conv(conv) => What::Conv {
                    conv: convs.next().unwrap_or_default(),
                    padding: conv.padding,
                },
                Op::MaxPool { padding } => What::MaxPool(padding),
                Op::AvgPool { padding, divisor } => {
                    let channels = 2 * graph.input_shape(index)[0];
                    let doubled =
                        next.filter(|&next| nodes[next].op == Op::PadChannels { channels });
                    let usual = (padding, divisor) == (Padding::Symmetric, PoolDivisor::Inside);
                    match doubled.filter(|_| usual) {
                        Some(pad) => {
                            gives = pad;
                            What::Shortcut
                        }
                        None => What::AvgPool(padding, divisor),
                    }
                }
                Op::PadChannels { channels } => What::PadChannels(channels),
                Op::Add => What::Add,
                Op::GlobalMean => match next.map(|next| (next, nodes[next].op)) {
                    Some((next, Op::Scale { divisor })) => {
                        gives = next;
                        let divisor = Some(divisor);
                        What::Mean { divisor }
                    }
                    _ => What::Mean { divisor: None },
                },
                Op::Scale { divisor } => What::Scale(divisor),
                _ => unreachable!("`{}` has an operation that training lacks", node.name),
            };
            done[index] = true;
            done[gives] = true;
            steps.push(Step {
                what,
                from: node.inputs[0],
                other: node.inputs.get(1).copied(),
                gives,
                last_of: Vec::new(),
            });
        }
        compute_late(&mut steps);
        let mut read_later = vec![false; nodes.len()];
        for step in steps.iter_mut().rev() {
            for value in [Some(step.from), step.other].into_iter().flatten() {
                if let Value::Node(read) = value
                    && !std::mem::replace(&mut read_later[read], true)
                {
                    step.last_of.push(value);
                }
            }
        }
        let blocks = (0..steps.len()).filter_map(|first| Block::at(&steps, first));
        Self {
            blocks: blocks.collect(),
            stem: Stem::of(&steps),
            steps,
            values: nodes.len(),
        }
    }
}

/// Moves each step that has one reader directly before it. A skip path's map then does not lie in memory beside those of the block that
/// it leads around, nor its gradient.
fn compute_late(steps: &mut [Step]) {
    for index in (0..steps.len()).rev() {
        let value = Value::Node(steps[index].gives);
        let reads = |step: &Step| step.from == value || step.other == Some(value);
        let mut readers = (index + 1..steps.len()).filter(|&later| reads(&steps[later]));
        if let (Some(reader), None) = (readers.next(), readers.next()) {
            steps[index..reader].rotate_left(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetworkConfig;

    #[test]
    fn blocks_are_found() {
        let net = "wrn-20-1".parse().unwrap();
        let graph = NetworkConfig::new(net, [3, 32, 32], 10).graph().unwrap();
        let plan = Plan::new(&graph);
        let found: Vec<_> = plan
            .blocks
            .iter()
            .map(|block| (block.convs, block.halves()))
            .collect();
        let expected = (0..9).map(|block| ([2 * block + 1, 2 * block + 2], matches!(block, 3 | 6)));
        assert_eq!(found, expected.collect::<Vec<_>>());
        assert_eq!(plan.stem, Some(Stem { norm: 0, conv: 0 }));
        // Inside the network's steps, one after another.
        for pair in plan.blocks.windows(2) {
            assert!(pair[0].first + pair[0].len <= pair[1].first);
        }
    }

    #[test]
    fn a_skip_path_is_computed_beside_its_sum() {
        let net = "wrn-8-1".parse().unwrap();
        let graph = NetworkConfig::new(net, [3, 32, 32], 10).graph().unwrap();
        let plan = Plan::new(&graph);
        let halving = plan
            .steps
            .windows(2)
            .filter(|pair| pair[0].what == What::Shortcut);
        let next: Vec<What> = halving.map(|pair| pair[1].what).collect();
        assert_eq!(next, [What::Add; 2]);
    }
}
