//! From the bytes of a file to a network, believing nothing.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::Dtype;
use serde::de::DeserializeOwned;

use super::container::Container;
use super::names;
use super::structure::{ConvLayout, Layout, PaddingWord};
use super::tensors::{File, beginning};
use super::{FORMAT_NAME, VERSION};
use crate::{Affine, Conv, Model, Parts, RuntimeError, Scale, Weights};

impl Model {
    /// Reads the bytes of a packed file. Memory is bounded by a multiple of their number.
    ///
    /// # Errors
    ///
    /// [`RuntimeError`] that names the tensor, or the word of the metadata, that is not as the
    /// format has it.
    pub fn read(file: &[u8]) -> Result<Self, RuntimeError> {
        let file = File(Container::new(file)?);
        let mut parts = outline(&file.0, FORMAT_NAME)?;
        let mut taken = 0;
        for (index, conv) in parts.convs.iter_mut().enumerate() {
            file.conv(index, conv, &mut taken)?;
        }
        for index in 0..parts.norms.len() {
            if parts.norms[index].is_some() {
                let channels = match index.checked_sub(1) {
                    None => parts.input[0],
                    Some(before) => parts.convs[before].out_channels,
                };
                parts.norms[index] = Some(file.norm(index, channels, &mut taken)?);
            }
        }
        if file.0.tensor(names::ACTIVATION_SCALES).is_some() {
            let shape = [parts.convs.len()];
            let scales = file.floats(names::ACTIVATION_SCALES, &[&shape], &mut taken)?;
            parts.activation_scales = Some(scales.1);
        }
        file.nothing_else(taken, &parts)?;
        Self::new(parts)
    }
}

/// A network without its numbers, from the metadata that [`metadata`](super::metadata) makes: its
/// weights, scales and norms are empty. Only [`Model::new`]
/// checks that its parts fit together.
///
/// # Errors
///
/// [`RuntimeError::Metadata`] that names the word that is missing or not known; `format` is the
/// word that the file must have for itself.
pub fn outline(container: &Container, format: &str) -> Result<Parts, RuntimeError> {
    let file = Words(container);
    for (key, expected) in [(names::FORMAT, format), (names::VERSION, VERSION)] {
        let found = file.text(key, expected)?;
        if found != expected {
            return Err(unlike(key, format!("`{expected}`"), short(found)));
        }
    }
    let input: [usize; 3] = file.json(names::INPUT, "`[channels,height,width]`")?;
    let class_names = file.json(names::CLASS_NAMES, "a JSON list of texts")?;
    let padding = file.word(names::PADDING)?;
    let provenance = file.json(names::PROVENANCE, "a JSON object of texts")?;
    let layout: Layout = file.json(names::STRUCTURE, "the JSON of a network's structure")?;
    let (norms, convs) = (layout.norms.len(), layout.convs.len());
    if norms != convs + 1 {
        let expected = format!("{} norms, one more than convolutions", convs + 1);
        return Err(unlike(names::STRUCTURE, expected, norms.to_string()));
    }
    let norm = |&there: &bool| {
        there.then(|| Affine {
            scale: Vec::new(),
            offset: Vec::new(),
        })
    };
    Ok(Parts {
        input,
        class_names,
        padding,
        structure: layout.kind,
        pool_divisor: layout.pool_divisor,
        activation: layout.activation,
        input_relu: layout.input_relu,
        temperature: layout.temperature,
        stem: layout.stem,
        norms: layout.norms.iter().map(norm).collect(),
        convs: layout.convs.iter().map(ConvLayout::outline).collect(),
        activation_scales: None,
        provenance,
    })
}

/// The metadata of a container.
struct Words<'a>(&'a Container<'a>);

impl Words<'_> {
    fn text(&self, key: &str, expected: &str) -> Result<&str, RuntimeError> {
        self.0
            .text(key)
            .ok_or_else(|| unlike(key, format!("`{expected}`"), "nothing"))
    }

    fn json<T: DeserializeOwned>(&self, key: &str, expected: &str) -> Result<T, RuntimeError> {
        let text = self.text(key, expected)?;
        serde_json::from_str(text)
            .map_err(|error| unlike(key, expected, format!("{} ({error})", short(text))))
    }

    fn word(&self, key: &str) -> Result<crate::Padding, RuntimeError> {
        let expected = "symmetric` or `bottom-right";
        let word = self.text(key, expected)?;
        let quoted = serde_json::Value::String(word.to_string());
        let PaddingWord(padding) = serde_json::from_value(quoted)
            .map_err(|_| unlike(key, format!("`{expected}`"), short(word)))?;
        Ok(padding)
    }
}

impl File<'_> {
    /// Reads the weights of a convolution whose kind is known.
    fn conv(&self, index: usize, conv: &mut Conv, taken: &mut usize) -> Result<(), RuntimeError> {
        let (out_channels, in_channels, kernel) =
            (conv.out_channels, conv.in_channels, conv.kernel);
        match &mut conv.weights {
            Weights::Signs { scale, bits } => {
                // Where it does not fit, no tensor has that shape either.
                let row = kernel.saturating_mul(kernel).saturating_mul(in_channels);
                let shape = [out_channels, row.div_ceil(8)];
                let name = names::conv(index, "signs");
                *bits = self.tensor(&name, Dtype::U8, &[&shape], taken)?.1.to_vec();
                let name = names::conv(index, "scale");
                let (shape, numbers) = self.floats(&name, &[&[], &[out_channels]], taken)?;
                *scale = match (shape.is_empty(), numbers.first()) {
                    (true, Some(&scale)) => Scale::Layer(scale),
                    _ => Scale::Channels(numbers),
                };
            }
            Weights::Real(weights) => {
                let shape = [out_channels, in_channels, kernel, kernel];
                let name = names::conv(index, "weight");
                *weights = self.floats(&name, &[&shape], taken)?.1;
            }
        }
        Ok(())
    }

    fn norm(
        &self,
        index: usize,
        channels: usize,
        taken: &mut usize,
    ) -> Result<Affine, RuntimeError> {
        let mut numbers = |part| {
            let name = names::norm(index, part);
            self.floats(&name, &[&[channels]], taken)
                .map(|(_, numbers)| numbers)
        };
        Ok(Affine {
            scale: numbers("scale")?,
            offset: numbers("offset")?,
        })
    }
}

fn unlike(key: &str, expected: impl Into<String>, found: impl Into<String>) -> RuntimeError {
    RuntimeError::Metadata {
        key: key.to_string(),
        expected: expected.into(),
        found: found.into(),
    }
}

fn short(text: &str) -> String {
    format!("`{}`", beginning(text))
}
