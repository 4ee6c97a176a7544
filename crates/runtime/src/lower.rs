//! From a graph to tasks: what has fast code as one task, everything else node by node.
//!
//! ```text
//! [norm →] [activation →] conv [→ add]          one task: the convolution reads the map before the
//!                                               norm, and its results are added where they belong
//! average pool [→ pad channels]                 one task
//! [norm →] global mean [→ scale], at the end    one task
//! ```

use alloc::vec;
use alloc::vec::Vec;

use graph::{Graph, Op, PoolDivisor, Value};

/// A step of a forward pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) what: What,
    /// The map it reads.
    pub(crate) from: Value,
    /// The node whose map it gives.
    pub(crate) gives: usize,
}

/// What a task does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// A convolution.
    Conv(ConvTask),
    /// The maximum of 3×3 windows with stride 2.
    MaxPool {
        /// The node.
        node: usize,
    },
    /// The mean of 3×3 windows with stride 2, then channels of zeros up to those of the result.
    AvgPool {
        /// The pool's node.
        node: usize,
        divisor: PoolDivisor,
    },
    /// The norm of so many, if there is one, the mean over the pixels, and a division.
    Means { norm: Option<usize>, divisor: f32 },
    /// The operation of the node alone; for a norm, its number.
    Plain { norm: Option<usize> },
}

/// A convolution with what stands before it, and the sum after it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConvTask {
    /// Its number among the convolutions.
    pub(crate) conv: usize,
    /// Its node.
    pub(crate) node: usize,
    /// The number of the norm before it.
    pub(crate) norm: Option<usize>,
    /// The smallest input, where there is an activation.
    pub(crate) floor: Option<f32>,
    /// The map that its results are added to, in place; nobody reads it later.
    pub(crate) sum: Option<Value>,
}

impl Task {
    /// The maps that it reads.
    pub(crate) fn reads(&self, graph: &Graph) -> Vec<Value> {
        match &self.what {
            What::Conv(conv) => [self.from].into_iter().chain(conv.sum).collect(),
            What::Plain { .. } => graph.nodes()[self.gives].inputs.clone(),
            _ => vec![self.from],
        }
    }
}

/// The tasks of a network, in an order in which each reads only what is there.
pub(crate) fn lower(graph: &Graph) -> Vec<Task> {
    let lowering = Lowering::new(graph);
    let nodes = graph.nodes();
    let mut tasks = Vec::new();
    let mut done = lowering.absorbed.clone();
    for (index, node) in nodes.iter().enumerate() {
        if done[index] {
            continue;
        }
        let task = match &node.op {
            Op::Conv(_) => lowering.conv(index, &tasks),
            Op::MaxPool { .. } => lowering.alone(index, What::MaxPool { node: index }),
            Op::AvgPool { divisor, .. } => {
                let what = What::AvgPool {
                    node: index,
                    divisor: *divisor,
                };
                let pads = |&reader: &usize| matches!(nodes[reader].op, Op::PadChannels { .. });
                Task {
                    gives: lowering.only_reader(index).filter(pads).unwrap_or(index),
                    ..lowering.alone(index, what)
                }
            }
            Op::GlobalMean => match &lowering.means {
                Some(means) if means.node == index => Task {
                    what: What::Means {
                        norm: means.norm,
                        divisor: means.divisor,
                    },
                    from: means.from,
                    gives: nodes.len() - 1,
                },
                _ => lowering.alone(index, What::Plain { norm: None }),
            },
            _ => {
                let norm = lowering
                    .number(index)
                    .filter(|_| matches!(node.op, Op::Norm));
                lowering.alone(index, What::Plain { norm })
            }
        };
        done[task.gives] = true;
        tasks.push(task);
    }
    tasks
}

/// The end of most networks.
struct Means {
    node: usize,
    norm: Option<usize>,
    divisor: f32,
    from: Value,
}

struct Lowering<'a> {
    graph: &'a Graph,
    /// The nodes that read each node.
    readers: Vec<Vec<usize>>,
    /// Of a norm or a convolution, its number among its like.
    numbers: Vec<Option<usize>>,
    /// Nodes that are part of a later node's task.
    absorbed: Vec<bool>,
    means: Option<Means>,
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph) -> Self {
        let nodes = graph.nodes();
        let mut readers = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for &value in &node.inputs {
                if let Value::Node(read) = value {
                    readers[read].push(index);
                }
            }
        }
        let mut numbers = vec![None; nodes.len()];
        let convs = graph.convs().map(|(node, _)| node).enumerate();
        for (number, node) in graph.norms().enumerate().chain(convs) {
            numbers[node] = Some(number);
        }
        let mut lowering = Self {
            graph,
            readers,
            numbers,
            absorbed: vec![false; nodes.len()],
            means: None,
        };
        lowering.absorb_into_convs();
        lowering.absorb_into_means();
        lowering
    }

    /// Norms and activations that only convolutions read, in this order.
    fn absorb_into_convs(&mut self) {
        let nodes = self.graph.nodes();
        for index in (0..nodes.len()).rev() {
            let reader = |&reader: &usize| match (&nodes[index].op, &nodes[reader].op) {
                (_, Op::Conv(_)) => true,
                (Op::Norm, Op::Activation { .. }) => self.absorbed[reader],
                _ => false,
            };
            let before = matches!(nodes[index].op, Op::Norm | Op::Activation { .. });
            let read = !self.readers[index].is_empty();
            self.absorbed[index] = before && read && self.readers[index].iter().all(reader);
        }
    }

    fn absorb_into_means(&mut self) {
        let nodes = self.graph.nodes();
        let last = nodes.len() - 1;
        let (node, divisor) = match (&nodes[last].op, nodes[last].inputs[0]) {
            (Op::Scale { divisor }, Value::Node(node)) if self.only_reader(node).is_some() => {
                (node, *divisor)
            }
            _ => (last, 1.0),
        };
        if !matches!(nodes[node].op, Op::GlobalMean) {
            return;
        }
        let mut means = Means {
            node,
            norm: None,
            divisor,
            from: nodes[node].inputs[0],
        };
        if let Value::Node(norm) = means.from
            && matches!(nodes[norm].op, Op::Norm)
            && self.only_reader(norm).is_some()
        {
            self.absorbed[norm] = true;
            (means.norm, means.from) = (self.number(norm), nodes[norm].inputs[0]);
        }
        self.means = Some(means);
    }

    fn only_reader(&self, node: usize) -> Option<usize> {
        match self.readers[node][..] {
            [reader] => Some(reader),
            _ => None,
        }
    }

    fn number(&self, node: usize) -> Option<usize> {
        self.numbers[node]
    }

    fn alone(&self, node: usize, what: What) -> Task {
        Task {
            what,
            from: self.graph.nodes()[node].inputs[0],
            gives: node,
        }
    }

    /// The task of a convolution, after these.
    fn conv(&self, index: usize, before: &[Task]) -> Task {
        let nodes = self.graph.nodes();
        let mut from = nodes[index].inputs[0];
        let mut taken = |is: fn(&Op) -> bool| match from {
            Value::Node(node) if self.absorbed[node] && is(&nodes[node].op) => {
                from = nodes[node].inputs[0];
                Some(node)
            }
            _ => None,
        };
        let activation = taken(|op| matches!(op, Op::Activation { .. }));
        let norm = taken(|op| matches!(op, Op::Norm));
        let floor = activation.and_then(|node| match nodes[node].op {
            Op::Activation { floor } => Some(floor),
            _ => None,
        });
        let sum = self.sum(index, before);
        let conv = ConvTask {
            conv: self.number(index).unwrap_or_default(),
            node: index,
            norm: norm.and_then(|norm| self.number(norm)),
            floor,
            sum: sum.map(|(_, value)| value),
        };
        Task {
            what: What::Conv(conv),
            from,
            gives: sum.map_or(index, |(add, _)| add),
        }
    }

    /// The sum that a convolution's results belong to, and the other map, which is there and which
    /// nobody reads after the sum.
    fn sum(&self, conv: usize, before: &[Task]) -> Option<(usize, Value)> {
        let add = self.only_reader(conv)?;
        let node = &self.graph.nodes()[add];
        if !matches!(node.op, Op::Add) {
            return None;
        }
        let other = node
            .inputs
            .iter()
            .find(|&&value| value != Value::Node(conv));
        let &Value::Node(other) = other? else {
            return None;
        };
        let there = before.iter().any(|task| task.gives == other);
        // Of norms and activations that are part of a task, its node reads.
        let mut reading = self.readers[other].clone();
        while let Some(place) = reading.iter().position(|&reader| self.absorbed[reader]) {
            let absorbed = reading.swap_remove(place);
            reading.extend(&self.readers[absorbed]);
        }
        let done = |&reader: &usize| reader < conv || reader == add;
        (there && reading.iter().all(done)).then_some((add, Value::Node(other)))
    }
}
