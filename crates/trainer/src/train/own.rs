//! What `train` says of a user's own data before it begins.

use data::{PassedOver, Splits, Survey};
use run::TrainConfig;

/// Classes that are told one by one.
const SHOWN: usize = 20;

/// Says in a few lines what the data are, what is assumed of them, and what was left out.
pub fn tell(survey: &Survey, config: &TrainConfig, shape: [usize; 3]) {
    lines(survey, config, shape)
        .iter()
        .for_each(|line| say(line));
}

/// Says how many photographs there are, of how many classes, and what was passed over.
pub fn tell_photographs(config: &TrainConfig, splits: &Splits) {
    let classes = splits.test.class_names();
    crate::say(&format!(
        "{}: {} photographs to train with and {} to test, {} {}",
        config.dataset.name(),
        splits.train.len(),
        splits.test.len(),
        classes.len(),
        plural(classes.len(), "class", "classes")
    ));
    if classes.len() <= SHOWN {
        let words = classes.iter().zip(splits.train.counts());
        let words: Vec<String> = words
            .map(|(class, count)| format!("{class} {count}"))
            .collect();
        say(&format!("  to train with: {}", words.join(", ")));
    }
    let parts = [&splits.train, &splits.test].into_iter();
    for passed in parts.flat_map(|images| images.passed_over()) {
        say(&passed_over(passed));
    }
}

/// Says a line with names of a user's, which may hold what a terminal obeys.
fn say(line: &str) {
    crate::say(&crate::printable(line));
}

fn passed_over(passed: &PassedOver) -> String {
    format!(
        "  passed over: {} ({}), such as {}",
        passed.count,
        passed.reason,
        passed.examples.first().map_or("", String::as_str)
    )
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

fn lines(
    survey: &Survey,
    config: &TrainConfig,
    [channels, height, width]: [usize; 3],
) -> Vec<String> {
    let name = config.dataset.name();
    let count = |class: &data::ClassCounts| class.train + class.validation + class.test;
    let all: usize = survey.classes.iter().map(count).sum();
    let mut lines = vec![format!(
        "{name}: {}, {all} images of {} {}",
        survey.format,
        survey.classes.len(),
        plural(survey.classes.len(), "class", "classes")
    )];
    let classes = survey.classes.iter().take(SHOWN);
    let mut words: Vec<String> = classes
        .map(|class| format!("{} {}", class.name, count(class)))
        .collect();
    if survey.classes.len() > SHOWN {
        words.push(format!("… and {} more", survey.classes.len() - SHOWN));
    }
    lines.push(format!("  classes: {}", words.join(", ")));
    let sum =
        |part: fn(&data::ClassCounts) -> usize| survey.classes.iter().map(part).sum::<usize>();
    lines.push(format!(
        "  parts: {} to train with, {} to test; {}",
        sum(|class| class.train),
        sum(|class| class.test),
        survey.split
    ));
    let sizes = match survey.different_sizes {
        0 | 1 => String::new(),
        different => format!(
            " from {different} sizes of {}x{} to {}x{} pixels",
            survey.min_size[1], survey.min_size[0], survey.max_size[1], survey.max_size[0]
        ),
    };
    let colour = if channels == 1 { "grey" } else { "colour" };
    lines.push(format!(
        "  seen as {width}x{height} pixels in {colour}, fit = {}{sizes}",
        config.fit
    ));
    for passed in &survey.passed_over {
        lines.push(passed_over(passed));
    }
    if !survey.bad.is_empty() {
        lines.push(format!(
            "  left out: {} files that cannot be read",
            survey.bad.len()
        ));
    }
    let duplicates = &survey.duplicates;
    if duplicates.across_parts > 0 {
        lines.push(format!(
            "  note: {} images of the test or validation part are equal to images of another part: the error will look smaller than it is",
            duplicates.across_parts
        ));
    }
    if duplicates.across_classes > 0 {
        lines.push(format!(
            "  note: {} images are in more than one class",
            duplicates.across_classes
        ));
    }
    if survey.imbalance >= 3.0 && config.balance == data::Balance::None {
        lines.push(format!(
            "  note: the largest class has {:.1} times the images of the smallest; `--balance weight` or `--balance sample` may help",
            survey.imbalance
        ));
    }
    let notes = survey.notes.iter().map(|note| format!("  note: {note}"));
    lines.extend(notes);
    lines
}
