//! How often the C code does what takes most of its instructions, for an image.
//!
//! Each feature is a loop of `templates/onebit.c`, or what is done once around one. The numbers follow from the shapes
//! alone, but for how a line is computed, which its shift decides.

use runtime::integer::{Layer, Network, Output, Requantize};

use crate::geometry::{BLOCK, Form, Geometry};
use crate::memory::Memory;

/// Names of the features, in the order of the numbers.
pub(super) const NAMES: [&str; 33] = [
    "network",
    "layers",
    "chunks",
    "choose calls",
    "choose channels 1",
    "choose channels 2",
    "choose taps",
    "tables 1",
    "tables 2",
    "tables taps",
    "parts",
    "joined parts",
    "finish to inputs, narrow",
    "finish to inputs, wide",
    "finish to map, narrow",
    "finish to map, wide",
    "to inputs, narrow",
    "to inputs, wide high",
    "to inputs, wide low",
    "to map, narrow",
    "to map, wide",
    "added to map, narrow",
    "added to map, wide",
    "load, narrow",
    "load, wide high",
    "load, wide low",
    "load bytes",
    "padding",
    "pool",
    "multiply",
    "multiply rows",
    "totals",
    "logits",
];

/// How a line is computed, as an offset from the first of three features.
fn way(line: &Requantize, narrow: bool) -> usize {
    match (narrow, line.shift >= 32) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// The numbers of a network; none where it does what no measured one did: a max pool, ternary weights, or activations
/// that begin below 0.
pub(super) fn of(network: &Network, memory: &Memory, narrow: bool) -> Option<Vec<f64>> {
    let unknown = network.max_pool
        || network.layers.iter().any(|layer| layer.min > 0)
        || memory
            .geometries
            .iter()
            .any(|g| matches!(g.form, Form::Planes { ternary: true, .. }));
    if unknown {
        return None;
    }
    let mut counts = Counts(vec![0.0; NAMES.len()]);
    counts.add("network", 1);
    let (last, before) = network.layers.split_last()?;
    for (layer, geometry) in before.iter().zip(&memory.geometries) {
        counts.convolution(layer, geometry, narrow);
        if network.residual && layer.output == Output::Add {
            // Padding of the ring between the convolutions of a block.
            counts.add("padding", (layer.kernel + 3) * geometry.padded);
        } else {
            let slots = layer.kernel + layer.stride + 1;
            counts.add("padding", slots * geometry.padded);
        }
        let pixels = layer.from[1] * layer.from[2];
        match &layer.input {
            Some(lines) => lines.iter().for_each(|line| {
                counts.add_at("load, narrow", way(line, narrow), pixels);
            }),
            None if !network.residual => counts.add("load bytes", layer.from[0] * pixels),
            None => {}
        }
    }
    if network.residual {
        for pair in before.get(1..).unwrap_or_default().chunks(2) {
            if let [first, second] = pair
                && first.stride == 2
            {
                let [_, rows, columns] = second.to;
                counts.add("pool", first.from[0] * rows * columns);
            }
        }
    }
    let area = last.kernel * last.kernel;
    counts.add("totals", last.from.iter().product::<usize>() * area);
    counts.add("logits", last.from[0] * area * last.to[0]);
    Some(counts.0)
}

struct Counts(Vec<f64>);

impl Counts {
    fn add(&mut self, name: &str, count: usize) {
        self.add_at(name, 0, count);
    }

    fn add_at(&mut self, name: &str, behind: usize, count: usize) {
        let place = NAMES.iter().position(|known| *known == name);
        let place = place.expect("a name of the list") + behind;
        self.0[place] += count as f64;
    }

    fn convolution(&mut self, layer: &Layer, geometry: &Geometry, narrow: bool) {
        let [outputs, rows, columns] = layer.to;
        let pairs = rows.div_ceil(2);
        // Two rows of eight columns are computed together.
        let units = pairs * columns.div_ceil(BLOCK);
        let groups = geometry.groups;
        self.add("layers", 1);
        match geometry.form {
            Form::Integers => {
                let rows = units * outputs * BLOCK / 2 * layer.kernel;
                self.add("multiply rows", rows);
                self.add("multiply", rows * layer.kernel * geometry.channels);
            }
            Form::Planes { whole, .. } => {
                let chunks = groups.div_ceil(geometry.chunk.max(1));
                self.add("chunks", units * chunks);
                self.add("choose calls", units * chunks * (outputs + 1));
                let chosen = units * (outputs + 1) * groups / 2;
                match (whole, layer.stride) {
                    (true, 1) => {
                        self.add("choose channels 1", 3 * chosen);
                        self.add("tables 1", units * groups * 3 * 10);
                    }
                    (true, _) => {
                        self.add("choose channels 2", 3 * chosen);
                        self.add("tables 2", units * groups * 3 * 17);
                    }
                    (false, _) => {
                        self.add("choose taps", chosen);
                        self.add("tables taps", units * groups * BLOCK);
                    }
                }
                if chunks > 1 {
                    self.add("parts", units * outputs * (chunks - 1));
                    self.add("joined parts", units * outputs);
                }
            }
        }
        let wide = usize::from(!narrow);
        let pixels = pairs * columns;
        if layer.output == Output::Next {
            self.add_at("finish to inputs, narrow", wide, units * outputs);
            for line in &layer.sums {
                self.add_at("to inputs, narrow", way(line, narrow), pixels);
            }
        } else {
            self.add_at("finish to map, narrow", wide, units * outputs);
            let name = match layer.output {
                Output::Add => "added to map, narrow",
                _ => "to map, narrow",
            };
            self.add_at(name, wide, pixels * outputs);
        }
    }
}
