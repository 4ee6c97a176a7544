//! `onebit data`

use std::fmt::Write;
use std::path::{Path, PathBuf};

use data::{ClassCounts, OwnData, Source, Survey};
use pixels::Fit;
use run::images::own_options;
use word_list::Counted;

use super::train::size;
use super::{DataRoot, smaller, train_with};
use crate::{Error, Reading, shell};

/// Look at images of your own before training: classes, sizes, files that cannot be read
///
/// The last line is a command that trains on them. Where something has to be done first, it is
/// `before training:` and what to do, and the exit status is 1.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit data ./photos              a folder with a folder of each class
  onebit data photos.zip --json     an archive of one, for another program
  onebit data ./photos --size 64x48 --test-fraction 0.1")]
pub struct Args {
    /// A folder of class folders, an archive of one, or a file of arrays
    #[arg(value_name = "PATH")]
    pub(super) path: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Size that images are brought to in the command that is printed: N or WIDTHxHEIGHT
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) size: Option<[usize; 2]>,
    /// Channels that images are brought to: 1 (grey) or 3 (colour) [default: 3 if any image has
    /// colour]
    #[arg(long, value_name = "N")]
    pub(super) channels: Option<usize>,
    /// How an image of another aspect ratio is made to fit: crop, pad or stretch [default: crop]
    #[arg(long, value_name = "HOW")]
    pub(super) fit: Option<Fit>,
    /// Seed that decides which images are held out, where the data have no test part [default: 0]
    #[arg(long, value_name = "SEED")]
    pub(super) split_seed: Option<u64>,
    /// Share of each class that is held out, where the data have no test part [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    pub(super) test_fraction: Option<f64>,
}

/// Classes that are listed one by one where there are many: the first, and the last.
const FIRST: usize = 20;
const LAST: usize = 5;

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`]; and [`Error::Told`] where something has to be done before training.
pub fn run(args: &Args) -> Result<(), Error> {
    let config = train_with::config(args)?;
    if let Some(why) = meant(&args.path, &DataRoot { data: None }.path()) {
        return Err(Error::Failed(why));
    }
    let found = OwnData::find(&args.path, &own_options(&config))?;
    let survey = found.survey(&Reading::default());
    let command = train_with::command(args, &config, &survey);
    let can_be_trained = command.is_ok();
    if args.json {
        let mut value = serde_json::to_value(&survey).map_err(|e| Error::Failed(e.to_string()))?;
        match command {
            Ok(command) => value["train_with"] = command.into(),
            Err(first) => value["first"] = first.into(),
        }
        crate::say_json(&value.to_string());
    } else {
        let last = match &command {
            Ok(command) => {
                let board = smaller::line(&config, &survey);
                let board = board.map_or_else(String::new, |line| line + "\n");
                format!("{board}train with: {command}")
            }
            Err(first) => format!("before training: {first}"),
        };
        crate::say(&format!(
            "{}{}\n{}",
            head(&args.path, &survey),
            text(&survey),
            last.lines()
                .map(runtime::printable)
                .collect::<Vec<_>>()
                .join("\n")
        ));
    }
    // A script that goes on must not train on these.
    match can_be_trained {
        true => Ok(()),
        false => Err(Error::Told),
    }
}

/// Of a word that is no path here: what was perhaps meant by it.
fn meant(path: &Path, root: &Path) -> Option<String> {
    let word = path.to_str()?;
    if path.exists() || word.contains(std::path::is_separator) {
        return None;
    }
    let within = root.join(word);
    let way_out = match word.parse::<Source>() {
        Ok(Source::Named(dataset)) => {
            format!("that is a dataset by name: `onebit train --dataset {dataset}` trains on it")
        }
        _ if within.exists() => {
            format!("did you mean `onebit data {}`?", shell::file(&within))
        }
        _ => "check the path: a folder or file of your own, such as `./photos`".into(),
    };
    Some(format!("{word}: no such file or folder; {way_out}"))
}

fn head(path: &Path, survey: &Survey) -> String {
    let images: usize = survey
        .classes
        .iter()
        .map(|c| c.train + c.validation + c.test)
        .sum();
    runtime::printable(&format!(
        "{}: {}, {} of {}",
        path.display(),
        survey.format,
        Counted(images, "image"),
        Counted(survey.classes.len(), "class")
    )) + "\n"
}

/// What stands in place of classes that are not listed.
fn left_out(classes: &[ClassCounts]) -> String {
    let images = |class: &ClassCounts| class.train + class.validation + class.test;
    let counts = classes.iter().map(images);
    let (min, max) = (counts.clone().min(), counts.max());
    let (min, max) = (min.unwrap_or(0), max.unwrap_or(0));
    let each = match min == max {
        true => Counted(min, "image").to_string(),
        false => format!("{min} to {}", Counted(max, "image")),
    };
    format!(
        "… {} more classes, each of {each}; --json has all",
        classes.len()
    )
}

/// What was found, in lines.
fn text(survey: &Survey) -> String {
    let mut text = String::new();
    let width = survey
        .classes
        .iter()
        .map(|c| c.name.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(5, 40);
    let validation = survey.classes.iter().any(|c| c.validation > 0);
    let mut row = |name: &str, [train, held, test]: [&str; 3]| {
        let held = if validation {
            format!(" {held:>10}")
        } else {
            String::new()
        };
        let name = runtime::printable(name);
        let row = format!("  {name:<width$} {train:>8}{held} {test:>8}");
        let _ = writeln!(text, "{}", row.trim_end());
    };
    row("class", ["train", "validation", "test"]);
    let classes = &survey.classes[..];
    let last = match classes.len() > FIRST + LAST + 1 {
        true => classes.len() - LAST,
        false => FIRST,
    };
    for (index, class) in classes.iter().enumerate() {
        if (FIRST..last).contains(&index) {
            if index == FIRST {
                let left_out = left_out(&classes[FIRST..last]);
                row(&left_out, [""; 3]);
            }
            continue;
        }
        let counts = [class.train, class.validation, class.test].map(|n| n.to_string());
        row(&class.name, counts.each_ref().map(String::as_str));
    }
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {}", runtime::printable(&value));
    };
    let more = if survey.different_sizes > survey.sizes.len() {
        ", …"
    } else {
        ""
    };
    let sizes: Vec<String> = survey
        .sizes
        .iter()
        .map(|s| format!("{} of {}x{}", s.count, s.width, s.height))
        .collect();
    line(
        "sizes",
        match &sizes[..] {
            [] => "none: no picture can be read".into(),
            _ => format!("{}{more}", sizes.join(", ")),
        },
    );
    if survey.different_sizes > 1 {
        let ([low, left], [high, right]) = (survey.min_size, survey.max_size);
        line(
            "",
            format!("widths {left} to {right}, heights {low} to {high}"),
        );
    }
    let modes: Vec<String> = survey
        .modes
        .iter()
        .map(|mode| format!("{} {}", mode.count, mode.name))
        .collect();
    line("stored as", modes.join(", "));
    line("parts", survey.split.clone());
    line(
        "imbalance",
        format!("{:.2} (largest class / smallest)", survey.imbalance),
    );
    let equal = &survey.duplicates;
    line(
        "duplicates",
        match equal.images {
            0 => "none".into(),
            1 => "1 copy of another image".into(),
            images => format!("{images} copies of other images"),
        },
    );
    for group in equal.examples.iter().take(5) {
        line(
            "",
            group
                .iter()
                .take(4)
                .cloned()
                .collect::<Vec<_>>()
                .join(" = "),
        );
    }
    if equal.across_parts > 0 {
        let images = Counted(equal.across_parts, "image");
        line(
            "",
            format!(
                "{images} of the test or validation part {} in another part too",
                images.verb()
            ),
        );
    }
    for passed in &survey.passed_over {
        line(
            "passed over",
            format!(
                "{} ({}), such as {}",
                passed.count, passed.reason, passed.examples[0]
            ),
        );
    }
    for note in &survey.notes {
        line("note", note.clone());
    }
    if !survey.bad.is_empty() {
        let files = Counted(survey.bad.len(), "file");
        line("unreadable", format!("{files}:"));
        survey
            .bad
            .iter()
            .for_each(|bad| line("", format!("{}: {}", bad.path, bad.reason)));
    }
    text
}
