//! `onebit train`

use std::path::{Path, PathBuf};

use data::Source;
use graph::Storage;
use run::config::Layers;
use run::many::Seeds;
use run::{RunDir, RunResult, TrainConfig, must_be_apart};
use serde::Serialize;
use word_list::Counted;

use crate::dashboard::Dashboard;
use crate::footprint::{kib, on_a_board};
use crate::network::of as network_of;
use crate::train::{Asked, Training};
use crate::{Error, images, named, shell, terminal};

use super::advice::other_data;
use super::explain::explain;
use super::series::{self, Found};
use super::settings::{flag, set};
use super::{DataRoot, augment, elsewhere, network, resumed, runs, stop};

/// What the help ends with.
const EXAMPLES: &str = "\
Settings without a flag: --set KEY=VALUE.
`onebit config` lists all, and `onebit config KEY` explains one.

Examples:
  onebit train --dataset ./photos --size 32                   your own images
  onebit train --dataset cifar10 --net wrn-20-1 --epochs 30   a dataset by name
  onebit train --config experiments/mnist-wrn-20-1.toml --weights 32bit
  onebit train --dataset mnist --set momentum=0.95 --max-steps 100
  onebit train --dataset ./photos --seeds 1-3 --out runs/three  three seeds
  onebit train --resume runs/mnist-wrn-20-4-1bit-1            after a stop
  onebit train --resume runs/mnist-wrn-20-4-1bit-1 --epochs 30  for longer";

/// Train a network, or continue training one
#[derive(Clone, clap::Args)]
#[command(args_override_self = true, mut_args = explain, after_help = EXAMPLES)]
pub struct Args {
    /// Settings from a TOML file; flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, such as `momentum=0.9`; overrides --config; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    #[arg(long, help = network::net_help())]
    net: Option<String>,
    #[arg(long, help = network::weights_help(" [default: 1bit, or the network file's]"))]
    weights: Option<String>,
    #[arg(long, value_name = "WEIGHTS")]
    first_last: Option<String>,
    #[arg(long, value_name = "LIST", help = augment::help(), long_help = augment::long_help())]
    augment: Option<String>,
    #[arg(long)]
    epochs: Option<usize>,
    #[arg(long)]
    batch_size: Option<usize>,
    #[arg(long, value_name = "PARTS")]
    accumulate: Option<usize>,
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    #[arg(long, value_name = "DECAY")]
    weight_decay: Option<f64>,
    /// Train once with each of these seeds, one after the other: 1,2,3 or 1-3. With --out, the runs
    /// are DIR/seed-N, and the same command again continues where it was stopped
    #[arg(long, value_name = "N,N-N,…", conflicts_with_all = ["seed", "resume"])]
    seeds: Option<Seeds>,
    #[arg(long, value_name = "N|SHARE", value_parser = part)]
    validation: Option<data::Part>,
    #[arg(long, value_name = "SEED")]
    split_seed: Option<u64>,
    #[arg(long, value_name = "SHARE")]
    test_fraction: Option<f64>,
    #[arg(long)]
    skip_bad: bool,
    /// Scale your own images to this size: N for a square, or WIDTHxHEIGHT [default: their own, if
    /// all are equal]
    #[arg(long, value_name = "N|WxH", value_parser = size)]
    size: Option<[usize; 2]>,
    #[arg(long, value_name = "1|3")]
    channels: Option<usize>,
    #[arg(long)]
    fit: Option<String>,
    #[arg(long)]
    recipe: Option<String>,
    #[arg(long)]
    balance: Option<String>,
    #[arg(long, value_name = "RUN|FILE")]
    init: Option<String>,
    #[arg(long)]
    freeze: Option<String>,
    #[arg(long, value_name = "RUN|FILE")]
    teacher: Option<String>,
    #[arg(long, value_name = "MINUTES")]
    checkpoint_minutes: Option<f64>,
    #[arg(long)]
    keep_best: bool,
    #[arg(long, value_name = "N")]
    limit_train: Option<usize>,
    #[arg(long, value_name = "N")]
    limit_test: Option<usize>,
    /// Where to compute; see `onebit devices` [default: flex]
    #[arg(long)]
    device: Option<String>,
    /// Several devices that share each batch, such as cuda:0,cuda:1
    #[arg(long, value_name = "A,B,…", conflicts_with = "device")]
    devices: Option<String>,
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Folder of the run [default: runs/DATASET-NET-WEIGHTS-N]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Continue the run in this folder. Of the settings, only --epochs (to train longer), --device,
    /// --workers and --checkpoint-minutes can be changed. --dataset and --teacher name the new
    /// places of your own images and of the teacher
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["config", "set", "net", "weights", "first_last", "augment", "batch_size",
            "accumulate", "max_steps", "seed", "learning_rate", "weight_decay", "validation", "limit_train", "limit_test",
            "split_seed", "test_fraction", "skip_bad", "size", "channels", "fit", "recipe", "balance", "init", "freeze",
            "keep_best"]
    )]
    resume: Option<PathBuf>,
    /// If --out already holds a run with these settings, continue it, or print its result if it is
    /// finished
    #[arg(long, requires = "out")]
    or_resume: bool,
    /// With --resume, continue although the data or the batch size are no longer those of the run
    #[arg(long, requires = "resume")]
    accept_data: bool,
    /// What to show [default: tui on a terminal, else plain]
    #[arg(long)]
    dashboard: Option<Dashboard>,
    /// Print the result as one line of JSON, with several seeds one for each, and all else to the
    /// standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

/// `32` or `64x48`, width before height, as height and width.
pub(super) fn size(text: &str) -> Result<[usize; 2], String> {
    let wrong = || "expected N, or WIDTHxHEIGHT, such as 32 or 64x48".to_owned();
    let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
    match text.split_once('x') {
        Some((width, height)) => Ok([number(height)?, number(width)?]),
        None => number(text).map(|side| [side, side]),
    }
}

/// A number of images, or a share of them.
fn part(text: &str) -> Result<data::Part, String> {
    let wrong = "expected a whole number of images, or a share between 0 and 1";
    text.parse().map_err(|_| wrong.to_owned())
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(mut args: Args) -> Result<(), Error> {
    if args.json {
        if args.dashboard == Some(Dashboard::Tui) {
            return Err(Error::Usage(
                "--dashboard tui: expected plain or none beside --json, whose output is a line of JSON"
                    .into(),
            ));
        }
        args.dashboard.get_or_insert(Dashboard::Plain);
        terminal::take_output();
    }
    match args.seeds.clone() {
        Some(seeds) => series::run(&args, &seeds),
        None => {
            // A run of a sweep is one of many, which the sweep tells about.
            let told = !args.json && !args.or_resume && args.dashboard != Some(Dashboard::None);
            let (folder, _) = one(args)?;
            if told {
                let (_, config) = RunDir::open(&folder)?;
                crate::say(&next(&shell::folder(&folder), &config));
            }
            Ok(())
        }
    }
}

/// What to do with a finished run, in two lines.
fn next(run: &str, config: &TrainConfig) -> String {
    // What has real weights is for no board.
    let ends = config.first_last.unwrap_or(config.weights);
    let is_real = [config.weights, ends]
        .iter()
        .any(|kind| kind.storage() == Storage::Float);
    let export = match is_real {
        true => "--to onnx --out net.onnx",
        false => "--to c --out firmware",
    };
    format!(
        "next: onebit predict --run {run} PICTURE; onebit report {run} --out report.html\n      \
         onebit export --run {run} {export}"
    )
}

impl Args {
    /// The settings that are given for a new run.
    fn layers(&self) -> Result<Layers, Error> {
        let mut layers = Layers::default();
        if let Some(file) = &self.config {
            layers.file(file)?;
        }
        self.set
            .iter()
            .try_for_each(|assignment| set(&mut layers, assignment))?;
        flag(&mut layers, "dataset", self.dataset.as_ref())?;
        if let Some(net) = &self.net {
            flag(&mut layers, "net", Some(network::net(net)?))?;
        }
        flag(&mut layers, "weights", self.weights.as_ref())?;
        flag(&mut layers, "first_last", self.first_last.as_ref())?;
        flag(&mut layers, "augment", self.augment.as_ref())?;
        flag(&mut layers, "epochs", self.epochs)?;
        flag(&mut layers, "batch_size", self.batch_size)?;
        flag(&mut layers, "accumulate", self.accumulate)?;
        flag(&mut layers, "max_steps", self.max_steps)?;
        flag(&mut layers, "seed", self.seed)?;
        flag(&mut layers, "learning_rate", self.learning_rate)?;
        flag(&mut layers, "weight_decay", self.weight_decay)?;
        flag(&mut layers, "validation", self.validation)?;
        flag(&mut layers, "split_seed", self.split_seed)?;
        flag(&mut layers, "test_fraction", self.test_fraction)?;
        flag(&mut layers, "skip_bad", self.skip_bad.then_some(true))?;
        flag(&mut layers, "size", self.size)?;
        flag(&mut layers, "channels", self.channels)?;
        flag(&mut layers, "fit", self.fit.as_ref())?;
        flag(&mut layers, "recipe", self.recipe.as_ref())?;
        flag(&mut layers, "balance", self.balance.as_ref())?;
        flag(&mut layers, "init", self.init.as_ref())?;
        flag(&mut layers, "freeze", self.freeze.as_ref())?;
        flag(&mut layers, "teacher", self.teacher.as_ref())?;
        flag(&mut layers, "checkpoint_minutes", self.checkpoint_minutes)?;
        flag(&mut layers, "keep_best", self.keep_best.then_some(true))?;
        flag(&mut layers, "limit_train", self.limit_train)?;
        flag(&mut layers, "limit_test", self.limit_test)?;
        flag(&mut layers, "device", self.device())?;
        flag(&mut layers, "workers", self.workers)?;
        Ok(layers)
    }

    /// The settings of a new run.
    ///
    /// # Errors
    ///
    /// When no run has them.
    pub(super) fn config(&self) -> Result<TrainConfig, Error> {
        Ok(self.layers()?.resolve()?)
    }

    fn device(&self) -> Option<&String> {
        self.device.as_ref().or(self.devices.as_ref())
    }

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

    /// The folder that --out names.
    pub(super) fn out(&self) -> Option<&Path> {
        self.out.as_deref()
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
pub(super) fn one(args: Args) -> Result<(PathBuf, RunResult), Error> {
    if let Some(folder) = &args.out {
        shell::must_be_writable("--out", folder)?;
    }
    let json = args.json;
    let again = args.or_resume.then(|| args.clone());
    let dashboard = Dashboard::choose(args.dashboard)?;
    let root = args.root.path();
    let (training, run) = match &args.resume {
        Some(folder) => {
            let (run, mut config) = RunDir::resume(folder)?;
            let newest = run.checkpoints()?.newest();
            let done = newest.map_or(0, |at| at.epoch + usize::from(!at.is_end_of_epoch()));
            if config.max_steps > 0 && (run.result()?.is_some() || args.epochs.is_some()) {
                return Err(Error::Usage(format!(
                    "{}: expected a run that can be longer, found one that ends after {}, perhaps amid an epoch; train anew without --max-steps",
                    folder.display(),
                    Counted(config.max_steps, "step")
                )));
            }
            let epochs = args.epochs.unwrap_or(config.epochs);
            if let Some(key) = config.bound_to_epochs()
                && epochs != config.epochs
                && done > 0
            {
                return Err(Error::Usage(format!(
                    "--epochs {epochs}: `{key}` of the run in {} takes its course over {} epochs; expected that number; train anew for another one",
                    folder.display(),
                    config.epochs
                )));
            }
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
            if let Some(device) = args.device() {
                config.device = device.clone();
            }
            match &args.dataset {
                Some(text) => config.dataset = moved(&config.dataset, text)?,
                None => images::must_be_there(&config.dataset, "--dataset")?,
            }
            if let Some(place) = args.teacher {
                config.teacher = Some(place);
            }
            config.check()?;
            let training = Training::prepare(config.clone(), &root)?;
            let about = run.about()?;
            let notes = match &about {
                Some(about) if done > 0 => resumed::notes(about, &training, &config),
                _ => Vec::new(),
            };
            match about {
                Some(about) => {
                    // No flag makes a network know other classes.
                    about.must_take_those_of(training.about())?;
                    about.must_learn_from(training.about())?;
                    if !args.accept_data {
                        let way_out =
                            "give the run's own data, or continue with these by --accept-data";
                        let same = about.must_be(training.about());
                        same.map_err(|e| other_data(e, way_out))?;
                        let way_out =
                            "restore the setting in config.toml, or continue by --accept-data";
                        let same = about.must_step_as(training.about());
                        same.map_err(|e| other_data(e, way_out))?;
                    }
                }
                None if done > 0 => crate::say(&format!(
                    "{}: a run of an earlier version, which does not say which data it was trained on; continuing with these",
                    named(folder)
                )),
                None => {}
            }
            if !args.accept_data
                && let Some(result) = resumed::finished(&run, &config)
            {
                report(&run, &result, json);
                return Ok((folder.clone(), result));
            }
            notes.iter().for_each(|note| crate::say(note));
            let start = training.start(&run)?;
            run.write_config(&config, crate::VERSION)?;
            let folder = named(folder);
            crate::say(&match start {
                None => format!("{folder}: no checkpoint yet, starting anew"),
                Some(at) => format!("{folder}: continuing {at}"),
            });
            (training, run)
        }
        None => {
            let mut layers = args.layers()?;
            let config = layers.resolve()?;
            layers.notes().iter().for_each(|note| crate::say(note));
            if let (Some(again), Some(folder)) = (again, &args.out) {
                match series::found(folder, &config)? {
                    Found::Nothing => {}
                    Found::Unfinished => return one(again.going_on(None)),
                    Found::Shorter(shorter) => {
                        crate::say(&format!("{}: {shorter}", named(folder)));
                        return one(again.going_on(Some(config.epochs)));
                    }
                    Found::Finished(found) => {
                        let (run, result) = *found;
                        report(&run, &result, json);
                        return Ok((folder.clone(), result));
                    }
                }
            }
            match &args.out {
                Some(folder) => {
                    must_be_apart(folder, &config.dataset)?;
                    RunDir::must_be_free(folder)?;
                }
                None => elsewhere::usual_must_do(&config.dataset)?,
            }
            RunDir::must_be_makeable(args.out.as_deref().unwrap_or(runs()))?;
            let asked = Asked::of(&layers, &config);
            let training = Training::prepare_as_asked(config.clone(), &root, &asked)?;
            training.init()?;
            let run = match &args.out {
                Some(folder) => RunDir::create(folder, &config, crate::VERSION)?,
                None => RunDir::create_numbered(runs(), &config, crate::VERSION)?,
            };
            (training, run)
        }
    };
    if dashboard != Dashboard::None {
        board(&training).iter().for_each(|line| crate::say(line));
    }
    let result = stop::train(&training, &run, dashboard)?;
    report(&run, &result, json);
    Ok((run.path().into(), result))
}

/// What the network will take of a board, where it is for one.
fn board(training: &Training) -> Option<String> {
    let graph = &training.about().graph;
    let network = network_of(training.config(), graph.input(), graph.classes());
    let sizes = on_a_board(&network)?;
    Some(format!(
        "on a board: {} of RAM, {} of flash for constants",
        kib(sizes.ram),
        kib(sizes.flash)
    ))
}

/// The place of a run's own images now; whether they are the same is found out by their digest.
fn moved(own: &Source, text: &str) -> Result<Source, Error> {
    let named = text.parse::<Source>();
    let now = named.map_err(|e| Error::Usage(format!("--dataset: {e}")))?;
    match (own, &now) {
        (Source::Own(_), Source::Own(_)) => Ok(now),
        _ if *own == now => Ok(now),
        _ => Err(Error::Usage(format!(
            "--dataset {text}: expected with --resume the place of the run's own images, found other data than {}; train anew with them",
            own.name()
        ))),
    }
}

/// What --json prints.
#[derive(Serialize)]
struct Line<'a> {
    /// The folder of the run.
    run: String,
    #[serde(flatten)]
    result: &'a RunResult,
}

/// Says how a run ended, and where it is.
fn report(run: &RunDir, result: &RunResult, json: bool) {
    if json {
        let line = Line {
            run: run.path().display().to_string(),
            result,
        };
        let line = serde_json::to_string(&line).expect("a result is JSON");
        terminal::put_json(&line);
        return;
    }
    crate::say(&format!("run: {}", named(run.path())));
    crate::say(&result.line());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_suits_the_weights() {
        let mut config = TrainConfig::recipe(data::Dataset::Mnist);
        assert!(next("runs/a", &config).ends_with("export --run runs/a --to c --out firmware"));
        config.first_last = Some(graph::Weights::FULL);
        assert!(next("runs/a", &config).ends_with("--to onnx --out net.onnx"));
        config.weights = graph::Weights::FULL;
        let text = next("runs/a", &config);
        assert!(text.ends_with("--to onnx --out net.onnx"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn sizes_are_width_by_height() {
        assert_eq!(size("32"), Ok([32, 32]));
        assert_eq!(size("64x48"), Ok([48, 64]));
        for wrong in ["", "x", "3x", "-1", "3x4x5", "3.5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
