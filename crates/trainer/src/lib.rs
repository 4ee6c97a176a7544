//! The command line of Onebit, as a library that its binary and its tests share.

pub mod bench;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod deploy;
pub mod device;
mod error;
pub mod footprint;
pub mod images;
pub mod learn;
pub mod metrics;
mod numbers;
pub mod report;
pub mod run;
pub mod train;

pub use error::Error;

/// The program's version, and the commit that it is built from where that is known.
pub const VERSION: &str = env!("ONEBIT_VERSION");

/// A message for a terminal, which the names of a stranger's files that it quotes must not steer.
pub fn printable(message: &str) -> String {
    let lines: Vec<String> = message.split('\n').map(runtime::printable).collect();
    lines.join("\n")
}

/// Prints a line. A failure must not end a training: a reader that went away is nobody's, any other is told of.
pub(crate) fn say(line: &str) {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // Nothing is left to do where that fails too.
            let _ = writeln!(std::io::stderr(), "error: standard output: {error}");
        }
        _ => {}
    }
}
