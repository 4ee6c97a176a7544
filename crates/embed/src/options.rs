//! What a caller chooses of an export.

use crate::Name;

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
}
