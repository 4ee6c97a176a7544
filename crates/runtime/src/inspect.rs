//! What is in a network: its layers, their bits, and what they cost against the least possible.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::{Conv, Model, Preprocessing, Rejection, Scale, Storage, Weights};

/// Counts over a whole network. `Display` prints them as a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The network's name, as `wrn-20-10`; see [`net_name`].
    pub net: Option<String>,
    /// Channels, height and width of an image.
    pub input: graph::Shape,
    /// What becomes of a picture before the network sees it.
    pub preprocessing: Preprocessing,
    /// When an image is none of the classes.
    pub rejection: Option<Rejection>,
    /// Whether the map that skip connections add to has 8 bits, in integers alone, in place of 16.
    pub narrow_residual: bool,
    /// The convolutions, in the order of the network.
    pub layers: Vec<Layer>,
    /// Sign bits of the layers whose weights are signs alone.
    pub bits: usize,
    /// Those of them that are +1.
    pub plus: usize,
    /// Those of them that are −1.
    pub minus: usize,
    /// Bytes that the sign bits take, rows padded to whole bytes.
    pub sign_bytes: usize,
    /// Bytes that they would take without any padding: ⌈bits / 8⌉, the theoretical minimum.
    pub minimum_bytes: usize,
    /// Ternary weights.
    pub ternary: usize,
    /// Those of them that are 0.
    pub zeros: usize,
    /// Weights that are 8-bit integers.
    pub int8: usize,
    /// Weights of 32 bits; they count among the [`floats`](Self::floats) too.
    pub real: usize,
    /// Bytes of the weights of all kinds, without scales.
    pub weight_bytes: usize,
    /// Bytes that they would take without any padding, each in the bits of its storage.
    pub minimum_weight_bytes: usize,
    /// Numbers of 32 bits: scales, folded norms, real weights, steps of activations and of an 8-bit residual map.
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
    /// Weights in all.
    pub weights: usize,
    /// Bits of the weights; 0 where they are real.
    pub bits: usize,
    /// Those of them that are +1.
    pub plus: usize,
    /// Those of them that are −1.
    pub minus: usize,
    /// Ternary weights that are 0.
    pub zeros: usize,
    /// Bytes of the weights, of whatever storage, without scales.
    pub bytes: usize,
}

impl Summary {
    /// Counts `model`, whose packed file has `file_bytes`.
    pub fn new(model: &Model, file_bytes: usize) -> Self {
        let convs = model.conv_names().zip(model.convs());
        let layers: Vec<Layer> = convs.map(layer).collect();
        let of = |storage: Storage, count: fn(&Layer) -> usize| -> usize {
            let layers = layers.iter().zip(model.convs());
            let layers = layers.filter(|(_, conv)| conv.weights.storage() == storage);
            layers.map(|(layer, _)| count(layer)).sum()
        };
        let bits = of(Storage::Signs, |layer| layer.bits);
        let convs = model.convs().iter();
        let weight_bits: usize = convs
            .map(|conv| conv.weight_count() * conv.weights.storage().bits())
            .sum();
        let norms = model.norms().iter();
        let floats = norms.map(|norm| 2 * norm.channels()).sum::<usize>()
            + model.convs().iter().map(floats).sum::<usize>()
            + model.activation_scales().map_or(0, <[f32]>::len)
            + model.residual_scales().map_or(0, <[f32]>::len);
        Self {
            net: net_name(model),
            input: model.input(),
            preprocessing: model.preprocessing(),
            rejection: model.rejection(),
            narrow_residual: model.residual_scales().is_some(),
            bits,
            plus: of(Storage::Signs, |layer| layer.plus),
            minus: of(Storage::Signs, |layer| layer.minus),
            sign_bytes: of(Storage::Signs, |layer| layer.bytes),
            minimum_bytes: bits.div_ceil(8),
            ternary: of(Storage::Ternary, |layer| layer.weights),
            zeros: of(Storage::Ternary, |layer| layer.zeros),
            int8: of(Storage::Int8, |layer| layer.weights),
            real: of(Storage::Float, |layer| layer.weights),
            weight_bytes: layers.iter().map(|layer| layer.bytes).sum(),
            minimum_weight_bytes: weight_bits.div_ceil(8),
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
    let weights = conv.weight_count();
    let (bits, plus, minus, bytes) = match &conv.weights {
        Weights::Signs { bits, .. } => {
            let plus = ones(bits);
            (weights, plus, weights - plus, bits.len())
        }
        Weights::Ternary { signs, nonzero, .. } => {
            let plus = ones(signs);
            let bytes = signs.len() + nonzero.len();
            (2 * weights, plus, ones(nonzero) - plus, bytes)
        }
        Weights::Int8 { values, .. } => (8 * weights, 0, 0, values.len()),
        Weights::Real(real) => (0, 0, 0, size_of_val(real.as_slice())),
    };
    let zeros = match conv.weights.storage() {
        Storage::Ternary => weights - plus - minus,
        _ => 0,
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
        weights,
        bits,
        plus,
        minus,
        zeros,
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
        if self.ternary > 0 {
            let (weights, zeros) = (self.ternary, self.zeros);
            writeln!(f, "ternary weights: {weights}, {zeros} of them 0")?;
        }
        if self.int8 > 0 {
            writeln!(f, "8-bit integer weights: {}", self.int8)?;
        }
        if self.real > 0 {
            writeln!(f, "32-bit weights: {}", self.real)?;
        }
        let (what, bytes, minimum) = match self.ternary + self.int8 + self.real {
            0 => ("sign bits", self.sign_bytes, self.minimum_bytes),
            _ => ("weights", self.weight_bytes, self.minimum_weight_bytes),
        };
        let over = bytes - minimum;
        writeln!(
            f,
            "bytes of {what}: {bytes}, {over} over the minimum of {minimum}"
        )?;
        let float_bytes = 4 * self.floats;
        let among = if self.real > 0 {
            ", the 32-bit weights among them"
        } else {
            ""
        };
        writeln!(f, "floats: {}, {float_bytes} bytes{among}", self.floats)?;
        let [channels, height, width] = self.input;
        let seen = format!("{channels} x {height} x {width}");
        match self.preprocessing {
            Preprocessing::None => writeln!(f, "pictures: {seen}, of no other size")?,
            other => writeln!(f, "pictures: of any size, {other} to {seen}")?,
        }
        if self.narrow_residual {
            writeln!(f, "residual map: 8 bits in integers")?;
        }
        match self.rejection {
            None => writeln!(f, "none of the classes: never")?,
            Some(rejection) => {
                let Rejection {
                    threshold,
                    kept,
                    images,
                } = rejection;
                let kept = 100.0 * kept;
                writeln!(
                    f,
                    "none of the classes: two largest logits less than {threshold} apart; {kept:.1} % of {images} images keep their class"
                )?;
            }
        }
        // Real weights are among the floats.
        let tensors = self.weight_bytes - 4 * self.real + float_bytes;
        let rest = self.file_bytes.saturating_sub(tensors);
        write!(f, "file: {} bytes, {rest} of them header", self.file_bytes)
    }
}
