//! `trainer export`

use std::path::PathBuf;

use clap::ValueEnum;

use crate::deploy::deploy;
use crate::run::RunDir;
use crate::{Error, device, images, say};

use super::DataRoot;

/// Write a trained network in a form that needs no training program
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// Form of the file
    #[arg(long, value_enum)]
    to: Format,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    root: DataRoot,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One bit per weight, in a safetensors container
    Onebit,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let Format::Onebit = args.to;
    let (run, config) = RunDir::open(&args.run)?;
    // The class names come with the data.
    let test = images::load(&config, &args.root.path())?.test;
    let device = device::find(device::DEFAULT)?;
    let net = config
        .network(test.shape(), test.classes())
        .init(config.seed, &device)?;
    let net = run.load_model(net)?;
    let model = deploy(&net, &config, test.shape(), test.class_names())?;
    model
        .save(&args.out)
        .map_err(|e| Error::Failed(e.to_string()))?;
    let bytes = std::fs::metadata(&args.out).map_or(0, |file| file.len());
    let weights: usize = model.convs().iter().map(|conv| conv.weight_count()).sum();
    say(&format!(
        "{}: {weights} one-bit weights in {bytes} bytes",
        args.out.display()
    ));
    Ok(())
}
