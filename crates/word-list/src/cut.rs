//! As much of somebody's text as an error quotes.

use core::fmt;

/// The most characters of a text that an error quotes.
const MAX_QUOTED: usize = 60;

/// A text that prints as its first 60 characters, and as `…` for the rest.
///
/// ```
/// assert_eq!(word_list::Cut("short").to_string(), "short");
/// assert_eq!(word_list::Cut(&"x".repeat(100)).to_string().chars().count(), 61);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a>(pub &'a str);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_QUOTED) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

/// The longest piece of somebody's text that a message quotes, in characters.
const MAX_PIECE: usize = 300;

/// A text that prints as its first 300 characters, and how long it is where it has more: a piece of
/// somebody's file in a message.
///
/// ```
/// let long = "long ".repeat(1000);
/// assert!(word_list::Brief(&long).to_string().ends_with("… (5000 characters)"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Brief<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Brief<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_ref();
        match text.char_indices().nth(MAX_PIECE) {
            Some((end, _)) => write!(f, "{}… ({} characters)", &text[..end], text.chars().count()),
            None => f.write_str(text),
        }
    }
}

/// What an error ends with where there is a word that was perhaps meant, else nothing.
///
/// ```
/// assert_eq!(word_list::Meant(Some("crop")).to_string(), "; did you mean `crop`?");
/// assert_eq!(word_list::Meant(None).to_string(), "");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Meant<'a>(pub Option<&'a str>);

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(word) => write!(f, "; did you mean `{word}`?"),
            None => Ok(()),
        }
    }
}
