//! Prints how runs did: `cargo run -p onebit-run --example results -- RUN…`

use std::path::Path;
use std::process::ExitCode;

use run::{RunDir, RunError};

fn main() -> ExitCode {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    if folders.is_empty() {
        eprintln!("expected the folders of runs");
        return ExitCode::from(2);
    }
    for folder in folders {
        match line(Path::new(&folder)) {
            Ok(line) => println!("{folder}: {line}"),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// What the run is, and its score, or how far it has come.
fn line(folder: &Path) -> Result<String, RunError> {
    let (run, config) = RunDir::open(folder)?;
    let what = format!(
        "{} with {} weights on {}",
        config.net, config.weights, config.dataset
    );
    let outcome = match run.result()? {
        Some(result) => format!("after {} epochs, {}", result.epochs, result.line()),
        None => format!(
            "{} of {} epochs are done",
            run.newest_checkpoint().unwrap_or(0),
            config.epochs
        ),
    };
    Ok(format!("{what}: {outcome}"))
}
