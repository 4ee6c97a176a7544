//! Small networks of every kind, and the programs that turn their exports into something that runs.
#![allow(dead_code)] // Each test file uses some of it.

#[path = "../../../runtime/tests/common/mod.rs"]
mod networks;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use embed::Options;
pub use networks::{Random, wide};
use runtime::integer::{Forward, Network, residual_scales};
use runtime::{Activation, Conv, Model, Scale, SequenceParts, Structure, Weights, calibrate};

/// A calibrated network, and images.
pub struct Case {
    pub name: String,
    pub model: Model,
    pub images: Vec<Vec<u8>>,
}

impl Case {
    pub fn new(name: &'static str, parts: SequenceParts, images: usize) -> Self {
        let model = parts.model().unwrap();
        let mut random = Random(name.len() as u64);
        let images: Vec<Vec<u8>> = (0..images).map(|_| random.image(&model)).collect();
        let scales = calibrate(&model, &images[..images.len().min(4)].concat()).unwrap();
        let model = model.with_activation_scales(scales).unwrap();
        Self {
            name: name.into(),
            model,
            images,
        }
    }

    /// The same network and images with a residual map of 8 bits.
    pub fn narrow(&self) -> Self {
        let some = self.images[..self.images.len().min(4)].concat();
        let found = residual_scales(&self.model, &some).unwrap();
        let model = self.model.clone();
        Self {
            name: format!("{}, 8 bits", self.name),
            model: model.with_residual_scales(Some(found.scales)).unwrap(),
            images: self.images.clone(),
        }
    }

    /// What `runtime` computes: for each image the class, and the logits.
    pub fn expected(&self) -> Vec<(usize, Vec<i32>)> {
        let network = Network::new(&self.model).unwrap();
        let mut forward = Forward::new(&network);
        let image = |image: &Vec<u8>| {
            let class = forward.classify(image).unwrap();
            (class, forward.logits(image).unwrap().to_vec())
        };
        self.images.iter().map(image).collect()
    }

    /// Writes the C source.
    pub fn export(&self, folder: &Path) -> embed::Sizes {
        self.export_with(folder, &Options::default())
    }

    /// Writes the C source in a way of one's own.
    pub fn export_with(&self, folder: &Path, options: &Options) -> embed::Sizes {
        let (files, sizes) = embed::files(&self.model, options).unwrap();
        embed::folder::replace(folder, &files).unwrap();
        sizes
    }
}

/// A network of each kind; shapes are such that every way of the C code is gone.
pub fn cases(images: usize) -> Vec<Case> {
    let mut parts = networks::variants();
    parts.retain(|(name, _)| *name != "real weights at both ends");
    // Sums of many channels are added up in parts, and filled up where they are no multiple of 8.
    parts.push(("wide", wide(31, [3, 10, 11], 28, 1, 5)));
    let mut other = wide(32, [2, 9, 7], 3, 1, 4);
    other.convs[0] = Random(4).conv(2, 3, 5);
    other.convs[7] = Random(5).conv(12, 4, 3);
    parts.push(("other kernels", other));
    parts.push(("one pixel", wide(33, [1, 1, 1], 8, 1, 3)));
    let mut plain = wide(34, [3, 17, 9], 10, 1, 3);
    plain.structure = Structure::Plain;
    parts.push(("plain, odd", plain));
    for (name, structure) in [
        ("two convolutions", Structure::Residual),
        ("two plain ones", Structure::Plain),
    ] {
        let mut two = wide(35, [3, 8, 8], 8, 1, 3);
        two.convs.drain(1..7);
        two.convs[1] = Random(6).conv(8, 3, 1);
        two.norms.drain(2..8);
        two.norms[1] = Some(Random(7).norm(8));
        two.structure = structure;
        parts.push((name, two));
    }
    // A factor of the last norm and scale so large that shifts are short.
    let mut steep = wide(36, [1, 6, 6], 8, 1, 3);
    steep.norms[1].as_mut().unwrap().scale[..4].fill(316.0);
    if let Weights::Signs { scale, .. } = &mut steep.convs[1].weights {
        *scale = Scale::Channels((0..8).map(|c| [300.0, 0.01, -2.0, 0.5][c % 4]).collect());
    }
    parts.push(("steep", steep));
    parts.extend(with_integers());
    let case = |(name, parts)| Case::new(name, parts, images);
    let mut cases: Vec<_> = parts.into_iter().map(case).collect();
    let residual = |case: &&Case| Network::new(&case.model).unwrap().residual;
    let narrow: Vec<_> = cases.iter().filter(residual).map(Case::narrow).collect();
    cases.extend(narrow);
    cases
}

/// Networks with weights of 8 and of two bits, and blocks that grow without halving.
fn with_integers() -> Vec<(&'static str, SequenceParts)> {
    let mut random = Random(37);
    let mut networks = Vec::new();
    let mut ends = wide(37, [3, 10, 11], 8, 1, 5);
    int8_ends(37, &mut ends);
    networks.push(("8-bit ends", ends));
    // Inputs that are negative, sizes that are odd.
    let mut shifted = wide(38, [2, 9, 7], 5, 1, 4);
    shifted.convs[0] = random.conv(2, 5, 5);
    shifted.convs[7] = random.conv(20, 4, 3);
    shifted.activation = Activation::ShiftedRelu;
    shifted
        .convs
        .iter_mut()
        .for_each(|conv| int8(&mut random, conv));
    networks.push(("8 bits", shifted));
    let mut pooled = wide(39, [3, 22, 17], 4, 1, 6);
    pooled.convs[0] = random.conv(3, 4, 7);
    pooled.convs[0].stride = 2;
    pooled.stem = runtime::Stem::MaxPool;
    pooled.padding = runtime::Padding::BottomRight;
    pooled
        .convs
        .iter_mut()
        .for_each(|conv| int8(&mut random, conv));
    networks.push(("8 bits, max pool, bottom-right", pooled));
    for (name, structure, activation) in [
        ("ternary", Structure::Residual, Activation::Relu),
        (
            "ternary, shifted ReLU",
            Structure::Residual,
            Activation::ShiftedRelu,
        ),
        ("ternary, plain", Structure::Plain, Activation::Relu),
    ] {
        let mut parts = wide(40, [3, 10, 11], 28, 1, 5);
        parts.structure = structure;
        parts.activation = activation;
        parts
            .convs
            .iter_mut()
            .for_each(|conv| ternary(&mut random, conv));
        networks.push((name, parts));
    }
    let mut both = wide(41, [1, 8, 8], 8, 1, 3);
    both.structure = Structure::Plain;
    for (index, conv) in both.convs.iter_mut().enumerate() {
        match index % 3 {
            0 => int8(&mut random, conv),
            1 => ternary(&mut random, conv),
            _ => {}
        }
    }
    networks.push(("8 bits, ternary and signs", both));
    // 8, 16 and 32 channels at one size, then halved without growing.
    let mut grows = wide(42, [1, 9, 8], 8, 2, 3);
    grows.convs[5].stride = 1;
    grows.convs[9].stride = 1;
    grows.convs[11].stride = 2;
    networks.push(("grows at stride 1", grows));
    networks
}

/// Gives the first and the last convolution weights of 8 bits.
pub fn int8_ends(seed: u64, parts: &mut SequenceParts) {
    let (mut random, last) = (Random(seed), parts.convs.len() - 1);
    for index in [0, last] {
        int8(&mut random, &mut parts.convs[index]);
    }
}

/// Gives a convolution integers, the greatest among them, and a scale per channel.
fn int8(random: &mut Random, conv: &mut Conv) {
    let deviation = (2.0 / conv.row_len() as f32).sqrt();
    let values: Vec<i8> = (0..conv.weight_count())
        .map(|_| ((random.next() % 255) as i16 - 127) as i8)
        .collect();
    let scales = (0..conv.out_channels).map(|_| deviation / 70.0 * (1.0 + random.real() / 4.0));
    conv.weights = Weights::Int8 {
        scale: Scale::Channels(scales.collect()),
        values,
    };
}

/// Gives a convolution weights −1, 0 and +1.
fn ternary(random: &mut Random, conv: &mut Conv) {
    let row_len = conv.row_len();
    let values: Vec<i8> = (0..conv.weight_count())
        .map(|_| (random.next() % 3) as i8 - 1)
        .collect();
    conv.weights = Weights::Ternary {
        scale: Scale::Layer((3.0 / row_len as f32).sqrt()),
        signs: Conv::pack(values.iter().map(|&value| value > 0), row_len),
        nonzero: Conv::pack(values.iter().map(|&value| value != 0), row_len),
    };
}

/// Runs a command with some input to a successful end and returns its standard output.
pub fn success(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that ended early is told by its status.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout
}

/// The numbers of a line, class and logits.
pub fn numbers(line: &str) -> (usize, Vec<i32>) {
    let mut words = line.split(' ');
    let class = words.next().unwrap().parse().unwrap();
    (class, words.map(|word| word.parse().unwrap()).collect())
}
