//! A network as a state dict of 32-bit numbers, for PyTorch: a safetensors container.
//!
//! The names are those of the paper's PyTorch port (szagoruyko/binary-wide-resnet), and `bn_in` for the
//! input's norm, which the port has not:
//!
//! | tensor | type and shape | holds |
//! | --- | --- | --- |
//! | `conv0`, `groupG.blockB.conv0`, `.conv1`, `conv_last` | F32 `[out, in, k, k]` | the convolutions |
//! | `bn_in`, `groupG.blockB.bn0`, `.bn1`, `bn`, `bn_last` | F32 `[channels]` each | `.weight`, `.bias`, `.running_mean`, `.running_var`; epsilon 1e-5 |
//!
//! A norm stands before its convolution; `bn` before `conv_last`, `bn_last` after it. A group begins
//! with a block that halves the size. Networks without norms lack those tensors. Networks of another
//! shape than [`graph::Sequence`]'s have no such names.
//!
//! A run's norms have their moments. A packed file has folded ones alone: their factor and offset
//! are `.weight` and `.bias`, beside a mean of 0 and a variance of 1 − epsilon. That computes the
//! same, and is no place to train on from: [`import_trained`] unfolds them.
//!
//! The metadata is that of the packed file (see [`runtime::format`]) with the `format`
//! `onebit-float`, and
//!
//! | key | value |
//! | --- | --- |
//! | `weights` | `signs`: convolutions hold the weights that count, scale · integer. `latent`: they hold the weights that were trained; the kind of each convolution in `graph` says what these become |
//! | `scales` | a JSON list with the scale of each convolution's integers: a number, a list of them for the output channels, or `null` where the tensor tells it |
//!
//! A tensor tells it of signs by its size; of latent weights where the scale follows from them, as
//! the mean \|w\| or the largest; and of 32-bit weights, which have none and are the same in both
//! forms. Files of version 1 have the list with `latent` only: a number, or `null` for the mean
//! \|w\| of each output channel.
//!
//! Whoever saves such a file again, after training on in PyTorch, gives this metadata on. All names may begin with the same
//! words, such as `module.` of `DataParallel` or `_orig_mod.` of `torch.compile`.

mod names;
mod read;
mod trained;
mod write;

use std::path::Path;

use word_list::word_list;

use crate::file::read_file;
use crate::{ConvertError, Imported, Options};

pub use write::export;

const FORMAT: &str = "onebit-float";
const WEIGHTS: &str = "weights";
const SCALES: &str = "scales";
/// Of every batch norm.
const EPSILON: f64 = 1e-5;
/// The variance of a norm that is folded: with epsilon, 1 in 32 bits.
const FOLDED: f32 = 1.0 - 1e-5;

word_list! {
    /// What the convolutions of a file hold.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Weights {
        /// The weights that count: ±scale and the like.
        Signs = "signs",
        /// The real weights behind them.
        Latent = "latent",
    }
}

/// What a trained network has beside the deployed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The real weights of each convolution, in the order `[out][in][kernel row][kernel column]`.
    pub latent: Vec<Vec<f32>>,
    /// The norms in the order of [`Model::norms`](runtime::Model::norms).
    pub norms: Vec<Moments>,
}

/// A batch norm as it is trained; a number per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Scale.
    pub gamma: Vec<f32>,
    /// Offset.
    pub beta: Vec<f32>,
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance, without epsilon.
    pub variance: Vec<f32>,
}

/// Imports the network of the file `path`. A file without our metadata is taken for a state dict
/// of the port, packed or not; see [`torch_packed`](crate::torch_packed). What such a file leaves
/// open is noted.
///
/// # Errors
///
/// [`ConvertError`] that names the tensor or the word of the metadata: when the file is no
/// safetensors container, has a tensor too few, too many or of another type or shape, weights that
/// are not what the metadata says, or is larger than the options allow.
pub fn import(path: &Path, options: &Options) -> Result<Imported, ConvertError> {
    import_from(path, &read_file(path, options)?, options)
}

/// As [`import`], from the file's bytes; `path` is for messages.
///
/// # Errors
///
/// As [`import`].
pub fn import_from(path: &Path, bytes: &[u8], options: &Options) -> Result<Imported, ConvertError> {
    read::import(path, bytes, options)
}

/// As [`import_from`], with what training goes on from. Of a file that holds no more than the deployed
/// network, that is [`Trained::of`] it; norms that are folded there are unfolded as it has them. The
/// real weights of the port's own state dicts are their numbers, whatever they count as.
///
/// # Errors
///
/// As [`import`].
pub fn import_trained(
    path: &Path,
    bytes: &[u8],
    options: &Options,
) -> Result<(Imported, Trained), ConvertError> {
    let options = options.clone().with_real_weights(true);
    let imported = read::import(path, bytes, &options)?;
    let trained = match read::trained(path, bytes)? {
        Some(trained) => trained,
        None => Trained::of(&imported.model),
    };
    Ok((imported, trained))
}

/// What the metadata says of a convolution's scale.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Scales {
    Layer(f32),
    Channels(Vec<f32>),
}

impl From<Scales> for graph::Scale {
    fn from(scales: Scales) -> Self {
        match scales {
            Scales::Layer(scale) => Self::Layer(scale),
            Scales::Channels(scales) => Self::Channels(scales),
        }
    }
}
