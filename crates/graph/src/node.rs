//! Nodes, and the graph that they make.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::{GraphError, Weights};

/// Channels, height, width.
pub type Shape = [usize; 3];

/// A network: an image goes in at the top, logits come out of the last node.
///
/// [`Graph::new`] checks it; what holds afterwards stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub(crate) input: Shape,
    pub(crate) nodes: Vec<Node>,
    /// What each node gives.
    pub(crate) shapes: Vec<Shape>,
    /// How many nodes read each node.
    pub(crate) readers: Vec<usize>,
}

/// An operation with a name, and what it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its own among the names of the graph: lower-case words and numbers with single spaces
    /// between them, such as `block 3 conv 1`.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// What it reads: one value, or two for [`Op::Add`].
    pub inputs: Vec<Value>,
}

/// What a node reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The image, as numbers 0–255.
    Image,
    /// What an earlier node gives.
    Node(usize),
}

/// What a node does. Feature maps are channels × height × width.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// Batch norm; deployed, a factor and an addend per channel.
    Norm,
    /// max(floor, x): the ReLU with 0, the shifted ReLU of arXiv 1907.06916 with −1.
    Activation {
        /// The smallest result.
        floor: f32,
    },
    /// A square convolution without bias.
    Conv(ConvOp),
    /// The maximum of 3×3 windows with stride 2, padded with −∞.
    MaxPool {
        /// Where the padding stands.
        padding: Padding,
    },
    /// The mean of 3×3 windows with stride 2, padded with zeros.
    AvgPool {
        /// Where the padding stands.
        padding: Padding,
        /// What sums are divided by.
        divisor: PoolDivisor,
    },
    /// Appends channels of zeros.
    PadChannels {
        /// Channels afterwards.
        channels: usize,
    },
    /// The sum of two maps of one shape.
    Add,
    /// Divides every number.
    Scale {
        /// By this.
        divisor: f32,
    },
    /// The mean over the pixels of each channel: channels × 1 × 1.
    GlobalMean,
}

/// What a convolution is, besides its input's channels.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConvOp {
    /// Channels given.
    pub out: usize,
    /// Side of the square kernel, odd.
    pub kernel: usize,
    /// 1 or 2, in both directions.
    pub stride: usize,
    /// Where zeros stand around the image; it keeps the size at stride 1 and gives ⌈size / 2⌉ at
    /// stride 2.
    pub padding: Padding,
    /// Kind of its weights.
    pub weights: Weights,
}

impl ConvOp {
    /// With symmetric padding.
    pub fn new(out: usize, kernel: usize, stride: usize, weights: Weights) -> Self {
        Self {
            out,
            kernel,
            stride,
            padding: Padding::Symmetric,
            weights,
        }
    }

    /// Sets [`padding`](Self::padding).
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }
}

word_list! {
    /// The rule that shares out the padding. Both give ⌈size / stride⌉ outputs; they differ only where
    /// the stride is 2 and the size even.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Padding("padding", GraphError) {
        /// (kernel − 1) / 2 on all sides: the paper, MATLAB, PyTorch, and this project's training.
        Symmetric = "symmetric",
        /// As little as needed, the odd pixel at the bottom and right: 'same' of Keras.
        BottomRight = "bottom-right",
    }
}

impl Padding {
    /// How many outputs a side of `size` pixels has.
    pub fn output(self, size: usize, stride: usize) -> usize {
        size.div_ceil(stride)
    }

    /// How many pixels of padding stand before (above, left of) a side of `size` pixels. Those
    /// after it are as many as the last output reaches over the end.
    pub fn before(self, size: usize, kernel: usize, stride: usize) -> usize {
        match self {
            Self::Symmetric => (kernel - 1) / 2,
            Self::BottomRight => {
                let outputs = self.output(size, stride);
                ((outputs - 1) * stride + kernel).saturating_sub(size) / 2
            }
        }
    }
}

word_list! {
    /// What the sums of an average pool's windows are divided by.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum PoolDivisor("pool divisor", GraphError) {
        /// The number of pixels inside the image: MATLAB, Keras, and this project's training.
        Inside = "inside",
        /// 9, also where the padding's zeros are among them: the default of PyTorch's
        /// `avg_pool2d`, hence its port of these networks.
        Kernel = "kernel",
    }
}

impl Graph {
    /// Channels, height and width of an image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The nodes; each reads only those before it.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many classes: the channels of the last node.
    pub fn classes(&self) -> usize {
        self.shapes.last().map_or(0, |shape| shape[0])
    }

    /// Channels, height and width of a value.
    ///
    /// # Panics
    ///
    /// When there is no such node.
    pub fn shape(&self, value: Value) -> Shape {
        match value {
            Value::Image => self.input,
            Value::Node(index) => self.shapes[index],
        }
    }

    /// Channels, height and width of what a node reads, of the first where it reads two.
    ///
    /// # Panics
    ///
    /// When there is no such node.
    pub fn input_shape(&self, node: usize) -> Shape {
        self.shape(self.nodes[node].inputs[0])
    }

    /// How many nodes read this one; the last has none.
    ///
    /// # Panics
    ///
    /// When there is no such node.
    pub fn readers(&self, node: usize) -> usize {
        self.readers[node]
    }

    /// The convolutions with their nodes' numbers, in the order of the network.
    pub fn convs(&self) -> impl DoubleEndedIterator<Item = (usize, &ConvOp)> {
        self.nodes
            .iter()
            .enumerate()
            .filter_map(|(index, node)| match &node.op {
                Op::Conv(conv) => Some((index, conv)),
                _ => None,
            })
    }

    /// The numbers of the norms' nodes, in the order of the network.
    pub fn norms(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let norms = self.nodes.iter().enumerate();
        norms.filter_map(|(index, node)| matches!(node.op, Op::Norm).then_some(index))
    }

    /// Whether a node is a norm that reads the image itself.
    pub fn is_input_norm(&self, node: usize) -> bool {
        matches!(self.nodes[node].op, Op::Norm) && self.nodes[node].inputs[0] == Value::Image
    }

    /// The name of what a node reads, for a message.
    pub fn value_name(&self, value: Value) -> &str {
        match value {
            Value::Image => "image",
            Value::Node(index) => &self.nodes[index].name,
        }
    }

    /// Weights of a convolution: `[out, in, kernel, kernel]`.
    ///
    /// # Panics
    ///
    /// When the node is no convolution.
    pub fn weight_shape(&self, node: usize) -> [usize; 4] {
        let Op::Conv(conv) = self.nodes[node].op else {
            panic!("`{}` is no convolution", self.nodes[node].name)
        };
        [
            conv.out,
            self.input_shape(node)[0],
            conv.kernel,
            conv.kernel,
        ]
    }

    /// The same network with other kinds of weights: `kind` is asked for each convolution, by its
    /// number among them.
    #[must_use]
    pub fn with_weights(mut self, mut kind: impl FnMut(usize, Weights) -> Weights) -> Self {
        let mut index = 0;
        for node in &mut self.nodes {
            if let Op::Conv(conv) = &mut node.op {
                conv.weights = kind(index, conv.weights);
                index += 1;
            }
        }
        self
    }

    /// The kinds of weights in the order of the convolutions, without repetitions.
    pub fn kinds(&self) -> Vec<Weights> {
        let mut kinds = Vec::new();
        for (_, conv) in self.convs() {
            if !kinds.contains(&conv.weights) {
                kinds.push(conv.weights);
            }
        }
        kinds
    }
}

impl Op {
    /// The word for it in files and messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Norm => "norm",
            Self::Activation { .. } => "activation",
            Self::Conv(_) => "conv",
            Self::MaxPool { .. } => "max-pool",
            Self::AvgPool { .. } => "avg-pool",
            Self::PadChannels { .. } => "pad-channels",
            Self::Add => "add",
            Self::Scale { .. } => "scale",
            Self::GlobalMean => "global-mean",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_pads_an_even_size_at_the_end_only() {
        let before =
            |size, kernel, stride| Padding::ALL.map(|rule| rule.before(size, kernel, stride));
        assert_eq!(before(32, 3, 1), [1, 1]);
        assert_eq!(before(32, 1, 1), [0, 0]);
        assert_eq!(before(32, 3, 2), [1, 0]);
        assert_eq!(before(7, 3, 2), [1, 1]);
        // 224 pixels, 112 outputs: 222 + 7 - 224 = 5 pixels in all, 2 of them before.
        assert_eq!(before(224, 7, 2), [3, 2]);
        assert_eq!(before(1, 3, 2), [1, 1]);
        assert_eq!(before(1, 1, 2), [0, 0]);
        assert_eq!(Padding::Symmetric.output(7, 2), 4);
    }
}
