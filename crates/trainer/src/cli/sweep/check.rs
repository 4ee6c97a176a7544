//! What is wrong with the runs of a sweep, found before the first one begins, and all at once.

use std::collections::BTreeMap;
use std::path::Path;

use run::config::Layers;
use run::many::{Job, Sweep};
use run::{RunDir, RunError, TrainConfig};

use toml::Table;

use crate::Error;
use crate::cli::network;
use crate::cli::series::{Found, found};
use crate::train::Preflight;

/// Messages that are shown; of more, their number.
const MAX_SHOWN: usize = 20;

/// What the folders of the runs hold already.
#[derive(Debug, Default)]
pub struct Standing {
    finished: usize,
    go_on: usize,
    begin: usize,
    /// Of each run that goes on to more epochs than it was begun for, a line.
    pub longer: Vec<String>,
}

impl Standing {
    /// `4 runs: 1 is finished, 1 goes on, 2 begin`
    pub fn line(&self) -> String {
        let all = self.finished + self.go_on + self.begin;
        let counted = |count: usize, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {more}")),
        };
        let parts = [
            counted(self.finished, "is finished", "are finished"),
            counted(self.go_on, "goes on", "go on"),
            counted(self.begin, "begins", "begin"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let runs = if all == 1 { "run" } else { "runs" };
        format!("{all} {runs}: {}", parts.join(", "))
    }
}

/// The settings of each run.
///
/// # Errors
///
/// What is wrong with any of them: settings that no run has, or that two runs have in common.
pub fn configs(sweep: &Sweep, file: &Path) -> Result<Vec<TrainConfig>, Error> {
    let mut nets = BTreeMap::new();
    let mut problems = Problems::default();
    let mut configs: Vec<TrainConfig> = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for job in &sweep.jobs {
        match config(job, file, &mut nets) {
            Ok(config) => {
                if let Some(other) = seen.insert(format!("{config:?}"), &job.name) {
                    let text =
                        format!("expected runs that differ, found the settings of {other} again");
                    problems.add(Error::Usage(text), &job.name);
                }
                configs.push(config);
            }
            Err(error) => problems.add(error, &job.name),
        }
    }
    problems.told(file, sweep.jobs.len())?;
    Ok(configs)
}

/// What there is of each run in its folder, once it is sure that all that are not finished can be trained.
///
/// # Errors
///
/// What is wrong with any of them: data that are not there, a network that does not fit them, a folder that holds another
/// run or that another process trains in, and so on.
pub fn standing(
    sweep: &Sweep,
    configs: &[TrainConfig],
    [file, folder, root]: [&Path; 3],
) -> Result<Standing, Error> {
    let mut problems = Problems::default();
    let mut standing = Standing::default();
    // Runs on the same images stand together, so that only one set of images is held.
    let mut unfinished: BTreeMap<String, Vec<(&Job, &TrainConfig)>> = BTreeMap::new();
    for (job, config) in sweep.jobs.iter().zip(configs) {
        // A sweep that was killed may have left runs that train on.
        if let Err(error) = RunDir::must_be_idle(&folder.join(&job.name)) {
            problems.add(error.into(), &job.name);
            continue;
        }
        match found(&folder.join(&job.name), config) {
            Ok(Found::Finished(_)) => {
                standing.finished += 1;
                continue;
            }
            Ok(Found::Nothing) => standing.begin += 1,
            Ok(Found::Unfinished) => standing.go_on += 1,
            Ok(Found::Shorter(shorter)) => {
                standing.go_on += 1;
                standing.longer.push(format!("{}: {shorter}", job.name));
            }
            Err(error @ Error::Usage(_)) => {
                problems.add(error, &job.name);
                continue;
            }
            // A run that is damaged fails, and the others are trained.
            Err(_) => standing.go_on += 1,
        }
        let same = unfinished.entry(Preflight::key(config)).or_default();
        same.push((job, config));
    }
    for jobs in unfinished.into_values() {
        let images = match Preflight::load(jobs[0].1, root) {
            Ok(images) => images,
            Err(error) => {
                let text = error.to_string();
                for (job, _) in jobs {
                    problems.add_text(error.exit_code(), text.clone(), &job.name);
                }
                continue;
            }
        };
        // What holds for one seed holds for all.
        let mut checked: BTreeMap<String, Result<(), (u8, String)>> = BTreeMap::new();
        for (job, config) in jobs {
            let seedless = TrainConfig {
                seed: 0,
                ..config.clone()
            };
            let outcome = checked.entry(format!("{seedless:?}")).or_insert_with(|| {
                let taken = images.must_take(config);
                taken.map_err(|error| (error.exit_code(), error.to_string()))
            });
            if let Err((status, text)) = outcome {
                problems.add_text(*status, text.clone(), &job.name);
            }
        }
    }
    problems.told(file, sweep.jobs.len())?;
    Ok(standing)
}

/// The settings of a run.
fn config(
    job: &Job,
    file: &Path,
    nets: &mut BTreeMap<String, graph::Net>,
) -> Result<TrainConfig, Error> {
    let origin = file.display().to_string();
    let mut layers = Layers::default();
    for (key, value) in &job.settings {
        match (key.as_str(), value.as_str()) {
            // A network may be that of a file.
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
            _ => {
                let table = Table::from_iter([(key.clone(), value.clone())]);
                layers.toml(&table.to_string(), &origin)?;
            }
        }
    }
    layers.resolve().map_err(|error| match error {
        // Without the advice for a command that has this one run.
        RunError::Value { .. } => Error::Usage(error.to_string()),
        error => error.into(),
    })
}

/// What is wrong, and with which runs.
#[derive(Default)]
struct Problems {
    /// Each message once, in the order in which they were found, with the names of its runs.
    all: Vec<(String, Vec<String>)>,
    status: u8,
}

impl Problems {
    fn add(&mut self, error: Error, job: &str) {
        self.add_text(error.exit_code(), error.to_string(), job);
    }

    fn add_text(&mut self, status: u8, text: String, job: &str) {
        // What was asked for wrongly weighs more than what is not there.
        self.status = self.status.max(status);
        match self.all.iter_mut().find(|(known, _)| *known == text) {
            Some((_, jobs)) => jobs.push(job.into()),
            None => self.all.push((text, vec![job.into()])),
        }
    }

    /// All of them in one error; nothing where there is none.
    fn told(&self, file: &Path, runs: usize) -> Result<(), Error> {
        if self.all.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<String> = (self.all.iter().take(MAX_SHOWN))
            .map(|(text, jobs)| match jobs.as_slice() {
                [job] => format!("  {job}: {text}"),
                [job, ..] if jobs.len() == runs => format!("  all {runs}, such as {job}: {text}"),
                [job, ..] => format!("  {} runs, such as {job}: {text}", jobs.len()),
                [] => text.clone(),
            })
            .collect();
        if self.all.len() > MAX_SHOWN {
            lines.push(format!("  and {} more", self.all.len() - MAX_SHOWN));
        }
        let message = format!(
            "{}: not all of the {runs} runs can be trained, so none was begun:\n{}",
            file.display(),
            lines.join("\n")
        );
        Err(match self.status {
            2 => Error::Usage(message),
            _ => Error::Failed(message),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Error {
        let sweep = Sweep::parse(text, "a.toml").unwrap();
        configs(&sweep, Path::new("a.toml")).unwrap_err()
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_each_thing_once() {
        let error = error(
            "seeds = '1-2'\n[settings]\nmomentum = 7\n[sweep]\nepochs = [2, 0]\nepoch = [1]\n",
        );
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(text.contains("all 4, such as epoch=1,epochs=2"), "{text}");
        assert_eq!(text.matches("unknown key `epoch`").count(), 1, "{text}");
        let error = self::error("seeds = '1-2'\n[sweep]\nepochs = [2, 0]\nmomentum = [0.9, 7]\n");
        let text = error.to_string();
        assert_eq!(text.lines().count(), 1 + 2, "{text}");
        assert!(text.contains("`epochs` = 0") && text.contains("`momentum` = 7"));
        assert!(!text.contains("--set"), "{text}");
    }

    #[test]
    fn two_ways_to_write_the_same_settings_are_no_two_runs() {
        let text =
            error("[settings]\nfirst_cycle = 2\n[sweep]\nlearning_rate = [1, 1.0]\n").to_string();
        assert!(text.contains("the settings of learning_rate=1"), "{text}");
    }

    #[test]
    fn a_line_counts_what_is_there() {
        let standing = Standing {
            finished: 1,
            begin: 2,
            ..Standing::default()
        };
        assert_eq!(standing.line(), "3 runs: 1 is finished, 2 begin");
    }
}
