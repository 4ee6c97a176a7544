//! A network described by its stages: the grammar of network files, and what the families fill in.
//!
//! ```toml
//! version = 1
//! skip = true            # skip connections around pairs of convolutions; default true
//! norms = true           # batch norms; without them activations are max(-1, x); default true
//!
//! [stem]                 # the first convolution
//! channels = 16
//! kernel = 3             # odd, at most 15; default 3
//! stride = 1             # 1 or 2; default 1
//! pool = "none"          # or "max": a 3x3 max pool with stride 2 after it; default "none"
//! weights = "8bit"       # kind of weights, here and below; default: the run's
//!
//! [[stages]]             # one or more
//! channels = 16
//! blocks = 3             # pairs of 3x3 convolutions
//! stride = 1             # of the first of them; default 1 in the first stage, 2 in others
//! weights = "1bit"
//!
//! [head]                 # the last convolution, 1x1 to the classes
//! weights = "8bit"
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::net::NetOptions;
use crate::node::{Graph, PoolDivisor};
use crate::sequence::{Sequence, SequenceConv};
use crate::{GraphError, Weights};

/// The version of the grammar.
pub const VERSION: u32 = 1;
/// The most blocks in all: those of the deepest network that has a name, and some.
const MAX_BLOCKS: usize = 2048;

/// A network by its stages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Design {
    /// [`VERSION`].
    pub version: u32,
    /// What it is called in names of runs and in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether pairs of convolutions have skip connections around them.
    #[serde(default = "yes")]
    pub skip: bool,
    /// Whether there are batch norms besides the input's. Without them activations are max(−1, x),
    /// and the logits are divided by a temperature.
    #[serde(default = "yes")]
    pub norms: bool,
    /// The first convolution.
    pub stem: Stem,
    /// The stages.
    pub stages: Vec<Stage>,
    /// The last convolution.
    #[serde(default)]
    pub head: Head,
}

/// The first convolution of a [`Design`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stem {
    /// Channels given.
    pub channels: usize,
    /// Side of the square kernel.
    #[serde(default = "three")]
    pub kernel: usize,
    /// 1 or 2.
    #[serde(default = "one")]
    pub stride: usize,
    /// What follows.
    #[serde(default)]
    pub pool: Pool,
    /// Kind of weights, where it is not the run's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_word"
    )]
    pub weights: Option<Weights>,
}

word_list! {
    /// What follows the first convolution.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum Pool("pool", GraphError) {
        /// Nothing.
        #[default]
        None = "none",
        /// A 3×3 max pool with stride 2.
        Max = "max",
    }
}

/// A stage of a [`Design`]: pairs of 3×3 convolutions with one number of channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stage {
    /// Channels given.
    pub channels: usize,
    /// Pairs of convolutions.
    pub blocks: usize,
    /// Stride of the first convolution; 1 in the first stage and 2 in the others where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// Kind of weights, where it is not the run's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_word"
    )]
    pub weights: Option<Weights>,
}

/// The last convolution of a [`Design`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Head {
    /// Kind of weights, where it is not the run's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_word"
    )]
    pub weights: Option<Weights>,
}

impl Stem {
    /// A 3×3 convolution with stride 1, and nothing after it.
    pub fn new(channels: usize) -> Self {
        Self {
            channels,
            kernel: three(),
            stride: one(),
            pool: Pool::None,
            weights: None,
        }
    }
}

impl Stage {
    /// Pairs with the usual stride, and the run's kind of weights.
    pub fn new(channels: usize, blocks: usize) -> Self {
        Self {
            channels,
            blocks,
            stride: None,
            weights: None,
        }
    }
}

/// The longest name of a network, in characters.
const MAX_NAME: usize = 64;

/// Whether a folder may be called so, on every system.
fn is_folder_name(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(char::is_alphanumeric);
    let other = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    first && characters.all(other) && name.chars().count() <= MAX_NAME
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

impl Design {
    /// Stages of pairs, the first of stride 1 and the others of stride 2, behind a stem with as many
    /// channels as the first; skip connections and norms everywhere.
    pub fn of_stages(channels: &[usize], blocks: usize) -> Self {
        Self {
            version: VERSION,
            name: None,
            skip: true,
            norms: true,
            stem: Stem::new(channels.first().copied().unwrap_or(0)),
            stages: channels
                .iter()
                .map(|&channels| Stage::new(channels, blocks))
                .collect(),
            head: Head::default(),
        }
    }

    /// Refuses what no network can have, before an input is known.
    ///
    /// # Errors
    ///
    /// [`GraphError`] that names the key.
    pub fn check(&self) -> Result<(), GraphError> {
        if self.version != VERSION {
            let expected = format!("{VERSION}");
            return Err(GraphError::network("`version`", expected, self.version));
        }
        if let Some(name) = &self.name
            && !is_folder_name(name)
        {
            let expected = format!(
                "1 to {MAX_NAME} letters, digits, `-`, `_` and `.`, beginning with a letter or a digit, since folders of runs are named after it"
            );
            let found: String = name.chars().take(MAX_NAME).collect();
            return Err(GraphError::network(
                "`name`",
                expected,
                format!("{found:?}"),
            ));
        }
        if self.stages.is_empty() {
            return Err(GraphError::network("`stages`", "one or more", "none"));
        }
        let blocks = self.stages.iter().map(|stage| stage.blocks);
        let blocks = blocks.fold(0, usize::saturating_add);
        if blocks > MAX_BLOCKS {
            let expected = format!("at most {MAX_BLOCKS} `blocks` in all");
            return Err(GraphError::network("`stages`", expected, blocks));
        }
        let mut channels = self.stem.channels;
        for (index, stage) in self.stages.iter().enumerate() {
            let part = format!("`stages`, number {}", index + 1);
            if stage.blocks == 0 {
                return Err(GraphError::network(&part, "`blocks` of 1 or more", 0));
            }
            if self.skip && stage.channels < channels {
                let expected = format!(
                    "`channels` of {channels} or more, as a skip connection only appends channels"
                );
                return Err(GraphError::network(&part, expected, stage.channels));
            }
            channels = stage.channels;
        }
        Ok(())
    }

    /// The nodes of the network.
    ///
    /// # Errors
    ///
    /// [`GraphError`] that names the key or the node.
    pub fn graph(&self, options: &NetOptions) -> Result<Graph, GraphError> {
        self.check()?;
        let kind = |own: Option<Weights>| own.unwrap_or(options.weights);
        let end = |own: Option<Weights>| kind(own.or(options.first_last));
        let mut convs = vec![SequenceConv {
            out: self.stem.channels,
            kernel: self.stem.kernel,
            stride: self.stem.stride,
            weights: end(self.stem.weights),
        }];
        for (index, stage) in self.stages.iter().enumerate() {
            for block in 0..stage.blocks {
                let stride = match (block, stage.stride) {
                    (0, Some(stride)) => stride,
                    (0, None) if index > 0 => 2,
                    _ => 1,
                };
                let conv = |stride| SequenceConv {
                    out: stage.channels,
                    kernel: 3,
                    stride,
                    weights: kind(stage.weights),
                };
                convs.extend([conv(stride), conv(1)]);
            }
        }
        convs.push(SequenceConv {
            out: options.classes,
            kernel: 1,
            stride: 1,
            weights: end(self.head.weights),
        });
        let mut norms = vec![self.norms; convs.len() + 1];
        norms[0] = true;
        let sequence = Sequence {
            input: options.input,
            convs: &convs,
            norms: &norms,
            residual: self.skip,
            floor: if self.norms { 0.0 } else { -1.0 },
            input_relu: options.input_relu,
            max_pool: self.stem.pool == Pool::Max,
            padding: options.padding,
            divisor: PoolDivisor::Inside,
            temperature: if self.norms { 1.0 } else { options.temperature },
        };
        sequence.graph()
    }

    /// Forgets the kinds of weights of the stages, or of the first and the last convolution, because
    /// the run's count; tells whether there were any.
    pub fn clear_weights(&mut self, stages: bool, ends: bool) -> bool {
        let mut forgotten = false;
        let mut clear = |weights: &mut Option<Weights>| forgotten |= weights.take().is_some();
        if stages {
            self.stages
                .iter_mut()
                .for_each(|stage| clear(&mut stage.weights));
        }
        if ends {
            clear(&mut self.stem.weights);
            clear(&mut self.head.weights);
        }
        forgotten
    }

    /// Variance of an initial weight times the weights behind an output: 2 as He et al. 2015 have
    /// it, 4 without skip connections (the paper's plain networks).
    pub fn gain(&self) -> f64 {
        if self.skip { 2.0 } else { 4.0 }
    }
}

/// Serde for an optional kind of weights as its word.
mod optional_word {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::Weights;

    pub(super) fn serialize<S: Serializer>(
        weights: &Option<Weights>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match weights {
            Some(weights) => serializer.serialize_str(weights.name()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Weights>, D::Error> {
        let word = Option::<String>::deserialize(deserializer)?;
        let parse = |word: String| word.parse().map_err(de::Error::custom);
        word.map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_name_can_be_that_of_a_folder() {
        let named = |name: &str| {
            let mut design = Design::of_stages(&[16, 32], 1);
            design.name = Some(name.into());
            design.check()
        };
        for name in ["mine", "my_net-2.5", "Netz-ä", "7"] {
            assert_eq!(named(name), Ok(()), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "",
            "../x",
            "a/b",
            "a b",
            "\u{1b}[31m",
            "a\0",
            ".hidden",
            "-x",
            &long,
        ] {
            let error = named(name).unwrap_err().to_string();
            assert!(
                error.starts_with("`name`: expected 1 to 64 letters"),
                "{error}"
            );
        }
    }
}
