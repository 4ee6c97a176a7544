//! What a caller chooses of an export.

use crate::{Core, Name};

/// How C source is written.
///
/// ```
/// let options = embed::Options::default()
///     .with_name("parts".parse()?)
///     .with_caller_memory(true);
/// assert_eq!(options.name.to_string(), "parts");
/// # Ok::<(), embed::EmbedError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What functions, macros and files are called.
    pub name: Name,
    /// Whether the program gives the working memory; else it is static. The C code can be compiled either way.
    pub caller_memory: bool,
    /// What is known of this network on a core, for its README.
    pub measured: Option<Measured>,
}

/// What a core takes to run a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The core.
    pub core: Core,
    /// Bytes of the compiled code, without constants.
    pub code: usize,
    /// The compiler, as it calls itself.
    pub compiler: String,
    /// Instructions for an image, estimated by a model, where it tells them.
    pub instructions: Option<u64>,
}

impl Options {
    /// With another name.
    #[must_use]
    pub fn with_name(mut self, name: Name) -> Self {
        self.name = name;
        self
    }

    /// With memory that the program gives, or without.
    #[must_use]
    pub fn with_caller_memory(mut self, caller_memory: bool) -> Self {
        self.caller_memory = caller_memory;
        self
    }

    /// With what was measured of this network.
    #[must_use]
    pub fn with_measured(mut self, measured: Option<Measured>) -> Self {
        self.measured = measured;
        self
    }
}
