//! The pre-activation wide residual network of the paper (its section 3 and figure 2), and its
//! variants.
//!
//! ```text
//! x → BN [→ ReLU] → conv 3×3, 16k
//!   → 3 stages of n blocks with 16k, 32k, 64k channels
//!   → BN → ReLU → conv 1×1 to the classes → BN → mean over the pixels → logits
//!
//! block: x → BN → ReLU → conv 3×3 → BN → ReLU → conv 3×3 → + skip(x)
//! ```
//!
//! The first block of stages 2 and 3 halves the size: its first convolution has stride 2 and twice
//! the channels, and its skip path is a 3×3 average pool with stride 2 (dividing by the pixels
//! inside the image) whose result is followed by as many channels of zeros. Nothing is projected.
//! Raw 0–255 pixels go in: the first batch norm is the only normalisation.
//!
//! `plain` has no `+ skip(x)`. `srelu` has max(−1, x) in place of BN and ReLU, and divides by a
//! temperature in place of the last BN. `resnet-18` begins as He et al. 2016 do, with a 7×7
//! convolution of stride 2 and a 3×3 max pool of stride 2, and has four stages of two blocks.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use crate::conv::{Conv, ConvShape};
use crate::layout::{BlockShape, Layout};
use crate::norm::{batch_norm, norm, norm_relu, skipped_norm_relu};
use crate::ops::{add, shortcut};
use crate::padding::{Padding, pad_bottom_right, shortcut_bottom_right};
use crate::{InputNorm, ModelError, NetName, Weights, init_rng};

/// What a network is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkConfig {
    /// Family, depth and width.
    pub name: NetName,
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Number of classes.
    pub classes: usize,
    /// Kind of the convolutions' weights.
    pub weights: Weights,
    /// The batch norm of the input.
    pub input_norm: InputNorm,
    /// Whether the other batch norms learn their scale and offset.
    pub learn_norms: bool,
    /// What the outputs of a `srelu` network are divided by; others have none.
    pub temperature: f64,
    /// Where the zeros stand when a convolution halves the size.
    pub padding: Padding,
}

impl NetworkConfig {
    /// The temperature of the author's `srelu` networks.
    pub const TEMPERATURE: f64 = 40.0;

    /// A network as the paper has it for CIFAR: 1-bit weights, an input norm that learns, others
    /// that do not.
    pub fn new(name: NetName, input: [usize; 3], classes: usize) -> Self {
        Self {
            name,
            input,
            classes,
            weights: Weights::OneBit,
            input_norm: InputNorm::Learned,
            learn_norms: false,
            temperature: Self::TEMPERATURE,
            padding: Padding::Symmetric,
        }
    }

    /// Builds the network with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// [`ModelError::Empty`] when the input or the classes are none, [`ModelError::Padding`] for a padding that
    /// the network does not have.
    pub fn init(&self, seed: u64, device: &Device) -> Result<Network, ModelError> {
        let layout = Layout::new(self)?;
        let mut rng = init_rng(seed);
        let mut conv = |shape: ConvShape| Conv::new(self.weights, shape, &mut rng, device);
        let norm = |channels| {
            let norm = || batch_norm(channels, self.learn_norms, device);
            layout.norms.then(norm)
        };
        let conv_in = conv(layout.conv_in);
        let blocks: Vec<Block> = layout
            .blocks
            .iter()
            .map(|&BlockShape { conv1, conv2 }| Block {
                bn1: norm(conv1.in_channels),
                conv1: conv(conv1),
                bn2: norm(conv2.in_channels),
                conv2: conv(conv2),
                stride: conv1.stride,
                residual: layout.residual,
                bottom_right: self.padding == Padding::BottomRight,
            })
            .collect();
        let input_learned = self.input_norm != InputNorm::Fixed;
        Ok(Network {
            bn_in: batch_norm(self.input[0], input_learned, device),
            conv_in,
            max_pool: layout.max_pool,
            blocks,
            bn_out: norm(layout.conv_out.in_channels),
            conv_out: conv(layout.conv_out),
            bn_logits: norm(self.classes),
            input_relu: self.input_norm == InputNorm::LearnedRelu,
            input_learned,
            norms_learned: self.learn_norms,
            temperature: self.temperature,
        })
    }
}

/// A network; see the module's documentation for its structure.
#[derive(Module, Debug)]
pub struct Network {
    bn_in: BatchNorm,
    conv_in: Conv,
    max_pool: bool,
    blocks: Vec<Block>,
    bn_out: Option<BatchNorm>,
    conv_out: Conv,
    bn_logits: Option<BatchNorm>,
    input_relu: bool,
    input_learned: bool,
    norms_learned: bool,
    temperature: f64,
}

impl Network {
    /// The logits of a batch of images with values 0–255.
    ///
    /// # Shapes
    ///
    /// - `images`: `[batch, channels, height, width]`
    /// - result: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let input_norm = if self.input_relu { norm_relu } else { norm };
        let x = input_norm(&self.bn_in, images); // [batch, channels, height, width]
        let mut x = self.conv_in.forward(x); // [batch, 16k, height, width]
        if self.max_pool {
            let options = MaxPoolOptions::new([3, 3]).with_stride([2, 2]);
            x = max_pool2d(x, options.with_padding([1, 1]));
        }
        for block in &self.blocks {
            x = block.forward(x);
        }
        let x = activate(self.bn_out.as_ref(), x); // [batch, 64k, ⌈height/4⌉, ⌈width/4⌉]
        let x = self.conv_out.forward(x); // [batch, classes, …]
        let x = match &self.bn_logits {
            Some(bn) => norm(bn, x),
            None => x / self.temperature,
        };
        let pooled: Tensor<3> = x.flatten(2, 3);
        pooled.mean_dim(2).flatten(1, 2) // [batch, classes]
    }

    /// Every batch norm, in the order of the network.
    pub fn batch_norms_mut(&mut self) -> impl Iterator<Item = &mut BatchNorm> {
        let blocks = self
            .blocks
            .iter_mut()
            .flat_map(|b| [&mut b.bn1, &mut b.bn2]);
        let others = blocks.chain([&mut self.bn_out, &mut self.bn_logits]);
        std::iter::once(&mut self.bn_in).chain(others.flatten())
    }

    /// Every place of a batch norm, in the order of the network; `None` where there is none.
    pub fn batch_norms(&self) -> impl Iterator<Item = Option<&BatchNorm>> {
        let blocks = self
            .blocks
            .iter()
            .flat_map(|b| [b.bn1.as_ref(), b.bn2.as_ref()]);
        std::iter::once(Some(&self.bn_in))
            .chain(blocks)
            .chain([self.bn_out.as_ref(), self.bn_logits.as_ref()])
    }

    /// Every convolution, in the order of the network.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        let blocks = self.blocks.iter().flat_map(|b| [&b.conv1, &b.conv2]);
        std::iter::once(&self.conv_in)
            .chain(blocks)
            .chain([&self.conv_out])
    }

    /// Every convolution, in the order of the network, with the name that a [`Summary`](crate::Summary) has for it.
    pub fn named_convs(&self) -> impl Iterator<Item = (String, &Conv)> {
        let blocks = self.blocks.iter().enumerate().flat_map(|(index, block)| {
            let name = |part| format!("block {} {part}", index + 1);
            [
                (name("conv 1"), &block.conv1),
                (name("conv 2"), &block.conv2),
            ]
        });
        std::iter::once(("input conv".into(), &self.conv_in))
            .chain(blocks)
            .chain([("output conv".into(), &self.conv_out)])
    }

    /// The same network with its convolutions' weights clipped to −`limit`…`limit`.
    pub fn clip_weights(mut self, limit: f64) -> Self {
        self.conv_in = self.conv_in.clip(limit);
        self.conv_out = self.conv_out.clip(limit);
        let clip = |block: Block| Block {
            conv1: block.conv1.clip(limit),
            conv2: block.conv2.clip(limit),
            ..block
        };
        self.blocks = self.blocks.into_iter().map(clip).collect();
        self
    }

    /// How many numbers the optimiser trains: the weights, and the scales and offsets that are
    /// learned.
    pub fn trainable_weights(&mut self) -> usize {
        let weights: usize = self
            .convs()
            .map(|conv| conv.weight().shape().num_elements())
            .sum();
        // Not by asking what requires a gradient now: a network in validation has none.
        let (input_learned, norms_learned) = (self.input_learned, self.norms_learned);
        let norms: usize = self
            .batch_norms_mut()
            .enumerate()
            .filter(|&(index, _)| {
                if index == 0 {
                    input_learned
                } else {
                    norms_learned
                }
            })
            .map(|(_, norm)| 2 * norm.gamma.shape().num_elements())
            .sum();
        weights + norms
    }
}

/// A pre-activation block of two 3×3 convolutions.
#[derive(Module, Debug)]
struct Block {
    bn1: Option<BatchNorm>,
    conv1: Conv,
    bn2: Option<BatchNorm>,
    conv2: Conv,
    stride: usize,
    residual: bool,
    bottom_right: bool,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = match &self.bn1 {
            Some(bn) if self.residual && self.stride == 1 => skipped_norm_relu(bn, x.clone()),
            bn => activate(bn.as_ref(), x.clone()),
        };
        let shifted = self.bottom_right && self.stride == 2;
        let y = match shifted {
            true => self.conv1.forward_padded(pad_bottom_right(y), 0),
            false => self.conv1.forward(y),
        };
        let y = self.conv2.forward(activate(self.bn2.as_ref(), y));
        match (self.residual, self.stride) {
            (false, _) => y,
            (true, 1) => add(y, x),
            (true, _) if shifted => add(y, shortcut_bottom_right(x)),
            (true, _) => add(y, shortcut(x)),
        }
    }
}

/// BN and ReLU, or the shifted ReLU max(−1, x) where there is no BN.
fn activate(bn: Option<&BatchNorm>, x: Tensor<4>) -> Tensor<4> {
    match bn {
        Some(bn) => norm_relu(bn, x),
        None => x.clamp_min(-1.0),
    }
}
