//! From the bytes of a file to a network, believing nothing.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::Dtype;
use serde::de::DeserializeOwned;

use super::VERSION;
use super::container::Container;
use super::names;
use super::structure::{ConvLayout, Layout, PaddingWord, WeightKind};
use super::tensors::{File, beginning};
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
        file.version()?;
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

        let mut taken = 0;
        let mut convs = Vec::new();
        for (index, conv) in layout.convs.iter().enumerate() {
            convs.push(file.conv(index, conv, &mut taken)?);
        }
        let mut norms = Vec::new();
        for (index, &there) in layout.norms.iter().enumerate() {
            let norm = match there {
                true => Some(file.norm(index, &layout, input[0], &mut taken)?),
                false => None,
            };
            norms.push(norm);
        }
        let activation_scales = match file.0.tensor(names::ACTIVATION_SCALES) {
            Some(_) => {
                let shape = [layout.convs.len()];
                Some(
                    file.floats(names::ACTIVATION_SCALES, &[&shape], &mut taken)?
                        .1,
                )
            }
            None => None,
        };
        file.nothing_else(taken, &layout)?;

        Self::new(Parts {
            input,
            class_names,
            padding,
            structure: layout.kind,
            pool_divisor: layout.pool_divisor,
            activation: layout.activation,
            input_relu: layout.input_relu,
            temperature: layout.temperature,
            stem: layout.stem,
            norms,
            convs,
            activation_scales,
            provenance,
        })
    }
}

impl File<'_> {
    fn version(&self) -> Result<(), RuntimeError> {
        for (key, expected) in [
            (names::FORMAT, names::FORMAT_NAME),
            (names::VERSION, VERSION),
        ] {
            let found = self.text(key, expected)?;
            if found != expected {
                return Err(unlike(key, format!("`{expected}`"), short(found)));
            }
        }
        Ok(())
    }

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

    fn conv(
        &self,
        index: usize,
        layout: &ConvLayout,
        taken: &mut usize,
    ) -> Result<Conv, RuntimeError> {
        let &ConvLayout {
            in_channels,
            out_channels,
            kernel,
            stride,
            weights,
        } = layout;
        let weights = match weights {
            WeightKind::Signs => {
                // Where it does not fit, no tensor has that shape either.
                let row = kernel.saturating_mul(kernel).saturating_mul(in_channels);
                let shape = [out_channels, row.div_ceil(8)];
                let name = names::conv(index, "signs");
                let (_, bits) = self.tensor(&name, Dtype::U8, &[&shape], taken)?;
                let name = names::conv(index, "scale");
                let (shape, numbers) = self.floats(&name, &[&[], &[out_channels]], taken)?;
                let scale = match (shape.is_empty(), numbers.first()) {
                    (true, Some(&scale)) => Scale::Layer(scale),
                    _ => Scale::Channels(numbers),
                };
                let bits = bits.to_vec();
                Weights::Signs { scale, bits }
            }
            WeightKind::Real => {
                let shape = [out_channels, in_channels, kernel, kernel];
                let name = names::conv(index, "weight");
                Weights::Real(self.floats(&name, &[&shape], taken)?.1)
            }
        };
        Ok(Conv {
            in_channels,
            out_channels,
            kernel,
            stride,
            weights,
        })
    }

    fn norm(
        &self,
        index: usize,
        layout: &Layout,
        input: usize,
        taken: &mut usize,
    ) -> Result<Affine, RuntimeError> {
        let channels = match index.checked_sub(1) {
            None => input,
            Some(before) => layout.convs[before].out_channels,
        };
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
