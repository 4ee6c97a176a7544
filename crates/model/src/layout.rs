//! The shapes of a network's layers, from its name: what is built, and what is counted.

use crate::conv::ConvShape;
use crate::{ModelError, NetName, NetworkConfig, Padding};

/// Every layer's shape, in the order of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The first convolution.
    pub conv_in: ConvShape,
    /// Whether a 3×3 max pool with stride 2 follows it.
    pub max_pool: bool,
    /// The pairs of 3×3 convolutions.
    pub blocks: Vec<BlockShape>,
    /// Whether a block's input is added to its output.
    pub residual: bool,
    /// Whether there are batch norms besides the input's.
    pub norms: bool,
    /// The last convolution, 1×1 to the classes.
    pub conv_out: ConvShape,
}

/// Two 3×3 convolutions; the first may halve the size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockShape {
    /// The first convolution.
    pub conv1: ConvShape,
    /// The second, with stride 1.
    pub conv2: ConvShape,
}

impl Layout {
    /// The layers of a network.
    ///
    /// # Errors
    ///
    /// [`ModelError::Empty`] when the input or the classes are none, [`ModelError::Padding`] for a padding that
    /// the network does not have.
    pub fn new(config: &NetworkConfig) -> Result<Self, ModelError> {
        let [channels, height, width] = config.input;
        let classes = config.classes;
        if [channels, height, width, classes].contains(&0) {
            return Err(ModelError::Empty {
                channels,
                height,
                width,
                classes,
            });
        }
        let large = matches!(config.name, NetName::ResNet18 { .. });
        if large && config.padding != Padding::Symmetric {
            return Err(ModelError::Padding {
                net: config.name.to_string(),
            });
        }
        let (base, stages, blocks_per_stage) = match config.name {
            NetName::Wide(size) | NetName::Plain(size) | NetName::ShiftedRelu(size) => {
                (16 * size.width(), 3, size.blocks_per_stage())
            }
            NetName::ResNet18 { half_widths } => (32 * half_widths, 4, 2),
        };
        let gain = match config.name {
            NetName::Plain(_) => ConvShape::PLAIN_GAIN,
            _ => ConvShape::HE_GAIN,
        };
        let conv = |in_channels, out_channels, kernel, stride| ConvShape {
            in_channels,
            out_channels,
            kernel,
            stride,
            gain,
        };

        let mut blocks = Vec::new();
        let mut current = base;
        for stage in 0..stages {
            for block in 0..blocks_per_stage {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let out = base << stage;
                blocks.push(BlockShape {
                    conv1: conv(current, out, 3, stride),
                    conv2: conv(out, out, 3, 1),
                });
                current = out;
            }
        }
        Ok(Self {
            conv_in: match large {
                true => conv(channels, base, 7, 2),
                false => conv(channels, base, 3, 1),
            },
            max_pool: large,
            blocks,
            residual: !matches!(config.name, NetName::Plain(_)),
            norms: !matches!(config.name, NetName::ShiftedRelu(_)),
            conv_out: conv(current, classes, 1, 1),
        })
    }

    /// Every convolution.
    pub fn convs(&self) -> impl Iterator<Item = &ConvShape> {
        let blocks = self.blocks.iter().flat_map(|b| [&b.conv1, &b.conv2]);
        std::iter::once(&self.conv_in)
            .chain(blocks)
            .chain([&self.conv_out])
    }
}
