//! Small networks with weights drawn from a seed.
#![allow(dead_code)] // Each test file uses some of it.

pub mod parts;

use runtime::{
    Activation, Affine, Conv, Model, Padding, PoolDivisor, Scale, SequenceParts, Stem, Structure,
    Weights,
};

/// Steele, Lea and Flood's SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In −1…1.
    pub fn real(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn image(&mut self, model: &Model) -> Vec<u8> {
        (0..model.image_len()).map(|_| self.next() as u8).collect()
    }

    pub fn signs(&mut self, in_channels: usize, out_channels: usize, kernel: usize) -> Vec<u8> {
        let row = in_channels * kernel * kernel;
        let signs: Vec<bool> = (0..out_channels * row)
            .map(|_| self.next() & 1 == 1)
            .collect();
        Conv::pack(signs, row)
    }

    pub fn conv(&mut self, in_channels: usize, out_channels: usize, kernel: usize) -> Conv {
        let fan_in = (in_channels * kernel * kernel) as f32;
        Conv {
            in_channels,
            out_channels,
            kernel,
            stride: 1,
            weights: Weights::Signs {
                scale: Scale::Layer((2.0 / fan_in).sqrt()),
                bits: self.signs(in_channels, out_channels, kernel),
            },
        }
    }

    pub fn norm(&mut self, channels: usize) -> Affine {
        Affine {
            scale: (0..channels).map(|_| 0.75 + self.real() / 4.0).collect(),
            offset: (0..channels).map(|_| self.real() / 4.0).collect(),
        }
    }
}

/// Three stages of `blocks` blocks with `base`, 2·`base` and 4·`base` channels.
pub fn wide(
    seed: u64,
    input: [usize; 3],
    base: usize,
    blocks: usize,
    classes: usize,
) -> SequenceParts {
    let mut random = Random(seed);
    let mut convs = vec![random.conv(input[0], base, 3)];
    for stage in 0..3 {
        for block in 0..blocks {
            let out = base << stage;
            let mut first = random.conv(convs[convs.len() - 1].out_channels, out, 3);
            if stage > 0 && block == 0 {
                first.stride = 2;
            }
            convs.push(first);
            convs.push(random.conv(out, out, 3));
        }
    }
    convs.push(random.conv(base << 2, classes, 1));

    // Pixels are 0–255: the input's norm brings them to about ±2.
    let mut input_norm = random.norm(input[0]);
    for (scale, offset) in input_norm.scale.iter_mut().zip(&mut input_norm.offset) {
        *scale /= 64.0;
        *offset -= 2.0;
    }
    let mut norms = vec![Some(input_norm)];
    norms.extend(
        convs
            .iter()
            .map(|conv| Some(random.norm(conv.out_channels))),
    );
    SequenceParts::new(input, norms, convs)
        .with_class_names((0..classes).map(|class| format!("class {class}")).collect())
        .with_provenance([("weights".to_string(), "1bit".to_string())].into())
}

/// One network of each kind that the format knows, by name.
pub fn variants() -> Vec<(&'static str, SequenceParts)> {
    let base = || wide(7, [3, 9, 12], 5, 1, 4);
    let mut random = Random(99);
    let mut variants = vec![
        ("residual", base()),
        ("deeper", wide(8, [1, 8, 8], 4, 2, 3)),
    ];

    let mut parts = base();
    parts.padding = Padding::BottomRight;
    parts.input_relu = true;
    variants.push(("bottom-right, input ReLU", parts));

    let mut parts = base();
    parts.pool_divisor = PoolDivisor::Kernel;
    variants.push(("pools divided by 9", parts));

    let mut parts = base();
    parts.structure = Structure::Plain;
    variants.push(("plain", parts));

    let mut parts = base();
    parts.activation = Activation::ShiftedRelu;
    parts.temperature = 40.0;
    parts.norms[1..].fill(None);
    variants.push(("shifted ReLU", parts));

    let mut parts = base();
    for conv in &mut parts.convs {
        let out_channels = conv.out_channels;
        if let Weights::Signs { scale, .. } = &mut conv.weights {
            *scale = Scale::Channels((0..out_channels).map(|_| random.real()).collect());
        }
    }
    variants.push(("a scale per channel", parts));

    let mut parts = base();
    for index in [0, 7] {
        let conv = &mut parts.convs[index];
        let count = conv.weight_count();
        conv.weights = Weights::Real((0..count).map(|_| random.real()).collect());
    }
    variants.push(("real weights at both ends", parts));

    let mut parts = wide(9, [3, 22, 17], 4, 1, 6);
    let mut first = random.conv(3, 4, 7);
    first.stride = 2;
    parts.convs[0] = first;
    parts.stem = Stem::MaxPool;
    parts.activation_scales = Some(vec![0.5; parts.convs.len()]);
    parts
        .provenance
        .insert("note".into(), "a \"quoted\" — text\n".into());
    parts.class_names[0] = "Größe, \\ \u{1f34e}".into();
    variants.push(("max pool, calibrated", parts.clone()));
    parts.padding = Padding::BottomRight;
    variants.push(("max pool, bottom-right", parts));
    variants
}
