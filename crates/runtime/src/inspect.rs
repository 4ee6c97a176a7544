//! What is in a network: its layers, their bits, and what they cost against the least possible.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::{Conv, Model, Scale, Storage, Weights};

/// Counts over a whole network. `Display` prints them as a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The network's name, as `wrn-20-10`; see [`net_name`].
    pub net: Option<String>,
    /// The convolutions, in the order of the network.
    pub layers: Vec<Layer>,
    /// Sign bits in all.
    pub bits: usize,
    /// Those of them that are +1.
    pub plus: usize,
    /// Those of them that are −1.
    pub minus: usize,
    /// Bytes that the sign bits take, rows padded to whole bytes.
    pub sign_bytes: usize,
    /// Bytes that they would take without any padding: ⌈bits / 8⌉, the theoretical minimum.
    pub minimum_bytes: usize,
    /// Numbers of 32 bits: scales, folded norms, real weights, activation scales.
    pub floats: usize,
    /// Bytes of the packed file: all of the above, and its header.
    pub file_bytes: usize,
}

/// Counts of a convolution.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// Of its node, as `block 1 conv 1`.
    pub name: String,
    /// Output channels, input channels, kernel, kernel.
    pub shape: [usize; 4],
    /// 1 or 2.
    pub stride: usize,
    /// `signs`, `ternary`, `int8` or `float`.
    pub storage: &'static str,
    /// `layer` (one scale), `channel` (one per output channel) or `real` (none).
    pub scale: &'static str,
    /// Bits of the weights; 0 where they are real.
    pub bits: usize,
    /// Those of them that are +1.
    pub plus: usize,
    /// Those of them that are −1.
    pub minus: usize,
    /// Bytes of the weights, signs or real, without scales.
    pub bytes: usize,
}

impl Summary {
    /// Counts `model`, whose packed file has `file_bytes`.
    pub fn new(model: &Model, file_bytes: usize) -> Self {
        let convs = model.conv_names().zip(model.convs());
        let layers: Vec<Layer> = convs.map(layer).collect();
        let sum = |count: fn(&Layer) -> usize| layers.iter().map(count).sum();
        let bits: usize = sum(|layer| layer.bits);
        let signed = |layer: &&Layer| layer.bits > 0;
        let norms = model.norms().iter();
        let floats = norms.map(|norm| 2 * norm.channels()).sum::<usize>()
            + model.convs().iter().map(floats).sum::<usize>()
            + model.activation_scales().map_or(0, <[f32]>::len);
        Self {
            net: net_name(model),
            bits,
            plus: sum(|layer| layer.plus),
            minus: sum(|layer| layer.minus),
            sign_bytes: layers.iter().filter(signed).map(|layer| layer.bytes).sum(),
            minimum_bytes: bits.div_ceil(8),
            floats,
            file_bytes,
            layers,
        }
    }
}

fn layer((name, conv): (&str, &Conv)) -> Layer {
    let scale = match conv.weights.scale() {
        Some(Scale::Layer(_)) => "layer",
        Some(Scale::Channels(_)) => "channel",
        None => "real",
    };
    let ones = |plane: &[u8]| {
        plane
            .iter()
            .map(|byte| byte.count_ones() as usize)
            .sum::<usize>()
    };
    // The bits that pad a row are 0.
    let (bits, plus, minus, bytes) = match &conv.weights {
        Weights::Signs { bits, .. } => {
            let plus = ones(bits);
            (
                conv.weight_count(),
                plus,
                conv.weight_count() - plus,
                bits.len(),
            )
        }
        Weights::Ternary { signs, nonzero, .. } => {
            let plus = ones(signs);
            let bytes = signs.len() + nonzero.len();
            (2 * conv.weight_count(), plus, ones(nonzero) - plus, bytes)
        }
        Weights::Int8 { values, .. } => (8 * conv.weight_count(), 0, 0, values.len()),
        Weights::Real(weights) => (0, 0, 0, size_of_val(weights.as_slice())),
    };
    Layer {
        name: name.into(),
        shape: [
            conv.out_channels,
            conv.in_channels,
            conv.kernel,
            conv.kernel,
        ],
        stride: conv.stride,
        storage: match conv.weights.storage() {
            Storage::Signs => "signs",
            Storage::Ternary => "ternary",
            Storage::Int8 => "int8",
            _ => "float",
        },
        scale,
        bits,
        plus,
        minus,
        bytes,
    }
}

fn floats(conv: &Conv) -> usize {
    match (&conv.weights, conv.weights.scale()) {
        (Weights::Real(weights), _) => weights.len(),
        (_, Some(Scale::Channels(scales))) => scales.len(),
        _ => 1,
    }
}

/// The name that the trainer gives this structure, as `wrn-20-10`, `plain-20-4`, `srelu-20-10` or
/// `resnet-18-2.5`; none for structures that have no name.
pub fn net_name(model: &Model) -> Option<String> {
    graph::name_of(model.graph())
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let net = self.net.as_deref().unwrap_or("a network without a name");
        writeln!(f, "{net}: {} convolutions", self.layers.len())?;
        writeln!(
            f,
            "{:<16} {:>18} {:>6} {:>8} {:>8} {:>11} {:>11} {:>11} {:>10}",
            "layer", "out x in x k x k", "stride", "weights", "scale", "bits", "+1", "-1", "bytes"
        )?;
        for layer in &self.layers {
            let shape: Vec<String> = layer.shape.iter().map(|size| format!("{size}")).collect();
            writeln!(
                f,
                "{:<16} {:>18} {:>6} {:>8} {:>8} {:>11} {:>11} {:>11} {:>10}",
                layer.name,
                shape.join(" x "),
                layer.stride,
                layer.storage,
                layer.scale,
                layer.bits,
                layer.plus,
                layer.minus,
                layer.bytes
            )?;
        }
        writeln!(
            f,
            "sign bits: {}, {} of them +1, {} -1",
            self.bits, self.plus, self.minus
        )?;
        let over = self.sign_bytes - self.minimum_bytes;
        writeln!(
            f,
            "bytes of sign bits: {}, {over} over the minimum of {}",
            self.sign_bytes, self.minimum_bytes
        )?;
        let float_bytes = 4 * self.floats;
        writeln!(f, "floats: {}, {float_bytes} bytes", self.floats)?;
        let rest = self
            .file_bytes
            .saturating_sub(self.sign_bytes + float_bytes);
        write!(f, "file: {} bytes, {rest} of them header", self.file_bytes)
    }
}
