//! The errors per class, as lines.

use run::{ClassScore, ClassScores};

use crate::cli::table::{Kind, Table};

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
    // Columns line up by what is shown, so names are escaped before.
    let mut scores = scores.clone();
    for class in &mut scores.classes {
        class.name = runtime::brief(&class.name);
    }
    let (classes, more) = match all || count <= MAX_SHOWN {
        true => (scores.classes.iter().collect(), None),
        false => {
            let mut worst = scores.worst();
            worst.truncate(WORST);
            let more = format!("the worst {WORST} of {count} classes; all: --per-class or --json");
            (worst, Some(more))
        }
    };
    let table = table(&classes).text(crate::columns());
    let lines = table.lines().map(str::to_owned);
    lines.chain(more).chain(scores.means()).collect()
}

fn table(classes: &[&ClassScore]) -> Table {
    let mut table = Table::new(&[
        ("class", Kind::Word),
        ("images", Kind::Value),
        ("wrong", Kind::Value),
        ("error", Kind::Value),
    ]);
    for class in classes {
        let error = class.error_percent;
        table.row(vec![
            class.name.clone(),
            class.images.to_string(),
            class.wrong.to_string(),
            error.map_or("–".into(), |percent| format!("{percent:.2} %")),
        ]);
    }
    table
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

    /// Names are as wide as they are seen, and steer no terminal.
    #[test]
    fn names_of_any_script_line_up() {
        let names = ["日本", "nut\u{1b}[2J", "\u{202e}x", "é"].map(str::to_owned);
        let mut counts = ClassTally::new(names.len());
        (0..names.len()).for_each(|class| counts.add(class, Some(0)));
        let shown = lines(&counts.scores(&names), false);
        let (table, _) = shown.split_at(1 + names.len());
        for line in table {
            assert_eq!(crate::width(line), crate::width(&table[0]), "{shown:#?}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
        }
    }
}
