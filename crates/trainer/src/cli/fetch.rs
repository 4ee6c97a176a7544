//! `trainer fetch`

use crate::Error;

/// Download a dataset
#[derive(clap::Args)]
pub struct Args {}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(_: &Args) -> Result<(), Error> {
    Ok(())
}
