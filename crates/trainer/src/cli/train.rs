//! `onebit train`

use std::path::PathBuf;

use run::config::Layers;
use run::many::Seeds;
use run::{RunDir, RunResult};

use crate::Error;
use crate::checkpoint::check;
use crate::dashboard::Dashboard;
use crate::train::Training;

use super::advice::other_data;
use super::series::{self, Found};
use super::settings::{flag, set};
use super::{DataRoot, augment, network, runs};

/// Train a network, or continue training one
#[derive(Clone, clap::Args)]
#[command(args_override_self = true)]
pub struct Args {
    /// Settings from a TOML file; flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, such as `momentum=0.9`; overrides --config; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// glyphs, mnist, fashion-mnist, cifar10, cifar100, svhn, imagenet32 or imagenet; or a path of
    /// your own images, such as ./photos
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    #[arg(long, help = network::net_help())]
    net: Option<String>,
    #[arg(long, help = network::weights_help(""))]
    weights: Option<String>,
    /// Kind of the first and the last convolution's weights, or as-weights [default: as --weights, or
    /// the network file's]
    #[arg(long, value_name = "WEIGHTS")]
    first_last: Option<String>,
    #[arg(long, value_name = "LIST", help = augment::help(), long_help = augment::long_help())]
    augment: Option<String>,
    /// Passes over the training set; the learning rate's cycles end after 2, 6, 14, 30, … epochs
    #[arg(long)]
    epochs: Option<usize>,
    /// Images of a step
    #[arg(long)]
    batch_size: Option<usize>,
    /// Compute a batch in so many parts, one after the other, to need less memory
    #[arg(long, value_name = "PARTS")]
    accumulate: Option<usize>,
    /// End after so many steps, for a first look at what a config does; 0 for no limit
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
    /// Decides initial weights, order and augmentation
    #[arg(long)]
    seed: Option<u64>,
    /// Train once with each of these seeds, one after the other: 1,2,3 or 1-3. With --out, the runs
    /// are DIR/seed-N, and the same command again goes on where it was stopped
    #[arg(long, value_name = "N,N-N,…", conflicts_with_all = ["seed", "resume"])]
    seeds: Option<Seeds>,
    /// Hold out so many training images, or this share of them, by class, and score them after each
    /// epoch, in place of the test set
    #[arg(long, value_name = "N|SHARE")]
    validation: Option<data::Part>,
    /// Decides which images are held out
    #[arg(long, value_name = "SEED")]
    split_seed: Option<u64>,
    /// Hold out this share of own images for the test, where they have no test part
    #[arg(long, value_name = "SHARE")]
    test_fraction: Option<f64>,
    /// Leave out files that cannot be read
    #[arg(long)]
    skip_bad: bool,
    /// Bring own images to this size: N for a square, or WIDTHxHEIGHT
    #[arg(long, value_name = "N|WxH", value_parser = size)]
    size: Option<[usize; 2]>,
    /// Bring own images to 1 channel (grey) or 3 (colour)
    #[arg(long, value_name = "1|3")]
    channels: Option<usize>,
    /// How an own image gets its size: crop, pad or stretch
    #[arg(long)]
    fit: Option<String>,
    /// Where settings come from that nothing else gives: paper or small
    #[arg(long)]
    recipe: Option<String>,
    /// Where some classes have many more images: none, sample or weight
    #[arg(long)]
    balance: Option<String>,
    /// Start from the weights of a run or a file
    #[arg(long, value_name = "RUN|FILE")]
    init: Option<String>,
    /// With --init: layers that do not learn: none, head-only or last-stage
    #[arg(long, requires = "init")]
    freeze: Option<String>,
    /// Save every so many minutes within an epoch; 0 for its end alone
    #[arg(long, value_name = "MINUTES")]
    checkpoint_minutes: Option<f64>,
    /// End with the epoch of the least validation error
    #[arg(long)]
    keep_best: bool,
    /// Use only N training images, of imagenet spread over the classes; a batch is no larger; 0 for
    /// all
    #[arg(long, value_name = "N")]
    limit_train: Option<usize>,
    /// Use only N test images; 0 for all
    #[arg(long, value_name = "N")]
    limit_test: Option<usize>,
    /// Where to compute; see `onebit devices`
    #[arg(long)]
    device: Option<String>,
    /// Several devices that share each batch, such as cuda:0,cuda:1
    #[arg(long, value_name = "A,B,…", conflicts_with = "device")]
    devices: Option<String>,
    /// Threads that prepare batches; changes no result
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Folder of the run [default: runs/DATASET-NET-WEIGHTS-N]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Continue the run in this folder. Of the settings, only --epochs (to train longer),
    /// --device and --workers can be given
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["config", "set", "dataset", "net", "weights", "first_last", "augment", "batch_size",
            "accumulate", "max_steps", "seed", "validation", "limit_train", "limit_test",
            "split_seed", "test_fraction", "skip_bad", "size", "channels", "fit", "recipe", "balance", "init", "freeze",
            "keep_best"]
    )]
    resume: Option<PathBuf>,
    /// Where --out holds a run of these settings already: go on with it, or tell its result if it is
    /// finished
    #[arg(long, requires = "out")]
    or_resume: bool,
    /// Go on with --resume although the data, or the size of a batch, are no longer those of the run
    #[arg(long, requires = "resume")]
    accept_data: bool,
    /// What to show [default: tui on a terminal, else plain]
    #[arg(long)]
    dashboard: Option<Dashboard>,
    #[command(flatten)]
    root: DataRoot,
}

/// `32` or `64x48`, width before height, as height and width.
fn size(text: &str) -> Result<[usize; 2], String> {
    let wrong = || "expected N, or WIDTHxHEIGHT, such as 32 or 64x48".to_owned();
    let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
    match text.split_once('x') {
        Some((width, height)) => Ok([number(height)?, number(width)?]),
        None => number(text).map(|side| [side, side]),
    }
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: Args) -> Result<(), Error> {
    match args.seeds.clone() {
        Some(seeds) => series::run(&args, &seeds),
        None => one(args).map(drop),
    }
}

impl Args {
    /// The same for one seed of several.
    pub(super) fn with_seed(&self, seed: u64) -> Self {
        let out = self.out.as_ref();
        Self {
            seeds: None,
            seed: Some(seed),
            or_resume: out.is_some(),
            out: out.map(|out| out.join(format!("seed-{seed}"))),
            ..self.clone()
        }
    }

    /// Whether --out names a folder.
    pub(super) fn has_out(&self) -> bool {
        self.out.is_some()
    }

    /// The same for the run in --out that is there already, and should have so many epochs.
    fn going_on(&self, epochs: Option<usize>) -> Self {
        Self {
            resume: self.out.clone(),
            epochs,
            or_resume: false,
            ..self.clone()
        }
    }
}

/// Trains once: the folder of the run and its result, none where it was stopped.
///
/// # Errors
///
/// As [`super::run`].
pub(super) fn one(args: Args) -> Result<(PathBuf, Option<RunResult>), Error> {
    let again = args.or_resume.then(|| args.clone());
    let dashboard = Dashboard::choose(args.dashboard)?;
    let root = args.root.path();
    let device = args.device.or(args.devices);
    let (training, run) = match &args.resume {
        Some(folder) => {
            let (run, mut config) = RunDir::resume(folder)?;
            let done = run.newest_checkpoint().unwrap_or(0);
            if config.max_steps > 0 && (run.result()?.is_some() || args.epochs.is_some()) {
                return Err(Error::Usage(format!(
                    "{}: expected a run that can be longer, found one that ends after {} steps, perhaps amid an epoch; train anew without --max-steps",
                    folder.display(),
                    config.max_steps
                )));
            }
            let epochs = args.epochs.unwrap_or(config.epochs);
            if epochs < done {
                return Err(Error::Usage(format!(
                    "--epochs {epochs}: the run in {} has already trained {done}; expected {done} or more",
                    folder.display()
                )));
            }
            config.epochs = epochs;
            config.workers = args.workers.unwrap_or(config.workers);
            config.checkpoint_minutes =
                args.checkpoint_minutes.unwrap_or(config.checkpoint_minutes);
            if let Some(device) = device {
                config.device = device;
            }
            config.check()?;
            let training = Training::prepare(config.clone(), &root)?;
            match run.about()? {
                Some(about) => {
                    // No flag makes a network know other classes.
                    about.must_take_those_of(training.about())?;
                    if !args.accept_data {
                        let way_out =
                            "give the run's own data, or go on with these by --accept-data";
                        let same = about.must_be(training.about());
                        same.map_err(|e| other_data(e, way_out))?;
                        let way_out =
                            "restore the setting in config.toml, or go on by --accept-data";
                        let same = about.must_step_as(training.about());
                        same.map_err(|e| other_data(e, way_out))?;
                    }
                }
                None if done > 0 => crate::say(&format!(
                    "{}: a run of an earlier version, which does not say which data it was trained on; going on with these",
                    folder.display()
                )),
                None => {}
            }
            if done > 0 {
                check(&run.checkpoints(), done)?;
            }
            run.write_config(&config, crate::VERSION)?;
            match done {
                0 => crate::say(&format!(
                    "{}: no checkpoint yet, starting anew",
                    folder.display()
                )),
                _ => crate::say(&format!(
                    "{}: continuing after epoch {done}",
                    folder.display()
                )),
            }
            (training, run)
        }
        None => {
            let mut layers = Layers::default();
            if let Some(file) = &args.config {
                layers.file(file)?;
            }
            args.set
                .iter()
                .try_for_each(|assignment| set(&mut layers, assignment))?;
            flag(&mut layers, "dataset", args.dataset)?;
            if let Some(net) = &args.net {
                flag(&mut layers, "net", Some(network::net(net)?))?;
            }
            flag(&mut layers, "weights", args.weights)?;
            flag(&mut layers, "first_last", args.first_last)?;
            flag(&mut layers, "augment", args.augment)?;
            flag(&mut layers, "epochs", args.epochs)?;
            flag(&mut layers, "batch_size", args.batch_size)?;
            flag(&mut layers, "accumulate", args.accumulate)?;
            flag(&mut layers, "max_steps", args.max_steps)?;
            flag(&mut layers, "seed", args.seed)?;
            flag(&mut layers, "validation", args.validation)?;
            flag(&mut layers, "split_seed", args.split_seed)?;
            flag(&mut layers, "test_fraction", args.test_fraction)?;
            flag(&mut layers, "skip_bad", args.skip_bad.then_some(true))?;
            flag(&mut layers, "size", args.size)?;
            flag(&mut layers, "channels", args.channels)?;
            flag(&mut layers, "fit", args.fit)?;
            flag(&mut layers, "recipe", args.recipe)?;
            flag(&mut layers, "balance", args.balance)?;
            flag(&mut layers, "init", args.init)?;
            flag(&mut layers, "freeze", args.freeze)?;
            flag(&mut layers, "checkpoint_minutes", args.checkpoint_minutes)?;
            flag(&mut layers, "keep_best", args.keep_best.then_some(true))?;
            flag(&mut layers, "limit_train", args.limit_train)?;
            flag(&mut layers, "limit_test", args.limit_test)?;
            flag(&mut layers, "device", device)?;
            flag(&mut layers, "workers", args.workers)?;
            let config = layers.resolve()?;
            layers.notes().iter().for_each(|note| crate::say(note));
            if let (Some(again), Some(folder)) = (again, &args.out) {
                match series::found(folder, &config)? {
                    Found::Nothing => {}
                    Found::Unfinished(epochs) => return one(again.going_on(epochs)),
                    Found::Finished(run, result) => {
                        report(&run, Some(&result));
                        return Ok((folder.clone(), Some(result)));
                    }
                }
            }
            if let Some(folder) = &args.out {
                RunDir::must_be_free(folder)?;
            }
            let training = Training::prepare(config.clone(), &root)?;
            let run = match &args.out {
                Some(folder) => RunDir::create(folder, &config, crate::VERSION)?,
                None => RunDir::create_numbered(runs(), &config, crate::VERSION)?,
            };
            (training, run)
        }
    };
    let result = training.run(&run, dashboard)?;
    report(&run, result.as_ref());
    Ok((run.path().into(), result))
}

/// Says how a run ended, and where it is.
fn report(run: &RunDir, result: Option<&RunResult>) {
    let folder = run.path().display();
    match result {
        Some(result) => {
            crate::say(&format!("run: {folder}"));
            crate::say(&result.line());
        }
        None => {
            let done = run.newest_checkpoint().unwrap_or(0);
            crate::say(&format!(
                "stopped after epoch {done}; continue with: onebit train --resume {folder}"
            ));
        }
    }
}
