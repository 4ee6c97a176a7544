//! The charts of the runs: error, learning rate, loss, throughput. A group of seeds has a line for their mean, and thin ones
//! for each.

use std::collections::BTreeMap;

use run::metrics::{EpochLine, SplitName};

use super::axis::Axis;
use super::chart::{Chart, Elsewhere, FINISHED, Series};
use super::folder::Run;
use super::groups::Group;
use super::{Report, published};

/// Places of a schedule that are computed for each epoch, and for a whole run.
const RATES_PER_EPOCH: usize = 40;
const MAX_RATES: usize = 600;

type Lines = BTreeMap<usize, EpochLine>;

/// The four charts, that of the errors first.
pub fn charts(report: &Report) -> Vec<Chart> {
    vec![
        errors(report),
        learning_rates(report),
        losses(report),
        throughputs(report),
    ]
}

/// Both errors against the epoch on logarithmic axes, as in figure 5 of the paper.
fn errors(report: &Report) -> Chart {
    let mut series = both(report, |line| Some(line.error_percent));
    // The finished network's moments are re-estimated, so it is a point of its own beside the line's end.
    series.extend(lines(report, FINISHED, |run| {
        let result = run.result.as_ref();
        let point = result.map(|result| (result.epochs, result.test_error_percent));
        point.into_iter().collect()
    }));
    let last = last(&report.runs);
    let found = elsewhere(report);
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    let y = Axis::logarithmic(values.chain(found.iter().map(|p| p.value)));
    Chart {
        id: "error".into(),
        title: "Error against epoch".into(),
        description: describe(&series, "error", "%", 2),
        x: Axis::epochs(last, true),
        epochs: cycle_ticks(&report.runs, last),
        y,
        y_label: "error, %",
        digits: 2,
        is_small: false,
        series: in_order(series),
        published: found,
    }
}

/// The published figures that a run has come as far as.
fn elsewhere(report: &Report) -> Vec<Elsewhere> {
    let mut found: Vec<Elsewhere> = Vec::new();
    for (index, group) in report.groups.iter().enumerate() {
        for run in group.runs.iter().map(|&run| &report.runs[run]) {
            for row in published::of_run(run) {
                let what = format!(
                    "{}: {} {}, {} % after {} epochs",
                    row.source, row.net, row.weights, row.error, row.epochs
                );
                if row.epochs > run.epochs() {
                    continue;
                }
                match found.iter_mut().find(|known| known.what == what) {
                    Some(known) if known.groups.contains(&index) => {}
                    Some(known) => known.groups.push(index),
                    None => found.push(Elsewhere {
                        groups: vec![index],
                        look: group.look,
                        epoch: row.epochs,
                        value: row.error,
                        what,
                    }),
                }
            }
        }
    }
    found
}

fn learning_rates(report: &Report) -> Chart {
    // Seeds have one schedule, so the run that came furthest shows that of all.
    let series = report
        .groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| {
            let furthest = group.runs.iter().map(|&run| &report.runs[run]);
            let run = furthest.max_by_key(|run| run.epochs())?;
            let points = points(&run.train, |line| line.learning_rate);
            let series = Series {
                curve: Some(schedule(run)),
                ..series(index, group, "rate", run, points)
            };
            (!series.points.is_empty()).then_some(series)
        });
    let series: Vec<Series> = series.collect();
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
        ..linear(&report.runs, series)
    }
}

fn losses(report: &Report) -> Chart {
    let series = both(report, |line| Some(line.loss));
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    Chart {
        id: "loss".into(),
        title: "Loss".into(),
        description: describe(&series, "loss", "nats", 3),
        y: Axis::from_zero(values),
        y_label: "cross-entropy, nats",
        digits: 3,
        ..linear(&report.runs, in_order(series))
    }
}

fn throughputs(report: &Report) -> Chart {
    let series = lines(report, "training", |run| {
        points(&run.train, |line| line.images_per_second)
    });
    let values = series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
    Chart {
        id: "throughput".into(),
        title: "Throughput in training".into(),
        description: describe(&series, "throughput", "images a second", 0),
        y: Axis::from_zero(values),
        y_label: "images a second",
        digits: 0,
        ..linear(&report.runs, in_order(series))
    }
}

/// What the three smaller charts share.
fn linear(runs: &[Run], series: Vec<Series>) -> Chart {
    let last = last(runs);
    Chart {
        id: String::new(),
        title: String::new(),
        description: String::new(),
        x: Axis::epochs(last, false),
        epochs: cycle_ticks(runs, last),
        y: Axis::from_zero(std::iter::empty()),
        y_label: "",
        digits: 2,
        is_small: true,
        series,
        published: Vec::new(),
    }
}

/// Dashed lines of training, and solid ones of what was scored after each epoch.
fn both(report: &Report, value: impl Fn(&EpochLine) -> Option<f64> + Copy) -> Vec<Series> {
    let train = lines(report, "train", |run| points(&run.train, value));
    let mut all: Vec<Series> = train
        .into_iter()
        .map(|series| Series {
            dashed: true,
            ..series
        })
        .collect();
    for (split, part) in [
        (SplitName::Validation, "validation"),
        (SplitName::Test, "test"),
    ] {
        all.extend(lines(report, part, |run| {
            match run.held_out_name == split {
                true => points(&run.held_out, value),
                false => Vec::new(),
            }
        }));
    }
    all
}

/// The lines of all groups: that of a single run, or the mean of several and a thin one for each.
fn lines(
    report: &Report,
    part: &'static str,
    points: impl Fn(&Run) -> Vec<(usize, f64)>,
) -> Vec<Series> {
    let mut all = Vec::new();
    for (index, group) in report.groups.iter().enumerate() {
        let runs = group.runs.iter().map(|&run| &report.runs[run]);
        let each: Vec<_> = runs
            .map(|run| (run, points(run)))
            .filter(|(_, points)| !points.is_empty())
            .collect();
        let several = each.len() > 1;
        if several {
            let lines: Vec<_> = each.iter().map(|(_, points)| points.as_slice()).collect();
            all.push(series(index, group, part, each[0].0, mean(&lines)));
        }
        all.extend(each.into_iter().map(|(run, points)| Series {
            thin: several,
            ..series(index, group, part, run, points)
        }));
    }
    all.retain(|series| !series.points.is_empty());
    all
}

/// The mean of lines, at the epochs that all of them have: one that ends earlier would make the others' mean jump.
fn mean(lines: &[&[(usize, f64)]]) -> Vec<(usize, f64)> {
    let mut sums: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for &(epoch, value) in lines.iter().copied().flatten() {
        let (sum, count) = sums.entry(epoch).or_default();
        *sum += value;
        *count += 1;
    }
    let whole = sums
        .into_iter()
        .filter(|(_, (_, count))| *count == lines.len());
    whole
        .map(|(epoch, (sum, count))| (epoch, sum / count as f64))
        .collect()
}

fn points(lines: &Lines, value: impl Fn(&EpochLine) -> Option<f64>) -> Vec<(usize, f64)> {
    let points = lines.values();
    points
        .filter_map(|line| Some((line.epoch, value(line)?)))
        .collect()
}

fn series(
    index: usize,
    group: &Group,
    part: &'static str,
    run: &Run,
    points: Vec<(usize, f64)>,
) -> Series {
    Series {
        group: index,
        look: group.look,
        name: group.name.clone(),
        part,
        thin: false,
        dashed: false,
        points,
        curve: None,
        marked: run.cycle_ends(run.epochs()),
    }
}

/// Grey lines below, then thin ones, then means and single runs.
fn in_order(mut series: Vec<Series>) -> Vec<Series> {
    series.sort_by_key(|series| (series.look.is_some(), !series.thin));
    series
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

/// Lines that have a sentence.
const MAX_TOLD: usize = 40;

/// A sentence for each line that is a mean or a single run.
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
    let told = series.iter().filter(|series| !series.thin);
    let sentences: Vec<String> = told.filter_map(sentence).take(MAX_TOLD).collect();
    match sentences.is_empty() {
        true => "No epoch was recorded.".into(),
        false => sentences.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_the_epochs_that_all_lines_have() {
        let (long, short) = ([(1, 40.0), (2, 30.0), (3, 20.0)], [(1, 42.0), (2, 36.0)]);
        assert_eq!(mean(&[&long, &short]), [(1, 41.0), (2, 33.0)]);
        assert_eq!(mean(&[&long]), long);
    }
}
