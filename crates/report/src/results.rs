//! How the runs ended: means of groups first, then the gaps to 32 bits, then each run.

use std::collections::BTreeSet;

use maud::{Markup, html};
use run::numbers::grouped;
use word_list::Counted;

use super::axis::Axis;
use super::folder::{Run, State};
use super::groups::{COLUMNS, Group, columns, score};
use super::tables::{boxed, head, named, state};
use super::terms::{self, term};
use super::verdict::{self, WeightsGap};
use super::word::word;
use super::{Report, settings, strip};

/// Runs that are listed without being asked for.
const MAX_OPEN: usize = 12;

/// The groups, those that err least first, with the settings in which not all are alike.
pub fn groups(report: &Report) -> Markup {
    let Report { runs, groups, .. } = report;
    let firsts: Vec<&Run> = groups.iter().map(|group| &runs[group.runs[0]]).collect();
    let rows: Vec<[String; 5]> = firsts.iter().map(|run| columns(run)).collect();
    let differs = |&column: &usize| rows.iter().any(|row| row[column] != rows[0][column]);
    let mut shown: Vec<usize> = (0..COLUMNS.len()).filter(differs).collect();
    // The name of a group says it.
    if !groups.iter().any(Group::is_single) {
        shown.clear();
    }
    let apart = apart(groups, &firsts);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    let error = |group: &Group| group.mean().unwrap_or(f64::INFINITY);
    order.sort_by(|&a, &b| {
        let [a, b] = [a, b].map(|index| &groups[index]);
        (a.images.cmp(&b.images)).then(error(a).total_cmp(&error(b)))
    });
    let top5 = runs.iter().any(|run| {
        let result = run.result.as_ref();
        result.is_some_and(|result| result.top5_error_percent.is_some())
    });
    let several = groups.iter().any(|group| !group.is_single());
    let row = |index: usize| {
        let group = &groups[index];
        let of_images = groups.iter().filter(|other| other.images == group.images);
        let axis = strip::axis(of_images);
        let members = || group.runs.iter().map(|&run| &runs[run]);
        html! {
            tr {
                th scope="row" {
                    (head(group))
                    @if group.is_single() && !apart[index].is_empty() { span.aside.differs { (apart[index]) } }
                    @if !group.is_single() { span.aside.differs { (of_seeds(group, runs)) } }
                    @if let Some(state) = unfinished(group, runs) { " " span.pill { (state) } }
                }
                td.number { (test_error(group, runs)) }
                @if several { td { (seeds(group, runs, &axis)) } }
                @if top5 { td.number { (mean(members().filter_map(|run| run.result.as_ref()?.top5_error_percent))) } }
                td.number { (mean(members().filter_map(|run| Some(run.train.values().next_back()?.error_percent)))) }
                @for &column in &shown { td.number[COLUMNS[column] == "epochs"] { (rows[index][column]) } }
            }
        }
    };
    let table = html! {
        table.groups {
            thead { tr {
                th scope="col" { @if several { "group" } @else { "run" } }
                th.number scope="col" { (term(terms::TEST_ERROR, "test error, %")) }
                @if several { th scope="col" { (term(terms::SEEDS, "each seed")) } }
                @if top5 { th.number scope="col" { (term(terms::TOP5_ERROR, "top-5 error, %")) } }
                th.number scope="col" { (term(terms::TRAIN_ERROR, "train error, %")) }
                @for &column in &shown { th.number[COLUMNS[column] == "epochs"] scope="col" { (COLUMNS[column]) } }
            } }
            tbody { @for index in order { (row(index)) } }
        }
    };
    boxed("Results of the runs", &table)
}

/// The settings beyond those columns that tell each group from the others on its images.
fn apart(groups: &[Group], firsts: &[&Run]) -> Vec<String> {
    let mut apart = vec![String::new(); groups.len()];
    for images in groups
        .iter()
        .map(|group| group.images)
        .collect::<BTreeSet<_>>()
    {
        let here = (0..groups.len()).filter(|&group| groups[group].images == images);
        let here: Vec<usize> = here.collect();
        let runs: Vec<&Run> = here.iter().map(|&group| firsts[group]).collect();
        for (group, text) in here.into_iter().zip(settings::apart(&runs)) {
            apart[group] = text;
        }
    }
    apart
}

/// `mean of 3 seeds (1-3)`
fn of_seeds(group: &Group, runs: &[Run]) -> String {
    let seeds = group.seeds(runs);
    let finished = group.score.as_ref();
    match finished.map(|score| (score.seeds, score.runs.len())) {
        // One seed twice is a repetition, and says nothing of the spread.
        Some((1, count)) if count > 1 => format!("{count} runs of seed {seeds}"),
        Some((1, _)) => format!("one finished of seeds {seeds}"),
        Some((count, _)) => format!("mean of {count} seeds ({seeds})"),
        None => format!("seeds {seeds}"),
    }
}

/// What is said of a group whose runs are not all finished.
fn unfinished(group: &Group, runs: &[Run]) -> Option<String> {
    if let [run] = group.runs[..] {
        let run = &runs[run];
        return (run.state() != State::Finished).then(|| state(run));
    }
    let finished = group
        .runs
        .iter()
        .filter(|&&run| score(&runs[run]).is_some());
    let (finished, all) = (finished.count(), group.runs.len());
    (finished < all).then(|| format!("{finished} of {all} finished"))
}

fn test_error(group: &Group, runs: &[Run]) -> Markup {
    if let [run] = group.runs[..] {
        return of_run(&runs[run]);
    }
    html! {
        @match &group.score {
            Some(score) => {
                strong { (format!("{:.2}", score.mean)) }
                @if let Some(deviation) = score.deviation { span.aside { (term(terms::DEVIATION, &format!("± {deviation:.2}"))) } }
            }
            None => "–",
        }
    }
}

/// The test error of a run; of an unfinished one the last error that there is.
fn of_run(run: &Run) -> Markup {
    html! {
        @match (&run.result, run.held_out.values().next_back()) {
            (Some(result), _) => {
                strong { (format!("{:.2}", result.test_error_percent)) }
                span.aside { (grouped(result.wrong as u64)) " of " (grouped(result.images as u64)) }
            }
            (None, Some(line)) => {
                (format!("{:.2}", line.error_percent))
                span.aside { (word(&line.split)) ", epoch " (line.epoch) }
            }
            (None, None) => "–",
        }
    }
}

/// The errors of a group's seeds as points on a line, and the least and the greatest.
fn seeds(group: &Group, runs: &[Run], axis: &Axis) -> Markup {
    let errors: Vec<f64> = (group.runs.iter())
        .filter_map(|&run| score(&runs[run]))
        .collect();
    html! {
        @match (&group.score, group.is_single()) {
            (Some(_), true) => "single run",
            (Some(score), false) => { (format!("{:.2} to {:.2}", score.range[0], score.range[1])) }
            (None, _) => "–",
        }
        @if !errors.is_empty() { (strip::svg(group, &errors, axis)) }
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> String {
    let numbers: Vec<f64> = numbers.collect();
    match numbers.is_empty() {
        true => "–".into(),
        false => format!("{:.2}", numbers.iter().sum::<f64>() / numbers.len() as f64),
    }
}

/// The gap between each kind of weights and 32 bits, where there are several; one alone is a sentence.
pub fn gaps(report: &Report) -> Option<Markup> {
    let gaps = verdict::gaps(report);
    if gaps.len() < 2 {
        return None;
    }
    let error = |group: usize| match report.groups[group].mean() {
        Some(error) => format!("{error:.2}"),
        None => "–".into(),
    };
    let interval = |gap: &WeightsGap| match gap.difference.interval() {
        Some([low, high]) => format!("{low:.2} to {high:.2}"),
        None => "–".into(),
    };
    let sure = |gap: &WeightsGap| match gap.difference.exceeds_seeds() {
        Some(true) => "more than the seeds’ spread",
        Some(false) => "within the seeds’ spread",
        None => "not known: single runs",
    };
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "group" }
                th.number scope="col" { (term(terms::POINTS, "gap, points")) }
                th.number scope="col" { (term(terms::INTERVAL, "95 % interval")) }
                th.number scope="col" { "test error, %" }
                th.number scope="col" { "with 32 bits, %" }
                th scope="col" { "the gap is" }
            } }
            tbody { @for gap in &gaps { tr {
                th scope="row" { (head(&report.groups[gap.group])) }
                td.number { strong { (format!("{:+.2}", gap.difference.points)) } }
                td.number { (interval(gap)) }
                td.number { (error(gap.group)) }
                td.number { (error(gap.baseline)) }
                td { (sure(gap)) }
            } } }
        }
    };
    Some(boxed("The gap to 32 bits", &table))
}

/// Every run by itself, where there are groups of several.
pub fn each(report: &Report) -> Option<Markup> {
    let Report { runs, groups, .. } = report;
    if groups.iter().all(Group::is_single) {
        return None;
    }
    let row = |group: &Group, run: &Run| {
        let (epochs, planned) = (run.epochs(), run.config.epochs);
        html! {
            tr {
                th scope="row" {
                    (named(group, run))
                    @if run.state() != State::Finished { " " span.pill { (state(run)) } }
                }
                td.number { (of_run(run)) }
                td.number { (mean(run.train.values().next_back().map(|line| line.error_percent).into_iter())) }
                td.number { (epochs) @if epochs != planned { span.aside { "of " (planned) } } }
                td.number { (run.config.seed) }
                td { (group.settings) }
            }
        }
    };
    let table = html! {
        table.runs {
            thead { tr {
                th scope="col" { "run" }
                th.number scope="col" { "test error, %" }
                th.number scope="col" { "train error, %" }
                th.number scope="col" { (term(terms::EPOCH, "epochs")) }
                th.number scope="col" { (term(terms::SEEDS, "seed")) }
                th scope="col" { "group" }
            } }
            tbody { @for group in groups { @for &run in &group.runs { (row(group, &runs[run])) } } }
        }
    };
    Some(html! {
        details #each-run open[runs.len() <= MAX_OPEN] {
            summary { span { "Each run" } span.aside { (Counted(runs.len(), "run")) } }
            (boxed("Each run", &table))
        }
    })
}
