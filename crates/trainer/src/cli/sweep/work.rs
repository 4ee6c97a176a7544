//! The runs of a sweep, each a process of this program, some of them at once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use run::RunDir;
use run::many::Entry;

use super::processes::{Begun, Processes};
use crate::{say, threads};

/// How a job ended.
pub enum Ended {
    /// Its run is finished.
    Finished,
    /// A person or a scheduler stopped it, by a signal where it is known.
    Stopped(Option<i32>),
    /// What went wrong, and where its words are.
    Failed(String),
    /// The sweep was stopped before.
    NotBegun,
}

/// What all jobs have in common.
pub struct Work<'a> {
    /// This program.
    pub program: PathBuf,
    /// Threads of a job.
    pub threads: usize,
    /// Where what the jobs say is kept.
    pub logs: &'a Path,
    /// Where their runs are.
    pub folder: &'a Path,
    /// Those that are under way.
    pub processes: &'a Processes,
    /// What is said of a finished run in a folder.
    pub score: &'a (dyn Fn(&Path) -> String + Sync),
}

impl Work<'_> {
    /// Carries out all jobs, each a name and a command's words, so many at once; a failure keeps no other from being done, a
    /// stop does.
    pub fn all(&self, jobs: &[(String, Vec<String>)], at_once: usize) -> Vec<Ended> {
        let next = AtomicUsize::new(0);
        let ended: Vec<Mutex<Ended>> = jobs.iter().map(|_| Mutex::new(Ended::NotBegun)).collect();
        let worker = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs.len() {
                    return;
                }
                let (job, words) = &jobs[index];
                let end = self.one(index, job, words);
                let line = match &end {
                    Ended::Finished => (self.score)(&self.folder.join(job)),
                    Ended::Stopped(_) => self.stopped(job),
                    Ended::Failed(_) => "failed".into(),
                    Ended::NotBegun => return,
                };
                say(&format!("{} of {}  {}: {line}", index + 1, jobs.len(), job));
                if matches!(end, Ended::Stopped(_)) {
                    self.processes.begin_no_more();
                }
                if let Ok(mut place) = ended[index].lock() {
                    *place = end;
                }
            }
        };
        threads::share(at_once.min(jobs.len()), worker);
        let ended = ended.into_iter();
        ended
            .map(|end| end.into_inner().unwrap_or(Ended::NotBegun))
            .collect()
    }

    fn one(&self, index: usize, job: &str, words: &[String]) -> Ended {
        let run = self.folder.join(job);
        let log = self.logs.join(format!("{job}.log"));
        let before = log.metadata().map_or(0, |file| file.len());
        // A link in the place of a run's folder would have it trained elsewhere.
        let own = aside::must_be_own_folder(&run);
        let opened =
            own.and_then(|()| aside::open_own(&log, File::options().append(true).create(true)));
        let begun = opened.and_then(|file| {
            let mut command = Command::new(&self.program);
            command.args(words).stdin(Stdio::null());
            // Whoever set the number of threads knows why.
            if std::env::var_os(THREADS).is_none() {
                command.env(THREADS, self.threads.to_string());
            }
            command.stdout(file.try_clone()?).stderr(file);
            self.processes.begin(index, command)
        });
        let failed = |why: String| Ended::Failed(format!("{job}: {why}; see {}", log.display()));
        let status = match begun {
            Ok(Begun::Yes) => self.processes.wait(index),
            Ok(Begun::NoMore) => return Ended::NotBegun,
            Err(error) => Err(error),
        };
        match status {
            Err(error) => failed(error.to_string()),
            Ok(status) if status.success() => match Entry::read(&run) {
                Ok(entry) if entry.error().is_some() => Ended::Finished,
                Ok(_) => Ended::Stopped(None),
                Err(error) => failed(error.to_string()),
            },
            Ok(status) => match stopped_by(status) {
                Some(signal) => Ended::Stopped(Some(signal)),
                None => failed(last_error(&log, before).unwrap_or_else(|| status.to_string())),
            },
        }
    }

    /// How far a run is saved.
    fn stopped(&self, job: &str) -> String {
        let run = RunDir::open(&self.folder.join(job));
        let newest = run.and_then(|(run, _)| Ok(run.checkpoints()?.newest()));
        match newest {
            Ok(Some(at)) => format!("stopped {at}, and saved there"),
            Ok(None) | Err(_) => "stopped before a step was saved".into(),
        }
    }
}

/// The variable that decides on how many threads a process computes.
const THREADS: &str = "RAYON_NUM_THREADS";

/// The signal that asked a process to stop: Ctrl-C, a scheduler's, or that of a terminal that closed.
fn stopped_by(status: ExitStatus) -> Option<i32> {
    const HANG_UP: i32 = 1;
    const INTERRUPT: i32 = 2;
    const TERMINATE: i32 = 15;
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    // A process that cannot be ended by a signal has it as its exit status.
    let signal = signal.or(status.code().map(|code| code - 128));
    signal.filter(|signal| [HANG_UP, INTERRUPT, TERMINATE].contains(signal))
}

/// The last error that a job told of, in what its log has from a byte on.
fn last_error(log: &Path, from: u64) -> Option<String> {
    const MAX: u64 = 1 << 20;
    let mut file = aside::open_to_read(log).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let from = from.max(end.saturating_sub(MAX));
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let error = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("error: "))?;
    Some(error.to_owned())
}
