//! The command line of Onebit, as a library that its binary and its tests share.

mod allocator;
pub mod bench;
mod carried;
pub mod checkpoint;
pub mod cli;
pub mod dashboard;
pub mod deploy;
pub mod device;
mod error;
pub mod footprint;
pub mod images;
pub mod init;
pub mod learn;
pub mod metrics;
pub mod network;
mod reading;
mod room;
mod shell;
mod terminal;
mod threads;
pub mod train;

pub use ::run::{self, config};
pub use allocator::{Allocator, keep_freed};
pub use error::Error;

use reading::Reading;
use terminal::{columns, fitted, named, say, say_data, say_json, size, width};
pub use terminal::{note, output_lost, printable};

/// The program's version, and the commit that it is built from where that is known.
pub const VERSION: &str = env!("ONEBIT_VERSION");
