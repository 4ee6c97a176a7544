//! `onebit devices`

use serde::Serialize;

use crate::{Error, device, say_json};

/// List the devices of this machine that `--device` can name
#[derive(clap::Args)]
pub struct Args {
    /// Print one line of JSON: a list of the devices
    #[arg(long)]
    json: bool,
}

/// What --json prints of a device.
#[derive(Serialize)]
struct Line {
    backend: &'static str,
    name: String,
    description: String,
}

/// Carries out the command.
///
/// # Errors
///
/// None so far.
pub fn run(args: &Args) -> Result<(), Error> {
    if args.json {
        let lines = device::compiled().into_iter().flat_map(|backend| {
            let found = device::list(backend).into_iter();
            found.map(move |device| Line {
                backend,
                name: device.name,
                description: device.description,
            })
        });
        let lines: Vec<Line> = lines.collect();
        say_json(&serde_json::to_string(&lines).expect("names are JSON"));
        return Ok(());
    }
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
