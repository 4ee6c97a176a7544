//! The packed state dict of the PyTorch port, given as safetensors.
//!
//! Facts from szagoruyko/binary-wide-resnet (MIT), whose `torch.save` files anyone with PyTorch can
//! save again with `safetensors.torch.save_file`:
//!
//! | tensor | holds |
//! | --- | --- |
//! | `conv0` | the first convolution |
//! | `groupG.blockB.conv0`, `.conv1` | stage G from 0, block B from 0 |
//! | `conv_last` | the last one, 1×1 |
//! | `groupG.blockB.bn0`, `.bn1`, `bn`, `bn_last` | norms, as `.running_mean`, `.running_var`, sometimes `.weight`, `.bias` |
//!
//! All may begin with the same words, such as `module.` of `DataParallel` or `_orig_mod.` of
//! `torch.compile`; `….num_batches_tracked` is passed over. Real numbers may have 16, 32 or 64 bits. A norm's epsilon is 1e-5.
//!
//! A U8 convolution `[out, ⌈in/8⌉, k, k]` is packed along axis 1 as `numpy.packbits` does: the most
//! significant bit is the first of eight input channels, and 1 is +1. The scale is sqrt(2 / (in·k·k)).
//! The port trains its first and last convolution with 32 bits: they are F32 and stay real weights,
//! unless all have the same size and only differ in sign.
//!
//! Numbers of many sizes in the blocks are those of a network before packing, or of one that was
//! trained without binary weights: nothing in the file tells. [`torch_float`](crate::torch_float)
//! takes them, as [`Options::real_weights`] says, and notes it.
//!
//! The port has no input norm and no ReLU before the first convolution: its data loader brings
//! pixels, divided by 255, to mean 0 and deviation 1 with the constants of CIFAR below. Padding is 1
//! on all sides, and the pools divide by 9 at the borders too.

mod tensors;

use std::collections::BTreeMap;
use std::path::Path;

use runtime::format::Container;
use runtime::{Affine, Model, Padding, PoolDivisor};

use self::tensors::Tensors;
use crate::chain::Chain;
use crate::file::{open, read_file};
use crate::net::Shape;
use crate::{ConvertError, Imported, Note, Options};

/// What the port's data loader subtracts from pixels 0–255, and divides them by.
const MEAN: [f64; 3] = [125.3, 123.0, 113.9];
const DEVIATION: [f64; 3] = [63.0, 62.1, 66.7];

/// Imports the network of the file `path`.
///
/// # Errors
///
/// [`ConvertError`] that names the tensor: when the file is no safetensors container, lacks a
/// tensor, has one that is not known or not as the port has it, or is larger than the options
/// allow.
pub fn import(path: &Path, options: &Options) -> Result<Model, ConvertError> {
    import_from(path, &read_file(path, options)?, options)
}

/// As [`import`], from the file's bytes; `path` is for messages.
///
/// # Errors
///
/// As [`import`].
pub fn import_from(path: &Path, bytes: &[u8], options: &Options) -> Result<Model, ConvertError> {
    Ok(import_dict(path, open(path, bytes)?, options, Blocks::Packed)?.model)
}

/// What numbers of many sizes in the blocks are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Blocks {
    /// A mistake: weights are bits, or numbers of one size.
    Packed,
    /// Latent weights, whose signs count.
    Signs,
    /// The weights.
    Real,
}

/// As [`import`], from an open container.
pub(crate) fn import_dict(
    path: &Path,
    container: Container,
    options: &Options,
    blocks: Blocks,
) -> Result<Imported, ConvertError> {
    if let Some((net, shape)) = options.net.as_ref().zip(Shape::named(options))
        && (Shape { stride: 1, ..shape }) != Shape::WIDE
    {
        return Err(ConvertError::OtherNet {
            path: path.to_owned(),
            expected: net.to_string(),
            found: "the port's state dict, which holds residual networks `wrn-…` only".into(),
        });
    }
    let tensors = Tensors::new(path, container, blocks)?;

    let mut convs = vec![tensors.conv("conv0", MEAN.len())?];
    let input_norm = MEAN
        .iter()
        .zip(DEVIATION)
        .map(|(mean, deviation)| [1.0, 0.0, *mean, deviation]);
    let mut norms = vec![Some(Affine::fold(input_norm))];
    for (group, block) in tensors.blocks()? {
        for (conv, norm) in [("conv0", "bn0"), ("conv1", "bn1")] {
            let name = |part| format!("group{group}.block{block}.{part}");
            let channels = convs[convs.len() - 1].out_channels;
            norms.push(Some(tensors.norm(&name(norm), channels)?));
            let mut next = tensors.conv(&name(conv), channels)?;
            if (group > 0, block, conv) == (true, 0, "conv0") {
                next.stride = 2;
            }
            convs.push(next);
        }
    }
    let channels = convs[convs.len() - 1].out_channels;
    norms.push(Some(tensors.norm("bn", channels)?));
    convs.push(tensors.conv("conv_last", channels)?);
    let classes = convs[convs.len() - 1].out_channels;
    norms.push(Some(tensors.norm("bn_last", classes)?));

    let (latent, weights) = tensors.latent();
    let of = convs.len();
    let chain = Chain {
        shape: Shape::WIDE,
        padding: Padding::Symmetric,
        pool_divisor: PoolDivisor::Kernel,
        input_relu: false,
        temperature: 1.0,
        norms,
        convs,
        source: "szagoruyko/binary-wide-resnet, from PyTorch",
        provenance: BTreeMap::new(),
    };
    let mut imported = Imported::from(chain.model(path, options)?);
    if latent > 0 {
        let convs = latent;
        imported.notes.push(match blocks {
            Blocks::Real => Note::RealKept { convs, of, weights },
            _ => Note::SignsOnly { convs, of, weights },
        });
    }
    Ok(imported)
}
