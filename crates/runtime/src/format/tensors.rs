//! The tensors of a packed file: those of its structure, and no others.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::Dtype;

use super::container::{Container, describe};
use super::names;
use crate::{Parts, RuntimeError, Weights};

/// A container that says it is a packed file. `taken` counts the tensors that were asked for.
pub(super) struct File<'a>(pub(super) Container<'a>);

impl<'a> File<'a> {
    /// The shape and numbers of a tensor that must have one of `shapes`.
    pub(super) fn floats(
        &self,
        name: &str,
        shapes: &[&[usize]],
        taken: &mut usize,
    ) -> Result<(&[usize], Vec<f32>), RuntimeError> {
        let (shape, bytes) = self.tensor(name, Dtype::F32, shapes, taken)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let numbers = numbers.iter().map(|&number| f32::from_le_bytes(number));
        Ok((shape, numbers.collect()))
    }

    /// The shape and bytes of a tensor that must have one of `shapes`.
    pub(super) fn tensor(
        &self,
        name: &str,
        dtype: Dtype,
        shapes: &[&[usize]],
        taken: &mut usize,
    ) -> Result<(&[usize], &'a [u8]), RuntimeError> {
        let unlike = |found: String| {
            let shapes: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
            RuntimeError::Tensor {
                name: name.to_string(),
                expected: format!("{dtype} {}", shapes.join(" or ")),
                found,
            }
        };
        let (info, bytes) = self
            .0
            .tensor(name)
            .ok_or_else(|| unlike("none".to_string()))?;
        let shape = info.shape.as_slice();
        if info.dtype != dtype || !shapes.contains(&shape) {
            return Err(unlike(describe(info)));
        }
        *taken += 1;
        Ok((shape, bytes))
    }

    /// That `taken` tensors are all there are.
    pub(super) fn nothing_else(&self, taken: usize, parts: &Parts) -> Result<(), RuntimeError> {
        let found = self.0.names();
        if found.len() == taken {
            return Ok(());
        }
        let expected = |name: &str| {
            let mut words = name.split('.');
            let (kind, index) = (words.next(), words.next());
            let index: usize = index
                .and_then(|index| index.parse().ok())
                .unwrap_or(usize::MAX);
            let part = words.next().unwrap_or_default();
            match kind {
                Some("convs") => match (parts.convs.get(index).map(|conv| &conv.weights), part) {
                    (Some(Weights::Signs { .. }), "signs" | "scale")
                    | (Some(Weights::Real(_)), "weight") => names::conv(index, part) == name,
                    _ => false,
                },
                Some("norms") => {
                    matches!(parts.norms.get(index), Some(Some(_)))
                        && matches!(part, "scale" | "offset")
                        && names::norm(index, part) == name
                }
                _ => name == names::ACTIVATION_SCALES,
            }
        };
        let stranger = found.iter().find(|name| !expected(name));
        Err(RuntimeError::Tensor {
            name: stranger.map_or(String::new(), |name| beginning(name)),
            expected: "only the tensors of the structure".to_string(),
            found: format!("{} besides those {taken}", found.len() - taken),
        })
    }
}

/// The beginning of a text from a file, for a message.
pub(super) fn beginning(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_string(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
