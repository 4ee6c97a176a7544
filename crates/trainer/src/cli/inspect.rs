//! `onebit inspect`

use std::path::PathBuf;

use runtime::inspect::Summary;
use runtime::{Model, printable};

use crate::{Error, say};

/// Tell what is in a packed file: layers, bits, counts of +1 and -1, bytes against the least possible
#[derive(clap::Args)]
pub struct Args {
    /// The packed file
    file: PathBuf,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let failed = |error: runtime::RuntimeError| Error::from(error);
    let model = Model::load(&args.file).map_err(failed)?;
    let bytes = std::fs::metadata(&args.file)
        .map_err(|e| Error::io("looking at", &args.file, &e))?
        .len();
    say(&Summary::new(&model, bytes as usize).to_string());
    for (key, value) in model.provenance() {
        // Words of whoever wrote the file.
        say(&format!("{}: {}", printable(key), printable(value)));
    }
    Ok(())
}
