//! The command line of Onebit, as a library that its binary and its tests share.

pub mod cli;
pub mod config;
pub mod dashboard;
pub mod device;
mod error;
pub mod images;
pub mod learn;
pub mod metrics;
pub mod run;
pub mod train;

pub use error::Error;
