//! Several runs of one command line, which differ in their seed, and runs that are there already.

use std::fmt;
use std::path::Path;

use run::many::{Seeds, mean_and_deviation};
use run::{RunDir, RunResult, TrainConfig};

use super::signals::Watch;
use super::train::{Args, one};
use crate::{Error, say};

/// What a folder has of a run with some settings.
pub enum Found {
    /// No run.
    Nothing,
    /// A run that has not come to its end.
    Unfinished,
    /// A run of fewer epochs than it should have now.
    Shorter(Shorter),
    /// A finished run, and its result.
    Finished(Box<(RunDir, RunResult)>),
}

/// A run that goes on to more epochs than it was begun for.
pub struct Shorter {
    from: usize,
    to: usize,
    /// Whether it has come to its end of before.
    finished: bool,
}

impl fmt::Display for Shorter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, finished } = self;
        match finished {
            true => write!(f, "finished with {from} epochs; it goes on, to {to}"),
            false => write!(f, "begun for {from} epochs; it goes on, to {to}"),
        }
    }
}

/// Looks into a folder for a run with these settings.
///
/// # Errors
///
/// [`Error::Usage`] when the run there has other settings, and when it is damaged.
pub fn found(folder: &Path, config: &TrainConfig) -> Result<Found, Error> {
    if !folder.join("config.toml").exists() {
        return Ok(Found::Nothing);
    }
    let (run, theirs) = RunDir::open(folder)?;
    let fewer = (config.epochs < theirs.epochs).then(|| {
        let [ours, theirs] = [config.epochs, theirs.epochs].map(|n| n.to_string());
        ("epochs".to_owned(), [ours, theirs])
    });
    if let Some((key, [ours, theirs])) = config.differs_from(&theirs).or(fewer) {
        return Err(Error::Usage(format!(
            "{}: expected a run with {key} = {ours}, found one with {theirs}; choose another folder, or the settings of the run",
            folder.display()
        )));
    }
    let result = run.result()?.filter(|result| result.is_of_all(&theirs));
    if config.epochs > theirs.epochs && theirs.max_steps > 0 {
        return Err(Error::Usage(format!(
            "{}: expected a run that can be longer, found one that ends after {} steps, perhaps amid an epoch; choose another folder",
            folder.display(),
            theirs.max_steps
        )));
    }
    if config.epochs > theirs.epochs {
        return Ok(Found::Shorter(Shorter {
            from: theirs.epochs,
            to: config.epochs,
            finished: result.is_some(),
        }));
    }
    match result {
        Some(result) => Ok(Found::Finished(Box::new((run, result)))),
        None => Ok(Found::Unfinished),
    }
}

/// Trains once with each seed.
///
/// # Errors
///
/// As [`super::run`], with what the seeds before came to said.
pub fn run(args: &Args, seeds: &Seeds) -> Result<(), Error> {
    let all = seeds.all();
    // A folder that holds another run is found now, not when its turn comes.
    for &seed in all {
        let args = args.with_seed(seed);
        if let Some(folder) = args.out() {
            found(folder, &args.config()?)?;
        }
    }
    let mut lines: Vec<String> = Vec::new();
    let mut errors = Vec::new();
    for (index, &seed) in all.iter().enumerate() {
        say(&format!("seed {seed}, {} of {}", index + 1, all.len()));
        let rest = left(args, &all[index..]);
        // A signal that ends the program while no steps are taken ends the series too.
        let watch = Watch::new(move |_| {
            say(&rest);
            false
        });
        let done = one(args.with_seed(seed));
        drop(watch);
        let (folder, result) = match done {
            Ok(done) => done,
            Err(error) => {
                lines.iter().for_each(|line| say(line));
                say(&left(args, &all[index..]));
                return Err(error);
            }
        };
        errors.push(result.test_error_percent);
        let percent = result.test_error_percent;
        lines.push(format!(
            "seed {seed}: test error {percent:.2} %  {}",
            crate::named(&folder)
        ));
    }
    lines.iter().for_each(|line| say(line));
    say(&mean(&errors));
    Ok(())
}

/// `mean of 3 seeds: test error 3.70 ± 0.12 %`
fn mean(errors: &[f64]) -> String {
    let (mean, deviation) = mean_and_deviation(errors);
    match deviation {
        Some(deviation) => format!(
            "mean of {} seeds: test error {mean:.2} ± {deviation:.2} % (sample standard deviation)",
            errors.len()
        ),
        None => format!("one seed: test error {mean:.2} %"),
    }
}

/// How to go on after a series ended early; the first of the seeds is the one that was being trained.
fn left(args: &Args, seeds: &[u64]) -> String {
    if args.out().is_some() {
        return "not all seeds are done; the same command again continues them".into();
    }
    let rest = Seeds::new(seeds[1..].to_vec()).map_or_else(|_| "none".into(), |s| s.to_string());
    format!(
        "not all seeds are done; after --resume of this one, these are left: --seeds {rest} (with --out DIR, the same command continues by itself)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_its_deviation() {
        assert_eq!(
            mean(&[2.0, 4.0, 6.0]),
            "mean of 3 seeds: test error 4.00 ± 2.00 % (sample standard deviation)"
        );
        assert_eq!(mean(&[2.5]), "one seed: test error 2.50 %");
    }
}
