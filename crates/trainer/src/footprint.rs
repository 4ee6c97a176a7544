//! What a network that is not trained yet will take of a small device.

use embed::Sizes;
use embed::boards::BOARDS;
use graph::{Costs, Graph, Kernel, Op, Storage};
use model::NetworkConfig;
use runtime::{Affine, Conv, Model, Parts, Weights};
use serde::Serialize;

use crate::Error;

/// More weights fit on none of the devices, and would only cost memory here.
const MAX_WEIGHTS: u64 = 1 << 27;

/// The sizes of a network of this shape, whatever its weights will be; `None` where it has more weights than any of
/// the devices can hold.
///
/// # Errors
///
/// [`Error::Usage`] when there is no such network, [`Error::Failed`] when it is none for arithmetic in integers.
pub fn sizes(config: &NetworkConfig, summary: &Costs) -> Result<Option<Sizes>, Error> {
    let Costs { totals, .. } = summary;
    let weights = totals.one_bit_weights + totals.ternary_weights + totals.eight_bit_weights;
    if weights > MAX_WEIGHTS {
        return Ok(None);
    }
    let sizes = embed::sizes(&stand_in(config.graph()?, config.net.gain(), None, false)?);
    sizes.map(Some).map_err(|e| Error::Failed(e.to_string()))
}

/// Networks of more weights are for no board, and counting them would take a while.
const MAX_TOLD: u64 = 1 << 23;

/// The same of a network for boards: none where a weight is a real number, where there are more weights than boards hold,
/// or where integers do not compute it.
pub fn on_a_board(config: &NetworkConfig) -> Option<Sizes> {
    let (graph, costs) = (config.graph().ok()?, config.costs().ok()?);
    let is_real = graph
        .convs()
        .any(|(_, conv)| conv.weights.storage() == Storage::Float);
    let totals = &costs.totals;
    let weights = totals.one_bit_weights + totals.ternary_weights + totals.eight_bit_weights;
    match is_real || weights > MAX_TOLD {
        true => None,
        false => sizes(config, &costs).ok()?,
    }
}

/// Bytes as whole KiB, none too few.
pub fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

/// What the C code takes, and which devices hold it, for programs.
#[derive(Debug, Serialize)]
pub struct Integers {
    flash_bytes: usize,
    ram_bytes: usize,
    boards: Vec<Fit>,
}

#[derive(Debug, Serialize)]
struct Fit {
    name: &'static str,
    core: &'static str,
    flash_bytes: usize,
    ram_bytes: usize,
    fits: bool,
}

impl From<Sizes> for Integers {
    fn from(sizes: Sizes) -> Self {
        let boards = BOARDS.iter().map(|board| Fit {
            name: board.name,
            core: board.core,
            flash_bytes: board.flash,
            ram_bytes: board.ram,
            fits: board.fits(sizes),
        });
        Self {
            flash_bytes: sizes.flash,
            ram_bytes: sizes.ram,
            boards: boards.collect(),
        }
    }
}

/// Steps of a stand-in's activations and residual map, in the order of what training comes to: with them 32 bits hold what
/// is computed of an 8-bit map, as they do of trained networks.
const STEP: f32 = 0.02;

/// A deployed network of these nodes with some weights or other, for classes of these names or of numbers, and with a
/// residual map of 8 bits where it has one and is to have them.
///
/// # Errors
///
/// [`Error::Failed`] when there is no such network.
pub fn stand_in(
    graph: Graph,
    gain: f64,
    class_names: Option<&[String]>,
    eight_bits: bool,
) -> Result<Model, Error> {
    let residual = graph.nodes().iter().any(|node| matches!(node.op, Op::Add));
    let convs = graph.convs().map(|(node, op)| {
        let [out, inputs, size, _] = graph.weight_shape(node);
        let kernel = Kernel {
            out,
            inputs,
            size,
            gain,
        };
        let latent = vec![0.01; kernel.weights()];
        let weights = match op.weights.quantize(&kernel, &latent) {
            Some(quantized) => Weights::of(quantized, op.weights.storage(), kernel.row_len()),
            None => Weights::Real(latent),
        };
        Conv {
            in_channels: inputs,
            out_channels: out,
            kernel: size,
            stride: op.stride,
            weights,
        }
    });
    let convs: Vec<Conv> = convs.collect();
    let norms = graph.norms().map(|node| {
        let channels = graph.input_shape(node)[0];
        // Pixels are 0 to 255.
        let scale = if graph.is_input_norm(node) {
            1.0 / 64.0
        } else {
            1.0
        };
        Affine {
            scale: vec![scale; channels],
            offset: vec![0.25; channels],
        }
    });
    let norms = norms.collect();
    let (steps, last) = (
        vec![STEP; convs.len()],
        convs.last().map_or(0, |conv| conv.in_channels),
    );
    let mut parts = Parts::new(graph, norms, convs);
    parts.activation_scales = Some(steps);
    if let Some(names) = class_names {
        parts.class_names = names.to_vec();
    }
    if eight_bits && residual {
        parts.residual_scales = Some(vec![STEP; last]);
    }
    Ok(Model::new(parts)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_told_of_where_boards_compute_it() {
        let of =
            |net: &str, side: usize| NetworkConfig::new(net.parse().unwrap(), [3, side, side], 10);
        let [small, large] = [32, 100].map(|side| on_a_board(&of("wrn-14-1", side)).unwrap());
        assert_eq!(small.flash, large.flash);
        // A map of 16 channels, 9.8 times as large.
        assert!(large.ram > 6 * small.ram, "{small:?} {large:?}");
        let real = of("wrn-14-1", 32).with_weights(graph::Weights::FULL);
        assert!(on_a_board(&real).is_none());
        assert!(on_a_board(&of("wrn-20-10", 32)).is_none());
        assert_eq!([1, 1024, 1025].map(kib), ["1 KiB", "1 KiB", "2 KiB"]);
    }
}
