//! The end of a network, as training goes on from trained weights: the head, and the last stage.

use alloc::vec;
use alloc::vec::Vec;

use crate::node::{Graph, Node, Op, Value};

impl Graph {
    /// For each node whether it is of the head: the last convolution and what follows it.
    pub fn head(&self) -> Vec<bool> {
        let last = self.convs().next_back().map_or(0, |(node, _)| node);
        (0..self.nodes.len()).map(|node| node >= last).collect()
    }

    /// For each node whether it is of the last stage, or follows it. `None` where the size is never
    /// halved between convolutions, so that there is one stage alone.
    ///
    /// A convolution or pool of stride 2 begins a stage, with the norm and the activation that it
    /// alone reads. A stage without a convolution, as behind the last pool of VGG, is none of its
    /// own: the one before it is the last, and the head follows both.
    pub fn last_stage(&self) -> Option<Vec<bool>> {
        let mut halvings = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            let read = node.inputs.iter().map(|value| match value {
                Value::Image => 0,
                Value::Node(read) => halvings[*read],
            });
            halvings[index] = read.max().unwrap_or(0) + usize::from(halves(node));
        }
        let mut convs = self.convs().rev();
        convs.next();
        let last = convs.map(|(node, _)| halvings[node]).max()?;
        let mut stage: Vec<bool> = halvings.iter().map(|&halvings| halvings >= last).collect();
        // The norm and the activation that the stage alone reads: backwards, since readers come later.
        let mut read = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let prepares = matches!(node.op, Op::Norm | Op::Activation { .. });
            stage[index] |= prepares && (self.readers[index], read[index]) == (1, 1);
            for value in &node.inputs {
                if let (Value::Node(input), true) = (value, stage[index]) {
                    read[*input] += 1;
                }
            }
        }
        let before = self
            .nodes
            .iter()
            .zip(&stage)
            .any(|(node, stage)| matches!(node.op, Op::Conv(_)) && !stage);
        before.then_some(stage)
    }
}

fn halves(node: &Node) -> bool {
    match &node.op {
        Op::Conv(conv) => conv.stride > 1,
        Op::MaxPool { .. } | Op::AvgPool { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::{Design, Net, NetOptions, Pool};

    fn options() -> NetOptions {
        NetOptions::new([3, 32, 32], 10)
    }

    fn named(name: &str) -> Graph {
        name.parse::<Net>().unwrap().graph(&options()).unwrap()
    }

    /// The first node of a part, which has to be the end of the network.
    fn first(graph: &Graph, part: &[bool]) -> String {
        let first = part.iter().position(|&is| is).unwrap();
        graph.nodes()[first].name.clone()
    }

    #[test]
    fn a_head_is_the_last_convolution_and_what_follows() {
        for name in [
            "wrn-20-1",
            "plain-8-1",
            "srelu-8-1",
            "resnet-18-1",
            "vgg-0.25",
        ] {
            let graph = named(name);
            let head = graph.head();
            assert_eq!(first(&graph, &head), "output conv", "{name}");
            let begin = head.iter().position(|&is| is).unwrap();
            assert!(head[begin..].iter().all(|&is| is), "{name}");
        }
    }

    #[test]
    fn a_last_stage_begins_where_the_size_is_last_halved() {
        for (name, begin) in [
            ("wrn-20-1", "block 7 norm 1"),
            ("wrn-20-1-s2", "block 7 norm 1"),
            ("plain-8-1", "block 3 norm 1"),
            ("srelu-8-1", "block 3 relu 1"),
            ("resnet-18-1", "block 7 norm 1"),
            // That behind the last stage begins none.
            ("vgg-0.25", "block 2 max pool"),
        ] {
            let graph = named(name);
            let stage = graph.last_stage().unwrap();
            assert_eq!(first(&graph, &stage), begin, "{name}");
            let begin = stage.iter().position(|&is| is).unwrap();
            assert!(stage[begin..].iter().all(|&is| is), "{name}");
        }
    }

    /// What does not learn never reads what does, so that no gradient has to pass through it.
    #[test]
    fn nothing_before_a_part_reads_it() {
        for name in ["wrn-14-1", "plain-14-1", "resnet-18-0.5", "vgg-0.25"] {
            let graph = named(name);
            for part in [graph.head(), graph.last_stage().unwrap()] {
                for (node, is) in graph.nodes().iter().zip(&part) {
                    let read = |value: &Value| matches!(value, Value::Node(read) if part[*read]);
                    assert!(
                        *is || !node.inputs.iter().any(read),
                        "{name}: {}",
                        node.name
                    );
                }
            }
        }
    }

    #[test]
    fn one_stage_is_no_last_one() {
        let mut design = Design::of_stages(&[16], 2);
        assert_eq!(design.graph(&options()).unwrap().last_stage(), None);
        // A stem that halves the size is of the stage that it begins, and a pool behind it is not.
        design.stem.stride = 2;
        assert_eq!(design.graph(&options()).unwrap().last_stage(), None);
        design.stem.stride = 1;
        design.stem.pool = Pool::Max;
        let graph = design.graph(&options()).unwrap();
        let stage = graph.last_stage().unwrap();
        assert_eq!(first(&graph, &stage), "max pool");
    }
}
