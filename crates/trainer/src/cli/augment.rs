//! The help of `--augment`, from the table of operations.

use std::fmt::Write;

use data::{Augment, AugmentOp};

/// A line.
pub fn help() -> String {
    let names = Augment::NAMED.map(|(name, _)| name).join(", ");
    let words = AugmentOp::WORDS.join(", ");
    format!(
        "How training images are changed: a list such as crop,flip,rotate=15, of {words}; or {names} (the last for photographs)"
    )
}

/// The same with a line for each operation.
pub fn long_help() -> String {
    let mut text = help();
    text.push_str(".\n\nEach operation, with its usual strength N and the range of N:");
    for op in AugmentOp::ALL {
        let strength = match op.strength() {
            Some(range) => format!("{op}={} [{range}]", range.default),
            None => op.to_string(),
        };
        write!(text, "\n- {strength}: {}", op.about()).expect("a text takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_named() {
        for word in Augment::words() {
            assert!(help().contains(word), "{word}");
        }
        assert!(long_help().contains("rotate=15 [0 to 180 degrees]: rotates"));
    }
}
