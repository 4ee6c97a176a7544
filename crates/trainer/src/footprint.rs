//! What a network that is not trained yet will take of a small device.

use embed::Sizes;
use embed::boards::BOARDS;
use model::{InputNorm, Layout, NetworkConfig, Summary};
use runtime::{
    Activation, Affine, Conv, Model, Padding, Parts, PoolDivisor, Scale, Stem, Structure, Weights,
};

use serde::Serialize;

use crate::Error;

/// More weights fit on none of the devices, and would only cost memory here.
const MOST_WEIGHTS: u64 = 1 << 27;

/// The sizes of a network of this shape, whatever its weights will be; `None` where it has more weights than any of
/// the devices can hold.
///
/// # Errors
///
/// [`Error::Usage`] when there is no such network, [`Error::Failed`] when it is none for arithmetic in integers.
pub fn sizes(config: &NetworkConfig, summary: &Summary) -> Result<Option<Sizes>, Error> {
    if summary.totals.one_bit_weights > MOST_WEIGHTS {
        return Ok(None);
    }
    let sizes = embed::sizes(&stand_in(config)?);
    sizes.map(Some).map_err(|e| Error::Failed(e.to_string()))
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

/// A deployed network of that shape with some weights or other.
fn stand_in(config: &NetworkConfig) -> Result<Model, Error> {
    let layout = Layout::new(config)?;
    let convs: Vec<Conv> = layout
        .convs()
        .map(|shape| {
            let row_len = shape.in_channels * shape.kernel * shape.kernel;
            Conv {
                in_channels: shape.in_channels,
                out_channels: shape.out_channels,
                kernel: shape.kernel,
                stride: shape.stride,
                weights: Weights::Signs {
                    scale: Scale::Layer((2.0 / row_len as f32).sqrt()),
                    bits: vec![0; shape.out_channels * row_len.div_ceil(8)],
                },
            }
        })
        .collect();
    let norm = |channels: usize| Affine {
        scale: vec![1.0; channels],
        offset: vec![0.25; channels],
    };
    let mut norms = vec![Some(norm(config.input[0]))];
    let others = convs
        .iter()
        .map(|conv| layout.norms.then(|| norm(conv.out_channels)));
    norms.extend(others);
    let parts = Parts {
        input: config.input,
        class_names: (0..config.classes).map(|class| class.to_string()).collect(),
        padding: match config.padding {
            model::Padding::Symmetric => Padding::Symmetric,
            model::Padding::BottomRight => Padding::BottomRight,
        },
        structure: match layout.residual {
            true => Structure::Residual,
            false => Structure::Plain,
        },
        pool_divisor: PoolDivisor::Inside,
        activation: match layout.norms {
            true => Activation::Relu,
            false => Activation::ShiftedRelu,
        },
        input_relu: config.input_norm == InputNorm::LearnedRelu,
        temperature: 1.0,
        stem: match layout.max_pool {
            true => Stem::MaxPool,
            false => Stem::Plain,
        },
        norms,
        activation_scales: Some(vec![0.05; convs.len()]),
        convs,
        provenance: Default::default(),
    };
    Model::new(parts).map_err(|e| Error::Failed(e.to_string()))
}
