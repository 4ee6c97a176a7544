//! A network as a Rust crate without `std`: constants, and the plain code that computes with them.

use std::fmt::Display;

use runtime::integer::{Layer, LayerWeights, Network, Output, Requantize};
use runtime::{Model, Padding, PoolDivisor};

use crate::{EmbedError, File, Name, VERSION, model_header, readme, selftest, text};

/// Words of Rust, and crates that every program has.
const TAKEN: [&str; 48] = [
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue",
    "core", "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen",
    "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv",
    "pub", "ref", "return", "self", "static", "std", "struct", "super", "test", "trait", "true",
    "try", "type", "use",
];
/// Characters of a line of numbers.
const LINE: usize = 112;
/// The most memory that a crate's constants are made for.
const MAX_MEMORY: usize = 1 << 30;

/// The crate of `model`, by the names of files in it.
///
/// # Errors
///
/// [`EmbedError::Model`] for networks that integers cannot compute, [`EmbedError::Name`] where no crate can be called so,
/// [`EmbedError::Large`] for networks that no device has memory for.
pub fn files(model: &Model, name: &Name) -> Result<Vec<File>, EmbedError> {
    let crate_name = name.to_string();
    let more = [
        "typeof", "unsafe", "unsized", "virtual", "where", "while", "yield",
    ];
    if TAKEN.contains(&&*crate_name) || more.contains(&&*crate_name) {
        return Err(EmbedError::Name {
            name: crate_name,
            found: "a word of Rust".into(),
        });
    }
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let memory = Memory::of(&network)?;
    let mut constants = Constants::default();
    let tables = constants.text(model, &network, &memory)?;
    let [channels, height, width] = model.input();
    let put = |template: &str| {
        let mut text = template
            .replace("@CRATE@", &crate_name)
            .replace("@VERSION@", VERSION);
        for (place, number) in [
            ("@CHANNELS@", channels as i64),
            ("@HEIGHT@", height as i64),
            ("@WIDTH@", width as i64),
            ("@CLASSES@", model.classes() as i64),
            ("@LOGIT_BITS@", i64::from(network.logit_bits)),
            ("@MIN_MARGIN@", i64::from(network.min_margin)),
        ] {
            text = text.replace(place, &number.to_string());
        }
        text.replace("@RAM@", &readme::grouped(memory.bytes() as u64))
            .replace("@FLASH@", &readme::grouped(constants.bytes as u64))
            .replace(
                "@MACS@",
                &readme::grouped(readme::multiply_accumulates(&network)),
            )
            // Last, so that nothing in these words is taken for a place.
            .replace("@ABOUT@", &about(model))
    };
    Ok([
        (
            "Cargo.toml",
            put(include_str!("../templates/rust/Cargo.toml.txt")),
        ),
        (
            "README.md",
            put(include_str!("../templates/rust/README.md")),
        ),
        ("src/lib.rs", put(include_str!("../templates/rust/lib.rs"))),
        (
            "src/forward.rs",
            include_str!("../templates/rust/forward.rs").into(),
        ),
        ("src/model.rs", tables),
        (
            "tests/selftest.rs",
            put(include_str!("../templates/rust/selftest.rs")),
        ),
    ]
    .map(|(file, text)| (file.to_owned(), text))
    .into())
}

/// Where the network comes from, in lines of a comment.
fn about(model: &Model) -> String {
    let lines = model
        .provenance()
        .iter()
        .map(|(key, value)| format!("//! {}: {}", text::comment(key), text::comment(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The working memory, in elements.
struct Memory {
    inputs: usize,
    map: usize,
    patch: usize,
}

impl Memory {
    fn of(network: &Network) -> Result<Self, EmbedError> {
        let numbers = |shape: [usize; 3]| shape.iter().product::<usize>();
        let max = |f: &dyn Fn(&Layer) -> usize| network.layers.iter().map(f).max().unwrap_or(1);
        let on_map = |layer: &Layer| match layer.output {
            Output::Residual | Output::Add => numbers(layer.to).max(numbers(layer.from)),
            _ => 1,
        };
        // A skip path's pool reads the map that the first convolution of its block read.
        let read = |layer: &Layer| {
            if network.residual {
                numbers(layer.from)
            } else {
                1
            }
        };
        let memory = Self {
            inputs: max(&|layer| numbers(layer.from)),
            map: max(&|layer| on_map(layer).max(read(layer))),
            patch: max(&|layer| layer.from[0] * layer.kernel * layer.kernel).next_multiple_of(8),
        };
        match memory.bytes() {
            found if found > MAX_MEMORY => Err(EmbedError::Large {
                part: "bytes of memory".into(),
                max: MAX_MEMORY,
                found,
            }),
            _ => Ok(memory),
        }
    }

    fn bytes(&self) -> usize {
        2 * self.inputs + 2 * self.map + 9 * self.patch
    }
}

#[derive(Default)]
struct Constants {
    /// Of weights, lines and biases.
    bytes: usize,
}

impl Constants {
    /// `model.rs`.
    fn text(
        &mut self,
        model: &Model,
        network: &Network,
        memory: &Memory,
    ) -> Result<String, EmbedError> {
        let [_, map_max] = network.residual_range();
        let mut text = format!(
            "//! A network's shapes and numbers. Made by onebit-embed {VERSION}; do not edit.\n\n\
             use crate::CLASSES;\nuse crate::forward::{{Layer, Output, Requantize, Weights}};\n\n\
             pub(crate) const INPUTS: usize = {};\npub(crate) const MAP: usize = {};\npub(crate) const PATCH: usize = {};\n\
             pub(crate) const MAP_MAX: i32 = {map_max};\npub(crate) const MAX_POOL: bool = {};\n\
             pub(crate) const POOL_BOTTOM_RIGHT: bool = {};\npub(crate) const POOL_BY_9: bool = {};\n\n",
            memory.inputs,
            memory.map,
            memory.patch,
            network.max_pool,
            network.padding == Padding::BottomRight,
            network.divisor == PoolDivisor::Kernel,
        );
        let names = model
            .class_names()
            .iter()
            .map(|name| format!("    {name:?},\n"));
        text += &format!(
            "/// A name for each class.\npub static CLASS_NAMES: [&str; CLASSES] = [\n{}];\n",
            names.collect::<String>()
        );
        text += &array("LOGIT_OFFSETS", "i32", "CLASSES", &network.logit_offsets);
        let logits = selftest::logits(network, model.input())?;
        let rows = logits.iter().map(|row| format!("    {row:?},\n"));
        text += &format!(
            "pub(crate) static EXPECTED: [[i32; CLASSES]; {}] = [\n{}];\n",
            selftest::IMAGES,
            rows.collect::<String>()
        );
        text += &format!(
            "pub(crate) static LAYERS: [Layer; {}] = [\n",
            network.layers.len()
        );
        for layer in &network.layers {
            text += &self.layer(layer, network.padding);
        }
        text += "];\n";
        Ok(text)
    }

    fn layer(&mut self, layer: &Layer, padding: Padding) -> String {
        let [_, height, width] = layer.from;
        let before = [height, width].map(|size| padding.before(size, layer.kernel, layer.stride));
        let weights = match &layer.weights {
            LayerWeights::Signs(bits) => {
                self.bytes += bits.len();
                format!("Weights::Signs(&[{}\n        ])", numbers(bits))
            }
            LayerWeights::Int8(values) => {
                self.bytes += values.len();
                format!("Weights::Integers(&[{}\n        ])", numbers(values))
            }
            other => unreachable!("{other:?} has no form"),
        };
        let biases = match layer.zero {
            0 => Vec::new(),
            _ => model_header::biases(layer),
        };
        self.bytes += 4 * biases.len();
        let output = match layer.output {
            Output::Next => "Next",
            Output::Residual => "Map",
            Output::Add => "Add",
            Output::Logits => "Logits",
        };
        format!(
            "    Layer {{\n        from: {:?},\n        to: {:?},\n        kernel: {},\n        stride: {},\n        before: {before:?},\n        \
             zero: {},\n        lowest: {},\n        weights: {weights},\n        input: {},\n        sums: {},\n        \
             biases: &[{}],\n        output: Output::{output},\n    }},\n",
            layer.from,
            layer.to,
            layer.kernel,
            layer.stride,
            layer.zero,
            layer.min,
            self.lines(layer.input.as_deref().unwrap_or_default()),
            self.lines(&layer.sums),
            numbers(&biases),
        )
    }

    fn lines(&mut self, lines: &[Requantize]) -> String {
        self.bytes += 12 * lines.len();
        let line = |line: &Requantize| {
            let (multiplier, offset, shift) = (line.multiplier, line.offset, line.shift);
            format!("            Requantize({multiplier}, {offset}, {shift}),\n")
        };
        match lines {
            [] => "&[]".into(),
            _ => format!(
                "&[\n{}        ]",
                lines.iter().map(line).collect::<String>()
            ),
        }
    }
}

fn array<T: Display>(name: &str, kind: &str, length: &str, values: &[T]) -> String {
    format!(
        "pub(crate) static {name}: [{kind}; {length}] = [{}\n];\n",
        numbers(values)
    )
}

/// Numbers in lines of their own.
fn numbers<T: Display>(values: &[T]) -> String {
    let mut text = String::new();
    let mut length = LINE;
    for value in values {
        let value = value.to_string();
        if length + value.len() + 2 > LINE {
            text += "\n           ";
            length = 11;
        }
        length += value.len() + 2;
        text += &format!(" {value},");
    }
    text
}
