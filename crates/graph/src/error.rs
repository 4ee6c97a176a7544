//! What can be wrong with the description of a network.

use alloc::format;
use alloc::string::{String, ToString};

use word_list::{Cut, Meant, nearest};

/// A network that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A node does not fit what it reads, or is no node at all.
    #[error("node `{node}`: expected {expected}, found {found}")]
    Node {
        /// The node's name.
        node: String,
        /// What would have fitted.
        expected: String,
        /// What there is.
        found: String,
    },
    /// Something about the network as a whole.
    #[error("{part}: expected {expected}, found {found}")]
    Network {
        /// What it is about.
        part: String,
        /// What would have fitted.
        expected: String,
        /// What there is.
        found: String,
    },
    /// The name of a network is not one of ours.
    #[error("net `{found}`: expected {expected}{}", Meant(nearest.as_deref()))]
    Net {
        /// The name that was given.
        found: String,
        /// The names that there are.
        expected: String,
        /// The name that was perhaps meant.
        nearest: Option<String>,
    },
    /// The depth of a network is none of its family's.
    #[error("net depth {found}: expected {expected}")]
    Depth {
        /// The depth that was given.
        found: String,
        /// The depths that there are.
        expected: String,
    },
    /// The width of a network is none of its family's.
    #[error("net width {found}: expected {expected}")]
    Width {
        /// The width that was given.
        found: String,
        /// The widths that there are.
        expected: String,
    },
    /// A word that is not in its list.
    #[error("{what} `{found}`: expected {expected}{}", Meant(nearest.as_deref()))]
    Word {
        /// What it should be the word of.
        what: &'static str,
        /// The words that there are.
        expected: String,
        /// The word that was given.
        found: String,
        /// The word that was perhaps meant.
        nearest: Option<String>,
    },
}

impl GraphError {
    /// A word that is none of `words`.
    pub fn word(what: &'static str, words: &[&str], found: &str) -> Self {
        let expected = match words {
            [one, two] => format!("{one} or {two}"),
            _ => format!("one of {}", words.join(", ")),
        };
        Self::Word {
            what,
            expected,
            found: Cut(found).to_string(),
            nearest: nearest(words.iter().copied(), found).map(ToString::to_string),
        }
    }

    pub(crate) fn node(node: &str, expected: impl Into<String>, found: impl ToString) -> Self {
        Self::Node {
            node: node.into(),
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    pub(crate) fn network(part: &str, expected: impl Into<String>, found: impl ToString) -> Self {
        Self::Network {
            part: part.into(),
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}
