//! What `onebit runs` prints: text, Markdown, CSV, JSON.

use std::time::UNIX_EPOCH;

use run::many::{Entry, Gap, Group, State};
use serde::Serialize;

use super::{Overview, shown};
use crate::cli::table::{Kind, Table};

/// How far a run came, in words.
fn state(state: State) -> String {
    match state {
        State::Finished => "finished".into(),
        State::Running(epoch) => format!("running, epoch {epoch} saved"),
        State::Stopped(epoch) => format!("stopped at epoch {epoch}"),
    }
}

/// Which settings stand at the end of a line.
#[derive(Clone, Copy)]
enum Told {
    /// Those in which the runs are not alike: the others stand above the table.
    Apart,
    /// All that are not the recipe's.
    Changed,
}

impl Told {
    fn of(self, overview: &Overview, run: usize) -> &String {
        match self {
            Self::Apart => &overview.apart[run],
            Self::Changed => &overview.changed[run],
        }
    }
}

fn runs(overview: &Overview, told: Told) -> Table {
    let mut table = Table::new(&[
        ("run", Kind::Name),
        ("dataset", Kind::Word),
        ("network", Kind::Word),
        ("weights", Kind::Word),
        ("epochs", Kind::Count),
        ("seed", Kind::Count),
        ("test error, %", Kind::Value),
        ("state", Kind::Word),
        ("other settings", Kind::Tail),
    ]);
    if let Told::Apart = told {
        table.common(&overview.alike);
    }
    for (run, entry) in overview.entries.iter().enumerate() {
        let config = &entry.config;
        table.row(vec![
            entry.folder.display().to_string(),
            config.dataset.name(),
            config.net.to_string(),
            config.weights.to_string(),
            config.epochs.to_string(),
            config.seed.to_string(),
            error(entry),
            state(entry.state),
            told.of(overview, run).clone(),
        ]);
    }
    table
}

fn error(entry: &Entry) -> String {
    entry
        .error()
        .map_or_else(|| "–".into(), |error| format!("{error:.2}"))
}

fn groups(overview: &Overview, told: Told) -> Table {
    let mut table = Table::new(&[
        ("dataset", Kind::Word),
        ("network", Kind::Word),
        ("weights", Kind::Word),
        ("epochs", Kind::Count),
        ("seeds", Kind::Value),
        ("mean test error, %", Kind::Value),
        ("deviation", Kind::Value),
        ("other settings", Kind::Tail),
    ]);
    for group in &overview.groups {
        let first = &overview.entries[group.runs[0]].config;
        table.row(vec![
            first.dataset.name(),
            first.net.to_string(),
            first.weights.to_string(),
            first.epochs.to_string(),
            group.seeds.to_string(),
            format!("{:.2}", group.mean),
            group
                .deviation
                .map_or_else(|| "–".into(), |d| format!("{d:.2}")),
            told.of(overview, group.runs[0]).clone(),
        ]);
    }
    table
}

fn gaps(overview: &Overview, told: Told) -> Table {
    let mut table = Table::new(&[
        ("dataset", Kind::Word),
        ("network", Kind::Word),
        ("weights", Kind::Word),
        ("epochs", Kind::Count),
        ("gap to 32bit, points", Kind::Value),
        ("standard error", Kind::Value),
        ("95 % interval", Kind::Value),
        ("other settings", Kind::Tail),
    ]);
    for gap in &overview.gaps {
        let first = overview.groups[gap.group].runs[0];
        let config = &overview.entries[first].config;
        table.row(vec![
            config.dataset.name(),
            config.net.to_string(),
            config.weights.to_string(),
            config.epochs.to_string(),
            format!("{:+.2}", gap.difference.points),
            gap.difference
                .standard_error
                .map_or_else(|| "–".into(), |e| format!("{e:.2}")),
            gap.difference.interval().map_or_else(
                || "–".into(),
                |[low, high]| format!("{low:.2} to {high:.2}"),
            ),
            told.of(overview, first).clone(),
        ]);
    }
    table
}

fn parts(overview: &Overview, told: Told) -> Vec<(&'static str, Table)> {
    let mut parts = vec![("", runs(overview, told))];
    if !overview.groups.is_empty() {
        let title =
            "runs that differ only in their seed; deviations are sample standard deviations";
        parts.push((title, groups(overview, told)));
    }
    if !overview.gaps.is_empty() {
        let title = "beside the 32-bit baseline of the same settings";
        parts.push((title, gaps(overview, told)));
    }
    parts
}

/// Tables for a terminal, in lines of as many cells as it has.
pub fn text(overview: &Overview) -> String {
    let cells = crate::columns();
    let parts = parts(overview, Told::Apart)
        .into_iter()
        .map(|(title, table)| match title {
            "" => table.text(cells),
            title => format!("{title}:\n{}", table.text(cells)),
        });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// Tables of Markdown.
pub fn markdown(overview: &Overview) -> String {
    let parts = parts(overview, Told::Changed)
        .into_iter()
        .map(|(title, table)| match title {
            "" => table.markdown(),
            title => format!("{title}:\n\n{}", table.markdown()),
        });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// A run as programs read it.
#[derive(Serialize)]
struct Line {
    run: String,
    dataset: String,
    net: String,
    weights: &'static str,
    epochs: usize,
    seed: u64,
    test_error_percent: Option<f64>,
    state: &'static str,
    saved_epochs: Option<usize>,
    /// Seconds since 1970.
    begun: Option<u64>,
    settings: String,
}

fn lines(overview: &Overview) -> Vec<Line> {
    let entries = overview.entries.iter().zip(&overview.changed);
    let line = |(entry, settings): (&'_ Entry, &'_ String)| {
        let (state, saved_epochs) = match entry.state {
            State::Finished => ("finished", None),
            State::Running(epoch) => ("running", Some(epoch)),
            State::Stopped(epoch) => ("stopped", Some(epoch)),
        };
        let since = entry
            .begun
            .and_then(|begun| begun.duration_since(UNIX_EPOCH).ok());
        let config = &entry.config;
        Line {
            run: shown(&entry.folder),
            dataset: crate::printable(&config.dataset.name()),
            net: crate::printable(&config.net.to_string()),
            weights: config.weights.name(),
            epochs: config.epochs,
            seed: config.seed,
            test_error_percent: entry.error(),
            state,
            saved_epochs,
            begun: since.map(|since| since.as_secs()),
            settings: crate::printable(settings),
        }
    };
    entries.map(line).collect()
}

/// A line for each run, below one of titles.
pub fn csv(overview: &Overview) -> String {
    let titles =
        "run,dataset,net,weights,epochs,seed,test_error_percent,state,saved_epochs,begun,settings";
    let cell = |text: &str| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let number = |number: Option<String>| number.unwrap_or_default();
    let rows = lines(overview).into_iter().map(|line| {
        let cells = [
            cell(&line.run),
            cell(&line.dataset),
            cell(&line.net),
            cell(line.weights),
            line.epochs.to_string(),
            line.seed.to_string(),
            number(line.test_error_percent.map(|error| error.to_string())),
            line.state.into(),
            number(line.saved_epochs.map(|epoch| epoch.to_string())),
            number(line.begun.map(|begun| begun.to_string())),
            cell(&line.settings),
        ];
        cells.join(",")
    });
    [titles.to_owned()]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Groups and gaps by the folders of their runs.
#[derive(Serialize)]
struct Json {
    runs: Vec<Line>,
    groups: Vec<GroupLine>,
    gaps: Vec<GapLine>,
    damaged: Vec<Damaged>,
}

#[derive(Serialize)]
struct GroupLine {
    runs: Vec<String>,
    seeds: usize,
    mean_test_error_percent: f64,
    sample_deviation: Option<f64>,
}

#[derive(Serialize)]
struct GapLine {
    /// Indices of `groups`.
    group: usize,
    baseline: usize,
    gap_points: f64,
    standard_error: Option<f64>,
    /// With 95 % confidence.
    interval_points: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct Damaged {
    run: String,
    problem: String,
}

/// One object on one line.
pub fn json(overview: &Overview) -> String {
    let group = |group: &Group| GroupLine {
        runs: (group.runs.iter())
            .map(|&run| shown(&overview.entries[run].folder))
            .collect(),
        seeds: group.seeds,
        mean_test_error_percent: group.mean,
        sample_deviation: group.deviation,
    };
    let gap = |gap: &Gap| GapLine {
        group: gap.group,
        baseline: gap.baseline,
        gap_points: gap.difference.points,
        standard_error: gap.difference.standard_error,
        interval_points: gap.difference.interval(),
    };
    let damaged = overview.damaged.iter().map(|(folder, problem)| Damaged {
        run: shown(folder),
        problem: problem.clone(),
    });
    let json = Json {
        runs: lines(overview),
        groups: overview.groups.iter().map(group).collect(),
        gaps: overview.gaps.iter().map(gap).collect(),
        damaged: damaged.collect(),
    };
    serde_json::to_string(&json).expect("an overview is JSON")
}
