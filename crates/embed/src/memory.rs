//! The static memory that a network asks for.

use runtime::integer::{Layer, Network, Output};

use crate::EmbedError;
use crate::geometry::{BLOCK, Geometry};

/// Sizes and numbers of channels are kept in 16 bits.
const MAX_NUMBER: usize = u16::MAX as usize;
/// The most static memory.
const MAX_MEMORY: usize = 1 << 30;

/// Static memory of the C code, in elements.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub geometries: Vec<Geometry>,
    pub table_words: usize,
    pub parts: usize,
    pub first_ring: usize,
    pub second_ring: usize,
    pub pitch: usize,
    pub map: usize,
    /// Bytes of a number of the map.
    number: usize,
}

impl Memory {
    /// That of `network`, whose convolutions have these names.
    pub(crate) fn of<'a>(
        network: &Network,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Self, EmbedError> {
        let Some((last, before)) = network.layers.split_last() else {
            return Err(large("layers".into(), 0, 0));
        };
        for (name, layer) in names.zip(&network.layers) {
            for found in layer.from.into_iter().chain(layer.to) {
                if found > MAX_NUMBER {
                    return Err(large(name.into(), MAX_NUMBER, found));
                }
            }
        }
        let geometry = |layer| Geometry::of(layer, network.padding);
        let geometries: Vec<_> = network.layers.iter().map(geometry).collect();
        let max = |f: &dyn Fn(&Layer, &Geometry) -> usize| {
            let layers = before.iter().zip(&geometries);
            layers
                .map(|(layer, geometry)| f(layer, geometry))
                .max()
                .unwrap_or(1)
                .max(1)
        };
        // A blank row, and those that two rows of the output read.
        let first_ring = max(&|l, g| (l.kernel + l.stride + 1) * g.padded * g.channels);
        // Those that two rows read, and one more that the convolution before is ahead.
        let second = before
            .iter()
            .zip(&geometries)
            .filter(|(l, _)| l.output == Output::Add);
        let second_ring = second
            .map(|(l, g)| (l.kernel + 3) * g.padded * g.channels)
            .max();
        let maps = before.iter().map(|l| l.to).chain([last.from]);
        let pitch = maps
            .clone()
            .map(|[channels, _, width]| channels * width)
            .max()
            .unwrap_or(1);
        let rows = maps.map(|[_, height, _]| height).max().unwrap_or(1);
        let memory = Self {
            table_words: max(&|_, g| g.table_words),
            parts: max(&|l, g| {
                if g.chunk < g.groups {
                    l.to[0] * 2 * BLOCK
                } else {
                    1
                }
            }),
            first_ring,
            second_ring: second_ring.unwrap_or(0),
            pitch,
            map: pitch * rows,
            number: match network.residual {
                true => usize::from(network.residual_bits / 8),
                false => 1,
            },
            geometries,
        };
        if memory.bytes() > MAX_MEMORY {
            return Err(large("bytes of memory".into(), MAX_MEMORY, memory.bytes()));
        }
        Ok(memory)
    }

    /// Bytes in all.
    pub(crate) fn bytes(&self) -> usize {
        let words = 4 * (self.table_words + self.parts);
        // Rings are whole words.
        let rings = [self.first_ring, self.second_ring].map(|ring| ring.next_multiple_of(4));
        words + rings[0] + rings[1] + self.number * self.map
    }
}

fn large(part: String, max: usize, found: usize) -> EmbedError {
    EmbedError::Large { part, max, found }
}
