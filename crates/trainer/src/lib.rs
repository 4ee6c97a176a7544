//! The command line of Onebit, as a library that its binary and its tests share.

pub mod bench;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod deploy;
pub mod device;
mod error;
pub mod images;
pub mod learn;
pub mod metrics;
pub mod run;
pub mod train;

pub use error::Error;

/// Prints a line. A reader that went away must not end a training, so a failure is nobody's.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").ok();
}
