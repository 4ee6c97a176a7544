//! The page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::chart::{Chart, Frame};
use super::examine::Examined;
use super::layers::{Layer, LayerHistory};
use super::run::{Run, State};
use super::{Report, confusion, curves, flips, tables};
use crate::numbers::grouped;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Pairs of classes in the list of the most confused.
const PAIRS: usize = 20;

/// The parts of the page: address, title.
const PARTS: [(&str, &str); 6] = [
    ("results", "Results"),
    ("curves", "Curves"),
    ("predictions", "Predictions"),
    ("weights", "Weights"),
    ("cost", "Cost"),
    ("settings", "Settings"),
];

/// The whole page.
pub fn page(report: &Report) -> Markup {
    let runs = &report.runs;
    let title = match runs.as_slice() {
        [run] => run.name.clone(),
        runs => format!("{} runs", runs.len()),
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
                    nav aria-label="Parts of the page" { ul { @for (id, name) in PARTS { li { a href={ "#" (id) } { (name) } } } } }
                    button #theme type="button" hidden { "theme: system" }
                }
                main #main tabindex="-1" {
                    (head(runs, &title))
                    (notes(report))
                    (results(runs))
                    (charts(runs))
                    (predictions(report))
                    (weights(runs))
                    (part(4, &html! {
                        p.lead {
                            "Of the deployed network, for one image: a batch norm is a scale and an offset per channel, a 1‑bit convolution "
                            "additions and subtractions and then one multiplication per output, as " code { "trainer summary" } " counts them."
                        }
                        (tables::costs(runs))
                    }))
                    (part(5, &tables::settings(runs)))
                }
                footer { p { "Written by " code { "trainer report" } " " (crate::VERSION) ". This page is one file: it asks for nothing from anywhere." } }
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
    let mut datasets: Vec<&str> = runs.iter().map(|run| run.config.dataset.name()).collect();
    datasets.sort_unstable();
    datasets.dedup();
    html! {
        div.head {
            h1 { (title) }
            @if let [run] = runs {
                p.facts {
                    (run.config.net) ", " (run.config.weights) " weights, " (run.config.dataset) ", " (run.epochs()) " epochs, seed " (run.config.seed)
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
    let of_runs = report
        .runs
        .iter()
        .flat_map(|run| run.notes.iter().map(move |note| (&run.name, note)));
    let any = !report.left_out.is_empty() || report.runs.iter().any(|run| !run.notes.is_empty());
    html! {
        @if any {
            ul.notes {
                @for why in &report.left_out { li { "Left out: " (why) } }
                @for (name, note) in of_runs { li { strong { (name) } ": " (note) } }
            }
        }
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

fn predictions(report: &Report) -> Markup {
    let mut first = true;
    part(
        2,
        &html! {
            @for (index, (run, examined)) in report.runs.iter().zip(&report.examined).enumerate() {
                @if let Ok(examined) = examined {
                    details open[std::mem::take(&mut first)] {
                        summary { (tables::swatch(index)) span { (run.name) } span.aside { (grouped(examined.wrong() as u64)) " wrong of " (grouped((examined.images + examined.undecided) as u64)) } }
                        (prediction(index, run, examined))
                    }
                }
            }
            (missing(report.runs.iter().zip(&report.examined).filter_map(|(run, examined)| Some((run, examined.as_ref().err()?.as_str())))))
        },
    )
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

fn prediction(index: usize, run: &Run, examined: &Examined) -> Markup {
    let names = &examined.classes;
    html! {
        @if examined.undecided > 0 { p.note { (examined.undecided) " images have no answer: the network’s output is no number." } }
        div.prediction {
            figure {
                figcaption { h3 { "Confusion" } }
                @if names.len() <= confusion::MAX_CLASSES {
                    div.scroll tabindex="0" role="region" aria-label={ "Confusion matrix of " (run.name) } {
                        (confusion::svg(&format!("confusion-{index}"), &run.name, examined, None))
                    }
                } @else {
                    p.note { (names.len()) " classes are too many for a matrix; the pairs confused most:" }
                    ol.pairs { @for (class, to, count) in examined.confused(PAIRS) { li { (names[class]) " taken for " (names[to]) span.aside { (count) } } } }
                }
            }
            figure {
                figcaption { h3 { "Most confident mistakes" } }
                @if examined.mistakes.is_empty() { p.missing { "There are none." } }
                ul.mistakes {
                    @for mistake in &examined.mistakes {
                        @let (class, to) = (&names[mistake.class], &names[mistake.predicted]);
                        @let percent = format!("{:.1} %", 100.0 * mistake.confidence);
                        li {
                            img src=(mistake.picture) width="88" height="88" alt={ "test image " (mistake.index) ", a " (class) };
                            span { (class) }
                            span.predicted { "→ " (to) }
                            span.aside { (percent) }
                        }
                    }
                }
            }
        }
    }
}

fn weights(runs: &[Run]) -> Markup {
    let mut first = true;
    part(
        3,
        &html! {
            @for (index, run) in runs.iter().enumerate() {
                @if let Some(history) = &run.layers {
                    details open[std::mem::take(&mut first)] {
                        summary { (tables::swatch(index)) span { (run.name) } span.aside { (format!("{:.2} % are +1", 100.0 * history.positive())) } }
                        (layers(index, run, history))
                    }
                }
            }
            (missing(runs.iter().filter(|run| run.layers.is_none()).map(|run| (run, "no weights.jsonl; older versions did not record the weights"))))
        },
    )
}

fn layers(index: usize, run: &Run, history: &LayerHistory) -> Markup {
    let table = html! {
        table.layers {
            thead { tr {
                th scope="col" { "layer" }
                th.number scope="col" { "weights" }
                th.number scope="col" { "+1, %" }
                th.number scope="col" { "changed, %" }
                th scope="col" { "latent weights / layer’s constant" }
            } }
            tbody {
                @for layer in history.layers.iter().take(flips::MAX_ROWS) {
                    tr {
                        th scope="row" { (layer.name) }
                        td.number { (grouped(layer.weights as u64)) }
                        td.number { (format!("{:.2}", 100.0 * layer.positive)) }
                        td.number { @match layer.flipped.values().next_back() { Some(share) => (format!("{:.2}", 100.0 * share)), None => "–" } }
                        td { (histogram(layer)) }
                    }
                }
            }
        }
    };
    html! {
        div.prediction {
            figure {
                figcaption { h3 { "Signs that changed" } }
                div.scroll tabindex="0" role="region" aria-label={ "Signs that changed, " (run.name) } {
                    (flips::svg(&format!("flips-{index}"), &run.name, history, None))
                }
                @if let Some(note) = flips::left_out(history) { p.note { (note) } }
            }
            figure {
                figcaption { h3 { "Layers after the last epoch" } }
                (tables::boxed(&format!("Layers of {}", run.name), &table))
            }
        }
    }
}

/// The latent weights of a layer, as bars with a rule at zero.
fn histogram(layer: &Layer) -> Markup {
    const WIDTH: f64 = 160.0;
    let Some(histogram) = &layer.histogram else {
        return html! { "–" };
    };
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bar = WIDTH / histogram.counts.len() as f64;
    let bars: String = histogram
        .counts
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count > 0)
        .map(|(place, &count)| {
            let height = 24.0 * count as f64 / most;
            format!(
                "M{:.1},26v-{height:.1}h{:.1}v{height:.1}z",
                place as f64 * bar,
                bar * 0.86
            )
        })
        .collect();
    let zero = -histogram.from / (histogram.to - histogram.from) * WIDTH;
    html! {
        span.range { (histogram.from) }
        svg.histogram viewBox="0 0 160 28" width="160" height="28" role="img"
            aria-label={ "Histogram of the latent weights of " (layer.name) ", from " (histogram.from) " to " (histogram.to) } {
            path.flips d=(bars) {}
            path.axis d={ "M0,26.5H160" } {}
            @if (0.0..=WIDTH).contains(&zero) { path.axis d={ "M" (format!("{zero:.1}")) ",0V28" } {} }
        }
        span.range { (histogram.to) }
    }
}
