//! Successive halving: networks are trained, compared on validation images, and the better ones go on.
//!
//! What was found stands in the folders of the runs alone: a validation error after each epoch. So the same command, begun
//! again, finds what is done and goes on with the rest.

use std::path::{Path, PathBuf};

use graph::Net;
use run::RunDir;
use run::metrics::{EpochLine, SplitName, read_lines};

use super::pace::Pace;
use super::plan::Rung;
use super::settings::Settings;
use super::space::Candidate;
use crate::cli::all_threads;
use crate::cli::series::{Found, found};
use crate::cli::sweep::processes::Processes;
use crate::cli::sweep::work::{Ended, Work};
use crate::{Error, say};

/// A network, and its validation error after each rung that it took part in.
#[derive(Clone, Debug)]
pub struct Tried {
    pub candidate: Candidate,
    /// Epochs, and the error in percent; none where the run failed.
    pub errors: Vec<(usize, Option<f64>)>,
    /// Why its run failed, if it did.
    pub failed: Option<String>,
}

impl Tried {
    pub fn new(candidate: Candidate) -> Self {
        Self {
            candidate,
            errors: Vec::new(),
            failed: None,
        }
    }

    /// The last error.
    pub fn last(&self) -> Option<f64> {
        self.errors.last().and_then(|(_, error)| *error)
    }
}

/// What all rungs have in common.
pub struct Ladder<'a> {
    pub settings: &'a Settings,
    /// What the images are called.
    pub dataset: String,
    /// The datasets' folder, where it was named.
    pub data: Option<&'a Path>,
    /// Folder of the runs, and of what they say.
    pub runs: PathBuf,
    pub logs: PathBuf,
    /// Runs at once.
    pub jobs: usize,
    pub processes: &'a Processes,
    /// How fast they are trained.
    pub pace: Pace,
    /// Validation images that they are compared on.
    pub compared: usize,
}

impl Ladder<'_> {
    /// The folder of a network's run.
    pub fn folder(&self, net: &str) -> PathBuf {
        self.runs.join(net)
    }

    /// Refuses folders that hold other runs, or runs that another process trains.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names the folder.
    pub fn must_be_ours(&self, tried: &[Tried], epochs: usize) -> Result<(), Error> {
        for one in tried {
            let folder = self.folder(&one.candidate.net);
            RunDir::must_be_idle(&folder)?;
            let net: Net = one.candidate.net.parse()?;
            // A run that came further is not in the way.
            let epochs = match folder.join("config.toml").exists() {
                true => epochs.max(RunDir::open(&folder)?.1.epochs),
                false => epochs,
            };
            let config = self.settings.config(&net, epochs)?;
            match found(&folder, &config) {
                Ok(_) => {}
                Err(error @ Error::Usage(_)) => return Err(error),
                // A damaged run fails when its turn comes.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Trains networks up to a rung, those that are not there yet, and gives each its error; tells how many runs failed.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] when a signal stopped it.
    pub fn climb(&self, rung: Rung, tried: &mut [&mut Tried]) -> Result<(), Error> {
        let mut jobs = Vec::new();
        for one in tried.iter() {
            let net: Net = one.candidate.net.parse()?;
            let folder = self.folder(&one.candidate.net);
            if !self.is_there(&folder, &net, rung.epochs)? {
                let words = self
                    .settings
                    .command(&net, rung.epochs, &folder, self.data)?;
                jobs.push((one.candidate.net.clone(), words));
            } else {
                self.pace.is_there(&one.candidate.net, rung.epochs);
            }
        }
        let epochs = rung.epochs;
        let score = |folder: &Path| {
            let told = match validation_error(folder, epochs) {
                Some(error) => format!("validation error {error:.2} % after {epochs} epochs"),
                None => "finished".into(),
            };
            match self.pace.after(folder, epochs) {
                Some(left) => format!("{told}; {left}"),
                None => told,
            }
        };
        aside::make_own_folder(&self.logs).map_err(|e| Error::io("creating", &self.logs, &e))?;
        let work = Work {
            program: std::env::current_exe()
                .map_err(|e| Error::io("finding", Path::new("the program itself"), &e))?,
            threads: (all_threads() / self.jobs).max(1),
            logs: &self.logs,
            folder: &self.runs,
            processes: self.processes,
            score: &score,
        };
        let ended = work.all(&jobs, self.jobs);
        let by_itself = ended.iter().find_map(|ended| match ended {
            Ended::Stopped(signal) => Some(*signal),
            _ => None,
        });
        if self.processes.signal().is_some() || by_itself.is_some() {
            return Err(Error::Stopped(
                self.processes.signal().or(by_itself.flatten()),
            ));
        }
        for ((net, _), ended) in jobs.iter().zip(ended) {
            if let Ended::Failed(why) = ended {
                say(&format!("{net} failed and is left out: {why}"));
                let failed = tried.iter_mut().find(|one| one.candidate.net == *net);
                if let Some(one) = failed {
                    one.failed = Some(why);
                }
            }
        }
        for one in tried.iter_mut() {
            let error = match one.failed {
                None => validation_error(&self.folder(&one.candidate.net), epochs),
                Some(_) => None,
            };
            one.errors.push((epochs, error));
        }
        Ok(())
    }

    /// Whether a run has come to an epoch: it has a validation error there, and is finished or went on.
    fn is_there(&self, folder: &Path, net: &Net, epochs: usize) -> Result<bool, Error> {
        if validation_error(folder, epochs).is_none() {
            return Ok(false);
        }
        let (_, config) = RunDir::open(folder)?;
        if config.epochs > epochs {
            return Ok(true);
        }
        let state = found(folder, &self.settings.config(net, epochs)?);
        Ok(matches!(state, Ok(Found::Finished(_))))
    }
}

/// The validation error of a run after an epoch, in percent.
pub fn validation_error(folder: &Path, epoch: usize) -> Option<f64> {
    let lines = read_lines::<EpochLine>(&folder.join("metrics.jsonl")).ok()?;
    let line = lines
        .into_iter()
        .find(|line| line.split == SplitName::Validation && line.epoch == epoch)?;
    line.error_percent.is_finite().then_some(line.error_percent)
}

/// Networks in the order of their last errors; of equal ones that with less flash first. Those without an error are left out.
pub fn ranked(tried: &[Tried], epochs: usize) -> Vec<usize> {
    let error = |index: &usize| match tried[*index].errors.last() {
        Some((at, Some(error))) if *at == epochs => Some(*error),
        _ => None,
    };
    let mut order: Vec<usize> = (0..tried.len())
        .filter(|index| error(index).is_some())
        .collect();
    order.sort_by(|a, b| {
        let (one, other) = (error(a).unwrap_or(f64::MAX), error(b).unwrap_or(f64::MAX));
        let flash = |index: &usize| tried[*index].candidate.cost.flash();
        one.total_cmp(&other).then_with(|| flash(a).cmp(&flash(b)))
    });
    order
}
