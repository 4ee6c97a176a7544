//! What a network will take of a core before anything is compiled: a bound of its code, and its instructions for an image.
//!
//! The bytes of constants and of static memory are exact ([`sizes`](crate::sizes)). Code is what compiled networks of the same kind had at
//! most, and a margin. Instructions are a sum of counts, such as tables that are filled, each times a factor for the core,
//! fitted to what QEMU counted. `benchmarks/embedded/model.py` measures both and writes `fitted.json` beside this file.

mod features;

use runtime::Model;
use runtime::integer::Network;
use serde_json::Value;

use crate::memory::Memory;
use crate::model_header::{self, is_narrow};
use crate::{Core, EmbedError, Name, Sizes};

/// What was measured: for each core the factors, and the code.
const FITTED: &str = include_str!("fitted.json");

/// What a network takes of a core.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Constants and static memory, to the byte.
    pub sizes: Sizes,
    /// No measured network of its kind has more code.
    pub code: usize,
    /// Instructions for an image; none where a network is unlike all that were measured.
    pub instructions: Option<u64>,
}

impl Cost {
    /// Bytes of flash: constants, and the bound of the code.
    pub fn flash(&self) -> usize {
        self.sizes.flash + self.code
    }
}

/// What `model` will take of a core.
///
/// # Errors
///
/// As [`sizes`](crate::sizes).
pub fn cost(model: &Model, core: Core) -> Result<Cost, EmbedError> {
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let memory = Memory::of(&network, model.conv_names())?;
    let (_, flash) = model_header::text(&network, &memory, model.class_names(), &Name::default())?;
    let fitted = Fitted::of(core);
    let features = features::of(&network, &memory, is_narrow(&network));
    Ok(Cost {
        sizes: Sizes {
            flash,
            ram: memory.bytes(),
        },
        // Whether lines are narrow shows when a network is trained: the bound holds either way.
        code: [is_narrow(&network), false]
            .map(|narrow| fitted.code(&kind(&network, &memory, narrow)))
            .into_iter()
            .max()
            .unwrap_or(0),
        instructions: features.map(|counts| fitted.instructions(&counts)),
    })
}

/// Names of what the C code does, and how often it does it for an image.
#[doc(hidden)]
pub type Counts = Vec<(&'static str, f64)>;

/// What is counted of a network, for whoever measures: the kind of its code, then names and counts.
///
/// # Errors
///
/// As [`sizes`](crate::sizes).
#[doc(hidden)]
pub fn counted(model: &Model) -> Result<(String, Counts), EmbedError> {
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let memory = Memory::of(&network, model.conv_names())?;
    let counts = features::of(&network, &memory, is_narrow(&network)).unwrap_or_default();
    let counts = features::NAMES.into_iter().zip(counts).collect();
    Ok((kind(&network, &memory, is_narrow(&network)), counts))
}

/// What of the C code is compiled: residual or plain, with a map of how many bits, and what else only some need.
fn kind(network: &Network, memory: &Memory, narrow: bool) -> String {
    let mut kind = match network.residual {
        true => format!("residual {}", network.residual_bits),
        false => "plain".to_owned(),
    };
    let forms = || memory.geometries.iter().map(|geometry| geometry.form);
    for (word, there) in [
        ("narrow", narrow),
        ("integers", forms().any(|form| form.number() == 4)),
    ] {
        if there {
            kind += ", ";
            kind += word;
        }
    }
    kind
}

/// What was measured of a core.
struct Fitted(Value);

impl Fitted {
    fn of(core: Core) -> Self {
        let mut all: Value = serde_json::from_str(FITTED).expect("the file beside this one");
        Self(all["cores"][core.name()].take())
    }

    /// The code of a kind, or the most of all kinds where this one was not measured; with the margin.
    fn code(&self, kind: &str) -> usize {
        let number = |value: &Value| value.as_u64().unwrap_or(0) as usize;
        let code = &self.0["code"];
        let all = || {
            code.as_object()
                .into_iter()
                .flat_map(|kinds| kinds.values())
        };
        match &code[kind] {
            Value::Null => 2 * all().map(number).max().unwrap_or(0),
            found => number(found),
        }
    }

    fn instructions(&self, counts: &[f64]) -> u64 {
        let factors = &self.0["instructions"];
        let sum: f64 = features::NAMES
            .iter()
            .zip(counts)
            .map(|(name, count)| factors[*name].as_f64().unwrap_or(0.0) * count)
            .sum();
        sum.max(0.0).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_core_was_measured() {
        for core in Core::ALL {
            let fitted = Fitted::of(core);
            assert!(fitted.code("residual 8, narrow") > 2000, "{core}");
            let unknown = fitted.code("of another kind");
            assert!(unknown > fitted.code("plain"), "{core}");
            let factors = fitted.0["instructions"].as_object().unwrap();
            for (name, factor) in factors {
                assert!(features::NAMES.contains(&name.as_str()), "{core}: {name}");
                assert!(factor.as_f64().unwrap() >= 0.0, "{core}: {name}");
            }
        }
    }
}
