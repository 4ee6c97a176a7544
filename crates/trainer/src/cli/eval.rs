//! `trainer eval`

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::learn::{Classifier, Score, evaluate};
use crate::run::RunDir;
use crate::{Error, device, images, say};

use super::DataRoot;

/// Score a run on the test set
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// Score the checkpoint after this epoch, with its running moments, in place of the finished
    /// network
    #[arg(long, value_name = "EPOCH")]
    checkpoint: Option<usize>,
    /// Score on the test set of another dataset of the same shape [default: the run's]
    #[arg(long)]
    dataset: Option<String>,
    /// Where to compute [default: the run's device]
    #[arg(long)]
    device: Option<String>,
    /// Use only the first N test images
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Crops of each photograph of imagenet whose probabilities are averaged, up to 25 [default: the
    /// centre alone]
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    crops: usize,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

#[derive(Serialize)]
struct Line {
    test_error_percent: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    top5_error_percent: Option<f64>,
    #[serde(flatten)]
    score: Score,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let (run, mut config) = RunDir::open(&args.run)?;
    if let Some(dataset) = &args.dataset {
        config.dataset = dataset
            .parse()
            .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
        config.limit_test = 0;
    }
    match args.limit {
        Some(0) => return Err(Error::Usage("--limit 0: expected 1 or more images".into())),
        Some(limit) => config.limit_test = limit,
        None => {}
    }
    let device = device::find(args.device.as_deref().unwrap_or(&config.device))?;
    let test = images::load(&config, &args.root.path())?.test;

    let mut net = config
        .network(test.shape(), test.classes())
        .init(config.seed, &device)?;
    match args.checkpoint {
        Some(epoch) => net = run.load_checkpoint(Classifier::new(net), epoch)?.net,
        None => {
            net = run.load_model(net)?;
            if let Some(result) = run.result()?
                && result.epochs != config.epochs
            {
                eprintln!(
                    "note: this is the network after {} epochs; the run was since made longer, to {}, and is not finished",
                    result.epochs, config.epochs
                );
            }
        }
    }
    let score = evaluate(
        &net,
        &images::evaluation_loader(&Arc::new(test), args.crops, config.seed, config.workers)?,
        &device,
    )?;
    if args.json {
        let line = Line {
            test_error_percent: score.error_percent(),
            top5_error_percent: score.top5_error_percent(),
            score,
        };
        say(&serde_json::to_string(&line).expect("a score is JSON"));
    } else {
        if let Some(percent) = score.top5_error_percent() {
            say(&format!("top-5 error: {percent:.2} %"));
        }
        say(&format!("test error: {score}"));
    }
    Ok(())
}
