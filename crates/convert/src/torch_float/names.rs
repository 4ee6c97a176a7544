//! What the port calls the layers of a network.

use graph::{Graph, Node, Op, Padding, PoolDivisor, Sequence, SequenceConv};

use crate::ConvertError;

/// The parts of a norm.
pub(super) const PARTS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// The norm of the input, which the port does not have.
pub(super) const INPUT_NORM: &str = "bn_in";

/// The names of a network's layers.
#[derive(Debug)]
pub(super) struct Names {
    /// One for each convolution.
    pub(super) convs: Vec<String>,
    /// One for each norm that there is.
    pub(super) norms: Vec<String>,
}

impl Names {
    /// The names for the layers of a network with the shape of [`Sequence`].
    ///
    /// # Errors
    ///
    /// [`ConvertError::NoName`] with the first node that stands elsewhere than that shape has it.
    pub(super) fn new(graph: &Graph) -> Result<Self, ConvertError> {
        let convs: Vec<SequenceConv> = graph
            .convs()
            .map(|(_, conv)| SequenceConv {
                out: conv.out,
                kernel: conv.kernel,
                stride: conv.stride,
                weights: conv.weights,
            })
            .collect();
        let norms = must_be_sequence(graph, &convs)?;
        let count = convs.len();
        let mut conv_names = vec!["conv0".to_string()];
        let mut norm_names = vec![INPUT_NORM.to_string()];
        let (mut group, mut block) = (0, 0);
        for (index, pair) in convs[1..count - 1].chunks_exact(2).enumerate() {
            if index > 0 && pair.iter().any(|conv| conv.stride == 2) {
                (group, block) = (group + 1, 0);
            }
            for part in 0..2 {
                let name = |kind| format!("group{group}.block{block}.{kind}{part}");
                conv_names.push(name("conv"));
                norm_names.push(name("bn"));
            }
            block += 1;
        }
        conv_names.push("conv_last".into());
        norm_names.extend(["bn".into(), "bn_last".into()]);
        let there = norm_names.into_iter().zip(norms);
        Ok(Self {
            convs: conv_names,
            norms: there.filter_map(|(name, is)| is.then_some(name)).collect(),
        })
    }
}

impl Names {
    /// The same with words before each name.
    pub(super) fn behind(mut self, prefix: &str) -> Self {
        let names = self.convs.iter_mut().chain(&mut self.norms);
        names.for_each(|name| name.insert_str(0, prefix));
        self
    }
}

/// For each place of a norm whether there is one, in a network whose nodes are those of a
/// [`Sequence`] of pairs.
fn must_be_sequence(graph: &Graph, convs: &[SequenceConv]) -> Result<Vec<bool>, ConvertError> {
    let nodes = graph.nodes();
    let count = convs.len();
    if count < 2 || !count.is_multiple_of(2) {
        let last = graph.convs().next_back().map(|(node, _)| node);
        return Err(ConvertError::NoName {
            node: nodes[last.unwrap_or(0)].name.clone(),
            found: format!("{count} convolutions"),
        });
    }
    let find = |is: fn(&Node) -> bool| nodes.iter().find(|node| is(node));
    let has = |name: &str| nodes.iter().any(|node| node.name == name);
    let norms = (0..=count).map(|index| match index {
        0 => has("input norm"),
        _ if index == count => has("logits norm"),
        _ if index == count - 1 => has("output norm"),
        _ => has(&format!(
            "block {} norm {}",
            index.div_ceil(2),
            2 - index % 2
        )),
    });
    let norms: Vec<bool> = norms.collect();
    let floor = find(|node| match node.op {
        Op::Activation { .. } => node.name != "input relu",
        _ => false,
    });
    let pool = find(|node| matches!(node.op, Op::AvgPool { .. }));
    let padding = graph.convs().next().map(|(_, conv)| conv.padding);
    let sequence = Sequence {
        input: graph.input(),
        convs,
        norms: &norms,
        residual: find(|node| matches!(node.op, Op::Add)).is_some(),
        floor: match floor.map(|node| &node.op) {
            Some(&Op::Activation { floor }) => floor,
            _ => 0.0,
        },
        input_relu: has("input relu"),
        max_pool: find(|node| matches!(node.op, Op::MaxPool { .. })).is_some(),
        padding: padding.unwrap_or(Padding::Symmetric),
        divisor: match pool.map(|node| &node.op) {
            Some(&Op::AvgPool { divisor, .. }) => divisor,
            _ => PoolDivisor::Inside,
        },
        temperature: match nodes.last().map(|node| &node.op) {
            Some(&Op::Scale { divisor }) => divisor,
            _ => 1.0,
        },
    };
    let stranger = |node: usize| ConvertError::NoName {
        node: nodes[node].name.clone(),
        found: format!("{} elsewhere", nodes[node].op.word()),
    };
    let expected = sequence.graph().map_err(|_| stranger(0))?;
    let differs = (0..nodes.len()).find(|&node| expected.nodes().get(node) != nodes.get(node));
    match differs {
        Some(node) => Err(stranger(node)),
        None if expected.nodes().len() > nodes.len() => Err(stranger(nodes.len() - 1)),
        None => Ok(norms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Net, NetOptions, Weights};

    fn graph(strides: &[usize], norms: &[bool]) -> Graph {
        let conv = |&stride: &usize| SequenceConv {
            out: 4,
            kernel: 3,
            stride,
            weights: Weights::ONE_BIT,
        };
        let sequence = Sequence {
            input: [1, 16, 16],
            convs: &strides.iter().map(conv).collect::<Vec<_>>(),
            norms,
            residual: false,
            floor: -1.0,
            input_relu: true,
            max_pool: true,
            padding: Padding::BottomRight,
            divisor: PoolDivisor::Inside,
            temperature: 3.0,
        };
        sequence.graph().unwrap()
    }

    #[test]
    fn a_group_begins_where_the_size_is_halved() {
        let names = Names::new(&graph(&[1, 1, 1, 1, 1, 2, 1, 1, 2, 1], &[true; 11])).unwrap();
        let blocks = [
            "group0.block0",
            "group0.block1",
            "group1.block0",
            "group2.block0",
        ];
        let layers = |kind: &str, first: &str, last: &[&str]| -> Vec<String> {
            let inner = blocks
                .iter()
                .flat_map(|block| [0, 1].map(|part| format!("{block}.{kind}{part}")));
            let last = last.iter().map(|name| name.to_string());
            [first.to_string()]
                .into_iter()
                .chain(inner)
                .chain(last)
                .collect()
        };
        assert_eq!(names.convs, layers("conv", "conv0", &["conv_last"]));
        assert_eq!(names.norms, layers("bn", "bn_in", &["bn", "bn_last"]));
    }

    #[test]
    fn norms_that_are_not_there_have_no_names() {
        let norms = [false, true, false, false, true];
        let names = Names::new(&graph(&[1, 1, 1, 1], &norms)).unwrap();
        assert_eq!(names.norms, ["group0.block0.bn0", "bn_last"]);
        assert!(Names::new(&graph(&[1, 1, 1], &norms[1..])).is_err());
    }

    #[test]
    fn every_network_of_pairs_has_names() {
        for name in ["wrn-8-1", "plain-8-1", "srelu-8-1", "resnet-18-0.5"] {
            let net: Net = name.parse().unwrap();
            let graph = net.graph(&NetOptions::new([3, 64, 64], 10)).unwrap();
            let names = Names::new(&graph).unwrap();
            assert_eq!(names.convs.len(), graph.convs().count());
            assert_eq!(names.norms.len(), graph.norms().count());
        }
    }

    #[test]
    fn another_shape_is_refused_by_its_node() {
        let graph = graph(&[1, 1, 1, 1], &[true; 5]);
        let refused = |change: fn(&mut Vec<Node>)| {
            let mut nodes = graph.nodes().to_vec();
            change(&mut nodes);
            let graph = Graph::new([1, 16, 16], nodes).unwrap();
            Names::new(&graph).unwrap_err().to_string()
        };
        let error = refused(|nodes| nodes[4].name = "block 1 scale".into());
        assert!(error.contains("`block 1 scale`"), "{error}");
        let error = refused(|nodes| nodes[5].op = Op::Activation { floor: 0.5 });
        assert!(error.contains("`block 1 relu 2`"), "{error}");
    }
}
