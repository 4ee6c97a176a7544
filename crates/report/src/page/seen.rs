//! The part of the page about what the networks see in training.

use maud::{Markup, html};

use crate::{Report, tables};

/// Whether there is anything to show.
pub fn is_there(report: &Report) -> bool {
    let has = |index: &usize| report.runs[*index].augmented.is_some();
    report.pictures && report.examined.keys().any(has)
}

/// The sheets of augmented images.
pub fn sheets(report: &Report) -> Markup {
    html! {
        p.lead { "Training images of each run: on the left as they are, then as the network sees them in the first epochs." }
        @for &index in report.examined.keys() {
            @let run = &report.runs[index];
            @if let Some((picture, [width, height])) = &run.augmented {
                figure.seen {
                    figcaption { (tables::named(report.group_of(index), run)) " " span.aside { "augment = " (run.config.augment) } }
                    div.scroll tabindex="0" role="region" aria-label={ "What the network of " (run.name) " sees" } {
                        img.sheet src=(picture) width=(width) height=(height) alt={ "training images, augmented by " (run.config.augment) };
                    }
                }
            }
        }
    }
}
