//! `onebit inspect`

use std::path::PathBuf;

use runtime::inspect::Summary;
use runtime::{Model, printable};

use super::{DataRoot, export};
use crate::{Error, say};

/// Tell what is in a packed file: layers, bits, counts of +1 and -1, bytes against the least possible
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit inspect net.onebit                  a packed file
  onebit inspect runs/mnist-wrn-20-4-1bit-1  what a run would be as one")]
pub struct Args {
    /// The packed file, or the folder of a run, whose packed file it would be
    file: PathBuf,
    #[command(flatten)]
    root: DataRoot,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let (model, bytes) = match args.file.is_dir() {
        true => {
            let model = export::packed(&args.file, &args.root.path())?;
            let bytes = model.write()?.len();
            (model, bytes)
        }
        false => {
            let model = Model::load(&args.file)?;
            let file = std::fs::metadata(&args.file);
            let bytes = file.map_err(|e| Error::io("looking at", &args.file, &e))?;
            (model, bytes.len() as usize)
        }
    };
    say(&Summary::new(&model, bytes).to_string());
    for (key, value) in model.provenance() {
        // Words of whoever wrote the file.
        say(&format!("{}: {}", printable(key), printable(value)));
    }
    Ok(())
}
