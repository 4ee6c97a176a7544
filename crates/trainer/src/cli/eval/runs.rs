//! The score of a run.

use std::path::Path;
use std::sync::Arc;

use run::checkpoints::Position;
use run::config::Average;
use run::{About, RunDir};

use word_list::Counted;

use super::{Args, Scored};
use crate::checkpoint::{load_checkpoint, load_model};
use crate::learn::{Classifier, evaluate};
use crate::{Error, device, images, network};

pub fn score(args: &Args, folder: &Path) -> Result<Scored, Error> {
    let (run, own) = RunDir::open(folder)?;
    let about = run.about()?;
    let mut config = own.clone();
    if let Some(dataset) = &args.dataset {
        config.dataset = dataset
            .parse::<data::Source>()
            .map_err(|e| Error::Usage(e.to_string()))?;
        config.limit_test = 0;
        // Other images of a user's own are brought to what the network takes.
        if let (Some(_), Some(about)) = (config.dataset.path(), &about) {
            let [channels, height, width] = about.graph.input();
            config.size = Some([height, width]);
            config.channels = Some(channels);
        }
    }
    let config = images::limited(&config, args.limit.unwrap_or(0));
    let device = device::find(args.device.as_deref().unwrap_or(&config.device))?;
    let root = args.root.path();
    if args.dataset.is_none() {
        images::must_be_there(&config.dataset, "--dataset")?;
    }
    let splits = images::load(&config, &root)?;
    if let Some(about) = about {
        about.must_take(&splits.test)?;
        // Another dataset is meant to be another.
        if config.dataset.absolute() == own.dataset.absolute() {
            // Of fewer images the digest is another.
            let now = match config == own {
                true => About::new(&own, &splits, &root)?,
                false => About::new(&own, &images::load(&own, &root)?, &root)?,
            };
            if let Some(difference) = about.differs(&now) {
                crate::note(&format!(
                    "note: these data are not those of the run: {difference}"
                ));
            }
        }
    }
    let test = splits.test;

    let network = network::of(&config, test.shape(), test.classes());
    let mut net = network.init(config.seed, &device)?;
    match args.checkpoint {
        Some(epoch) => {
            let averages = config.average != Average::None;
            let blank = Classifier::new(net).averaging(averages);
            net = load_checkpoint(&run, blank, Position::end_of(epoch))?.into_final();
        }
        None => {
            net = load_model(&run, net)?;
            if let Some(result) = run.result()?
                && result.epochs < config.epochs
                && config.max_steps == 0
            {
                crate::note(&format!(
                    "note: this is the network after {}; the run was since extended to {} epochs and is not finished",
                    Counted(result.epochs, "epoch"),
                    config.epochs
                ));
            }
        }
    }
    let class_names = test.class_names().to_vec();
    let score = evaluate(
        &net,
        &images::evaluation_loader(&Arc::new(test), args.crops, config.seed, config.workers)?,
        &device,
    )?;
    Ok(Scored { score, class_names })
}
