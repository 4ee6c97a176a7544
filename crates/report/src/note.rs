//! What a reader of a page has to know of the runs' files.

use std::fmt;

/// What a reader of a page has to know of the runs' files. It displays as a line for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub subject: Subject,
    text: String,
}

/// Messages about runs, each once, with the names of its runs; `all` is how many runs there are.
pub(crate) fn together<'a>(
    messages: impl Iterator<Item = (&'a str, String)>,
    all: usize,
) -> Vec<(String, String)> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, text) in messages {
        match found.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(name),
            None => found.push((text, vec![name])),
        }
    }
    let named = |names: Vec<&str>| match names.as_slice() {
        [first, second, rest @ ..] => match rest.len() {
            _ if names.len() == all => format!("all {all} runs"),
            0 | 1 => names.join(", "),
            more => format!("{first}, {second} and {more} more"),
        },
        _ => names.concat(),
    };
    let found = found.into_iter();
    found.map(|(text, names)| (named(names), text)).collect()
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

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_several_runs_is_said_once() {
        let told = |runs: &[(&'static str, &str)], all| {
            let messages = runs.iter().map(|&(name, text)| (name, text.to_owned()));
            let lines = together(messages, all).into_iter();
            let lines: Vec<String> = lines
                .map(|(names, text)| format!("{names}: {text}"))
                .collect();
            lines
        };
        let runs = [("a", "x"), ("b", "x"), ("c", "y"), ("d", "x"), ("e", "x")];
        assert_eq!(told(&runs, 5), ["a, b and 2 more: x", "c: y"]);
        assert_eq!(told(&runs[..2], 2), ["all 2 runs: x"]);
        assert_eq!(told(&runs[..2], 5), ["a, b: x"]);
        assert_eq!(told(&runs[..1], 1), ["a: x"]);
        assert_eq!(told(&[], 0), [""; 0]);
    }
}
