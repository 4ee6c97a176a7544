//! What is in a network: its layers, their bits, and what they cost against the least possible.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::{Activation, Conv, Model, Scale, Stem, Structure, Weights};

/// Counts over a whole network. `Display` prints them as a table.
#[derive(Clone, Debug, PartialEq)]
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
pub struct Layer {
    /// `convs.0`, `convs.1`, …
    pub name: String,
    /// Output channels, input channels, kernel, kernel.
    pub shape: [usize; 4],
    /// 1 or 2.
    pub stride: usize,
    /// `layer` (one scale), `channel` (one per output channel) or `real` (no sign bits).
    pub scale: &'static str,
    /// Sign bits; 0 where the weights are real.
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
        let layers: Vec<Layer> = model.convs().iter().enumerate().map(layer).collect();
        let sum = |count: fn(&Layer) -> usize| layers.iter().map(count).sum();
        let bits: usize = sum(|layer| layer.bits);
        let signed = |layer: &&Layer| layer.bits > 0;
        let norms = model.norms().iter().flatten();
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

fn layer((index, conv): (usize, &Conv)) -> Layer {
    let (scale, bits, plus, bytes) = match &conv.weights {
        Weights::Signs { scale, bits } => {
            let kind = match scale {
                Scale::Layer(_) => "layer",
                Scale::Channels(_) => "channel",
            };
            // The bits that pad a row are 0.
            let plus = bits.iter().map(|byte| byte.count_ones() as usize).sum();
            (kind, conv.weight_count(), plus, bits.len())
        }
        Weights::Real(weights) => ("real", 0, 0, size_of_val(weights.as_slice())),
    };
    Layer {
        name: format!("convs.{index}"),
        shape: [
            conv.out_channels,
            conv.in_channels,
            conv.kernel,
            conv.kernel,
        ],
        stride: conv.stride,
        scale,
        bits,
        plus,
        minus: bits - plus,
        bytes,
    }
}

fn floats(conv: &Conv) -> usize {
    match &conv.weights {
        Weights::Signs { scale, .. } => match scale {
            Scale::Layer(_) => 1,
            Scale::Channels(scales) => scales.len(),
        },
        Weights::Real(weights) => weights.len(),
    }
}

/// The name that the trainer gives this structure, as `wrn-20-10`, `plain-20-4`, `srelu-20-10` or
/// `resnet-18-2.5`; none for structures that have no name.
pub fn net_name(model: &Model) -> Option<String> {
    let convs = model.convs();
    let (depth, base) = (convs.len(), convs[0].out_channels);
    let inner = &convs[1..depth - 1];
    let large = model.stem() == Stem::MaxPool;
    // Stages, blocks in each, channels of width 1.
    let (stages, blocks, unit) = match large {
        true => (4, 2, 64),
        false => (3, inner.len() / 6, 16),
    };
    let (kernel, stride) = if large { (7, 2) } else { (3, 1) };
    let regular = inner.len() == 2 * stages * blocks
        && blocks > 0
        && (convs[0].kernel, convs[0].stride) == (kernel, stride)
        && convs[depth - 1].kernel == 1
        && inner.iter().enumerate().all(|(index, conv)| {
            let (stage, place) = (index / (2 * blocks), index % (2 * blocks));
            let stride = if stage > 0 && place == 0 { 2 } else { 1 };
            (conv.out_channels, conv.kernel, conv.stride) == (base << stage, 3, stride)
        });
    let family = match (model.structure(), model.activation(), large) {
        (Structure::Residual, Activation::Relu, false) => "wrn",
        (Structure::Residual, Activation::Relu, true) => "resnet",
        (Structure::Residual, Activation::ShiftedRelu, false) => "srelu",
        (Structure::Plain, Activation::Relu, false) => "plain",
        _ => return None,
    };
    // Only the network for ImageNet comes in half widths.
    let whole = base.is_multiple_of(unit) || (large && base.is_multiple_of(unit / 2));
    let width = base as f64 / unit as f64;
    (regular && whole).then(|| format!("{family}-{depth}-{width}"))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let net = self.net.as_deref().unwrap_or("a network without a name");
        writeln!(f, "{net}: {} convolutions", self.layers.len())?;
        writeln!(
            f,
            "{:<10} {:>18} {:>6} {:>8} {:>11} {:>11} {:>11} {:>10}",
            "layer", "out x in x k x k", "stride", "scale", "bits", "+1", "-1", "bytes"
        )?;
        for layer in &self.layers {
            let shape: Vec<String> = layer.shape.iter().map(usize::to_string).collect();
            writeln!(
                f,
                "{:<10} {:>18} {:>6} {:>8} {:>11} {:>11} {:>11} {:>10}",
                layer.name,
                shape.join(" x "),
                layer.stride,
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
