//! The part of the page about the networks' weights.

use maud::{Markup, html};
use run::numbers::grouped;

use super::{missing, some_of};
use crate::folder::Run;
use crate::layers::{Layer, LayerHistory};
use crate::terms::{self, term};
use crate::{Report, flips, tables};

/// Signs that changed and latent weights of each run that recorded them.
pub fn part(report: &Report) -> Markup {
    let mut first = true;
    let shown = || {
        report
            .examined
            .keys()
            .map(|&index| (index, &report.runs[index]))
    };
    let without = shown().filter(|(_, run)| run.layers.is_none());
    let why = "no weights.jsonl that tells anything; older versions did not record the weights";
    super::part(
        3,
        &html! {
            (some_of(report))
            @for (index, run) in shown() {
                @if let Some(history) = &run.layers {
                    details id={ "weights-" (index) } open[std::mem::take(&mut first)] {
                        summary { (tables::swatch(report.group_of(index).look)) span { (run.name) } span.aside { (format!("{:.2} % are +1", 100.0 * history.positive())) } }
                        (layers(index, run, history))
                    }
                }
            }
            (missing(without.map(|(_, run)| (run.name.as_str(), why.to_owned())), report.runs.len()))
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
                th scope="col" { (term(terms::LATENT_WEIGHTS, "latent weights / layer’s constant")) }
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
        div.prediction.signs {
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
    let max = histogram.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bar = WIDTH / histogram.counts.len() as f64;
    let bars: String = histogram
        .counts
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count > 0)
        .map(|(place, &count)| {
            let height = 24.0 * count as f64 / max;
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
