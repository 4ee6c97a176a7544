//! `trainer import`

use std::path::PathBuf;

use clap::ValueEnum;
use convert::{Options, mcdonnell, torch_float, torch_packed};

use crate::run::{must_spare_runs, must_spare_source};
use crate::{Error, say};

/// Turn a network of another program into a packed file
#[derive(clap::Args)]
pub struct Args {
    /// The file to read
    file: PathBuf,
    /// What it is
    #[arg(long, value_enum)]
    from: Format,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The network's name, such as plain-20-4, where the file cannot tell
    #[arg(long)]
    net: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The author's own, of Keras or of MATLAB (.mat)
    Mcdonnell,
    /// The packed state dict of the PyTorch port, as safetensors
    TorchPacked,
    /// A state dict of 32-bit numbers: of `export --to safetensors`, or the PyTorch port's own
    Safetensors,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    must_spare_runs(&args.out)?;
    must_spare_source(&args.out, &args.file)?;
    let options = Options {
        net: args.net.clone(),
        ..Options::default()
    };
    let model = match args.from {
        Format::Mcdonnell => mcdonnell::import(&args.file, &options),
        Format::TorchPacked => torch_packed::import(&args.file, &options),
        Format::Safetensors => torch_float::import(&args.file, &options),
    };
    let model = model.map_err(|e| Error::Failed(e.to_string()))?;
    model
        .save(&args.out)
        .map_err(|e| Error::Failed(e.to_string()))?;
    let net = runtime::inspect::net_name(&model).unwrap_or_else(|| "a network".into());
    say(&format!(
        "{}: {net}, {} classes; score it with: trainer eval --model {0} --dataset DATASET",
        args.out.display(),
        model.classes()
    ));
    Ok(())
}
