//! The tables of the page.

use maud::{Markup, html};
use run::numbers::grouped;

use super::chart::{COLOURS, mark, shape};
use super::folder::{Run, State};
use super::published::{self, Comparison};
use super::recipe_diff::recipe_diff;
use super::{seeds, settings};

/// A table that scrolls inside its own box; `label` names it to those who come to it by keyboard.
pub fn boxed(label: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// The mark of a run, in its colour.
pub fn swatch(run: usize) -> Markup {
    html! {
        svg class={ "swatch c" (run % COLOURS) } viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" {
            path.line d="M1,6h24" {}
            path.mark d=(mark(shape(run), 13.0, 6.0, 4.0)) {}
        }
    }
}

/// A run's name with its mark.
pub fn named(index: usize, run: &Run) -> Markup {
    html! { (swatch(index)) span.name { (run.name) } }
}

/// How the runs ended, and the means of those that differ in their seed alone.
pub fn results(runs: &[Run]) -> Markup {
    let top5 = runs.iter().any(|run| {
        run.result
            .as_ref()
            .is_some_and(|r| r.top5_error_percent.is_some())
    });
    let groups = seeds::groups(runs);
    let apart = settings::apart(runs);
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "run" }
                th.number scope="col" { "test error, %" }
                @if top5 { th.number scope="col" { "top-5 error, %" } }
                th.number scope="col" { "train error, %" }
                th.number scope="col" { "epochs" }
                th scope="col" { "dataset" }
                th scope="col" { "network" }
                th scope="col" { "weights" }
                th scope="col" { "augmentation" }
                th.number scope="col" { "seed" }
            } }
            tbody {
                @for (index, run) in runs.iter().enumerate() { (result(index, run, top5, apart.as_ref().map(|apart| apart[index].as_str()))) }
                @for group in &groups {
                    @let first = &runs[group.runs[0]];
                    tr.mean {
                        th scope="row" { @for &index in &group.runs { (swatch(index)) } span.name { "mean of " (group.runs.len()) " seeds" } span.aside.differs { (first.config.net) ", " (first.config.weights) } }
                        td.number {
                            strong { (format!("{:.2}", group.mean)) }
                            span.aside { (format!("{:.2} to {:.2}", group.range[0], group.range[1])) }
                        }
                        @if top5 { td {} }
                        td {}
                        td.number { (first.epochs()) }
                        td { (first.config.dataset.name()) }
                        td { (first.config.net) }
                        td { (first.config.weights) }
                        td { (word(&first.config.augment)) }
                        td {}
                    }
                }
            }
        }
    };
    boxed("Results of the runs", &table)
}

fn result(index: usize, run: &Run, top5: bool, apart: Option<&str>) -> Markup {
    let config = &run.config;
    let epochs = run.epochs();
    let train = run.train.values().next_back();
    html! {
        tr {
            th scope="row" {
                (named(index, run))
                @if let Some(apart) = apart { span.aside.differs { (apart) } }
                @if run.state() != State::Finished { " " span.pill { (state(run)) } }
            }
            td.number {
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
            @if top5 {
                td.number { @match run.result.as_ref().and_then(|r| r.top5_error_percent) { Some(error) => (format!("{error:.2}")), None => "–" } }
            }
            td.number { @match train { Some(line) => (format!("{:.2}", line.error_percent)), None => "–" } }
            td.number { (epochs) @if epochs != config.epochs { span.aside { "of " (config.epochs) } } }
            td { (config.dataset.name()) }
            td { (config.net) }
            td { (config.weights) }
            td { (word(&config.augment)) }
            td.number { (config.seed) }
        }
    }
}

/// What is said of a run that is not finished.
pub fn state(run: &Run) -> String {
    match run.state() {
        State::Finished => "finished".into(),
        State::Damaged => "its result.json is damaged".into(),
        State::Lengthened => format!(
            "made longer, to {} epochs, and not finished",
            run.config.epochs
        ),
        State::Training => format!(
            "still training: {} of {} epochs",
            run.epochs(),
            run.config.epochs
        ),
        State::Stopped if run.epochs() >= run.config.epochs => {
            "stopped before the last score".into()
        }
        State::Stopped => format!(
            "stopped after {} of {} epochs",
            run.epochs(),
            run.config.epochs
        ),
    }
}

/// The runs beside the paper; `None` where it has none of them.
pub fn beside_paper(runs: &[Run]) -> Option<Markup> {
    let rows: Vec<(usize, Vec<Comparison>)> = runs
        .iter()
        .map(published::beside)
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "run" }
                th.number scope="col" { "our epochs" }
                th.number scope="col" { "our error, %" }
                th.number scope="col" { "published after" }
                th.number scope="col" { "published error, %" }
                th.number scope="col" { "gap, points" }
                th scope="col" { "source" }
            } }
            @for (index, comparisons) in &rows {
                @let others = others(&runs[*index], comparisons);
                tbody {
                    @for (place, row) in comparisons.iter().enumerate() {
                        @let fewer = row.epochs < row.published.epochs;
                        tr {
                            @if place == 0 { th scope="rowgroup" rowspan=(comparisons.len() + others.len()) { (named(*index, &runs[*index])) } }
                            td.number { (row.epochs) }
                            td.number { (format!("{:.2}", row.error)) @if !row.finished { span.aside { "in training" } } }
                            td.number { (row.published.epochs) @if fewer { " " span.pill { "ours is shorter" } } }
                            td.number { (format!("{:.2}", row.published.error)) }
                            td.number { (format!("{:+.2}", row.gap())) }
                            td { (row.published.source) }
                        }
                    }
                    @for other in others { tr { td.note colspan="6" { (other) } } }
                }
            }
        }
    };
    Some(boxed("The runs beside the paper", &table))
}

/// A sentence for each source whose recipe the run departs from.
fn others(run: &Run, comparisons: &[Comparison]) -> Vec<String> {
    let mut sources: Vec<&str> = comparisons.iter().map(|row| row.published.source).collect();
    sources.dedup();
    let mut told: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for source in sources {
        let recipe_diff = recipe_diff(&run.config, source);
        match told.iter_mut().find(|(known, _)| *known == recipe_diff) {
            Some((_, sources)) if !sources.contains(&source) => sources.push(source),
            Some(_) => {}
            None => told.push((recipe_diff, vec![source])),
        }
    }
    told.retain(|(recipe_diff, _)| !recipe_diff.is_empty());
    told.iter()
        .map(|(recipe_diff, sources)| {
            format!(
                "Another recipe than {}: {}.",
                sources.join(" and "),
                recipe_diff.join("; ")
            )
        })
        .collect()
}

/// The word that a config writes for a value.
fn word(value: &impl serde::Serialize) -> String {
    match toml::Value::try_from(value) {
        Ok(toml::Value::String(word)) => word,
        _ => String::new(),
    }
}
