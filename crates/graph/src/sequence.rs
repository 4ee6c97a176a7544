//! The shape that the paper's networks share: a first convolution, pairs or single convolutions, a
//! last one.
//!
//! ```text
//! image → norm [→ ReLU] → conv [→ max pool] → blocks
//!   → norm → activation → conv → norm → mean over the pixels [÷ temperature]
//!
//! block: x → norm → activation → conv → norm → activation → conv → + skip(x)
//! ```
//!
//! Where a block has stride 2, skip(x) is the 3×3 average of x with stride 2; where it has more
//! channels than x, channels of zeros follow. Networks without skip connections are the same chain.
//! This is the network of McDonnell (ICLR 2018, section 3 and figure 2).

use alloc::format;
use alloc::string::String;

use crate::builder::{Builder, block};
use crate::node::{ConvOp, Graph, Op, Padding, PoolDivisor, Shape, Value};
use crate::{GraphError, Weights};

/// A network of that shape; every field is what the nodes need.
#[derive(Clone, Debug)]
pub struct Sequence<'a> {
    /// Channels, height, width of an image.
    pub input: Shape,
    /// The convolutions in order.
    pub convs: &'a [SequenceConv],
    /// For each convolution whether a norm stands before it, and for the last whether one follows.
    pub norms: &'a [bool],
    /// Whether pairs have skip connections around them.
    pub residual: bool,
    /// The smallest activation before every convolution but the first.
    pub floor: f32,
    /// Whether a ReLU follows the input's norm.
    pub input_relu: bool,
    /// Whether a 3×3 max pool with stride 2 follows the first convolution.
    pub max_pool: bool,
    /// Of convolutions and pools.
    pub padding: Padding,
    /// Of the skip paths' average pools.
    pub divisor: PoolDivisor,
    /// What the logits are divided by; 1 for nothing.
    pub temperature: f32,
}

/// A convolution of a [`Sequence`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SequenceConv {
    /// Channels given.
    pub out: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    /// Kind of its weights.
    pub weights: Weights,
}

impl Sequence<'_> {
    /// The nodes.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when they make no network: fewer than two convolutions, norms that are not one
    /// more than convolutions, an odd convolution between skip connections, a block that narrows.
    pub fn graph(&self) -> Result<Graph, GraphError> {
        let count = self.convs.len();
        if count < 2 {
            return Err(GraphError::network("convolutions", "2 or more", count));
        }
        if self.norms.len() != count + 1 {
            let expected = format!("{}, one more than convolutions", count + 1);
            return Err(GraphError::network("norms", expected, self.norms.len()));
        }
        if self.residual && !count.is_multiple_of(2) {
            let expected = "an even number: the first, pairs, and the last";
            return Err(GraphError::network("convolutions", expected, count));
        }
        let mut nodes = Builder::default();
        let mut x = Value::Image;
        if self.norms[0] {
            x = nodes.push("input norm", Op::Norm, x);
        }
        if self.input_relu {
            x = nodes.push("input relu", Op::Activation { floor: 0.0 }, x);
        }
        x = nodes.push("input conv", self.conv(0), x);
        if self.max_pool {
            let padding = self.padding;
            x = nodes.push("max pool", Op::MaxPool { padding }, x);
        }
        let mut channels = self.convs[0].out;
        if self.residual && count == 2 {
            // Nothing is appended: it tells a map that skip connections would add to, which integers
            // hold in steps of its own, from one convolution after the other.
            x = nodes.push("stem pad", Op::PadChannels { channels }, x);
        }
        for first in (1..count - 1).step_by(2) {
            let name = |part: &str| block(first.div_ceil(2), part);
            let mut y = self.activated(&mut nodes, first, x, name("norm 1"), name("relu 1"));
            y = nodes.push(name("conv 1"), self.conv(first), y);
            // A chain may end with half a pair.
            if first + 1 == count - 1 {
                x = y;
                break;
            }
            let mut skip = x;
            let second = first + 1;
            if self.residual {
                let (stride, out) = (self.convs[first].stride, self.convs[second].out);
                if stride == 2 {
                    let (padding, divisor) = (self.padding, self.divisor);
                    let pool = Op::AvgPool { padding, divisor };
                    skip = nodes.push(name("average pool"), pool, skip);
                }
                if out != channels {
                    let pad = Op::PadChannels { channels: out };
                    skip = nodes.push(name("pad"), pad, skip);
                }
                channels = out;
            }
            y = self.activated(&mut nodes, second, y, name("norm 2"), name("relu 2"));
            y = nodes.push(name("conv 2"), self.conv(second), y);
            x = match self.residual {
                true => nodes.add(name("add"), y, skip),
                false => y,
            };
        }
        let last = count - 1;
        x = self.activated(
            &mut nodes,
            last,
            x,
            "output norm".into(),
            "output relu".into(),
        );
        x = nodes.push("output conv", self.conv(last), x);
        if self.norms[count] {
            x = nodes.push("logits norm", Op::Norm, x);
        }
        x = nodes.push("mean", Op::GlobalMean, x);
        if self.temperature != 1.0 {
            let divisor = self.temperature;
            nodes.push("temperature", Op::Scale { divisor }, x);
        }
        nodes.finish(self.input)
    }

    fn conv(&self, index: usize) -> Op {
        let SequenceConv {
            out,
            kernel,
            stride,
            weights,
        } = self.convs[index];
        Op::Conv(ConvOp {
            out,
            kernel,
            stride,
            padding: self.padding,
            weights,
        })
    }

    fn activated(
        &self,
        nodes: &mut Builder,
        index: usize,
        mut x: Value,
        norm: String,
        relu: String,
    ) -> Value {
        if self.norms[index] {
            x = nodes.push(norm, Op::Norm, x);
        }
        nodes.push(relu, Op::Activation { floor: self.floor }, x)
    }
}
