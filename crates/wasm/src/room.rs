//! The memory that a network takes to compute, before any of it is asked for.

use runtime::integer::{Forward, Network};

/// Rows and columns that the tiles of look-ups add to a plane at most.
const TILE: u64 = 64;
/// Bytes of scratch memory for an output of a layer: three lines of 64 bytes for each of four rows.
const SUMS: u64 = 3 * 64 * 4;

/// An upper bound of it, in bytes.
pub(crate) fn needed(network: &Network) -> u64 {
    let layers = network.layers.iter().map(|layer| {
        let [inputs, height, width] = layer.from.map(|size| size as u64);
        let (outputs, kernel) = (layer.to[0] as u64, layer.kernel as u64);
        let side = |size: u64| size + kernel + TILE;
        // 16 bits for each input.
        let planes = 2 * inputs * side(height) * side(width);
        // Words of look-ups have 64 bits for four weights or more, and each tap has a place.
        let row = inputs * kernel * kernel;
        planes + outputs * (2 * row + 8 + SUMS) + 8 * row
    });
    layers.sum::<u64>() + Forward::memory(network)
}
