//! What is known of a network before the first image comes.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use graph::{Op, Padding, Shape, Value};

use super::Activations;
use super::guards::{Guard, guards};
use super::shrink::Pooling;
use super::step::Step;
use crate::lower::{Task, What, lower};
use crate::{Affine, Model, RuntimeError, Storage};

/// A forward pass: instructions on maps of floats, most of them convolutions.
pub(super) struct Plan {
    pub(super) input: Shape,
    pub(super) instructions: Vec<Instruction>,
    pub(super) steps: Vec<Step>,
    /// Numbers of each map's memory.
    pub(super) maps: Vec<usize>,
    /// The logits' map, where no instruction writes them.
    pub(super) logits: Option<usize>,
    pub(super) classes: usize,
    /// Where the numbers are looked at.
    pub(super) guards: Vec<Guard>,
}

/// What is done with maps, which are numbered. `from` and `to` differ unless said otherwise.
pub(super) enum Instruction {
    /// The pixels as numbers.
    Image { to: usize },
    /// Normed, activated and padded, as the input of a step.
    LayOut { step: usize, from: usize },
    /// A convolution, whose results may become the input of another step.
    Conv {
        step: usize,
        to: usize,
        map: kernels::lookup::Map,
        next: Option<usize>,
    },
    /// 3×3 windows with stride 2.
    Pool {
        shape: Shape,
        padding: Padding,
        pooling: Pooling,
        from: usize,
        to: usize,
    },
    /// An operation alone.
    Plain {
        shape: Shape,
        plain: Plain,
        from: usize,
        to: usize,
    },
    /// A norm, the mean over the pixels, and a division: the logits.
    Means {
        shape: Shape,
        /// A factor and an addend per class.
        norm: Vec<[f32; 2]>,
        divisor: f32,
        from: usize,
    },
}

/// Operations that no faster instruction contains.
pub(super) enum Plain {
    Norm(Vec<[f32; 2]>),
    Floor(f32),
    /// Channels of zeros up to so many.
    PadChannels(usize),
    /// Of the map with this number.
    Add(usize),
    Divide(f32),
    Mean,
}

impl Plan {
    pub(super) fn new(model: &Model, activations: Activations) -> Result<Self, RuntimeError> {
        let scales = match activations {
            Activations::F32 => None,
            Activations::Int8 => Some(model.calibrated()?),
        };
        let graph = model.graph();
        let tasks = lower(graph);
        let mut steps: Vec<Step> = Vec::new();
        for task in &tasks {
            let What::Conv(conv) = &task.what else {
                continue;
            };
            let (weights, from) = (&model.convs()[conv.conv], graph.shape(task.from));
            let Op::Conv(op) = graph.nodes()[conv.node].op else {
                return Err(unlike(model, conv.node));
            };
            let norm = affine(conv.norm.map(|norm| &model.norms()[norm]), from[0]);
            // Only signs add integers up; other weights multiply real numbers.
            let unit = match weights.weights.storage() {
                Storage::Signs => scales.map(|scales| scales[conv.conv]),
                _ => None,
            };
            let floor = conv.floor.unwrap_or(f32::NEG_INFINITY);
            let mut step = Step::new(weights, from, op.padding, &norm, floor, unit);
            step.conv = conv.conv;
            step.slot = slot(&steps, &step);
            steps.push(step);
        }
        let mut maps = Maps::new(graph, &tasks);
        let mut instructions = Vec::new();
        let image = maps.image.map(|to| Instruction::Image { to });
        instructions.extend(image);
        let (mut step, mut laid_out) = (0, None);
        for (index, task) in tasks.iter().enumerate() {
            let from = maps.of(task.from);
            let instruction = match &task.what {
                What::Conv(conv) => {
                    if laid_out != Some(step) {
                        instructions.push(Instruction::LayOut { step, from });
                    }
                    // The next convolution's input is laid out while these results are at hand.
                    let following = tasks[index + 1..].iter();
                    let mut following = following.filter(|task| matches!(task.what, What::Conv(_)));
                    let reads = |next: &&Task| next.from == Value::Node(task.gives);
                    let next = following.next().filter(reads).map(|_| step + 1);
                    laid_out = next;
                    let elsewhere = maps.readers_of(task.gives) > usize::from(next.is_some());
                    let output = index + 1 == tasks.len();
                    let map = match (conv.sum, elsewhere || output) {
                        (Some(_), _) => kernels::lookup::Map::Add,
                        (None, true) => kernels::lookup::Map::Set,
                        (None, false) => kernels::lookup::Map::Leave,
                    };
                    let to = maps.give(index, task);
                    step += 1;
                    Instruction::Conv {
                        step: step - 1,
                        to,
                        map,
                        next,
                    }
                }
                What::MaxPool { node } | What::AvgPool { node, .. } => {
                    let (padding, pooling) = match (&task.what, graph.nodes()[*node].op) {
                        (What::AvgPool { divisor, .. }, Op::AvgPool { padding, .. }) => {
                            let channels = graph.shape(Value::Node(task.gives))[0];
                            (padding, Pooling::Mean(*divisor, channels))
                        }
                        (_, Op::MaxPool { padding }) => (padding, Pooling::Max),
                        _ => return Err(unlike(model, *node)),
                    };
                    Instruction::Pool {
                        shape: graph.shape(task.from),
                        padding,
                        pooling,
                        from,
                        to: maps.give(index, task),
                    }
                }
                What::Means { norm, divisor } => {
                    let shape = graph.shape(task.from);
                    Instruction::Means {
                        shape,
                        norm: affine(norm.map(|norm| &model.norms()[norm]), shape[0]),
                        divisor: *divisor,
                        from,
                    }
                }
                What::Plain { norm } => {
                    let shape = graph.shape(task.from);
                    let node = &graph.nodes()[task.gives];
                    let plain = match node.op {
                        Op::Norm => {
                            Plain::Norm(affine(norm.map(|norm| &model.norms()[norm]), shape[0]))
                        }
                        Op::Activation { floor } => Plain::Floor(floor),
                        Op::PadChannels { channels } => Plain::PadChannels(channels),
                        Op::Add => Plain::Add(maps.of(node.inputs[1])),
                        Op::Scale { divisor } => Plain::Divide(divisor),
                        Op::GlobalMean => Plain::Mean,
                        _ => return Err(unlike(model, task.gives)),
                    };
                    Instruction::Plain {
                        shape,
                        plain,
                        from,
                        to: maps.give(index, task),
                    }
                }
            };
            instructions.push(instruction);
        }
        let last = tasks
            .last()
            .filter(|task| !matches!(task.what, What::Means { .. }));
        let mut plan = Self {
            input: model.input(),
            logits: last.map(|task| maps.of(Value::Node(task.gives))),
            instructions,
            steps,
            maps: maps.sizes,
            classes: model.classes(),
            guards: Vec::new(),
        };
        plan.guards = guards(&plan, model)?;
        Ok(plan)
    }

    pub(super) fn image_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Refuses pixels that are not those of `count` images.
    pub(super) fn check(&self, images: &[u8], count: usize) -> Result<(), RuntimeError> {
        let expected = count * self.image_len();
        if images.len() == expected {
            return Ok(());
        }
        let [channels, height, width] = self.input;
        Err(RuntimeError::Image {
            expected,
            shape: format!("{count} x {channels} x {height} x {width}"),
            found: images.len(),
        })
    }
}

/// Where each value's map lies: memory is taken over from maps that nobody reads any more.
struct Maps {
    /// The pixels' map.
    image: Option<usize>,
    /// Of each node's value.
    places: Vec<Option<usize>>,
    /// Tasks that read each node's value.
    readers: Vec<usize>,
    /// The last of them, of each node's value, and of the image.
    last: Vec<usize>,
    last_image: usize,
    numbers: Vec<usize>,
    sizes: Vec<usize>,
    free: Vec<usize>,
}

impl Maps {
    fn new(graph: &graph::Graph, tasks: &[Task]) -> Self {
        let count = graph.nodes().len();
        let (mut readers, mut last, mut last_image) = (vec![0; count], vec![0; count], 0);
        for (index, task) in tasks.iter().enumerate() {
            for value in task.reads(graph) {
                match value {
                    Value::Image => last_image = index,
                    Value::Node(node) => {
                        readers[node] += 1;
                        last[node] = index;
                    }
                }
            }
        }
        let number = |node| graph.shape(Value::Node(node)).iter().product();
        Self {
            image: Some(0),
            places: vec![None; count],
            readers,
            last,
            last_image,
            numbers: (0..count).map(number).collect(),
            sizes: vec![graph.input().iter().product()],
            free: Vec::new(),
        }
    }

    fn of(&self, value: Value) -> usize {
        match value {
            Value::Image => self.image,
            Value::Node(node) => self.places[node],
        }
        .unwrap_or(0)
    }

    fn readers_of(&self, node: usize) -> usize {
        self.readers[node]
    }

    /// A map for what a task gives; afterwards those that it was the last to read are free.
    fn give(&mut self, index: usize, task: &Task) -> usize {
        let sum = match &task.what {
            What::Conv(conv) => conv.sum,
            _ => None,
        };
        let place = match sum {
            Some(sum) => self.of(sum),
            None => {
                let numbers = self.numbers[task.gives];
                // The free memory that fits best, or the largest, made larger.
                let fits = |&&place: &&usize| self.sizes[place] >= numbers;
                let best = self
                    .free
                    .iter()
                    .filter(fits)
                    .min_by_key(|&&place| self.sizes[place]);
                let best =
                    best.or_else(|| self.free.iter().max_by_key(|&&place| self.sizes[place]));
                match best.copied() {
                    Some(place) => {
                        self.free.retain(|&free| free != place);
                        self.sizes[place] = self.sizes[place].max(numbers);
                        place
                    }
                    None => {
                        self.sizes.push(numbers);
                        self.sizes.len() - 1
                    }
                }
            }
        };
        for node in 0..self.places.len() {
            if let Some(old) = self.places[node]
                && self.last[node] == index
                && old != place
            {
                self.places[node] = None;
                self.free.push(old);
            }
        }
        if self.last_image == index
            && let Some(image) = self.image.take()
        {
            self.free.push(image);
        }
        self.places[task.gives] = Some(place);
        place
    }
}

/// The input for a step after these: that of an earlier one with the same frame, but not of the last, which
/// is read while this is written.
fn slot(before: &[Step], step: &Step) -> usize {
    let last = before.last().map(|last| last.slot);
    let same = |other: &&Step| other.frame == step.frame && other.zero == step.zero;
    let mut same = before.iter().filter(same).map(|other| other.slot);
    let free = same.find(|&slot| Some(slot) != last);
    free.unwrap_or_else(|| before.iter().map(|step| step.slot + 1).max().unwrap_or(0))
}

fn affine(norm: Option<&Affine>, channels: usize) -> Vec<[f32; 2]> {
    match norm {
        Some(norm) => norm
            .scale
            .iter()
            .zip(&norm.offset)
            .map(|(&scale, &offset)| [scale, offset])
            .collect(),
        None => vec![[1.0, 0.0]; channels],
    }
}

fn unlike(model: &Model, node: usize) -> RuntimeError {
    let node = &model.graph().nodes()[node];
    RuntimeError::Model {
        part: node.name.clone(),
        expected: "an operation that the engine has".into(),
        found: node.op.word().into(),
    }
}
