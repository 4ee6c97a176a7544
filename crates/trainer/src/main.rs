//! `trainer`: see `trainer --help`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match trainer::cli::run(trainer::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
