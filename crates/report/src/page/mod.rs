//! The page.

mod predictions;
mod seen;
mod weights;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use run::numbers::grouped;
use sha2::{Digest, Sha256};

use super::chart::{Chart, Frame};
use super::folder::{Run, State};
use super::{Report, costs, curves, settings, tables};

const STYLE: &str = include_str!("../page.css");
const SCRIPT: &str = include_str!("../page.js");

/// The parts of the page: address, title.
const PARTS: [(&str, &str); 7] = [
    ("results", "Results"),
    ("curves", "Curves"),
    ("predictions", "Predictions"),
    ("weights", "Weights"),
    ("cost", "Cost"),
    (SEEN, "Images"),
    ("settings", "Settings"),
];

/// The address of the part about augmented images, which not every page has.
const SEEN: &str = "images";

/// The whole page.
pub fn page(report: &Report) -> Markup {
    let runs = &report.runs;
    let seen = seen::is_there(report);
    let parts = PARTS.iter().filter(|(id, _)| *id != SEEN || seen);
    let title = match (&report.title, runs.as_slice()) {
        (Some(title), _) => title.clone(),
        (None, [run]) => run.name.clone(),
        (None, runs) => format!("{} runs", runs.len()),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="color-scheme" content="light dark";
                // Or a browser would ask the server, if there is one, for an icon.
                link rel="icon" href="data:,";
                title { (title) " – Onebit report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                header.bar {
                    span.brand { "Onebit" }
                    nav aria-label="Parts of the page" { ul { @for (id, name) in parts { li { a href={ "#" (id) } { (name) } } } } }
                    button #theme type="button" hidden { "theme: system" }
                }
                main #main tabindex="-1" {
                    (head(runs, &title))
                    (notes(report))
                    (results(runs))
                    (charts(runs))
                    (predictions::part(report))
                    (weights::part(runs))
                    (part(4, &html! {
                        p.lead {
                            "Of the deployed network, for one image: a batch norm is a scale and an offset per channel, a 1‑bit convolution "
                            "additions and subtractions and then one multiplication per output, as " code { "onebit summary" } " counts them."
                        }
                        (costs::table(runs))
                    }))
                    @if seen { (part(5, &seen::sheets(report))) }
                    (part(6, &settings::table(runs)))
                }
                footer { p { "Written by " code { (report.writer.0) } " " (report.writer.1) ". This page is one file and loads nothing else." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Nothing but this page's own style, script and pictures: what a run's files say cannot become more.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

fn part(index: usize, content: &Markup) -> Markup {
    let (id, name) = PARTS[index];
    html! { section id=(id) aria-labelledby={ (id) "-heading" } { h2 id={ (id) "-heading" } { (name) } (content) } }
}

fn head(runs: &[Run], title: &str) -> Markup {
    let mut datasets: Vec<String> = runs.iter().map(|run| run.config.dataset.name()).collect();
    datasets.sort_unstable();
    datasets.dedup();
    html! {
        div.head {
            h1 { (title) }
            @if let [run] = runs {
                p.facts {
                    (run.config.net) ", " (run.config.weights) " weights, " (run.config.dataset.name()) ", " (run.epochs()) " epochs, seed " (run.config.seed)
                    @if run.state() != State::Finished { " " span.pill { (tables::state(run)) } }
                }
                @if let Some(result) = &run.result {
                    p.figure {
                        span.big { (format!("{:.2}", result.test_error_percent)) span.unit { " %" } }
                        span.what { "test error, " (grouped(result.wrong as u64)) " of " (grouped(result.images as u64)) " images" }
                    }
                }
            } @else {
                p.facts { "on " (datasets.join(", ")) }
            }
        }
    }
}

fn notes(report: &Report) -> Markup {
    let notes = report.notes();
    html! {
        @if !notes.is_empty() { ul.notes { @for note in notes { li { (note) } } } }
    }
}

fn results(runs: &[Run]) -> Markup {
    part(
        0,
        &html! {
            (tables::results(runs))
            p.note {
                "The test error of a finished run has its batch norms’ moments re-estimated over the training set; errors in training have "
                "running ones. Train errors are of the last epoch, each batch scored before its step."
            }
            @match tables::beside_paper(runs) {
                Some(table) => { h3 { "Beside the paper" } (table) }
                None => p.note { "None of these runs has the dataset, network, weights and augmentation of a figure in the paper (arXiv 1802.08530)." }
            }
        },
    )
}

fn charts(runs: &[Run]) -> Markup {
    let charts = curves::charts(runs);
    part(
        1,
        &html! {
            div.legend role="group" aria-label="Runs" {
                @for (index, run) in runs.iter().enumerate() {
                    button type="button" aria-pressed="true" data-run=(index) { (tables::swatch(index)) span { (run.name) } }
                }
            }
            p.key {
                (line_key("line", "test, or validation")) (line_key("line dashed", "train")) span { "marks: a cycle of the learning rate ends" } span { "large mark: the finished network" }
                @if charts.iter().any(|chart| !chart.published.is_empty()) { span { "◇ published" } }
            }
            @if let Some((errors, others)) = charts.split_first() {
                (figure(errors, true))
                div.beside { @for chart in others { (figure(chart, false)) } }
            }
        },
    )
}

fn line_key(class: &str, text: &str) -> Markup {
    html! { span { svg viewBox="0 0 26 8" width="26" height="8" aria-hidden="true" { path class=(class) d="M0,4h26" {} } (text) } }
}

/// A chart; the large one is drawn for both widths of a screen, since text in it does not shrink with it.
fn figure(chart: &Chart, large: bool) -> Markup {
    html! {
        figure {
            figcaption { h3 { (chart.title) } }
            @if chart.series.is_empty() {
                p.missing { "No epoch was recorded." }
            } @else {
                div.plot role="group" aria-label={ (chart.title) ": left and right arrow keys show the values of each epoch" } {
                    @if large { div.wide { (chart.svg(Frame::WIDE, None)) } }
                    div.narrow[large] { (chart.svg(Frame::NARROW, None)) }
                    div.readout aria-live="polite" {}
                }
            }
        }
    }
}

/// What is missing, and of which runs: a line for each reason.
fn missing<'a>(missing: impl Iterator<Item = (&'a Run, &'a str)>) -> Markup {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (run, why) in missing {
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, names)) => names.push(&run.name),
            None => reasons.push((why, vec![&run.name])),
        }
    }
    html! {
        @for (why, names) in reasons {
            p.missing { "Not shown: " (why) "." br; span.names { (names.join(", ")) } }
        }
    }
}
