//! Texts of a file, which can be anybody's, on a terminal.

use alloc::string::{String, ToString};

use word_list::{Brief, Printable};

/// `text` with what a terminal would obey, or hide words with, as escape sequences of Rust: control characters,
/// and the marks that turn the direction of writing.
///
/// ```
/// assert_eq!(runtime::printable("Größe\u{1b}[2J\n"), r"Größe\u{1b}[2J\n");
/// ```
pub fn printable(text: &str) -> String {
    Printable(text).to_string()
}

/// As [`printable`], cut where the text goes on for long: what a message quotes of a file.
///
/// ```
/// let quoted = runtime::brief(&"long ".repeat(1000));
/// assert!(quoted.len() < 400 && quoted.ends_with("… (5000 characters)"), "{quoted}");
/// ```
pub fn brief(text: &str) -> String {
    Brief(text).to_string()
}
