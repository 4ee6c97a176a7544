//! Writes the page about runs: `cargo run -p onebit-report --example page -- PAGE.html RUN…`
//!
//! It has no network to classify with: what the finished runs made of their test images stands in their folders.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::{Examination, Report};

fn main() -> ExitCode {
    match write(std::env::args_os().skip(1).map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(mut arguments: impl Iterator<Item = PathBuf>) -> Result<(), Box<dyn Error>> {
    let page = arguments
        .next()
        .ok_or("expected the page to write, and the folders of runs")?;
    let folders: Vec<PathBuf> = arguments.collect();
    // Where the pictures of mistakes are. Without them the page names the images.
    let datasets = Path::new("datasets");
    let report = Report::read(&folders, Examination::new(datasets))?;
    for note in report.notes() {
        eprintln!("note: {note}");
    }
    fs::write(page, report.page())?;
    Ok(())
}
