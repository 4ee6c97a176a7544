//! `trainer export`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use data::{Dataset, Images};
use embed::EmbedError;
use runtime::{Model, RuntimeError, calibrate};

use crate::config::TrainConfig;
use crate::deploy::deploy;
use crate::run::{RunDir, write_aside};
use crate::{Error, device, images, say};

use super::DataRoot;

/// Write a trained network in a form that needs no training program
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("network").required(true).args(["run", "model"]))]
pub struct Args {
    /// Folder of a run
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// A packed file
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Form
    #[arg(long, value_enum)]
    to: Format,
    /// File to write, or for `c` the folder
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Find the steps of 8-bit activations on training images of this dataset [default: the run's]
    #[arg(long, value_name = "DATASET")]
    calibrate: Option<String>,
    /// How many of them; 0 leaves the steps out
    #[arg(long, value_name = "N", default_value_t = 128)]
    calibration_images: usize,
    #[command(flatten)]
    root: DataRoot,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One bit per weight, in a safetensors container
    Onebit,
    /// A folder of portable C that computes in integers alone, for microcontrollers
    C,
    /// The same code as WebAssembly in one page, to draw or drop an image in a browser; needs clang and lld
    Web,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let root = args.root.path();
    let mut config = None;
    let mut model = match (&args.run, &args.model) {
        (Some(folder), _) => {
            let (run, trained) = RunDir::open(folder)?;
            let model = packed(&run, &trained, &root)?;
            config = Some(trained);
            model
        }
        (None, Some(file)) => Model::load(file).map_err(failed)?,
        (None, None) => return Err(Error::Usage("expected --run DIR or --model FILE".into())),
    };
    if let Some(word) = &args.calibrate {
        let dataset: Dataset = word
            .parse()
            .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
        config = Some(TrainConfig::recipe(dataset));
    }
    if let (Some(config), 1..) = (config, args.calibration_images) {
        model = calibrated(model, &config, args.calibration_images, &root)?;
    }
    match args.to {
        Format::Onebit => onebit(&model, &args.out),
        Format::C => c(&model, &args.out),
        Format::Web => web(&model, &args.out),
    }
}

fn onebit(model: &Model, out: &Path) -> Result<(), Error> {
    model.save(out).map_err(failed)?;
    let bytes = std::fs::metadata(out).map_or(0, |file| file.len());
    say(&format!(
        "{}: {} one-bit weights in {bytes} bytes",
        out.display(),
        weights(model)
    ));
    Ok(())
}

fn c(model: &Model, out: &Path) -> Result<(), Error> {
    let (files, sizes) = embed::files(model).map_err(unembedded)?;
    embed::folder::replace(out, &files).map_err(unembedded)?;
    say(&format!(
        "{}: {} one-bit weights as C; try it with: make -C {0} && {0}/classify < IMAGES",
        out.display(),
        weights(model)
    ));
    embed::boards::lines(sizes)
        .iter()
        .for_each(|line| say(line));
    Ok(())
}

fn web(model: &Model, out: &Path) -> Result<(), Error> {
    let page = embed::web::page(model).map_err(unembedded)?;
    write_aside(out, page.as_bytes())?;
    say(&format!(
        "{}: {} one-bit weights in a page of {} bytes; open it in a browser",
        out.display(),
        weights(model),
        page.len()
    ));
    Ok(())
}

fn weights(model: &Model) -> usize {
    model.convs().iter().map(|conv| conv.weight_count()).sum()
}

fn unembedded(error: EmbedError) -> Error {
    match error {
        EmbedError::Folder { .. } => Error::Usage(error.to_string()),
        _ => Error::Failed(error.to_string()),
    }
}

fn failed(error: RuntimeError) -> Error {
    Error::Failed(error.to_string())
}

/// The trained network of a run.
fn packed(run: &RunDir, config: &TrainConfig, root: &Path) -> Result<Model, Error> {
    // The class names come with the data.
    let test = images::load(config, root)?.test;
    let device = device::find(device::DEFAULT)?;
    let net = config
        .network(test.shape(), test.classes())
        .init(config.seed, &device)?;
    let net = run.load_model(net)?;
    deploy(&net, config, test.shape(), test.class_names())
}

/// The same network with steps for 8-bit activations, from the first training images as they are.
fn calibrated(
    model: Model,
    config: &TrainConfig,
    count: usize,
    root: &Path,
) -> Result<Model, Error> {
    let train: Images = images::load(config, root)?.train.take(count);
    images::must_fit(&model, &train, config.dataset)?;
    let loader = images::evaluation_loader(&train.into(), 1, config.seed, 1)?;
    let mut pixels = Vec::new();
    for batch in loader.epoch(0) {
        pixels.extend(batch?.pixels);
    }
    let scales = calibrate(&model, &pixels).map_err(failed)?;
    model.with_activation_scales(scales).map_err(failed)
}
