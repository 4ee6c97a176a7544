//! The tensors of a packed file: those of its nodes, and no others.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::Dtype;

use super::container::{Container, describe};
use crate::RuntimeError;

/// A container that says it is a packed file, and the tensors that were asked for.
pub(super) struct File<'a> {
    container: Container<'a>,
    taken: BTreeSet<String>,
}

impl<'a> File<'a> {
    pub(super) fn new(container: Container<'a>) -> Self {
        Self {
            container,
            taken: BTreeSet::new(),
        }
    }

    pub(super) fn container(&self) -> &Container<'a> {
        &self.container
    }

    /// The shape and numbers of a tensor that must have one of `shapes`.
    pub(super) fn floats(
        &mut self,
        name: &str,
        shapes: &[&[usize]],
    ) -> Result<(Vec<usize>, Vec<f32>), RuntimeError> {
        let (shape, bytes) = self.tensor(name, Dtype::F32, shapes)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let numbers = numbers.iter().map(|&number| f32::from_le_bytes(number));
        Ok((shape, numbers.collect()))
    }

    /// The shape and bytes of a tensor that must have one of `shapes`.
    pub(super) fn tensor(
        &mut self,
        name: &str,
        dtype: Dtype,
        shapes: &[&[usize]],
    ) -> Result<(Vec<usize>, &'a [u8]), RuntimeError> {
        let unlike = |found: String| {
            let shapes: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
            RuntimeError::Tensor {
                name: name.to_string(),
                expected: format!("{dtype} {}", shapes.join(" or ")),
                found,
            }
        };
        let (info, bytes) = self
            .container
            .tensor(name)
            .ok_or_else(|| unlike("none".to_string()))?;
        let shape = info.shape.as_slice();
        if info.dtype != dtype || !shapes.contains(&shape) {
            return Err(unlike(describe(info)));
        }
        let shape = shape.to_vec();
        self.taken.insert(name.to_string());
        Ok((shape, bytes))
    }

    /// That the tensors that were asked for are all there are.
    pub(super) fn nothing_else(&self) -> Result<(), RuntimeError> {
        let found = self.container.names();
        if found.len() == self.taken.len() {
            return Ok(());
        }
        let stranger = found.iter().find(|name| !self.taken.contains(*name));
        Err(RuntimeError::Tensor {
            name: stranger.map_or(String::new(), |name| beginning(name)),
            expected: "only the tensors of the structure".to_string(),
            found: format!(
                "{} besides those {}",
                found.len() - self.taken.len(),
                self.taken.len()
            ),
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
