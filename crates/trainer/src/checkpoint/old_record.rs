//! Records of networks whose parameters were named by the network's shape, before a graph named
//! its norms and convolutions by number.
//!
//! ```text
//! bn_in.gamma, conv_in.OneBit.weight, blocks.2.bn1.gamma, blocks.2.conv1.Full.weight, bn_out, …
//! →  norms.0.gamma, convs.0.weight, norms.5.gamma, convs.5.weight, …
//! ```

use std::path::Path;

use burn::tensor::Bytes;
use burn_pack::{Reader, Tensor, Writer};

use super::damaged;
use crate::Error;

/// The bytes of a record with today's names; those of a record that has them already are given back.
///
/// # Errors
///
/// [`Error::Failed`] when the bytes are no record.
pub fn renamed(path: &Path, bytes: Vec<u8>) -> Result<Bytes, Error> {
    let wrong = |error: burn_pack::Error| damaged(path, &error.to_string());
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.clone())).map_err(wrong)?;
    let names = reader.tensor_names();
    let Some(places) = Places::of(&names) else {
        return Ok(Bytes::from_bytes_vec(bytes));
    };
    let tensors = reader
        .into_tensors()
        .map_err(wrong)?
        .into_iter()
        .map(|tensor| {
            let (name, dtype, shape, id, bytes) = tensor.into_parts()?;
            let name = places.rename(&name).unwrap_or(name);
            Ok(Tensor::new(name, dtype, shape, id, bytes))
        });
    let tensors: Result<Vec<Tensor>, burn_pack::Error> = tensors.collect();
    tensors
        .and_then(|tensors| Writer::new(tensors).into_bytes())
        .map_err(wrong)
}

/// Which layers a record has.
struct Places {
    blocks: usize,
    /// Whether there are norms besides the input's.
    norms: bool,
}

impl Places {
    /// Of a record with the old names; `None` for others.
    fn of(names: &[&str]) -> Option<Self> {
        let parts = |name: &&str| name.split('.').any(|part| part == "bn_in");
        if !names.iter().any(parts) {
            return None;
        }
        let block = |name: &&str| {
            let (_, rest) = name.split_once("blocks.")?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        let last = names.iter().filter_map(block).max();
        Some(Self {
            blocks: last.map_or(0, |last| last.saturating_add(1)),
            norms: names.iter().any(|name| name.contains("bn_out.")),
        })
    }

    fn rename(&self, name: &str) -> Option<String> {
        // Of a classifier the network is a part.
        let (prefix, name) = match name.strip_prefix("net.") {
            Some(name) => ("net.", name),
            None => ("", name),
        };
        let mut parts: Vec<&str> = name.split('.').collect();
        let parameter = parts.pop()?;
        let (kind, number) = match parts[..] {
            ["bn_in"] => ("norms", 0),
            ["conv_in", _] => ("convs", 0),
            ["blocks", index, part] | ["blocks", index, part, _] => {
                let index = index.parse::<usize>().ok()?;
                match part {
                    "bn1" => ("norms", 1 + 2 * index),
                    "bn2" => ("norms", 2 + 2 * index),
                    "conv1" => ("convs", 1 + 2 * index),
                    "conv2" => ("convs", 2 + 2 * index),
                    _ => return None,
                }
            }
            ["bn_out"] if self.norms => ("norms", 1 + 2 * self.blocks),
            ["bn_logits"] if self.norms => ("norms", 2 + 2 * self.blocks),
            ["conv_out", _] => ("convs", 1 + 2 * self.blocks),
            _ => return None,
        };
        Some(format!("{prefix}{kind}.{number}.{parameter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_become_numbers_in_the_order_of_the_network() {
        let names = [
            "net.bn_in.gamma",
            "net.conv_in.OneBit.weight",
            "net.blocks.0.bn1.running_mean",
            "net.blocks.2.conv2.Full.weight",
            "net.bn_out.beta",
            "net.conv_out.Full.weight",
            "net.bn_logits.gamma",
        ];
        let places = Places::of(&names).unwrap();
        let renamed: Vec<_> = names
            .iter()
            .filter_map(|name| places.rename(name))
            .collect();
        assert_eq!(
            renamed,
            [
                "net.norms.0.gamma",
                "net.convs.0.weight",
                "net.norms.1.running_mean",
                "net.convs.6.weight",
                "net.norms.7.beta",
                "net.convs.7.weight",
                "net.norms.8.gamma",
            ]
        );
        assert!(Places::of(&["net.norms.0.gamma", "net.convs.0.weight"]).is_none());
    }
}
