//! The errors per class, as lines.

use run::ClassScores;

/// The most classes that are all shown without being asked for.
const MAX_SHOWN: usize = 20;
/// Of more classes, how many of the worst.
const WORST: usize = 10;

/// Prints the classes' errors and the means that count each class alike.
pub fn say(scores: &ClassScores, all: bool) {
    lines(scores, all).iter().for_each(|line| crate::say(line));
}

fn lines(scores: &ClassScores, all: bool) -> Vec<String> {
    let count = scores.classes.len();
    let (classes, more) = match all || count <= MAX_SHOWN {
        true => (scores.classes.iter().collect(), None),
        false => {
            let mut worst = scores.worst();
            worst.truncate(WORST);
            let more = format!("the worst {WORST} of {count} classes; all: --per-class or --json");
            (worst, Some(more))
        }
    };
    let table = ClassScores::table(&classes).into_iter();
    let lines = table.chain(more).chain(scores.means());
    lines.map(|line| runtime::printable(&line)).collect()
}

#[cfg(test)]
mod tests {
    use run::ClassTally;

    use super::*;

    #[test]
    fn of_many_classes_the_worst_are_shown() {
        let names: Vec<String> = (0..21).map(|class| format!("class {class}")).collect();
        let mut counts = ClassTally::new(21);
        for class in 0..21 {
            // Class n has n wrong ones of 20.
            (0..20).for_each(|image| {
                counts.add(
                    class,
                    Some(if image < class {
                        (class + 1) % 21
                    } else {
                        class
                    }),
                )
            });
        }
        let scores = counts.scores(&names);
        let shown = lines(&scores, false);
        assert_eq!(shown.len(), 1 + 10 + 1 + 1, "{shown:#?}");
        assert!(shown[1].starts_with("class 20 ") && shown[10].starts_with("class 11 "));
        assert!(shown[1].ends_with("100.00 %"), "{}", shown[1]);
        assert!(shown[11].contains("--per-class"));
        assert!(shown[12].starts_with("balanced accuracy: 50.00 %"));
        assert_eq!(lines(&scores, true).len(), 1 + 21 + 1);
        let few = ClassTally::new(20).scores(&names[..20]);
        assert_eq!(
            lines(&few, false).len(),
            1 + 20,
            "without images there are no means"
        );
    }
}
