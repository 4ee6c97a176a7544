//! The charts of the runs: error, learning rate, loss, throughput.

use std::collections::BTreeMap;

use run::metrics::{EpochLine, SplitName};

use super::axis::Axis;
use super::chart::{Chart, Elsewhere, FINISHED, Series};
use super::folder::Run;
use super::published;

/// Places of a schedule that are computed for each epoch, and for a whole run.
const RATES_PER_EPOCH: usize = 40;
const MAX_RATES: usize = 600;

type Lines = BTreeMap<usize, EpochLine>;

/// The four charts, that of the errors first.
pub fn charts(runs: &[Run]) -> Vec<Chart> {
    vec![
        errors(runs),
        learning_rates(runs),
        losses(runs),
        throughputs(runs),
    ]
}

/// Both errors against the epoch on logarithmic axes, as in figure 5 of the paper.
fn errors(runs: &[Run]) -> Chart {
    let mut series = both(runs, |line| Some(line.error_percent));
    for (index, run) in runs.iter().enumerate() {
        // Its moments are re-estimated, so it is a point of its own beside the line's end.
        if let Some(result) = &run.result {
            series.push(Series {
                points: vec![(result.epochs, result.test_error_percent)],
                ..self::series(index, run, &run.train, FINISHED, |_| None)
            });
        }
    }
    let last = last(runs);
    let found = elsewhere(runs);
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    let y = Axis::logarithmic(values.chain(found.iter().map(|p| p.value)));
    Chart {
        id: "error".into(),
        title: "Error against epoch".into(),
        description: describe(&series, "error", "%", 2),
        x: Axis::epochs(last, true),
        epochs: cycle_ticks(runs, last),
        y,
        y_label: "error, %",
        digits: 2,
        series,
        published: found,
    }
}

/// The published figures that a run has come as far as.
fn elsewhere(runs: &[Run]) -> Vec<Elsewhere> {
    let mut found: Vec<Elsewhere> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for row in published::of_run(run) {
            let what = format!(
                "{}: {} {}, {} % after {} epochs",
                row.source, row.net, row.weights, row.error, row.epochs
            );
            if row.epochs > run.epochs() {
                continue;
            }
            match found.iter_mut().find(|known| known.what == what) {
                Some(known) => known.runs.push(index),
                None => found.push(Elsewhere {
                    runs: vec![index],
                    epoch: row.epochs,
                    value: row.error,
                    what,
                }),
            }
        }
    }
    found
}

fn learning_rates(runs: &[Run]) -> Chart {
    let last = last(runs);
    let series: Vec<Series> = runs
        .iter()
        .enumerate()
        .map(|(index, run)| Series {
            curve: Some(schedule(run)),
            ..series(index, run, &run.train, "rate", |line| line.learning_rate)
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    let rates = series
        .iter()
        .flat_map(|s| s.curve.iter().flatten().map(|p| p.1));
    Chart {
        id: "learning-rate".into(),
        title: "Learning rate".into(),
        description: describe(&series, "learning rate", "", 5),
        y: Axis::from_zero(rates),
        y_label: "learning rate",
        digits: 5,
        ..linear(runs, last, series)
    }
}

fn losses(runs: &[Run]) -> Chart {
    let series = both(runs, |line| Some(line.loss));
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    Chart {
        id: "loss".into(),
        title: "Loss".into(),
        description: describe(&series, "loss", "nats", 3),
        y: Axis::from_zero(values),
        y_label: "cross-entropy, nats",
        digits: 3,
        ..linear(runs, last(runs), series)
    }
}

fn throughputs(runs: &[Run]) -> Chart {
    let rate = |line: &EpochLine| line.images_per_second;
    let series: Vec<Series> = runs
        .iter()
        .enumerate()
        .map(|(index, run)| series(index, run, &run.train, "training", rate))
        .filter(|series| !series.points.is_empty())
        .collect();
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    Chart {
        id: "throughput".into(),
        title: "Throughput in training".into(),
        description: describe(&series, "throughput", "images a second", 0),
        y: Axis::from_zero(values),
        y_label: "images a second",
        digits: 0,
        ..linear(runs, last(runs), series)
    }
}

/// What the three smaller charts share.
fn linear(runs: &[Run], last: usize, series: Vec<Series>) -> Chart {
    Chart {
        id: String::new(),
        title: String::new(),
        description: String::new(),
        x: Axis::epochs(last, false),
        epochs: cycle_ticks(runs, last),
        y: Axis::from_zero(std::iter::empty()),
        y_label: "",
        digits: 2,
        series,
        published: Vec::new(),
    }
}

/// A dashed line of training and a solid one of what was scored after each epoch, of every run.
fn both(runs: &[Run], value: impl Fn(&EpochLine) -> Option<f64> + Copy) -> Vec<Series> {
    let mut all = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let held_out = match run.held_out_name {
            SplitName::Validation => "validation",
            SplitName::Test | SplitName::Train => "test",
        };
        let train = series(index, run, &run.train, "train", value);
        all.push(Series {
            dashed: true,
            ..train
        });
        all.push(series(index, run, &run.held_out, held_out, value));
    }
    all.retain(|series| !series.points.is_empty());
    all
}

fn series(
    index: usize,
    run: &Run,
    lines: &Lines,
    part: &'static str,
    value: impl Fn(&EpochLine) -> Option<f64>,
) -> Series {
    Series {
        run: index,
        name: run.name.clone(),
        part,
        dashed: false,
        points: lines
            .values()
            .filter_map(|line| Some((line.epoch, value(line)?)))
            .collect(),
        curve: None,
        marked: run.cycle_ends(run.epochs()),
    }
}

/// The learning rate of the config, from the first step to where the run has come.
fn schedule(run: &Run) -> Vec<(f64, f64)> {
    let epochs = run.epochs();
    let per_epoch = (MAX_RATES / epochs.max(1)).clamp(1, RATES_PER_EPOCH);
    let schedule = run.config.schedule(per_epoch);
    let steps = epochs * per_epoch;
    let every = steps.div_ceil(MAX_RATES).max(1);
    (0..steps)
        .step_by(every)
        .map(|step| (step as f64 / per_epoch as f64, schedule.rate(step)))
        .collect()
}

/// The last epoch of any run.
fn last(runs: &[Run]) -> usize {
    runs.iter().map(Run::epochs).max().unwrap_or(0)
}

/// The first epoch, the cycles' ends, and the last one.
fn cycle_ticks(runs: &[Run], last: usize) -> Vec<usize> {
    let mut ticks: Vec<usize> = runs.iter().flat_map(|run| run.cycle_ends(last)).collect();
    ticks.extend([1, last.max(1)]);
    ticks.sort_unstable();
    ticks.dedup();
    ticks
}

/// A sentence for each line.
fn describe(series: &[Series], what: &str, unit: &str, digits: usize) -> String {
    let sentence = |series: &Series| {
        let (first, last) = (series.points.first()?, series.points.last()?);
        let at =
            |(epoch, value): &(usize, f64)| format!("{value:.digits$} {unit} after epoch {epoch}");
        let values = match first.0 == last.0 {
            true => at(last),
            false => format!("{}, {}", at(first), at(last)),
        };
        Some(format!(
            "{}, {} {what}: {values}.",
            series.name, series.part
        ))
    };
    let sentences: Vec<String> = series.iter().filter_map(sentence).collect();
    match sentences.is_empty() {
        true => "No epoch was recorded.".into(),
        false => sentences.join(" "),
    }
}
