//! The page.

mod predictions;
mod seen;
mod weights;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use run::numbers::grouped;
use sha2::{Digest, Sha256};
use word_list::Counted;

use super::chart::{Chart, Frame};
use super::folder::{Run, State};
use super::groups::Group;
use super::terms::{self, term};
use super::{Report, beside, costs, curves, note, results, settings, tables, verdict};

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
        html lang="en" data-renewed=[report.renewed] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="color-scheme" content="light dark";
                // The script renews the page where there is one, and keeps what is open and hidden.
                @if let Some(seconds) = report.renewed { noscript { meta http-equiv="refresh" content=(seconds); } }
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
                    (head(report, &title))
                    (results(report))
                    (charts(report))
                    (predictions::part(report))
                    (weights::part(report))
                    (part(4, &html! {
                        p.lead {
                            "Of the deployed network, for one image: a batch norm is a scale and an offset per channel, a 1‑bit convolution "
                            "additions and subtractions and then one multiplication per output, as " code { "onebit summary" } " counts them."
                        }
                        (costs::table(report))
                    }))
                    @if seen { (part(5, &seen::sheets(report))) }
                    (part(6, &settings::table(report)))
                }
                (terms::meanings())
                footer { p { "Written by " code { (report.writer.0) } " " (report.writer.1) ". This page is one file and loads nothing else." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Nothing but this page's own style, script and pictures: what a run's files say cannot become more.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(digest);
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// The digest by which a policy knows a style or a script.
pub fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn part(index: usize, content: &Markup) -> Markup {
    let (id, name) = PARTS[index];
    html! { section id=(id) aria-labelledby={ (id) "-heading" } { h2 id={ (id) "-heading" } { (name) } (content) } }
}

/// The answer: what the page is about, and what came of it.
fn head(report: &Report, title: &str) -> Markup {
    let Report { runs, groups, .. } = report;
    let verdict = verdict::sentences(report);
    html! {
        div.head {
            h1 { (title) }
            p.facts {
                (common(report))
                @if let [run] = runs.as_slice() && run.state() != State::Finished { " " span.pill { (tables::state(run)) } }
            }
            @if let [group] = groups.as_slice() { (figure_of(group, runs)) }
            @match verdict.as_slice() {
                [] => {}
                [one] => p.verdict { (one) },
                all => ul.verdict { @for one in all { li { (one) } } },
            }
        }
    }
}

/// What all runs have in common.
fn common(report: &Report) -> String {
    let Report { runs, groups, .. } = report;
    let all = |text: &dyn Fn(&Run) -> String| {
        let mut texts: Vec<String> = runs.iter().map(text).collect();
        texts.sort_unstable();
        texts.dedup();
        (texts.len() == 1).then(|| texts.remove(0))
    };
    let mut datasets: Vec<String> = runs.iter().map(|run| run.config.dataset.name()).collect();
    datasets.sort_unstable();
    datasets.dedup();
    let mut parts = vec![datasets.join(" and ")];
    parts.extend(all(&|run| run.config.net.to_string()));
    parts.extend(all(&|run| format!("{} weights", run.config.weights)));
    parts.extend(all(&|run| format!("{} epochs", run.epochs())));
    parts.extend(settings::alike(runs));
    match (runs.as_slice(), groups.len()) {
        ([run], _) => parts.push(format!("seed {}", run.config.seed)),
        (runs, 1) => parts.push(format!(
            "{} that differ in their seed alone",
            Counted(runs.len(), "run")
        )),
        (runs, groups) if groups < runs.len() => {
            parts.push(format!(
                "{} in {}",
                Counted(runs.len(), "run"),
                Counted(groups, "group")
            ));
        }
        _ => {}
    }
    parts.join(", ")
}

/// The one number of a page about one group.
fn figure_of(group: &Group, runs: &[Run]) -> Markup {
    let Some(score) = &group.score else {
        return html! {};
    };
    html! {
        p.figure {
            span.big { (format!("{:.2}", score.mean)) span.unit { " %" } }
            span.what {
                (term(terms::TEST_ERROR, "test error")) ", "
                @match (group.runs.as_slice(), score.deviation) {
                    ([run], _) => @if let Some(result) = &runs[*run].result {
                        (grouped(result.wrong as u64)) " of " (grouped(result.images as u64)) " images, a single run"
                    },
                    (_, Some(deviation)) => {
                        "mean of " (score.seeds) " seeds, " (format!("{:.2} to {:.2}", score.range[0], score.range[1])) ", "
                        (term(terms::DEVIATION, "deviation")) " " (format!("{deviation:.2}"))
                    }
                    (_, None) => { "of one seed" }
                }
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

fn results(report: &Report) -> Markup {
    part(
        0,
        &html! {
            (results::groups(report))
            @if let Some(gaps) = results::gaps(report) { h3 { "The gap to 32 bits" } (gaps) }
            (notes(report))
            @if let Some(each) = results::each(report) { (each) }
            @match beside::paper(report) {
                Some(table) => { h3 { "Beside the paper" } (table) }
                None => p.note { "None of these runs has the dataset, network, weights and augmentation of a figure in the paper (arXiv 1802.08530)." }
            }
        },
    )
}

/// Chips that hide and show groups; those without a look of their own have one together.
fn chips(report: &Report) -> Markup {
    let groups = || report.groups.iter().enumerate();
    let rest: Vec<String> = groups()
        .filter(|(_, group)| group.look.is_none())
        .map(|(index, _)| index.to_string())
        .collect();
    html! {
        div.legend role="group" aria-label="Groups of runs" {
            @for (index, group) in groups() {
                @if group.look.is_some() {
                    button type="button" aria-pressed="true" data-groups=(index) {
                        (tables::swatch(group.look)) span { (group.name) }
                        @if !group.is_single() { span.aside { (Counted(group.runs.len(), "run")) } }
                    }
                }
            }
            @if !rest.is_empty() {
                button type="button" aria-pressed="true" data-groups=(rest.join(" ")) { (tables::swatch(None)) span { (Counted(rest.len(), "group")) " with greater errors" } }
            }
        }
    }
}

fn charts(report: &Report) -> Markup {
    let charts = curves::charts(report);
    let several = report.groups.iter().any(|group| !group.is_single());
    part(
        1,
        &html! {
            (chips(report))
            p.key {
                (line_key("line", "test, or validation")) (line_key("line dashed", "train"))
                @if several { (line_key("line thin", "thin: a single seed, beside the mean")) }
                span { "marks: a cycle of the learning rate ends" } span { "large mark: the finished network" }
                @if charts.iter().any(|chart| !chart.published.is_empty()) { span { "◇ " (term(terms::PUBLISHED, "published")) } }
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

/// Says so where not every run is shown.
fn some_of(report: &Report) -> Markup {
    let (shown, all) = (report.examined.len(), report.runs.len());
    html! {
        @if shown < all {
            p.note { "Of " (all) " runs, only the best of " (shown) " groups are shown. A report of fewer runs shows each." }
        }
    }
}

/// What is missing, and of which runs: a line for each reason.
fn missing<'a>(missing: impl Iterator<Item = (&'a str, String)>, all: usize) -> Markup {
    html! {
        @for (names, why) in note::together(missing, all) {
            p.missing { "Not shown: " (why) "." br; span.names { (names) } }
        }
    }
}
