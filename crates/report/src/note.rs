//! What a reader of a page has to know of the runs' files.

use std::fmt;

/// What a reader of a page has to know of the runs' files. It displays as a line for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub subject: Subject,
    text: String,
}

/// What a [`Note`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A folder that is not on the page.
    LeftOut,
    /// A score that cannot be read, or that cannot be one.
    DamagedResult,
    /// Something else that is missing or damaged.
    Other,
}

impl Note {
    pub(crate) fn new(subject: Subject, text: String) -> Self {
        Self { subject, text }
    }

    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self::new(Subject::Other, text.into())
    }

    /// The same with another text, made of its own.
    pub(crate) fn map(&self, text: impl FnOnce(&str) -> String) -> Self {
        Self::new(self.subject, text(&self.text))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
