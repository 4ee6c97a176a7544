//! A graph as text: a list of nodes that name what they read.
//!
//! ```json
//! {"input": [3, 32, 32], "nodes": [
//!   {"name": "input norm", "op": "norm", "from": ["image"]},
//!   {"name": "input conv", "op": "conv", "out": 16, "kernel": 3, "stride": 1,
//!    "padding": "symmetric", "weights": "1bit"},
//!   …]}
//! ```
//!
//! Without `from` a node reads the one before it, the first the image.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};

use crate::node::{ConvOp, Graph, Node, Op, Padding, PoolDivisor, Shape, Value};
use crate::{GraphError, MAX_NODES};

const IMAGE: &str = "image";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    input: Shape,
    nodes: Vec<WrittenNode>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNode {
    name: String,
    op: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kernel: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stride: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channels: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    padding: Option<Padding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<f32>,
    /// A number, or the word of a pool's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    divisor: Option<Divisor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Divisor {
    Number(f32),
    Pool(PoolDivisor),
}

impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes = self.nodes.iter().enumerate();
        let nodes: Vec<WrittenNode> = nodes
            .map(|(index, node)| self.written(index, node))
            .collect();
        let mut graph = serializer.serialize_struct("Graph", 2)?;
        graph.serialize_field("input", &self.input)?;
        graph.serialize_field("nodes", &nodes)?;
        graph.end()
    }
}

impl Graph {
    fn written(&self, index: usize, node: &Node) -> WrittenNode {
        let before = match index.checked_sub(1) {
            None => Value::Image,
            Some(before) => Value::Node(before),
        };
        let mut written = WrittenNode {
            name: node.name.clone(),
            op: node.op.word().to_owned(),
            ..WrittenNode::default()
        };
        if node.inputs != [before] {
            let names = node
                .inputs
                .iter()
                .map(|&value| self.value_name(value).to_owned());
            written.from = Some(names.collect());
        }
        match node.op {
            Op::Norm | Op::Add | Op::GlobalMean => {}
            Op::Activation { floor } => written.floor = Some(floor),
            Op::Conv(conv) => {
                written.out = Some(conv.out);
                written.kernel = Some(conv.kernel);
                written.stride = Some(conv.stride);
                written.padding = Some(conv.padding);
                written.weights = Some(conv.weights.to_string());
            }
            Op::MaxPool { padding } => written.padding = Some(padding),
            Op::AvgPool { padding, divisor } => {
                written.padding = Some(padding);
                written.divisor = Some(Divisor::Pool(divisor));
            }
            Op::PadChannels { channels } => written.channels = Some(channels),
            Op::Scale { divisor } => written.divisor = Some(Divisor::Number(divisor)),
        }
        written
    }
}

impl<'de> Deserialize<'de> for Graph {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        graph(written).map_err(de::Error::custom)
    }
}

fn graph(Written { input, nodes }: Written) -> Result<Graph, GraphError> {
    if nodes.len() > MAX_NODES {
        return Err(GraphError::network(
            "nodes",
            format!("at most {MAX_NODES}"),
            nodes.len(),
        ));
    }
    let mut places = BTreeMap::from([(IMAGE.to_owned(), Value::Image)]);
    let mut read = Vec::with_capacity(nodes.len());
    let mut before = Value::Image;
    for (index, mut node) in nodes.into_iter().enumerate() {
        let inputs = match node.from.take() {
            None => vec![before],
            Some(names) => names
                .iter()
                .map(|name| {
                    places.get(name).copied().ok_or_else(|| {
                        let found = format!("`{}`", short(name));
                        GraphError::node(
                            &short(&node.name),
                            "names of earlier nodes in `from`",
                            found,
                        )
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        let op = op(&mut node)?;
        before = Value::Node(index);
        if places.insert(node.name.clone(), before).is_some() {
            return Err(GraphError::node(
                &short(&node.name),
                "a name of its own",
                "it twice",
            ));
        }
        let name = node.name;
        read.push(Node { name, op, inputs });
    }
    Graph::new(input, read)
}

fn op(node: &mut WrittenNode) -> Result<Op, GraphError> {
    let name = short(&node.name);
    let lacks = |key: &str| GraphError::node(&name, format!("`{key}`"), "none");
    let op = match node.op.as_str() {
        "norm" => Op::Norm,
        "activation" => Op::Activation {
            floor: node.floor.take().ok_or_else(|| lacks("floor"))?,
        },
        "conv" => Op::Conv(ConvOp {
            out: node.out.take().ok_or_else(|| lacks("out"))?,
            kernel: node.kernel.take().ok_or_else(|| lacks("kernel"))?,
            stride: node.stride.take().ok_or_else(|| lacks("stride"))?,
            padding: node.padding.take().ok_or_else(|| lacks("padding"))?,
            weights: {
                let word = node.weights.take().ok_or_else(|| lacks("weights"))?;
                let weights = short(&word).parse();
                weights.map_err(|error: GraphError| match error {
                    GraphError::Word {
                        expected, found, ..
                    } => GraphError::node(
                        &name,
                        format!("weights: {expected}"),
                        format!("`{found}`"),
                    ),
                    other => other,
                })?
            },
        }),
        "max-pool" => Op::MaxPool {
            padding: node.padding.take().ok_or_else(|| lacks("padding"))?,
        },
        "avg-pool" => Op::AvgPool {
            padding: node.padding.take().ok_or_else(|| lacks("padding"))?,
            divisor: match node.divisor.take() {
                Some(Divisor::Pool(divisor)) => divisor,
                _ => return Err(lacks("divisor")),
            },
        },
        "pad-channels" => Op::PadChannels {
            channels: node.channels.take().ok_or_else(|| lacks("channels"))?,
        },
        "add" => Op::Add,
        "scale" => Op::Scale {
            divisor: match node.divisor.take() {
                Some(Divisor::Number(divisor)) => divisor,
                _ => return Err(lacks("divisor")),
            },
        },
        "global-mean" => Op::GlobalMean,
        other => {
            let expected = "an operation that this version knows";
            return Err(GraphError::node(
                &name,
                expected,
                format!("`{}`", short(other)),
            ));
        }
    };
    let left = [
        (node.out.is_some(), "out"),
        (node.kernel.is_some(), "kernel"),
        (node.stride.is_some(), "stride"),
        (node.channels.is_some(), "channels"),
        (node.padding.is_some(), "padding"),
        (node.weights.is_some(), "weights"),
        (node.floor.is_some(), "floor"),
        (node.divisor.is_some(), "divisor"),
    ];
    if let Some((_, key)) = left.iter().find(|(there, _)| *there) {
        let expected = format!("only what `{}` has", op.word());
        return Err(GraphError::node(&name, expected, format!("`{key}`")));
    }
    Ok(op)
}

/// The beginning of a text from a file, for a message.
fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Net, NetOptions};

    #[test]
    fn a_graph_round_trips() {
        for name in ["wrn-8-1", "plain-8-1", "srelu-8-1", "resnet-18-0.25"] {
            let net: Net = name.parse().unwrap();
            let options = NetOptions {
                input_relu: true,
                padding: Padding::BottomRight,
                ..NetOptions::new([3, 32, 32], 7)
            };
            let graph = net.graph(&options).unwrap();
            let text = serde_json::to_string(&graph).unwrap();
            assert_eq!(
                serde_json::from_str::<Graph>(&text).unwrap(),
                graph,
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let norm = r#"{"name": "a", "op": "norm"}"#;
        let conv = r#"{"name": "b", "op": "conv", "out": 2, "kernel": 3, "stride": 1, "padding": "symmetric", "weights": "1bit"}"#;
        let mean = r#"{"name": "c", "op": "global-mean"}"#;
        let read = |nodes: &[&str]| {
            let text = format!(r#"{{"input": [1, 4, 4], "nodes": [{}]}}"#, nodes.join(","));
            serde_json::from_str::<Graph>(&text).map_err(|error| error.to_string())
        };
        assert!(read(&[norm, conv, mean]).is_ok());
        let cases: [(&[&str], &str); 12] = [
            (&[], "nodes: expected a convolution"),
            (&[norm, mean], "nodes: expected a convolution"),
            (&[norm, conv], "node `b`: expected one number per class"),
            (
                &[norm, norm, conv, mean],
                "node `a`: expected a name of its own",
            ),
            (&[&norm.replace("norm", "twist"), conv, mean], "`twist`"),
            (
                &[&conv.replace("1bit", "2bit"), mean],
                "node `b`: expected weights: one of",
            ),
            (
                &[&conv.replace("\"kernel\": 3", "\"kernel\": 4"), mean],
                "an odd kernel",
            ),
            (
                &[&conv.replace(", \"stride\": 1", ""), mean],
                "expected `stride`",
            ),
            (
                &[&norm.replace("}", ", \"floor\": 0}"), conv, mean],
                "found `floor`",
            ),
            (
                &[norm, conv, &mean.replace("}", ", \"from\": [\"z\"]}")],
                "found `z`",
            ),
            (
                &[norm, conv, &mean.replace("}", ", \"from\": [\"a\"]}")],
                "node `b`: expected a node that reads it",
            ),
            (
                &[&conv.replace("\"out\": 2", "\"out\": 70000"), mean],
                "output channels",
            ),
        ];
        for (nodes, expected) in cases {
            let error = read(nodes).unwrap_err();
            assert!(error.contains(expected), "{error}\n{expected}");
        }
    }
}
