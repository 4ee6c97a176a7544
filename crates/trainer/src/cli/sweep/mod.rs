//! `onebit sweep`

mod command;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use run::config::Layers;
use run::many::{Job, Sweep};

pub use self::command::quoted;
use self::command::{assignment, command};
use self::work::{Ended, Work};
use super::{DataRoot, all_threads, network, runs, settings, within};
use crate::{Error, say};
use word_list::Counted;

/// Train a run for each combination of settings and seeds that a file lists
///
/// The file has `seeds = "1-3"`, a table [settings] of settings that all runs have, and a table
/// [sweep] of lists, each value of which meets each of the others. Running the same command again
/// goes on with what is unfinished.
#[derive(clap::Args)]
pub struct Args {
    /// The sweep, a TOML file; see docs/many-runs.md
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Folder of the runs [default: runs/NAME-OF-THE-FILE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Train so many runs at once, each on its share of the threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// Print the command of each run, one a line, and train none: for a Slurm array or GNU parallel
    #[arg(long, conflicts_with = "jobs")]
    print: bool,
    #[command(flatten)]
    root: DataRoot,
}

/// The most runs at once.
const MAX_JOBS: usize = 1024;

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    within("--jobs", args.jobs, MAX_JOBS)?;
    let sweep = Sweep::read(&args.file)?;
    let mut nets = BTreeMap::new();
    for job in &sweep.jobs {
        check(job, &args.file, &mut nets)?;
    }
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| runs().join(stem(&args.file)));
    let command = |job: &Job| command(job, &folder.join(&job.name), args.root.data.as_deref());
    if args.print {
        for job in &sweep.jobs {
            let words: Vec<String> = command(job).iter().map(|word| quoted(word)).collect();
            say(&format!("onebit {}", words.join(" ")));
        }
        return Ok(());
    }
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs).map_err(|e| Error::io("creating", &logs, &e))?;
    let work = Work {
        program: std::env::current_exe()
            .map_err(|e| Error::io("finding", Path::new("the program itself"), &e))?,
        threads: (all_threads() / args.jobs).max(1),
        logs: &logs,
        folder: &folder,
    };
    let jobs: Vec<(&Job, Vec<String>)> = sweep.jobs.iter().map(|job| (job, command(job))).collect();
    let ended = work.all(&jobs, args.jobs);
    summary(&folder, &sweep, &ended)
}

/// The name of the folder of a sweep's runs.
fn stem(file: &Path) -> PathBuf {
    file.file_stem()
        .map_or_else(|| "sweep".into(), PathBuf::from)
}

/// Refuses settings that no run has before the first one is trained.
fn check(job: &Job, file: &Path, nets: &mut BTreeMap<String, graph::Net>) -> Result<(), Error> {
    let origin = format!("{}: {}", file.display(), job.name);
    let mut layers = Layers::default();
    for (key, value) in &job.settings {
        match (key.as_str(), value.as_str()) {
            ("net", Some(name)) => {
                let net = match nets.get(name) {
                    Some(net) => net.clone(),
                    None => nets
                        .entry(name.into())
                        .or_insert(network::net(name)?)
                        .clone(),
                };
                layers.value(key, net, &origin)?;
            }
            _ => settings::set(&mut layers, &assignment(key, value))?,
        }
    }
    layers.resolve()?;
    Ok(())
}

/// Tells of all runs, and of those that failed.
fn summary(folder: &Path, sweep: &Sweep, ended: &[Ended]) -> Result<(), Error> {
    let begun = sweep.jobs.iter().map(|job| folder.join(&job.name));
    let begun: Vec<PathBuf> = begun
        .filter(|run| run.join("config.toml").is_file())
        .collect();
    if !begun.is_empty() {
        say(&format!("\n{}", runs::text(begun)));
    }
    let failed = |ended: &&Ended| matches!(ended, Ended::Failed(_));
    let failed: Vec<&Ended> = ended.iter().filter(failed).collect();
    for ended in &failed {
        if let Ended::Failed(why) = ended {
            eprintln!("error: {}", crate::printable(why));
        }
    }
    let stopped = ended
        .iter()
        .any(|ended| matches!(ended, Ended::Stopped | Ended::NotBegun));
    let all = sweep.jobs.len();
    match (failed.len(), stopped) {
        (0, false) => Ok(()),
        (0, true) => {
            say("stopped; the same command again goes on with what is unfinished");
            Ok(())
        }
        (count, _) => Err(Error::Failed(format!(
            "{count} of {} failed; the same command again goes on with what is unfinished",
            Counted(all, "run")
        ))),
    }
}
