//! `onebit sweep`

mod check;
mod command;
mod json;
pub(super) mod processes;
pub(super) mod work;

use std::path::{Path, PathBuf};

use run::RunDir;
use run::many::{Entry, Job, Sweep};

use self::command::command;
use self::processes::Processes;
use self::work::{Ended, Work};
use super::{DataRoot, all_threads, runs, within};
use crate::shell::{self, quoted};
use crate::{Error, named, say, say_data, terminal};
use word_list::Counted;

/// What the help ends with.
const EXAMPLES: &str = "\
A file:
  seeds = \"1-3\"
  [settings]
  dataset = \"glyphs\"
  epochs = 6
  [sweep]
  learning_rate = [0.05, 0.1]
  net = [\"wrn-8-1\", \"wrn-14-1\"]

Examples:
  onebit sweep rates.toml --jobs 2            its 12 runs, two at a time
  onebit sweep rates.toml --print > jobs.txt  their commands, for other machines
  onebit runs runs/rates --sort error         their results";

/// Train a run for each combination of settings and seeds that a file lists
///
/// The file has `seeds = "1-3"`, a table [settings] of settings that all runs have, and a table
/// [sweep] of lists: each combination of their values is a run. All runs are checked before the
/// first begins. Ctrl-C saves the runs that are under way. The same command again continues the
/// unfinished ones, and the finished ones too where the file has more epochs now.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep, a TOML file; see docs/many-runs.md
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Folder of the runs [default: runs/NAME-OF-THE-FILE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Runs to train at once, each on its share of the threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// Print the command of each run, one per line, and train nothing: for a Slurm array or GNU
    /// parallel
    #[arg(long, conflicts_with = "jobs")]
    print: bool,
    /// Print what became of each run as one line of JSON, and all else to the standard error
    #[arg(long, conflicts_with = "print")]
    json: bool,
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
    if args.json {
        terminal::take_output();
    }
    let sweep = Sweep::read(&args.file)?;
    let configs = check::configs(&sweep, &args.file)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| runs().join(stem(&args.file)));
    shell::must_be_writable("--out", &folder)?;
    if let Some(data) = &args.root.data {
        shell::must_be_writable("--data", data)?;
    }
    let command = |job: &Job| command(job, &folder.join(&job.name), args.root.data.as_deref());
    if args.print {
        for job in &sweep.jobs {
            let words: Vec<String> = command(job).iter().map(|word| quoted(word)).collect();
            say_data(&format!("onebit {}", words.join(" ")));
        }
        return Ok(());
    }
    RunDir::must_be_makeable(&folder)?;
    let standing = check::standing(&sweep, &configs, [&args.file, &folder, &args.root.path()])?;
    say(&format!("{}; in {}", standing.line(), named(&folder)));
    standing.longer.iter().for_each(|line| say(line));
    let logs = folder.join("logs");
    aside::make_own_folder(&logs).map_err(|e| Error::io("creating", &logs, &e))?;
    let processes = Processes::default();
    let watch = processes.watch();
    let work = Work {
        program: std::env::current_exe()
            .map_err(|e| Error::io("finding", Path::new("the program itself"), &e))?,
        threads: (all_threads() / args.jobs).max(1),
        logs: &logs,
        folder: &folder,
        processes: &processes,
        score: &score,
    };
    let words = |job: &Job| (job.name.clone(), command(job));
    let jobs: Vec<(String, Vec<String>)> = sweep.jobs.iter().map(words).collect();
    let ended = work.all(&jobs, args.jobs);
    let outcome = summary(args, &folder, &sweep, &ended);
    if args.json {
        let line = json::line(&folder, &sweep, &ended);
        terminal::put_json(&serde_json::to_string(&line).expect("a sweep is JSON"));
    }
    drop(watch);
    let by_itself = ended.iter().find_map(|ended| match ended {
        Ended::Stopped(signal) => Some(*signal),
        _ => None,
    });
    match (processes.signal(), by_itself) {
        (Some(signal), _) => Err(Error::Stopped(Some(signal))),
        (None, Some(Some(signal))) => Err(Error::Stopped(Some(signal))),
        _ => outcome,
    }
}

/// What a line says of a finished run.
fn score(run: &Path) -> String {
    let entry = Entry::read(run);
    match entry.ok().and_then(|entry| entry.error()) {
        Some(error) => format!("test error {error:.2} %"),
        None => "finished".into(),
    }
}

/// The command that goes on with a sweep: the same again.
fn again(args: &Args) -> String {
    let mut words = vec!["onebit sweep".to_owned(), shell::file(&args.file)];
    if let Some(out) = &args.out {
        words.extend(["--out".into(), shell::folder(out)]);
    }
    if args.jobs > 1 {
        words.extend(["--jobs".into(), args.jobs.to_string()]);
    }
    if let Some(data) = &args.root.data {
        words.extend(["--data".into(), shell::folder(data)]);
    }
    words.join(" ")
}

/// The name of the folder of a sweep's runs.
fn stem(file: &Path) -> PathBuf {
    file.file_stem()
        .map_or_else(|| "sweep".into(), PathBuf::from)
}

/// Tells of all runs, of those that failed, and how to go on where not all are finished.
fn summary(args: &Args, folder: &Path, sweep: &Sweep, ended: &[Ended]) -> Result<(), Error> {
    let begun = sweep.jobs.iter().map(|job| folder.join(&job.name));
    let begun: Vec<PathBuf> = begun
        .filter(|run| run.join("config.toml").is_file())
        .collect();
    if !begun.is_empty() {
        say(&format!("\n{}", runs::text(begun)));
    }
    let mut failed = 0;
    for ended in ended {
        if let Ended::Failed(why) = ended {
            failed += 1;
            crate::note(&format!("error: {}", crate::printable(why)));
        }
    }
    let all = sweep.jobs.len();
    let finished = ended
        .iter()
        .filter(|ended| matches!(ended, Ended::Finished));
    let finished = finished.count();
    let go_on = format!(
        "go on with what is unfinished by the same command: {}",
        again(args)
    );
    if finished + failed < all {
        say(&format!(
            "stopped: {finished} of {} finished; {go_on}",
            Counted(all, "run")
        ));
    }
    match failed {
        _ if finished == all => Ok(()),
        0 => Err(Error::Failed(format!(
            "{finished} of {} finished; {go_on}",
            Counted(all, "run")
        ))),
        count => Err(Error::Failed(format!(
            "{count} of {} failed; {go_on}",
            Counted(all, "run")
        ))),
    }
}
