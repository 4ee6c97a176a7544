//! `onebit devices`

use crate::{Error, device};

/// List the devices of this machine that `--device` can name
#[derive(clap::Args)]
pub struct Args {}

/// Carries out the command.
///
/// # Errors
///
/// None so far.
pub fn run(_: &Args) -> Result<(), Error> {
    for backend in device::compiled() {
        let found = device::list(backend);
        if backend == "remote" {
            crate::say(&format!(
                "{:<24} another machine's, where `onebit serve` runs",
                "remote:ws://HOST:PORT"
            ));
        } else if found.is_empty() {
            crate::say(&format!(
                "{backend:<24} compiled in, but this machine has no such device"
            ));
        }
        for device in found {
            crate::say(&format!("{:<24} {}", device.name, device.description));
        }
    }
    Ok(())
}
