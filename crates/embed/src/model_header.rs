//! `onebit_model.h`: the network's shapes and numbers.

use std::fmt::Display;

use runtime::integer::{Layer, LayerWeights, Network, Output, Requantize};
use runtime::{Padding, PoolDivisor};

use crate::bits::{Stored, stored};
use crate::geometry::{Form, Geometry};
use crate::memory::Memory;
use crate::{EmbedError, Name, VERSION, text};

/// Bytes of a layer's description where pointers have 32 bits.
const LAYER_BYTES: usize = 60;
/// [`Requantize::offset`] of nothing but the half that rounds.
const HALF: i32 = 2048;
/// Characters of a line of numbers.
const LINE: usize = 112;

/// The header's text, and the bytes of its constants where pointers have 32 bits.
pub(crate) fn text(
    network: &Network,
    memory: &Memory,
    class_names: &[String],
    name: &Name,
) -> Result<(String, usize), EmbedError> {
    let mut constants = Constants::default();
    let mut descriptions = Vec::new();
    for (index, (layer, geometry)) in network.layers.iter().zip(&memory.geometries).enumerate() {
        descriptions.push(constants.layer(index, layer, geometry));
    }
    constants.array("int32_t", "logit_offsets", &network.logit_offsets);
    constants.bytes += LAYER_BYTES * network.layers.len();

    let mut header = format!(
        "/* A network's shapes and numbers. Made by onebit-embed {VERSION}; do not edit. */\n"
    );
    let halves = network.layers.iter().skip(1).any(|layer| layer.stride == 2);
    let flag = usize::from;
    for (name, number) in [
        ("LAYERS", network.layers.len()),
        ("RESIDUAL", flag(network.residual)),
        ("MAX_POOL", flag(network.max_pool)),
        ("HALVES", flag(halves)),
        ("SYMMETRIC", flag(network.padding == Padding::Symmetric)),
        ("POOL_BY_9", flag(network.divisor == PoolDivisor::Kernel)),
        ("TABLE_WORDS", memory.table_words),
        ("PARTS", memory.parts),
        ("FIRST_RING", memory.first_ring),
        ("SECOND_RING", memory.second_ring),
        ("PITCH", memory.pitch),
        ("MAP", memory.map),
    ] {
        line(&mut header, format_args!("#define ONEBIT_{name} {number}"));
    }
    // Defined only where there is such a thing: what a network does not need is not compiled.
    let any = |form: fn(Form) -> bool| memory.geometries.iter().any(|g| form(g.form));
    let grows = network.layers.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        second.output == Output::Add && first.stride == 1 && first.from[0] < second.to[0]
    });
    for (name, needed) in [
        ("INT8", any(|form| form == Form::Integers)),
        (
            "TERNARY",
            any(|form| matches!(form, Form::Planes { ternary: true, .. })),
        ),
        ("GROWS", grows),
        ("LOWEST", network.layers.iter().any(|layer| layer.min > 0)),
        ("NARROW", is_narrow(network)),
    ] {
        if needed {
            line(&mut header, format_args!("#define ONEBIT_{name} 1"));
        }
    }
    if network.residual && network.residual_bits == 8 {
        line(&mut header, "#define ONEBIT_MAP_BITS 8");
    }
    header += &constants.text;
    line(
        &mut header,
        format_args!("static const struct layer layers[ONEBIT_LAYERS] = {{"),
    );
    descriptions.iter().for_each(|text| line(&mut header, text));
    line(&mut header, "};");
    line(
        &mut header,
        "const char *const onebit_class_names[ONEBIT_CLASSES] = {",
    );
    // Before there are words from outside in it.
    let mut header = name.put_on(&header);
    for (index, name) in class_names.iter().enumerate() {
        let quoted = text::string(name).ok_or_else(|| EmbedError::ClassName {
            index,
            max: 4095,
            found: match name.contains('\0') {
                true => "a 0 among them".into(),
                false => format!("{} bytes", name.len()),
            },
        })?;
        constants.bytes += 4 + name.len() + 1;
        line(&mut header, format_args!("    {quoted},"));
    }
    line(&mut header, "};");
    Ok((header, constants.bytes))
}

/// Whether 32 bits hold what is computed of all lines but those of the logits.
pub(crate) fn is_narrow(network: &Network) -> bool {
    let [min, _] = network.residual_range();
    network.layers.iter().enumerate().all(|(index, layer)| {
        let read = if index == 0 { 255 } else { -min };
        let mut input = layer.input.iter().flatten();
        let mut sums = layer.sums.iter();
        let largest = largest_sum(layer);
        input.all(|line| line.is_narrow(read))
            && (layer.output == Output::Logits || sums.all(|line| line.is_narrow(largest)))
    })
}

/// No sum is greater.
fn largest_sum(layer: &Layer) -> i32 {
    let row_len = layer.from[0] * layer.kernel * layer.kernel;
    let weights = match &layer.weights {
        LayerWeights::Int8(values) => {
            let rows = values.chunks_exact(row_len);
            let row = |row: &[i8]| row.iter().map(|w| i32::from(w.unsigned_abs())).sum();
            rows.map(row).max().unwrap_or(0)
        }
        _ => row_len as i32,
    };
    weights * if layer.zero == 0 { 255 } else { 128 }
}

fn line(text: &mut String, line: impl Display) {
    *text += &line.to_string();
    text.push('\n');
}

#[derive(Default)]
struct Constants {
    text: String,
    bytes: usize,
}

impl Constants {
    /// A layer's arrays; returns its description.
    fn layer(&mut self, index: usize, layer: &Layer, geometry: &Geometry) -> String {
        let name = |what: &str| format!("{what}_{index}");
        let weights = match stored(layer, geometry) {
            Stored::Bits(bits) => {
                self.array("uint8_t", &name("bits"), &bits);
                name("bits")
            }
            Stored::Integers(integers) => {
                self.array("int8_t", &name("integers"), &integers);
                format!("(const uint8_t *){}", name("integers"))
            }
        };
        let input = self.lines(&name("input"), layer.input.as_deref());
        let sums = self.lines(&name("sums"), Some(&layer.sums));
        let biases = match (layer.zero, layer.output) {
            // Of the last layer's totals `zero` is taken away before.
            (0, _) | (_, Output::Logits) => "NULL".to_owned(),
            _ => {
                self.array("int32_t", &name("biases"), &biases(layer));
                name("biases")
            }
        };
        let ([inputs, height, width], [outputs, rows, columns]) = (layer.from, layer.to);
        let (kernel, stride, zero, min) = (layer.kernel, layer.stride, layer.zero, layer.min);
        let Geometry {
            before: [top, left],
            form,
            groups,
            chunk,
            padded,
            channels,
            ..
        } = geometry;
        let form = form.number();
        format!(
            "    {{{inputs}, {height}, {width}, {outputs}, {rows}, {columns}, {kernel}, {stride}, {top}, {left}, {zero}, {min}, \
             {form}, {groups}, {chunk}, {padded}, {channels},\n     {input}, {sums}, {biases}, {weights}}},"
        )
    }

    /// Arrays of lines; returns what describes them.
    fn lines(&mut self, name: &str, lines: Option<&[Requantize]>) -> String {
        let Some(lines) = lines else {
            return "{NULL, NULL, NULL}".into();
        };
        let numbers = |f: &dyn Fn(&Requantize) -> i32| lines.iter().map(f).collect::<Vec<_>>();
        self.array(
            "int32_t",
            &format!("{name}_m"),
            &numbers(&|line| line.multiplier),
        );
        let shifts = numbers(&|line| line.shift.into());
        self.array("uint8_t", &format!("{name}_s"), &shifts);
        let offsets = numbers(&|line| line.offset);
        if offsets.iter().all(|&offset| offset == HALF) {
            return format!("{{{name}_m, NULL, {name}_s}}");
        }
        self.array("int32_t", &format!("{name}_o"), &offsets);
        format!("{{{name}_m, {name}_o, {name}_s}}")
    }

    fn array<T: Display>(&mut self, kind: &str, name: &str, numbers: &[T]) {
        self.bytes += numbers.len() * if kind.ends_with("int8_t") { 1 } else { 4 };
        line(
            &mut self.text,
            format_args!("static const {kind} {name}[{}] = {{", numbers.len()),
        );
        let mut row = String::from("   ");
        for number in numbers {
            let number = number.to_string();
            if row.len() + number.len() > LINE {
                line(&mut self.text, &row);
                row = String::from("   ");
            }
            row += " ";
            row += &number;
            row += ",";
        }
        line(&mut self.text, &row);
        line(&mut self.text, "};");
    }
}

/// −zero · Σ weights, for each output: each input is `zero` more than what it stands for.
pub(crate) fn biases(layer: &Layer) -> Vec<i32> {
    let row_len = layer.from[0] * layer.kernel * layer.kernel;
    let totals: Vec<i32> = match &layer.weights {
        LayerWeights::Signs(bits) => {
            let rows = bits.chunks_exact(row_len.div_ceil(8));
            let signs = rows.map(|row| {
                let positive: u32 = row.iter().map(|byte| byte.count_ones()).sum();
                2 * positive as i32 - row_len as i32
            });
            signs.collect()
        }
        LayerWeights::Int8(values) => {
            let rows = values.chunks_exact(row_len);
            rows.map(|row| row.iter().map(|&w| i32::from(w)).sum())
                .collect()
        }
        other => unreachable!("{other:?} has no form"),
    };
    totals
        .iter()
        .map(|total| -i32::from(layer.zero) * total)
        .collect()
}
