//! The command line.

mod advice;
mod augment;
mod bench;
mod class_names;
mod completions;
mod computer;
mod config;
mod data;
mod demo;
mod devices;
mod elsewhere;
mod eval;
mod explain;
mod export;
mod fetch;
mod fit;
mod folded;
mod import;
mod inspect;
mod known;
mod man;
mod models;
mod network;
mod numbers;
mod out;
mod predict;
mod report;
mod resumed;
mod runs;
mod series;
#[cfg(feature = "remote")]
mod serve;
mod settings;
mod signals;
mod smaller;
mod stop;
mod summary;
mod sweep;
mod table;
mod train;
mod train_with;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{Error, terminal};

pub use signals::end_by;

/// Trains and tests wide residual networks with one bit per weight.
///
/// Without a command, it names the five that matter and runs `onebit demo`, which trains a small
/// network on digits that the program draws itself, with 1 and with 32 bits per weight.
#[derive(Parser)]
#[command(name = "onebit", version = crate::VERSION, max_term_width = 100, after_help = "\
Examples:
  onebit demo                                      digits, in a few minutes
  onebit train --dataset ./photos --size 32        train on your own images
  onebit eval --run runs/photos-wrn-14-1-1bit-1    its test error
  onebit report runs/* --out report.html           one page about all runs
  onebit export --run runs/photos-wrn-14-1-1bit-1 --to c --out firmware/net
  onebit config learning_rate                      what a setting means

`onebit COMMAND --help` has defaults and examples of each command.")]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<train::Args>),
    Sweep(sweep::Args),
    Fit(Box<fit::Args>),
    Runs(runs::Args),
    Eval(eval::Args),
    Predict(Box<predict::Args>),
    Export(export::Args),
    Import(import::Args),
    Inspect(inspect::Args),
    Summary(summary::Args),
    Config(config::Args),
    Report(report::Args),
    #[command(subcommand)]
    Bench(bench::Args),
    Devices(devices::Args),
    Data(data::Args),
    Models(models::Args),
    Fetch(fetch::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[cfg(feature = "remote")]
    Serve(serve::Args),
}

/// Where the datasets are.
#[derive(Clone, clap::Args)]
struct DataRoot {
    /// Folder of the datasets [default: $ONEBIT_DATA, else `datasets`]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataRoot {
    fn path(&self) -> PathBuf {
        let environment = || std::env::var_os("ONEBIT_DATA").filter(|value| !value.is_empty());
        self.data
            .clone()
            .or_else(|| environment().map(PathBuf::from))
            .unwrap_or("datasets".into())
    }
}

/// Where runs go when no folder is named.
fn runs() -> &'static Path {
    Path::new("runs")
}

/// Refuses a number of a flag outside of 1 to `most`.
fn within(flag: &str, found: usize, max: usize) -> Result<(), Error> {
    if (1..=max).contains(&found) {
        return Ok(());
    }
    Err(Error::Usage(format!("{flag} {found}: expected 1 to {max}")))
}

fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The threads that --threads asks for, from 1 to `most`; without it all of this machine, up to as many.
fn threads(asked: Option<usize>, max: usize) -> Result<usize, Error> {
    match asked {
        Some(threads) => within("--threads", threads, max).map(|()| threads),
        None => Ok(all_threads().min(max)),
    }
}

/// The command line of this process; ends it where that asks for a help, or for what there is not.
pub fn parse() -> Cli {
    let command = known::taught(numbers::told(folded::folded(Cli::command())));
    let parsed = command.try_get_matches_from(numbers::joined(std::env::args_os()));
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| {
        // What clap ends by does not know whether a help could be printed, and quotes a value whole.
        let text = error.render().to_string();
        let printed = match error.use_stderr() && text.len() > terminal::MAX_ERROR {
            true => {
                terminal::note(text.trim_end());
                Ok(())
            }
            false => error.print(),
        };
        if !error.use_stderr() {
            terminal::told(printed.and_then(|()| std::io::stdout().flush()));
        }
        let lost = i32::from(terminal::output_lost());
        std::process::exit(error.exit_code().max(lost))
    })
}

/// Carries out a command line.
///
/// # Errors
///
/// [`Error::Usage`] when it asks for something impossible, [`Error::Failed`] when the work fails.
pub fn run(cli: Cli) -> Result<(), Error> {
    match cli.command {
        None => demo::without_command(),
        Some(Command::Train(args)) => train::run(*args),
        Some(Command::Sweep(args)) => sweep::run(&args),
        Some(Command::Fit(args)) => fit::run(&args),
        Some(Command::Runs(args)) => runs::run(&args),
        Some(Command::Eval(args)) => eval::run(&args),
        Some(Command::Predict(args)) => predict::run(&args),
        Some(Command::Export(args)) => export::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Inspect(args)) => inspect::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Devices(args)) => devices::run(&args),
        Some(Command::Summary(args)) => summary::run(&args),
        Some(Command::Config(args)) => config::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Data(args)) => data::run(&args),
        Some(Command::Fetch(args)) => fetch::run(&args),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
        Some(Command::Models(args)) => models::run(&args),
        #[cfg(feature = "remote")]
        Some(Command::Serve(args)) => serve::run(&args),
    }
}
