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
/// somebody's file in a message. It stays within its line: see [`Printable`].
///
/// ```
/// assert_eq!(word_list::Brief("cat\nerror: no").to_string(), r"cat\nerror: no");
/// let long = "long ".repeat(1000);
/// assert!(word_list::Brief(&long).to_string().ends_with("… (5000 characters)"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Brief<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Brief<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_ref();
        match text.char_indices().nth(MAX_PIECE) {
            Some((end, _)) => write!(
                f,
                "{}… ({} characters)",
                Printable(&text[..end]),
                text.chars().count()
            ),
            None => Printable(text).fmt(f),
        }
    }
}

/// A text that prints with what a terminal would obey, or hide words with, as escape sequences of Rust: control
/// characters, line breaks among them, and the marks that turn the direction of writing.
///
/// ```
/// assert_eq!(word_list::Printable("Größe\u{1b}[2J\n").to_string(), r"Größe\u{1b}[2J\n");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' => character.escape_unicode().fmt(f)?,
                _ if character.is_control() => character.escape_default().fmt(f)?,
                _ => write!(f, "{character}")?,
            }
        }
        Ok(())
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
