//! What a network costs: weights, memory and operations of each layer, for one image.
//!
//! What is counted is the deployed network: a batch norm is one scale and one offset per channel,
//! a 1-bit convolution is additions and subtractions of pixels and then one multiplication per
//! output by the layer's scale. Every tap of a kernel counts, those on the zero padding too.

use serde::Serialize;

use crate::conv::ConvShape;
use crate::layout::Layout;
use crate::{ModelError, NetworkConfig, Weights};

/// One layer's share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerSummary {
    /// Where it stands in the network, such as `block 3 conv 1`.
    pub name: String,
    /// Channels, height, width of its output.
    pub output: [usize; 3],
    /// Weights of one bit.
    pub one_bit_weights: u64,
    /// Weights of 32 bits: of convolutions, scales, and offsets.
    pub float_weights: u64,
    /// Bytes of both, the bits packed 8 to a byte.
    pub bytes: u64,
    /// Additions and subtractions for one image.
    pub additions: u64,
    /// Multiplications for one image.
    pub multiplications: u64,
}

/// All layers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Weights of one bit.
    pub one_bit_weights: u64,
    /// Weights of 32 bits.
    pub float_weights: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Additions and subtractions for one image.
    pub additions: u64,
    /// Multiplications for one image.
    pub multiplications: u64,
    /// Numbers that an optimiser trains: convolutions' weights, and the scales and offsets that
    /// are learned.
    pub trainable_weights: u64,
    /// Multiply-accumulates of the convolutions, forward, for one image.
    pub multiply_accumulates: u64,
    /// Bytes of the 32-bit activations that are needed at once for one image, with BN and ReLU
    /// done while the next convolution reads, and residual additions in place.
    pub peak_activation_bytes: u64,
}

/// Costs of a network, layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The layers, in the order of the network.
    pub layers: Vec<LayerSummary>,
    /// All together.
    pub totals: Totals,
}

impl Summary {
    /// The costs of the network that `config` describes.
    ///
    /// # Errors
    ///
    /// [`ModelError::Empty`] as for building it.
    pub fn new(config: &NetworkConfig) -> Result<Self, ModelError> {
        let layout = Layout::new(config)?;
        let mut walk = Walk {
            weights: config.weights,
            at: config.input,
            layers: Vec::new(),
            totals: Totals::default(),
        };
        let learned_input = config.input_norm != crate::InputNorm::Fixed;
        walk.norm("input norm".into(), learned_input);
        walk.conv("input conv".into(), &layout.conv_in);
        walk.alive(&[config.input, walk.at]);
        if layout.max_pool {
            let before = walk.at;
            let pooled = halved(before);
            walk.push("max pool".into(), pooled, [0; 4]);
            walk.alive(&[before, pooled]);
        }
        for (index, block) in layout.blocks.iter().enumerate() {
            let name = |part: &str| format!("block {} {part}", index + 1);
            let x = walk.at;
            if layout.norms {
                walk.norm(name("norm 1"), config.learn_norms);
            }
            walk.conv(name("conv 1"), &block.conv1);
            let middle = walk.at;
            // The skip path keeps x, or from here on its pooled half, which becomes the output.
            walk.alive(&[x, middle]);
            if layout.norms {
                walk.norm(name("norm 2"), config.learn_norms);
            }
            walk.conv(name("conv 2"), &block.conv2);
            let out = walk.at;
            walk.alive(&[middle, out]);
            if layout.residual {
                if block.conv1.stride > 1 {
                    let [channels, height, width] = halved(x);
                    let pixels = (channels * height * width) as u64;
                    walk.push(name("average pool"), out, [0, 0, 8 * pixels, pixels]);
                    // The appended channels are zeros: nothing is added to the others.
                    walk.push(name("add"), out, [0, 0, pixels, 0]);
                } else {
                    walk.push(name("add"), out, [0, 0, count(out), 0]);
                }
            }
        }
        if layout.norms {
            walk.norm("output norm".into(), config.learn_norms);
        }
        let last = walk.at;
        walk.conv("output conv".into(), &layout.conv_out);
        let logits = walk.at;
        walk.alive(&[last, logits]);
        if layout.norms {
            walk.norm("logits norm".into(), config.learn_norms);
        } else {
            walk.push("temperature".into(), logits, [0, 0, 0, count(logits)]);
        }
        let classes = config.classes;
        let sums = count(logits) - classes as u64;
        walk.push("mean".into(), [classes, 1, 1], [0, 0, sums, classes as u64]);
        let Walk { layers, totals, .. } = walk;
        Ok(Self { layers, totals })
    }
}

struct Walk {
    weights: Weights,
    /// Channels, height, width of the newest tensor.
    at: [usize; 3],
    layers: Vec<LayerSummary>,
    totals: Totals,
}

impl Walk {
    /// `numbers`: one-bit weights, float weights, additions, multiplications.
    fn push(&mut self, name: String, output: [usize; 3], numbers: [u64; 4]) {
        let [one_bit_weights, float_weights, additions, multiplications] = numbers;
        let bytes = one_bit_weights.div_ceil(8) + 4 * float_weights;
        self.totals.one_bit_weights += one_bit_weights;
        self.totals.float_weights += float_weights;
        self.totals.bytes += bytes;
        self.totals.additions += additions;
        self.totals.multiplications += multiplications;
        self.at = output;
        self.layers.push(LayerSummary {
            name,
            output,
            one_bit_weights,
            float_weights,
            bytes,
            additions,
            multiplications,
        });
    }

    fn norm(&mut self, name: String, learned: bool) {
        let floats = 2 * self.at[0] as u64;
        if learned {
            self.totals.trainable_weights += floats;
        }
        let pixels = count(self.at);
        self.push(name, self.at, [0, floats, pixels, pixels]);
    }

    fn conv(&mut self, name: String, shape: &ConvShape) {
        let [_, height, width] = self.at;
        let out = [
            shape.out_channels,
            height.div_ceil(shape.stride),
            width.div_ceil(shape.stride),
        ];
        let weights = shape.weights() as u64;
        let pixels = (out[1] * out[2]) as u64;
        let products = weights * pixels;
        self.totals.trainable_weights += weights;
        self.totals.multiply_accumulates += products;
        let numbers = match self.weights {
            Weights::Full => [0, weights, products, products],
            Weights::OneBit | Weights::BwnLayer => [weights, 1, products, count(out)],
            Weights::Bwn => [weights, out[0] as u64, products, count(out)],
            Weights::BinaryConnect => [weights, 0, products, 0],
        };
        self.push(name, out, numbers);
    }

    /// Notes that tensors of these shapes are needed at once.
    fn alive(&mut self, shapes: &[[usize; 3]]) {
        let bytes: u64 = shapes.iter().map(|&shape| 4 * count(shape)).sum();
        let peak = &mut self.totals.peak_activation_bytes;
        *peak = bytes.max(*peak);
    }
}

fn count(shape: [usize; 3]) -> u64 {
    shape.iter().map(|&size| size as u64).product()
}

fn halved([channels, height, width]: [usize; 3]) -> [usize; 3] {
    [channels, height.div_ceil(2), width.div_ceil(2)]
}
