//! Whether trained weights are those of a network, and which of its layers are drawn anew.

use graph::{Graph, Node, Op, PoolDivisor, Value, Weights};

/// The layers that differ between a network and the one whose weights it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anew {
    /// Whether the images have other channels, so that norms and convolution of the input are new.
    pub input: bool,
    /// Whether there is another number of classes, so that the last convolution and its norm are new.
    pub head: bool,
}

/// Two nodes that should be the same: the name of ours, and what both are.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub node: String,
    pub expected: String,
    pub found: String,
}

/// Compares networks node by node. Kinds of weights, sizes of images, their channels, the number of
/// classes, what logits are divided by and average pools' divisors may be others.
///
/// # Errors
///
/// The first node that differs otherwise.
pub fn compare(ours: &Graph, theirs: &Graph) -> Result<Anew, Box<Difference>> {
    let heads = [ours, theirs].map(|graph| graph.convs().next_back().map(|(node, _)| node));
    for index in 0..ours.nodes().len().max(theirs.nodes().len()) {
        let nodes = [ours, theirs].map(|graph| graph.nodes().get(index));
        let bare = |which: usize| nodes[which].map(|node| bare(node, heads[which] == Some(index)));
        if bare(0) == bare(1) {
            continue;
        }
        let describe = |graph: &Graph, node: Option<&Node>| match node {
            Some(node) => describe(graph, node),
            None => "no more nodes".into(),
        };
        let ([Some(node), _] | [None, Some(node)]) = nodes else {
            continue;
        };
        return Err(Box::new(Difference {
            node: node.name.clone(),
            expected: describe(ours, nodes[0]),
            found: describe(theirs, nodes[1]),
        }));
    }
    Ok(Anew {
        input: ours.input()[0] != theirs.input()[0],
        head: ours.classes() != theirs.classes(),
    })
}

/// A node without what may be another.
fn bare(node: &Node, is_head: bool) -> Node {
    let mut node = node.clone();
    match &mut node.op {
        Op::Conv(conv) => {
            conv.weights = Weights::ONE_BIT;
            if is_head {
                conv.out = 1;
            }
        }
        Op::AvgPool { divisor, .. } => *divisor = PoolDivisor::Inside,
        Op::Scale { divisor } => *divisor = 1.0,
        _ => {}
    }
    node
}

/// A node in words: `input conv`, a conv 3x3 of 16 channels with stride 1, which reads `input norm`.
fn describe(graph: &Graph, node: &Node) -> String {
    let details = match &node.op {
        Op::Conv(conv) => format!(
            " {0}x{0} of {1} channels with stride {2} and {3} padding",
            conv.kernel,
            conv.out,
            conv.stride,
            conv.padding.name()
        ),
        Op::Activation { floor } => format!(" max({floor}, x)"),
        Op::MaxPool { padding } | Op::AvgPool { padding, .. } => {
            format!(" with {} padding", padding.name())
        }
        Op::PadChannels { channels } => format!(" to {channels} channels"),
        _ => String::new(),
    };
    let read = node.inputs.iter().map(|&value| match value {
        Value::Image => "the image".into(),
        value => format!("`{}`", graph.value_name(value)),
    });
    let read: Vec<String> = read.collect();
    let (word, read) = (node.op.word(), read.join(" and "));
    format!("`{}`, {word}{details}, which reads {read}", node.name)
}

#[cfg(test)]
mod tests {
    use graph::{Net, NetOptions, Padding};

    use super::*;

    fn graph(name: &str, options: &NetOptions) -> Graph {
        name.parse::<Net>().unwrap().graph(options).unwrap()
    }

    #[test]
    fn what_does_not_change_the_weights_may_differ() {
        let ours = NetOptions::new([3, 32, 32], 10);
        let same = Anew::default();
        for (options, expected) in [
            (NetOptions::new([3, 48, 64], 10), same),
            (ours.with_weights("8bit".parse().unwrap()), same),
            (ours.with_first_last(Some(Weights::FULL)), same),
            (ours.with_temperature(7.0), same),
            (NetOptions::new([3, 32, 32], 3), Anew { head: true, ..same }),
            (
                NetOptions::new([1, 32, 32], 10),
                Anew {
                    input: true,
                    ..same
                },
            ),
        ] {
            for name in [
                "wrn-8-1",
                "plain-8-1",
                "srelu-8-1",
                "resnet-18-0.5",
                "vgg-0.25",
            ] {
                let found = compare(&graph(name, &ours), &graph(name, &options)).unwrap();
                assert_eq!(found, expected, "{name} {options:?}");
            }
        }
    }

    #[test]
    fn the_first_node_that_differs_is_named_with_both_sides() {
        let options = NetOptions::new([3, 32, 32], 10);
        let padded = options.with_padding(Padding::BottomRight);
        let ours = graph("wrn-8-1", &options);
        for (theirs, node, expected, found) in [
            (
                graph("wrn-8-2", &options),
                "input conv",
                "of 16 channels",
                "of 32 channels",
            ),
            (
                graph("wrn-8-1", &padded),
                "input conv",
                "symmetric",
                "bottom-right",
            ),
            (
                graph("wrn-8-1-s2", &options),
                "input conv",
                "stride 1",
                "stride 2",
            ),
            (
                graph("plain-8-1", &options),
                "block 1 add",
                "`block 1 add`",
                "`block 2 norm 1`",
            ),
            (
                graph("wrn-14-1", &options),
                "block 2 conv 1",
                "of 32 channels",
                "of 16 channels",
            ),
            (
                graph("srelu-8-1", &options),
                "block 1 norm 1",
                "norm",
                "max(-1, x)",
            ),
        ] {
            let error = compare(&ours, &theirs).unwrap_err();
            assert_eq!(error.node, node, "{error:?}");
            assert!(error.expected.contains(expected), "{error:?}");
            assert!(error.found.contains(found), "{error:?}");
            // The other way round as well.
            let error = compare(&theirs, &ours).unwrap_err();
            assert!(error.expected.contains(found), "{error:?}");
        }
    }

    /// A network that goes on where the other ends differs at the node behind it.
    #[test]
    fn missing_nodes_are_named() {
        let options = NetOptions::new([3, 32, 32], 10);
        let (long, short) = (options.with_temperature(2.0), options.with_temperature(1.0));
        let [long, short] = [long, short].map(|options| graph("srelu-8-1", &options));
        let error = compare(&long, &short).unwrap_err();
        assert_eq!(
            (&*error.node, &*error.found),
            ("temperature", "no more nodes")
        );
        let error = compare(&short, &long).unwrap_err();
        assert_eq!(
            (&*error.node, &*error.expected),
            ("temperature", "no more nodes")
        );
    }
}
