//! `onebit bench`

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use data::Dataset;
use model::Weights;
use run::TrainConfig;
use word_list::Counted;

use super::{network, within};
use crate::bench::{self, Deployed, MAX_THREADS, Report, Step};
use crate::{Error, carried, say, say_json};

/// Time a training step, or a batch through the engine of packed networks, on this machine
#[derive(Subcommand)]
pub enum Args {
    Train(TrainArgs),
    Infer(InferArgs),
}

/// Time a training step: forward pass, backward pass, SGD
///
/// Loss, gradients and updated weights are first checked against Burn's own operations.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit bench train --net wrn-20-4
  onebit bench train --net wrn-20-1 --batch 50 --threads 2 --json")]
pub struct TrainArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Images in each step
    #[arg(long, value_name = "N", default_value_t = 125)]
    batch: usize,
    /// Steps that are timed
    #[arg(long, value_name = "N", default_value_t = 5)]
    runs: usize,
    #[command(flatten)]
    common: Common,
}

/// Time a batch through the engine of packed networks
///
/// Logits are first checked against a plain forward pass in 64-bit floats.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit bench infer --net wrn-20-4 --activations int8
  onebit bench infer --model net.onebit --batch 50 --threads 2 --json")]
pub struct InferArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// A packed file in place of a network by name, or the name of a built-in model
    #[arg(long, value_name = "FILE|NAME", conflicts_with_all = ["net", "input", "classes", "weights"])]
    model: Option<PathBuf>,
    /// What the convolutions read
    #[arg(long, value_enum, default_value = "f32")]
    activations: Activations,
    /// Images in each batch
    #[arg(long, value_name = "N", default_value_t = 1)]
    batch: usize,
    /// Batches that are timed
    #[arg(long, value_name = "N", default_value_t = 20)]
    runs: usize,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct NetworkArgs {
    /// The network, with random weights
    #[arg(long, default_value = "wrn-20-4")]
    net: String,
    /// Channels, height and width of an image [default: 3x32x32, or 3x224x224 for resnet-18]
    #[arg(long, value_name = "CxHxW")]
    input: Option<String>,
    /// Number of classes [default: 10, or 1000 for resnet-18]
    #[arg(long)]
    classes: Option<usize>,
    #[arg(long, default_value = "1bit", help = network::weights_help(""))]
    weights: String,
}

#[derive(clap::Args)]
struct Common {
    /// Threads [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Activations {
    /// 32-bit numbers, as in training
    F32,
    /// 8-bit integers
    Int8,
}

/// The most numbers of a batch of images, and the most runs, so that a typing error ends with a message.
const MAX_PIXELS: usize = 1 << 28;
const MAX_RUNS: usize = 1_000_000;

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    match args {
        Args::Train(args) => train(args),
        Args::Infer(args) => infer(args),
    }
}

fn train(args: &TrainArgs) -> Result<(), Error> {
    let (config, input, classes) = args.network.config()?;
    within("--runs", args.runs, MAX_RUNS)?;
    within(
        "--batch",
        args.batch,
        MAX_PIXELS / input.iter().product::<usize>(),
    )?;
    let threads = super::threads(args.common.threads, MAX_THREADS)?;
    bench::use_threads(threads)?;
    let report = bench::time_step(&Step {
        config,
        input,
        classes,
        batch: args.batch,
        threads,
        runs: args.runs,
    })?;
    args.common.print(&report);
    Ok(())
}

fn infer(args: &InferArgs) -> Result<(), Error> {
    within("--runs", args.runs, MAX_RUNS)?;
    let threads = super::threads(args.common.threads, runtime::MAX_THREADS)?;
    bench::use_threads(threads)?;
    let limit = |input: [usize; 3]| {
        within(
            "--batch",
            args.batch,
            MAX_PIXELS / input.iter().product::<usize>(),
        )
    };
    let model = match &args.model {
        Some(file) => {
            let model = carried::load(file)?.model;
            limit(model.input())?;
            model
        }
        None => {
            let (config, input, classes) = args.network.config()?;
            limit(input)?;
            if config.weights == Weights::FULL {
                return Err(Error::Usage(
                    "--weights 32bit: expected weights with sign bits for the engine, 1bit, bwn, bwn-layer or binaryconnect; 32-bit ones can be timed with bench train".into(),
                ));
            }
            bench::random_model(&config, input, classes)?
        }
    };
    let report = bench::time_engine(&Deployed {
        model,
        activations: match args.activations {
            Activations::F32 => runtime::Activations::F32,
            Activations::Int8 => runtime::Activations::Int8,
        },
        batch: args.batch,
        threads,
        runs: args.runs,
    })?;
    args.common.print(&report);
    Ok(())
}

impl NetworkArgs {
    /// The paper's recipe for CIFAR-10 with this network; image shape; classes.
    fn config(&self) -> Result<(TrainConfig, [usize; 3], usize), Error> {
        let net = network::net(&self.net)?;
        let config = TrainConfig {
            net: net.clone(),
            weights: self.weights.parse()?,
            ..TrainConfig::recipe(Dataset::Cifar10)
        };
        let input = network::input(&net, self.input.as_deref())?;
        Ok((config, input, network::classes(&net, self.classes)?))
    }
}

impl Common {
    fn print(&self, report: &Report) {
        if self.json {
            say_json(&serde_json::to_string(report).expect("numbers are JSON"));
            return;
        }
        let known = |word: &Option<String>| word.clone().unwrap_or("unknown".into());
        let [channels, height, width] = report.input;
        let (work, place, answer) = match report.bench {
            "train" => ("training step", "", "loss and gradients"),
            _ => ("pass", " through the engine", "logits"),
        };
        let activations = report
            .activations
            .map(|word| format!(", {word} activations"))
            .unwrap_or_default();
        say(&format!(
            "{}, {} weights{activations}, {channels}x{height}x{width} in, {}",
            known(&report.net),
            known(&report.weights),
            Counted(report.classes, "class")
        ));
        say(&format!(
            "checked: {answer} differ by {:.1e} at most",
            report.difference
        ));
        say(&format!(
            "{}{place}, batch {}, threads {}",
            Counted(report.runs, work),
            report.batch,
            report.threads
        ));
        if let Some(mib) = report.peak_mib {
            say(&format!("peak memory: {mib:.0} MiB"));
        }
        say(&format!(
            "median {:.6} s, minimum {:.6} s, {:.1} images/s",
            report.median_seconds, report.min_seconds, report.images_per_second
        ));
    }
}
