//! What training on the CPU takes, from the network's nodes.
//!
//! The numbers of maps and copies were found by measuring: the peak resident memory of short runs with batches of several
//! sizes. The test below has those measurements.

use graph::{Costs, Graph, Op, Value};

/// The program itself, its threads and what they keep for computing.
const PROGRAM: u64 = 68 << 20;
/// Copies of the trained numbers: latent, as computed with, gradient, momentum, transformed for convolutions, and those that
/// a checkpoint is written from.
const WEIGHT_COPIES: f64 = 9.8;
/// More of them with an average: itself, those that a checkpoint is written from, and those that a
/// forward pass with it needs.
const AVERAGE_COPIES: f64 = 4.0;
/// Copies of a teacher's weights: as read, as computed with, transformed for convolutions.
const TEACHER_COPIES: f64 = 5.0;
/// Maps of the largest size that live for a moment beside those that the gradients need.
const PASSING_MAPS: f64 = 1.0;
/// Maps of the largest size that live at once in evaluation where those of training were: a block's input, and what its
/// convolutions give.
const EVALUATION_MAPS: f64 = 3.0;
/// More of them, which Burn's own norm and ReLU take beside: their memory is the allocator's, and that of the maps before is
/// kept for the next step.
const BURNS_MAPS: f64 = 2.0;
/// What the program grows by when it trains, beside weights and maps: threads, and what they compute in.
const GROWS: u64 = 40 << 20;

/// What of a run its memory depends on.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    /// The network.
    pub graph: &'a Graph,
    /// Its counts.
    pub costs: &'a Costs,
    /// For each node whether its map is computed again in the backward pass, and so not kept; nothing for none.
    pub recomputed: &'a [bool],
    /// Images that are computed at once in training: a batch, or a part of one.
    pub batch: usize,
    /// Images that are computed at once in evaluation.
    pub evaluation_batch: usize,
    /// A network that is learned from, which computes each batch in training before the network does.
    pub teacher: Option<&'a Graph>,
    /// Whether an average of all that is learned is kept.
    pub averages: bool,
    /// Bytes of the images that stay in memory.
    pub image_bytes: u64,
    /// What the process has taken already; `None` before the images are read.
    pub taken: Option<Taken>,
}

/// What a process has taken when its images are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Bytes that it holds, images among them.
    pub now: u64,
    /// Bytes that it held at its peak, while it read.
    pub peak: u64,
}

/// Bytes that a run takes at its peak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Trained numbers, with gradients, momentum and checkpoints.
    pub weights: u64,
    /// Maps of a batch, with their gradients.
    pub activations: u64,
    /// Images.
    pub images: u64,
    /// The program, and what reading leaves.
    pub program: u64,
    /// What reading took at its peak, all together.
    pub reading: u64,
}

impl Estimate {
    /// The estimate for a run.
    pub fn of(work: &Workload) -> Self {
        let graph = work.graph;
        let largest = largest_of(graph);
        let an_image = kept(graph, work.recomputed) as f64 + PASSING_MAPS * largest;
        let training = an_image * work.batch as f64;
        let evaluated = largest * work.evaluation_batch as f64;
        let evaluation = EVALUATION_MAPS * evaluated;
        let teacher = work.teacher.map_or([0.0; 2], |teacher| {
            let costs = Costs::of(teacher, |_| false);
            let maps = (EVALUATION_MAPS + BURNS_MAPS) * largest_of(teacher) * work.batch as f64;
            [costs.totals.trainable_weights as f64 * TEACHER_COPIES, maps]
        });
        let copies = WEIGHT_COPIES + if work.averages { AVERAGE_COPIES } else { 0.0 };
        let trained = work.costs.totals.trainable_weights as f64 * copies;
        Self {
            weights: (4.0 * (trained + teacher[0])) as u64,
            activations: (training.max(evaluation).max(teacher[1]) + BURNS_MAPS * evaluated) as u64,
            images: work.image_bytes,
            program: match work.taken {
                Some(Taken { now, .. }) => now.saturating_sub(work.image_bytes) + GROWS,
                None => PROGRAM,
            },
            reading: work.taken.map_or(0, |taken| taken.peak),
        }
    }

    /// All together.
    pub fn total(&self) -> u64 {
        let parts = [self.weights, self.activations, self.images, self.program];
        let training = parts.into_iter().fold(0, u64::saturating_add);
        training.max(self.reading)
    }
}

/// Bytes of the largest map of an image.
fn largest_of(graph: &Graph) -> f64 {
    let maps = (0..graph.nodes().len()).map(|node| bytes(graph, Value::Node(node)));
    maps.max().unwrap_or(0).max(bytes(graph, Value::Image)) as f64
}

/// Bytes of an image's maps that the gradients need after the forward pass.
fn kept(graph: &Graph, recomputed: &[bool]) -> u64 {
    let nodes = graph.nodes();
    let mut whole = vec![false; nodes.len()];
    let mut image = false;
    let mut marks = 0;
    for (index, node) in nodes.iter().enumerate() {
        let needs_input = match node.op {
            Op::Conv(_) | Op::Norm | Op::MaxPool { .. } => true,
            // A ReLU is computed with its norm; a floor remembers a byte for each number.
            Op::Activation { floor } => {
                if floor != 0.0 {
                    marks += bytes(graph, node.inputs[0]) / 4;
                }
                false
            }
            _ => false,
        };
        if needs_input {
            match node.inputs[0] {
                Value::Image => image = true,
                Value::Node(read) => whole[read] = true,
            }
        }
        if matches!(node.op, Op::MaxPool { .. }) {
            // The place of each maximum, a number of 8 bytes.
            marks += 2 * bytes(graph, Value::Node(index));
        }
    }
    let again = |node: usize| recomputed.get(node) == Some(&true);
    let maps = (0..nodes.len()).filter(|&node| whole[node] && !again(node));
    let maps: u64 = maps.map(|node| bytes(graph, Value::Node(node))).sum();
    maps + marks + if image { bytes(graph, Value::Image) } else { 0 }
}

fn bytes(graph: &Graph, value: Value) -> u64 {
    let numbers = graph.shape(value).into_iter().map(|side| side as u64);
    4 * numbers.product::<u64>()
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;
    use crate::TrainConfig;

    /// Peak resident memory in MiB, measured on 2 cores of an x86-64 with AVX-512: `onebit train --max-steps 3` on 2,500
    /// training images of 3×32×32, 250 test images, and the batch. Of narrow networks maps are computed again, which the
    /// graph does not tell: `crates/trainer/tests/memory.rs` measures those.
    const MEASURED: [(&str, &str, usize, u64); 16] = [
        ("wrn-20-4", "1bit", 25, 539),
        ("wrn-20-4", "1bit", 50, 610),
        ("wrn-20-4", "32bit", 50, 557),
        ("wrn-20-4", "bwn", 50, 596),
        ("wrn-20-4", "ternary", 50, 575),
        ("wrn-20-4", "1bit", 125, 1070),
        ("wrn-20-4", "bwn", 125, 1087),
        ("wrn-20-4", "32bit", 125, 1062),
        ("wrn-20-4", "1bit", 250, 1882),
        ("wrn-20-10", "1bit", 25, 1798),
        ("wrn-20-10", "1bit", 50, 1878),
        ("plain-20-4", "1bit", 50, 558),
        ("plain-20-4", "1bit", 125, 1004),
        ("srelu-20-4", "1bit", 50, 590),
        ("srelu-20-4", "1bit", 125, 786),
        ("vgg-0.5", "1bit", 250, 423),
    ];

    fn estimate(net: &str, weights: &str, batch: usize, input: [usize; 3]) -> Estimate {
        let config = TrainConfig {
            net: net.parse().unwrap(),
            weights: weights.parse().unwrap(),
            ..TrainConfig::recipe(Dataset::Cifar10)
        };
        let graph = config.graph(input, 10).unwrap();
        Estimate::of(&Workload {
            graph: &graph,
            costs: &config.costs(&graph),
            recomputed: &[],
            batch,
            evaluation_batch: 250,
            teacher: None,
            averages: false,
            taken: None,
            image_bytes: 2_750 * input.iter().product::<usize>() as u64,
        })
    }

    #[test]
    fn estimates_are_near_what_was_measured() {
        for (net, weights, batch, measured) in MEASURED {
            let estimate = estimate(net, weights, batch, [3, 32, 32]).total() >> 20;
            let ratio = estimate as f64 / measured as f64;
            println!(
                "{net} {weights} {batch}: {measured} measured, {estimate} estimated, {ratio:.2}"
            );
        }
        for (net, weights, batch, measured) in MEASURED {
            let estimate = estimate(net, weights, batch, [3, 32, 32]).total() >> 20;
            let ratio = estimate as f64 / measured as f64;
            assert!(
                (0.9..=1.3).contains(&ratio),
                "{net} {weights} {batch}: {measured} measured, {estimate} estimated"
            );
        }
    }

    #[test]
    fn a_part_of_a_batch_takes_less_and_a_larger_image_more() {
        let total = |batch, side| estimate("wrn-20-4", "1bit", batch, [3, side, side]).total();
        assert!(total(25, 32) < total(125, 32));
        // 125 photographs of 224×224 take some 40 GB.
        let photographs = total(125, 224);
        assert!((35 << 30..50 << 30).contains(&photographs), "{photographs}");
    }
}
