//! Whether nodes make a network.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::GraphError;
use crate::node::{Graph, Node, Op, Shape, Value};

/// The most pixels of an image's channel: 4096×4096.
pub const MAX_PIXELS: usize = 1 << 24;
/// The most numbers of a feature map. No count of a network then overflows 64 bits; what may be run
/// is bounded by whoever runs it.
pub const MAX_NUMBERS: u64 = 1 << 40;
/// The most channels of an image or a layer.
pub const MAX_CHANNELS: usize = 1 << 16;
/// The largest kernel.
pub const MAX_KERNEL: usize = 15;
/// The most nodes. A network of 1202 convolutions has some 4,800.
pub const MAX_NODES: usize = 1 << 14;
/// The longest name of a node, in bytes.
const MAX_NAME: usize = 64;

impl Graph {
    /// Checks that `nodes` make a network for images of the shape `input`.
    ///
    /// What holds afterwards: names are each node's own; a node reads as many values as its operation
    /// asks for, only earlier ones, and every node but the last is read; every shape is known, with
    /// sizes within [`MAX_PIXELS`], [`MAX_CHANNELS`] and [`MAX_NUMBERS`]; kernels are odd and at most
    /// [`MAX_KERNEL`], strides 1 or 2; floors are finite and divisors positive; there is a
    /// convolution; the last node gives one number per class.
    ///
    /// # Errors
    ///
    /// [`GraphError`] that names the first node that does not fit.
    pub fn new(input: Shape, nodes: Vec<Node>) -> Result<Self, GraphError> {
        check_image(input)?;
        if nodes.len() > MAX_NODES {
            return Err(GraphError::network(
                "nodes",
                format!("at most {MAX_NODES}"),
                nodes.len(),
            ));
        }
        let mut names = BTreeSet::new();
        let mut graph = Self {
            input,
            shapes: Vec::with_capacity(nodes.len()),
            readers: vec![0; nodes.len()],
            nodes: Vec::new(),
        };
        for (index, node) in nodes.iter().enumerate() {
            if !is_name(&node.name) {
                let expected = format!(
                    "a name of at most {MAX_NAME} bytes: lower-case words and numbers with single spaces between"
                );
                let shown: alloc::string::String = node.name.chars().take(MAX_NAME).collect();
                return Err(GraphError::node(&shown, expected, "another"));
            }
            if !names.insert(node.name.as_str()) {
                return Err(GraphError::node(
                    &node.name,
                    "a name of its own",
                    "it twice",
                ));
            }
            check_inputs(index, node)?;
            for &value in &node.inputs {
                if let Value::Node(read) = value {
                    graph.readers[read] += 1;
                }
            }
            let shape = shape(&graph, node)?;
            check_map(node, shape)?;
            graph.shapes.push(shape);
        }
        let Some((last, shape)) = nodes.last().zip(graph.shapes.last()) else {
            return Err(GraphError::network(
                "nodes",
                "a convolution or more",
                "none",
            ));
        };
        if shape[1..] != [1, 1] {
            let found = format!("{} x {} x {}", shape[0], shape[1], shape[2]);
            return Err(GraphError::node(
                &last.name,
                "one number per class from the last node",
                found,
            ));
        }
        if !nodes.iter().any(|node| matches!(node.op, Op::Conv(_))) {
            return Err(GraphError::network(
                "nodes",
                "a convolution or more",
                "none",
            ));
        }
        let inner = &graph.readers[..nodes.len() - 1];
        if let Some(index) = inner.iter().position(|&readers| readers == 0) {
            return Err(GraphError::node(
                &nodes[index].name,
                "a node that reads it",
                "none",
            ));
        }
        drop(names);
        graph.nodes = nodes;
        Ok(graph)
    }
}

fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.len() <= MAX_NAME && name.split(' ').all(word)
}

fn check_image([channels, height, width]: Shape) -> Result<(), GraphError> {
    let pixels = height.checked_mul(width);
    let fits = (1..=MAX_CHANNELS).contains(&channels)
        && pixels.is_some_and(|pixels| (1..=MAX_PIXELS).contains(&pixels))
        && channels as u64 * (height * width) as u64 <= MAX_NUMBERS;
    if fits {
        return Ok(());
    }
    let expected = format!(
        "1 to {MAX_CHANNELS} channels of 1 to {MAX_PIXELS} pixels, at most {MAX_NUMBERS} numbers in all"
    );
    let found = format!("{channels} channels of {height} x {width}");
    Err(GraphError::network("input", expected, found))
}

fn check_inputs(index: usize, node: &Node) -> Result<(), GraphError> {
    let wanted = if matches!(node.op, Op::Add) { 2 } else { 1 };
    if node.inputs.len() != wanted {
        let expected = format!("{wanted} values to read");
        return Err(GraphError::node(&node.name, expected, node.inputs.len()));
    }
    for &value in &node.inputs {
        if matches!(value, Value::Node(read) if read >= index) {
            return Err(GraphError::node(
                &node.name,
                "values of earlier nodes",
                "a later one",
            ));
        }
    }
    Ok(())
}

/// What `node` gives; the nodes before it have their shapes.
fn shape(graph: &Graph, node: &Node) -> Result<Shape, GraphError> {
    let value = |value: Value| match value {
        Value::Image => graph.input,
        Value::Node(index) => graph.shapes[index],
    };
    let [channels, height, width] = value(node.inputs[0]);
    let wrong = |expected: alloc::string::String, found: alloc::string::String| {
        Err(GraphError::node(&node.name, expected, found))
    };
    Ok(match node.op {
        Op::Norm => [channels, height, width],
        Op::Activation { floor } => {
            if !floor.is_finite() {
                return wrong("a finite floor".into(), format!("{floor}"));
            }
            [channels, height, width]
        }
        Op::Conv(conv) => {
            if !(1..=MAX_CHANNELS).contains(&conv.out) {
                return wrong(
                    format!("1 to {MAX_CHANNELS} output channels"),
                    format!("{}", conv.out),
                );
            }
            if conv.kernel.is_multiple_of(2) || conv.kernel > MAX_KERNEL {
                return wrong(
                    format!("an odd kernel up to {MAX_KERNEL}"),
                    format!("{}", conv.kernel),
                );
            }
            if !matches!(conv.stride, 1 | 2) {
                return wrong("stride 1 or 2".into(), format!("{}", conv.stride));
            }
            let output = |size| conv.padding.output(size, conv.stride);
            [conv.out, output(height), output(width)]
        }
        Op::MaxPool { padding } | Op::AvgPool { padding, .. } => [
            channels,
            padding.output(height, 2),
            padding.output(width, 2),
        ],
        Op::PadChannels { channels: after } => {
            if !(channels..=MAX_CHANNELS).contains(&after) {
                return wrong(
                    format!("{channels} to {MAX_CHANNELS} channels"),
                    format!("{after}"),
                );
            }
            [after, height, width]
        }
        Op::Add => {
            let other = value(node.inputs[1]);
            if other != [channels, height, width] {
                let text = |[c, h, w]: Shape| format!("{c} x {h} x {w}");
                return wrong(
                    format!("two maps of {}", text([channels, height, width])),
                    text(other),
                );
            }
            other
        }
        Op::Scale { divisor } => {
            if !(divisor.is_finite() && divisor > 0.0) {
                return wrong("a positive divisor".into(), format!("{divisor}"));
            }
            [channels, height, width]
        }
        Op::GlobalMean => [channels, 1, 1],
    })
}

/// That a feature map is of a size that can be run. Its factors are bounded before.
fn check_map(node: &Node, [channels, height, width]: Shape) -> Result<(), GraphError> {
    let numbers = channels as u64 * height as u64 * width as u64;
    if numbers <= MAX_NUMBERS {
        return Ok(());
    }
    let expected = format!("a feature map of at most {MAX_NUMBERS} numbers");
    Err(GraphError::node(
        &node.name,
        expected,
        format!("{channels} x {height} x {width}"),
    ))
}
