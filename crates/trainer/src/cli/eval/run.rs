//! The score of a run.

use std::path::Path;
use std::sync::Arc;

use run::{About, RunDir};

use super::Args;
use crate::checkpoint::{load_checkpoint, load_model};
use crate::learn::{Classifier, Score, evaluate};
use crate::{Error, device, images, network};

pub fn score(args: &Args, folder: &Path) -> Result<Score, Error> {
    let (run, own) = RunDir::open(folder)?;
    let mut config = own.clone();
    if let Some(dataset) = &args.dataset {
        config.dataset = dataset
            .parse::<data::Source>()
            .map_err(|e| Error::Usage(e.to_string()))?;
        config.limit_test = 0;
    }
    let config = images::limited(&config, args.limit.unwrap_or(0));
    let device = device::find(args.device.as_deref().unwrap_or(&config.device))?;
    let root = args.root.path();
    let splits = images::load(&config, &root)?;
    if let Some(about) = run.about()? {
        about.must_take(&splits.test)?;
        // Another dataset is meant to be another.
        if config.dataset == own.dataset {
            // Of fewer images the digest is another.
            let now = match config == own {
                true => About::new(&own, &splits, &root)?,
                false => About::new(&own, &images::load(&own, &root)?, &root)?,
            };
            if let Some(difference) = about.differs(&now) {
                eprintln!("note: these data are not those of the run: {difference}");
            }
        }
    }
    let test = splits.test;

    let network = network::of(&config, test.shape(), test.classes());
    let mut net = network.init(config.seed, &device)?;
    match args.checkpoint {
        Some(epoch) => net = load_checkpoint(&run, Classifier::new(net), epoch)?.net,
        None => {
            net = load_model(&run, net)?;
            if let Some(result) = run.result()?
                && result.epochs < config.epochs
                && config.max_steps == 0
            {
                eprintln!(
                    "note: this is the network after {} epochs; the run was since made longer, to {}, and is not finished",
                    result.epochs, config.epochs
                );
            }
        }
    }
    evaluate(
        &net,
        &images::evaluation_loader(&Arc::new(test), args.crops, config.seed, config.workers)?,
        &device,
    )
}
