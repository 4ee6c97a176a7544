//! The pre-activation wide residual network of the paper (its section 3 and figure 2).
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

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::tensor::{Device, Tensor};

use crate::conv::{Conv, ConvShape};
use crate::norm::{batch_norm, norm, norm_relu};
use crate::ops::shortcut;
use crate::{InputNorm, ModelError, NetName, Weights, init_rng};

/// What a wide residual network is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WideResNetConfig {
    /// Depth and width.
    pub name: NetName,
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Number of classes.
    pub classes: usize,
    /// Bits per weight.
    pub weights: Weights,
    /// The batch norm of the input.
    pub input_norm: InputNorm,
}

/// A wide residual network; see the module's documentation for its structure.
#[derive(Module, Debug)]
pub struct WideResNet {
    bn_in: BatchNorm,
    conv_in: Conv,
    blocks: Vec<Block>,
    bn_out: BatchNorm,
    conv_out: Conv,
    bn_logits: BatchNorm,
    input_relu: bool,
    input_learned: bool,
}

impl WideResNetConfig {
    /// Builds the network with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// [`ModelError::Empty`] when the input or the classes are none.
    pub fn init(&self, seed: u64, device: &Device) -> Result<WideResNet, ModelError> {
        let [channels, height, width] = self.input;
        if [channels, height, width, self.classes].contains(&0) {
            let classes = self.classes;
            return Err(ModelError::Empty {
                channels,
                height,
                width,
                classes,
            });
        }
        let mut rng = init_rng(seed);
        let mut conv = |in_channels, out_channels, kernel, stride| {
            let shape = ConvShape {
                in_channels,
                out_channels,
                kernel,
                stride,
            };
            Conv::new(self.weights, shape, &mut rng, device)
        };

        let base = 16 * self.name.width;
        let conv_in = conv(channels, base, 3, 1);
        let mut blocks = Vec::new();
        let mut current = base;
        for stage in 0..3 {
            for block in 0..self.name.blocks_per_stage() {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let out = base << stage;
                blocks.push(Block {
                    bn1: batch_norm(current, false, device),
                    conv1: conv(current, out, 3, stride),
                    bn2: batch_norm(out, false, device),
                    conv2: conv(out, out, 3, 1),
                    stride,
                });
                current = out;
            }
        }
        let input_learned = self.input_norm != InputNorm::Fixed;
        let conv_out = conv(current, self.classes, 1, 1);
        Ok(WideResNet {
            bn_in: batch_norm(channels, input_learned, device),
            conv_in,
            blocks,
            bn_out: batch_norm(current, false, device),
            conv_out,
            bn_logits: batch_norm(self.classes, false, device),
            input_relu: self.input_norm == InputNorm::LearnedRelu,
            input_learned,
        })
    }
}

impl WideResNet {
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
        for block in &self.blocks {
            x = block.forward(x);
        }
        let x = norm_relu(&self.bn_out, x); // [batch, 64k, ⌈height/4⌉, ⌈width/4⌉]
        let x = norm(&self.bn_logits, self.conv_out.forward(x)); // [batch, classes, …]
        let pooled: Tensor<3> = x.flatten(2, 3);
        pooled.mean_dim(2).flatten(1, 2) // [batch, classes]
    }

    /// Every batch norm, in the order of the network.
    pub fn batch_norms_mut(&mut self) -> impl Iterator<Item = &mut BatchNorm> {
        let blocks = self
            .blocks
            .iter_mut()
            .flat_map(|b| [&mut b.bn1, &mut b.bn2]);
        std::iter::once(&mut self.bn_in)
            .chain(blocks)
            .chain([&mut self.bn_out, &mut self.bn_logits])
    }

    /// Every convolution, in the order of the network.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        let blocks = self.blocks.iter().flat_map(|b| [&b.conv1, &b.conv2]);
        std::iter::once(&self.conv_in)
            .chain(blocks)
            .chain([&self.conv_out])
    }

    /// How many numbers the optimiser trains: the weights, and the input's scale and offset where
    /// they are learned.
    pub fn trainable_weights(&self) -> usize {
        let weights: usize = self
            .convs()
            .map(|conv| conv.weight().shape().num_elements())
            .sum();
        // Not by asking what requires a gradient now: a network in validation has none.
        let learned = if self.input_learned {
            2 * self.bn_in.gamma.shape().num_elements()
        } else {
            0
        };
        weights + learned
    }
}

/// A pre-activation residual block of two 3×3 convolutions.
#[derive(Module, Debug)]
struct Block {
    bn1: BatchNorm,
    conv1: Conv,
    bn2: BatchNorm,
    conv2: Conv,
    stride: usize,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.conv1.forward(norm_relu(&self.bn1, x.clone()));
        let y = self.conv2.forward(norm_relu(&self.bn2, y));
        y + if self.stride == 1 { x } else { shortcut(x) }
    }
}
