//! The author's own trained networks: MATLAB level-5 files of two layouts, told apart by what the
//! variables are called.
//!
//! Facts from the repository McDonnell-Lab/1-bit-per-weight (MIT) and from its published models.
//! Pixels go in as they are, 0–255, channels in the order red, green, blue.
//!
//! **Keras** (`…_allparams.mat`). A variable per layer, whose names end in running numbers that
//! are the order of the network; convolutions and batch norms are numbered apart, start anywhere
//! and leave out no number; a bare name is number 0.
//!
//! - `conv2d`, `conv2d_1`, … (or `binary_conv2d…`): truth values (1, kernel, kernel, in, out), true
//!   for +1. The scale is sqrt(2 / (kernel² · in)), for plain networks 2 / sqrt(kernel² · in).
//! - `batch_normalization…`, also with `_v1` or `_v2`: 4 rows (scale, offset, mean, variance) or 2
//!   (mean, variance) with a column per channel; epsilon 1e-5. A network with only the input's has
//!   the shifted ReLU (arXiv 1907.06916).
//! - Strides are not stored: the first convolution of a block that doubles the channels has 2.
//! - Padding at stride 2 is 'same' of Keras; no ReLU follows the input's norm.
//! - Nothing tells a plain network from a residual one: it is taken for residual unless the hint
//!   says `plain-…`.
//!
//! **MATLAB**. Cell arrays with an entry per layer. Residual and plain networks use different names:
//!
//! | residual | plain | content |
//! | --- | --- | --- |
//! | `BinaryWeights` | `BooleanSingleBitWeights` | truth values (kernel, kernel, in, out) |
//! | `LayerWeights` | `LayerScales` (`LayerWeights`) | a scale per convolution |
//! | `Moments` | `BN_Moments` (`AllMoments`) | mean and standard deviation, epsilon inside, channels × 2 |
//! | `BNG`, `BNB` | `BN_Scales`, `BN_Offsets` (`Scales`, `Offsets`) | scale and offset |
//! | `Stride`, `Padding` | the same | a number per convolution |
//!
//! Names in brackets are those of an earlier version of the author's script. Padding is the same
//! on all sides; a ReLU follows every norm but the last, the input's too.

mod arrays;
mod keras;
mod matlab;
mod names;

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::Path;

use data::mat5::{self, Array};
use runtime::Model;

use crate::net::Shape;
use crate::{ConvertError, FileKind, Options};

/// Variables by name.
type Variables = BTreeMap<String, Array>;

/// Imports the network of the file `path`.
///
/// # Errors
///
/// [`ConvertError`] that names the variable: when the file is no MATLAB level-5 file, of neither
/// layout, or holds no network of the kind that `options` name.
pub fn import(path: &Path, options: &Options) -> Result<Model, ConvertError> {
    let found = convert(path, options, |wanted| {
        mat5::read_some(path, options.memory, wanted)
    });
    found.map_err(|error| match (&error, beginning(path)) {
        (ConvertError::Read(_), Some(found)) => ConvertError::OtherFile {
            path: path.to_owned(),
            expected: "a MATLAB file",
            found,
        },
        _ => error,
    })
}

/// What kind of file it is, where it is no MATLAB file.
fn beginning(path: &Path) -> Option<FileKind> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(4096).read_to_end(&mut bytes).ok()?;
    FileKind::of(&bytes).filter(|&kind| kind != FileKind::Matlab)
}

/// As [`import`], from the open `reader`; `path` is for messages.
///
/// # Errors
///
/// As [`import`].
pub fn import_from(
    path: &Path,
    reader: &mut dyn BufRead,
    options: &Options,
) -> Result<Model, ConvertError> {
    convert(path, options, |wanted| {
        mat5::read_from(path, reader, options.memory, wanted)
    })
}

fn convert(
    path: &Path,
    options: &Options,
    read: impl FnOnce(&mut dyn FnMut(&str) -> bool) -> Result<Vec<mat5::Variable>, data::DataError>,
) -> Result<Model, ConvertError> {
    let named = Shape::named(options);
    // The first few names that neither layout has, for the message.
    let mut strangers: Vec<String> = Vec::new();
    let mut wanted = |name: &str| {
        let known = names::layer(name).is_some() || names::is_matlab(name);
        if !known && strangers.len() < 4 {
            strangers.push(name.chars().take(60).collect());
        }
        known
    };
    let variables = read(&mut wanted)?.into_iter();
    let variables: Variables = variables
        .map(|variable| (variable.name, variable.array))
        .collect();

    if let Some(weights) = names::WEIGHTS
        .iter()
        .find(|&&name| variables.contains_key(name))
    {
        // Other variables are the training's settings and its history.
        return matlab::chain(path, named, &variables, weights)?.model(path, options);
    }
    let any_layer = variables.keys().any(|name| names::layer(name).is_some());
    match strangers.first() {
        // A layer that is not known would be left out of the network.
        Some(stranger) if any_layer => Err(ConvertError::Variable {
            path: path.to_owned(),
            name: stranger.clone(),
            expected: "only convolutions `conv2d_N` and norms `batch_normalization_N`".into(),
            found: "another variable".into(),
        }),
        _ if any_layer => keras::chain(path, named, &variables)?.model(path, options),
        _ => {
            let found: Vec<&str> = strangers.iter().map(String::as_str).collect();
            Err(ConvertError::Layout {
                path: path.to_owned(),
                expected: format!(
                    "variables `conv2d_N`, or one of `{}`",
                    names::WEIGHTS.join("`, `")
                ),
                found: match found.is_empty() {
                    true => "none of these".into(),
                    false => format!("`{}`", found.join("`, `")),
                },
            })
        }
    }
}
