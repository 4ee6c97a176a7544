//! The signs in the order in which the C code looks them up.

use runtime::integer::Layer;

use crate::geometry::Geometry;

/// For each chunk of groups and each output, a nibble for each group and, where groups are of channels, each tap: bit i is
/// that of the group's input i. The lower half of a byte comes first.
pub(crate) fn looked_up(layer: &Layer, geometry: &Geometry) -> Vec<u8> {
    let area = layer.kernel * layer.kernel;
    let row_len = layer.from[0] * area;
    let row_bytes = row_len.div_ceil(8);
    let positive = |output: usize, index: usize| {
        let byte = layer.bits[output * row_bytes + index / 8];
        byte >> (index % 8) & 1
    };
    let mut bytes = Vec::new();
    let mut first = 0;
    while first < geometry.groups {
        let count = geometry.chunk.min(geometry.groups - first);
        for output in 0..layer.to[0] {
            let mut nibbles = Vec::new();
            for group in first..first + count {
                let taps = if geometry.whole { area } else { 1 };
                for tap in 0..taps {
                    let bit = |input: usize| {
                        let index = match geometry.whole {
                            true => (4 * group + input) * area + tap,
                            false => 4 * group + input,
                        };
                        let there = index < row_len;
                        if there {
                            positive(output, index) << input
                        } else {
                            0
                        }
                    };
                    nibbles.push((0..4).map(bit).sum::<u8>());
                }
            }
            let pairs = nibbles.chunks(2);
            bytes.extend(pairs.map(|pair| pair[0] | pair.get(1).unwrap_or(&0) << 4));
        }
        first += count;
    }
    bytes
}
