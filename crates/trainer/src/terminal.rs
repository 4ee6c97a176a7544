//! What a person or a program reads of this one: lines that may be lost, and names that must not steer a terminal.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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
