//! A user's own data: what `train` refuses of them, and what it says before it begins.

use std::path::Path;

use data::{Brings, DataError, OwnData, Part, PassedOver, Source, Splits, Survey};
use run::TrainConfig;
use run::images::{load_whole_watched, own_options};
use word_list::Counted;

use super::{Asked, memory};
use crate::{Error, Reading};

/// Classes that are told one by one.
const SHOWN: usize = 20;

/// Loads a config's images. What cannot be had of own data is refused before they are read, where that is known by then.
///
/// # Errors
///
/// When the images are not there, or not as the config and the command line ask for.
pub fn load(
    config: &TrainConfig,
    root: &Path,
    asked: &Asked,
) -> Result<(Splits, Option<Survey>), Error> {
    let reading = Reading::new(crate::say);
    if let Source::Own(path) = &config.dataset {
        let found = OwnData::find(path, &own_options(config))?;
        asked.must_be_of_use(config, found.brings())?;
        memory::must_fit_before_reading(config, &found)?;
        let (splits, survey) = found.load(&reading)?;
        return Ok((splits, Some(survey)));
    }
    let (splits, survey) = load_whole_watched(config, root, &reading)?;
    let mut brings = Brings::default();
    brings.test = true;
    // Other data in the files of a dataset are as own ones.
    let brings = survey.as_ref().map_or(brings, |survey| survey.brings);
    asked.must_be_of_use(config, brings)?;
    Ok((splits, survey))
}

/// Why no image can be set aside to choose by, with what was asked for.
pub fn no_validation_part(error: DataError, part: Part, asked: &Asked) -> Error {
    let given = asked.validation();
    let given = given.map_or_else(|| format!("`validation` = {part}"), str::to_owned);
    let way_out = "give a number in that range, a share such as 0.1, or 0 for none";
    match error {
        DataError::Split {
            len,
            min,
            max,
            found,
        } => Error::Usage(format!(
            "{given}: expected {min} to {max} of {}, so that each class keeps one and gives one, found {found}; {way_out} with --validation",
            Counted(len, "image")
        )),
        other => other.into(),
    }
}

/// How many images a run has of each part.
pub struct Used {
    pub train: usize,
    /// Those that the data bring, or that are held out of the images to train with; 0 where the test set is scored.
    pub validation: usize,
    pub test: usize,
}

impl Used {
    /// Each number with its part, and of how many images it is where the run has limits.
    fn words(&self, survey: &Survey) -> String {
        let sum =
            |part: fn(&data::ClassCounts) -> usize| survey.classes.iter().map(part).sum::<usize>();
        let (all, all_test) = (sum(|class| class.train), sum(|class| class.test));
        let held_out = match survey.brings.validation {
            true => 0,
            false => self.validation,
        };
        let mut words = format!("{} to train with, ", self.train);
        if self.validation > 0 {
            words += &format!("{} for validation, ", self.validation);
        }
        words += &format!("{} to test", self.test);
        if (self.train + held_out, self.test) != (all, all_test) {
            words += &format!(", as limited, of {all} and {all_test}");
        }
        words
    }
}

/// Says in a few lines what the data are, what is assumed of them, and what was left out.
pub fn tell(survey: &Survey, config: &TrainConfig, used: &Used, shape: [usize; 3]) {
    lines(survey, config, used, shape)
        .iter()
        .for_each(|line| say(line));
}

/// Says how many photographs there are, of how many classes, and what was passed over.
pub fn tell_photographs(config: &TrainConfig, splits: &Splits) {
    let classes = splits.test.class_names();
    say(&format!(
        "{}: {} to train with and {} to test, {}",
        config.dataset.name(),
        Counted(splits.train.len(), "photograph"),
        splits.test.len(),
        Counted(classes.len(), "class")
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

/// Says a line with names of a user's, which may hold what a terminal obeys, or what ends a line.
fn say(line: &str) {
    crate::say(&runtime::printable(line));
}

fn passed_over(passed: &PassedOver) -> String {
    format!(
        "  passed over: {} ({}), such as {}",
        passed.count,
        passed.reason,
        passed.examples.first().map_or("", String::as_str)
    )
}

fn lines(
    survey: &Survey,
    config: &TrainConfig,
    used: &Used,
    [channels, height, width]: [usize; 3],
) -> Vec<String> {
    let name = config.dataset.name();
    let count = |class: &data::ClassCounts| class.train + class.validation + class.test;
    let all: usize = survey.classes.iter().map(count).sum();
    let mut lines = vec![format!(
        "{name}: {}, {} of {}",
        survey.format,
        Counted(all, "image"),
        Counted(survey.classes.len(), "class")
    )];
    let classes = survey.classes.iter().take(SHOWN);
    let mut words: Vec<String> = classes
        .map(|class| format!("{} {}", class.name, count(class)))
        .collect();
    if survey.classes.len() > SHOWN {
        words.push(format!("… and {} more", survey.classes.len() - SHOWN));
    }
    lines.push(format!("  classes: {}", words.join(", ")));
    lines.push(format!("  parts: {}; {}", used.words(survey), survey.split));
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
    if survey.brings.validation && config.validation.is_none() {
        lines.push(
            "  note: the validation part of the data is not used: `validation` = 0 asks for none"
                .into(),
        );
    }
    for passed in &survey.passed_over {
        lines.push(passed_over(passed));
    }
    if !survey.bad.is_empty() {
        lines.push(format!(
            "  left out: {} that cannot be read",
            Counted(survey.bad.len(), "file")
        ));
    }
    let duplicates = &survey.duplicates;
    let parts = Counted(duplicates.across_parts, "image");
    if duplicates.across_parts > 0 {
        lines.push(format!(
            "  note: {} of the test or validation part {} in another part too: the error will look smaller than it is",
            parts,
            parts.verb()
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
