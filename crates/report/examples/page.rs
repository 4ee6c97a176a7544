//! Writes the page about runs: `cargo run -p onebit-report --example page -- PAGE.html RUN…`
//!
//! It has no network to classify with: what the finished runs made of their test images stands in their folders.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::{Examination, Report};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(page) = arguments.next() else {
        eprintln!("expected the page to write and the folders of runs");
        return ExitCode::from(2);
    };
    let folders: Vec<PathBuf> = arguments.collect();
    // Where the mistakes' pictures are; without them the page names the images.
    let datasets = Path::new("datasets");
    match Report::read(&folders, Examination::new(datasets)) {
        Ok(report) => {
            for line in report.notes() {
                eprintln!("note: {line}");
            }
            for line in report.unexamined() {
                eprintln!("note: {line}");
            }
            match std::fs::write(&page, report.page()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(&format!("{}: {error}", page.display())),
            }
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}
