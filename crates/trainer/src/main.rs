//! `trainer`: see `trainer --help`.

use std::process::ExitCode;

use clap::Parser;

/// Every step allocates the same large activations anew; glibc gives them back to the system each
/// time and then pays for their pages again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match trainer::cli::run(trainer::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
