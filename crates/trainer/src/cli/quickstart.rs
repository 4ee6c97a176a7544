//! `onebit` alone: the whole way on images that the program draws itself.

use std::time::Instant;

use model::Weights;
use run::RunDir;
use run::config::Layers;

use crate::Error;
use crate::dashboard::{Dashboard, duration};
use crate::train::Training;

use super::{DataRoot, runs, settings, stop};

/// The run of both kinds of weights; each replaces `weights`.
const CONFIG: &str = include_str!("quickstart.toml");

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run() -> Result<(), Error> {
    let started = Instant::now();
    let dashboard = Dashboard::choose(None)?;
    let root = DataRoot { data: None }.path();
    RunDir::must_be_makeable(runs())?;
    let mut lines = Vec::new();
    for weights in [Weights::ONE_BIT, Weights::FULL] {
        let mut layers = Layers::default();
        layers.toml(CONFIG, "quickstart.toml")?;
        settings::flag(&mut layers, "weights", Some(weights.name()))?;
        let config = layers.resolve()?;
        crate::say(&format!(
            "training {} with {weights} weights on {}",
            config.net, config.dataset
        ));
        let training = Training::prepare(config.clone(), &root)?;
        let run = RunDir::create_numbered(runs(), &config, crate::VERSION)?;
        let folder = crate::named(run.path());
        let result = stop::train(&training, &run, dashboard)?;
        let line = result.line();
        let error = line.lines().last().unwrap_or_default();
        lines.push(format!("{weights:>5}  {error}  {folder}"));
    }
    crate::say(&format!(
        "\ntrained twice in {}:",
        duration(started.elapsed())
    ));
    lines.iter().for_each(|line| crate::say(line));
    Ok(())
}
