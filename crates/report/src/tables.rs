//! What the tables of the page have in common.

use maud::{Markup, html};

use super::chart::{look_class, mark, shape};
use super::folder::{Run, State};
use super::groups::Group;

/// A table that scrolls inside its own box; `label` names it to those who come to it by keyboard.
pub fn boxed(label: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// The mark of a group, in its colour.
pub fn swatch(look: Option<usize>) -> Markup {
    html! {
        svg.swatch.{ (look_class(look)) } viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" {
            path.line d="M1,6h24" {}
            @if let Some(look) = look { path.mark d=(mark(shape(look), 13.0, 6.0, 4.0)) {} }
        }
    }
}

/// A group's name with its mark.
pub fn head(group: &Group) -> Markup {
    html! { (swatch(group.look)) span.name { (group.name) } }
}

/// A run's name with the mark of its group.
pub fn named(group: &Group, run: &Run) -> Markup {
    html! { (swatch(group.look)) span.name { (run.name) } }
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
