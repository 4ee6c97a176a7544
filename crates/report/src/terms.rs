//! Terms that explain themselves: a button that opens a note, for a keyboard, a finger and a pointer alike, with no script.

use maud::{Markup, html};

/// A term of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The end of its address in the page.
    id: &'static str,
    meaning: &'static str,
}

const fn new(id: &'static str, meaning: &'static str) -> Term {
    Term { id, meaning }
}

pub const TEST_ERROR: Term = new(
    "test-error",
    "Test images that the network puts into a wrong class, in percent. Before the finished network is tested, the means and variances of its batch norms are estimated anew over the training images.",
);
pub const TRAIN_ERROR: Term = new(
    "train-error",
    "Training images with a wrong class in the last epoch, in percent. Each batch is scored before the step that it causes, and with augmentation, so the train error can be above the test error.",
);
pub const TOP5_ERROR: Term = new(
    "top5-error",
    "Test images whose class is not among the five that the network holds most probable, in percent.",
);
pub const SEEDS: Term = new(
    "seeds",
    "A seed decides the initial weights and the order of the images. Runs that differ in their seed alone show how much of a result is chance.",
);
pub const DEVIATION: Term = new(
    "deviation",
    "Sample standard deviation of the test errors over the seeds: how far a single run typically is from the mean.",
);
pub const POINTS: Term = new(
    "points",
    "Percentage points: a test error of 17 % is 4 points above one of 13 %.",
);
pub const INTERVAL: Term = new(
    "interval",
    "Where the difference of the two means lies with 95 % confidence, from the deviations over the seeds (Welch’s interval). Where the interval holds 0, the seeds alone can make such a difference.",
);
pub const EPOCH: Term = new("epoch", "One pass over the training images.");
pub const PUBLISHED: Term = new(
    "published",
    "An error that the paper (arXiv 1802.08530) or its author’s program reports for this dataset, network, kind of weights and augmentation.",
);
pub const ONE_BIT_WEIGHTS: Term = new(
    "one-bit-weights",
    "Weights that the deployed network stores as their sign, one bit each.",
);
pub const FLOAT_WEIGHTS: Term = new(
    "float-weights",
    "Numbers of the deployed network with 32 bits each: weights that are not 1-bit, and a scale and an offset for each channel of a batch norm.",
);
pub const PEAK_ACTIVATIONS: Term = new(
    "peak-activations",
    "The most memory that the maps between layers take at one time, with 32 bits for each number.",
);
pub const LATENT_WEIGHTS: Term = new(
    "latent-weights",
    "The real weights that training changes. The network computes with what its kind of weights makes of them, such as their signs.",
);
pub const CONFIDENCE: Term = new(
    "confidence",
    "The probability that the network gives to the class that it chose.",
);

const ALL: [Term; 14] = [
    TEST_ERROR,
    TRAIN_ERROR,
    TOP5_ERROR,
    SEEDS,
    DEVIATION,
    POINTS,
    INTERVAL,
    EPOCH,
    PUBLISHED,
    ONE_BIT_WEIGHTS,
    FLOAT_WEIGHTS,
    PEAK_ACTIVATIONS,
    LATENT_WEIGHTS,
    CONFIDENCE,
];

/// A text that explains itself; what it says is in [`meanings`], once for all that ask for it.
pub fn term(term: Term, text: &str) -> Markup {
    button(&format!("term-{}", term.id), &html! { (text) })
}

/// A text with a meaning of its own, beside it.
pub fn explained(id: &str, text: &Markup, meaning: &str) -> Markup {
    html! { (button(id, text)) (note(id, meaning)) }
}

/// What the terms of a page mean.
pub fn meanings() -> Markup {
    html! { @for Term { id, meaning } in ALL { (note(&format!("term-{id}"), meaning)) } }
}

/// It shows and does not hide, so that a pointer that rests on it and clicks does not hide what it has shown; anything else
/// that is clicked, and the key Escape, do.
fn button(id: &str, text: &Markup) -> Markup {
    html! { button.term type="button" popovertarget=(id) popovertargetaction="show" { (text) } }
}

fn note(id: &str, meaning: &str) -> Markup {
    html! { div popover="auto" id=(id) { (meaning) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_leads_to_its_meaning() {
        let all = meanings().into_string();
        for (place, one) in ALL.into_iter().enumerate() {
            let (id, meaning) = (one.id, one.meaning);
            assert_eq!(ALL.iter().position(|other| other.id == id), Some(place));
            let button = term(one, "<a>").into_string();
            assert!(
                button.contains(&format!("popovertarget=\"term-{id}\"")),
                "{button}"
            );
            assert!(button.contains("&lt;a&gt;"));
            assert!(
                all.contains(&format!("id=\"term-{id}\">{meaning}</div>")),
                "{id}"
            );
        }
    }
}
