//! The part of the page about what the networks predict.

use maud::{Markup, html};
use run::numbers::grouped;

use super::{missing, some_of};
use crate::examine::Examined;
use crate::folder::Run;
use crate::terms::{self, term};
use crate::{Report, by_class, confusion, tables};

/// Pairs of classes in the list of the most confused.
const PAIRS: usize = 20;

/// Confusion and the most confident mistakes of each network that there is.
pub fn part(report: &Report) -> Markup {
    let mut first = true;
    super::part(
        2,
        &html! {
            @if report.limit_test > 0 { p.note { "Only the first " (grouped(report.limit_test as u64)) " test images were classified (" code { "--limit-test" } "): these counts are not the results above." } }
            @if !report.pictures { p.note { "The pictures of the mistakes are left out (" code { "--without-pictures" } ")." } }
            (some_of(report))
            @for (&index, examined) in &report.examined {
                @if let Ok(examined) = examined {
                    @let run = &report.runs[index];
                    details id={ "predictions-" (index) } open[std::mem::take(&mut first)] {
                        summary { (tables::swatch(report.group_of(index).look)) span { (run.name) } span.aside { (grouped(examined.wrong() as u64)) " wrong of " (grouped((examined.images + examined.undecided) as u64)) } }
                        (prediction(run, examined))
                    }
                }
            }
            (missing(report.missing(), report.runs.len()))
        },
    )
}

fn prediction(run: &Run, examined: &Examined) -> Markup {
    let names = &examined.classes;
    html! {
        @if examined.undecided > 0 { p.note { (examined.undecided) " images have no answer: the network’s output is no number." } }
        (by_class::part(&run.name, &examined.by_class))
        div.prediction {
            figure {
                figcaption { h3 { "Confusion" } }
                @if names.len() <= confusion::MAX_CLASSES {
                    (confusion::table(&run.name, examined))
                } @else {
                    p.note { (names.len()) " classes are too many for a matrix; the pairs confused most:" }
                    ol.pairs { @for (class, to, count) in examined.confused(PAIRS) { li { (names[class]) " taken for " (names[to]) span.aside { (count) } } } }
                }
            }
            figure {
                figcaption { h3 { (term(terms::CONFIDENCE, "Most confident mistakes")) } }
                @if examined.mistakes.is_empty() { p.missing { "There are none." } }
                ul.mistakes {
                    @for mistake in &examined.mistakes {
                        @let (class, to) = (&names[mistake.class], &names[mistake.predicted]);
                        @let percent = format!("{:.1} %", 100.0 * mistake.confidence);
                        li {
                            @match &mistake.picture {
                                Some(picture) => img src=(picture) width="88" height="88" alt={ "test image " (mistake.index) ", a " (class) };
                                None => span.aside { "test image " (mistake.index) }
                            }
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
