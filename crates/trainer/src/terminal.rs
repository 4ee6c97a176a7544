//! What a person or a program reads of this one: lines that may be lost, and names that must not steer a terminal.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use word_list::Counted;

/// A message for a terminal, which the names of a stranger's files that it quotes must not steer.
pub fn printable(message: &str) -> String {
    let lines: Vec<String> = message.split('\n').map(runtime::printable).collect();
    lines.join("\n")
}

/// Whether a line could not be printed.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints a line. A failure must not end a run: a reader that went away is nobody's, any other is told of once, and
/// [`output_lost`] remembers it.
pub fn say(line: &str) {
    let Err(error) = writeln!(std::io::stdout(), "{line}") else {
        return;
    };
    if error.kind() == ErrorKind::BrokenPipe || LOST.swap(true, Ordering::Relaxed) {
        return;
    }
    // Nothing is left to do where that fails too.
    let _ = writeln!(
        std::io::stderr(),
        "error: standard output: {error}; give it a place that takes all of it"
    );
}

/// Whether something that should have been printed was not, which a program that reads the output must know.
pub fn output_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// `20 KiB`, `812 MiB` or `41.2 GiB`: as exact as an estimate is.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    if bytes < 1024 {
        return Counted(bytes as usize, "byte").to_string();
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit < 2 {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        2 => format!("{value:.1} GiB"),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_unit_that_shows_it() {
        let sizes = [
            0,
            1,
            1023,
            1024,
            20_480,
            (1 << 20) - 1,
            812 << 20,
            44_238_000_000,
        ];
        let expected = [
            "0 bytes",
            "1 byte",
            "1023 bytes",
            "1 KiB",
            "20 KiB",
            "1 MiB",
            "812 MiB",
            "41.2 GiB",
        ];
        assert_eq!(sizes.map(size), expected);
    }
}
