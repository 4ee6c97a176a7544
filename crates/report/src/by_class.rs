//! The errors per class as a table.

use maud::{Markup, html};
use run::numbers::grouped;
use run::{ClassScore, ClassScores};

use super::tables::boxed;

/// The most classes that are all shown at once.
const MAX_SHOWN: usize = 20;
/// Of more classes, how many of the worst.
const WORST: usize = 10;

/// The means that count each class alike, and each class; of many the worst, with all behind a click.
pub fn part(name: &str, scores: &ClassScores) -> Markup {
    let count = scores.classes.len();
    let label = format!("Errors of {name} by class");
    html! {
        @if let Some(means) = scores.means() { p.note { (means) } }
        @if count <= MAX_SHOWN {
            (table(&label, scores.classes.iter()))
        } @else {
            p.note { "The worst " (WORST) " of " (grouped(count as u64)) " classes:" }
            (table(&label, scores.worst().into_iter().take(WORST)))
            details { summary { span { "All classes" } } (table(&label, scores.classes.iter())) }
        }
    }
}

fn table<'a>(label: &str, classes: impl Iterator<Item = &'a ClassScore>) -> Markup {
    let rows = html! {
        table.classes {
            thead { tr {
                th scope="col" { "class" }
                th.number scope="col" { "images" }
                th.number scope="col" { "wrong" }
                th.number scope="col" { "error, %" }
                th.number scope="col" { "others taken for it" }
            } }
            tbody { @for class in classes { tr {
                th scope="row" { span.name { (class.name) } }
                td.number { (grouped(class.images as u64)) }
                td.number { (grouped(class.wrong as u64)) }
                td.number { @match class.error_percent { Some(error) => (format!("{error:.2}")), None => "–" } }
                td.number { (grouped(class.wrongly_predicted as u64)) }
            } } }
        }
    };
    boxed(label, &rows)
}

#[cfg(test)]
mod tests {
    use run::ClassTally;

    use super::*;

    #[test]
    fn few_classes_are_all_shown_and_of_many_the_worst_first() {
        let page = |classes: usize| {
            let names: Vec<String> = (0..classes).map(|class| format!("<{class}>")).collect();
            let mut counts = ClassTally::new(classes);
            (0..classes).for_each(|class| counts.add(class, Some(0)));
            part("run", &counts.scores(&names)).into_string()
        };
        let few = page(3);
        assert!(few.contains("balanced accuracy: 33.33 %") && !few.contains("<details>"));
        assert!(
            few.contains("&lt;2&gt;") && few.contains(">100.00<"),
            "{few}"
        );
        let many = page(21);
        assert_eq!(many.matches("<tbody>").count(), 2);
        assert!(many.contains("The worst 10 of 21 classes"));
        // Right are the images of class 0 alone, so the worst do not have it.
        let (worst, all) = many.split_once("<details>").unwrap();
        assert!(!worst.contains("&lt;0&gt;") && all.contains("&lt;0&gt;"));
    }
}
