//! What a page says, as data.

use serde::Serialize;

use super::folder::State;
use super::groups::Group;
use super::{Report, verdict};

/// What a page says: the runs, their groups, which are better, and what a reader has to know. Names are escaped where they
/// could steer what shows them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    runs: Vec<RunFacts>,
    groups: Vec<GroupFacts>,
    gaps: Vec<GapFacts>,
    verdict: Vec<String>,
    notes: Vec<String>,
    unexamined: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct RunFacts {
    name: String,
    folder: String,
    /// The index of its group.
    group: usize,
    dataset: String,
    net: String,
    weights: String,
    seed: u64,
    epochs: usize,
    state: &'static str,
    /// Of a finished run.
    test_error_percent: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct GroupFacts {
    /// What it is called on the page.
    name: String,
    /// What tells it from the other groups.
    settings: String,
    /// Seeds of its finished runs.
    seeds: usize,
    mean_test_error_percent: Option<f64>,
    sample_deviation: Option<f64>,
    /// The least and the greatest test error.
    range_percent: Option<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct GapFacts {
    /// Indices of groups.
    group: usize,
    baseline: usize,
    gap_points: f64,
    standard_error: Option<f64>,
    /// With 95 % confidence.
    interval_points: Option<[f64; 2]>,
    /// Whether the seeds alone are no likely reason.
    exceeds_seeds: Option<bool>,
}

impl Facts {
    pub(crate) fn of(report: &Report) -> Self {
        let run = |(index, run): (usize, &crate::folder::Run)| RunFacts {
            name: runtime::printable(&run.name),
            folder: runtime::printable(&run.folder()),
            group: (report
                .groups
                .iter()
                .position(|group| group.runs.contains(&index)))
            .unwrap_or_default(),
            dataset: runtime::printable(&run.config.dataset.name()),
            net: runtime::printable(&run.config.net.to_string()),
            weights: run.config.weights.to_string(),
            seed: run.config.seed,
            epochs: run.epochs(),
            state: state(run.state()),
            test_error_percent: crate::groups::score(run),
        };
        let gap = |gap: verdict::WeightsGap| {
            let difference = gap.difference;
            GapFacts {
                group: gap.group,
                baseline: gap.baseline,
                gap_points: difference.points,
                standard_error: difference.standard_error,
                interval_points: difference.interval(),
                exceeds_seeds: difference.exceeds_seeds(),
            }
        };
        let told = |texts: Vec<String>| texts.iter().map(|text| runtime::printable(text)).collect();
        Self {
            runs: report.runs.iter().enumerate().map(run).collect(),
            groups: report.groups.iter().map(group).collect(),
            gaps: verdict::gaps(report).into_iter().map(gap).collect(),
            verdict: told(verdict::sentences(report)),
            notes: told(report.notes().iter().map(ToString::to_string).collect()),
            unexamined: told(report.unexamined()),
        }
    }
}

fn group(group: &Group) -> GroupFacts {
    let score = group.score.as_ref();
    GroupFacts {
        name: runtime::printable(&group.name),
        settings: runtime::printable(&group.settings),
        seeds: score.map_or(0, |score| score.seeds),
        mean_test_error_percent: score.map(|score| score.mean),
        sample_deviation: score.and_then(|score| score.deviation),
        range_percent: score.map(|score| score.range),
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Finished => "finished",
        State::Lengthened => "lengthened",
        State::Training => "training",
        State::Stopped => "stopped",
        State::Damaged => "damaged",
    }
}
