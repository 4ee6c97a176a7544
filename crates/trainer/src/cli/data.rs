//! `onebit data`

use std::fmt::Write;
use std::path::{Path, PathBuf};

use data::{OwnOptions, Survey};
use pixels::Fit;

use crate::Error;

/// Look at images of your own before training: classes, sizes, files that cannot be read
#[derive(clap::Args)]
pub struct Args {
    /// A folder of class folders, an archive of one, or a file of arrays
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Size of the images that a network is to see, for the command that is printed: N or WIDTHxHEIGHT
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<[usize; 2]>,
    /// Channels that a network is to see: 1 (grey) or 3 [default: 3 if any image is in colour]
    #[arg(long, value_name = "N", value_parser = ["1", "3"])]
    channels: Option<String>,
    /// How an image of another shape is made to fit: crop, pad or stretch [default: crop]
    #[arg(long, value_name = "HOW")]
    fit: Option<Fit>,
    /// Seed that decides which images are held out, where the data have no test part
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    split_seed: u64,
    /// Share of each class that is held out, where the data have no test part
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    test_fraction: f64,
}

/// `N` or `WIDTHxHEIGHT` as height and width.
fn size(text: &str) -> Result<[usize; 2], String> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    match (width.parse(), height.parse()) {
        (Ok(width @ 1..), Ok(height @ 1..)) => Ok([height, width]),
        _ => Err("expected N or WIDTHxHEIGHT".into()),
    }
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let options = OwnOptions::default()
        .with_size(args.size)
        .with_channels(
            args.channels
                .as_ref()
                .and_then(|channels| channels.parse().ok()),
        )
        .with_fit(args.fit.unwrap_or_default())
        .with_split_seed(args.split_seed)
        .with_test_fraction(args.test_fraction);
    let survey = data::survey(&args.path, &options)?;
    let command = command(args, &survey);
    if args.json {
        let mut value = serde_json::to_value(&survey).map_err(|e| Error::Failed(e.to_string()))?;
        value["train_with"] = command.into();
        crate::say_json(&value.to_string());
    } else {
        crate::say(&format!(
            "{}{}\ntrain with: {}",
            head(&args.path, &survey),
            text(&survey),
            runtime::printable(&command)
        ));
    }
    Ok(())
}

/// The command that trains on it.
fn command(args: &Args, survey: &Survey) -> String {
    let mut path = args.path.display().to_string();
    if !path.contains(std::path::is_separator) {
        path = format!("./{path}");
    }
    let plain = |c: char| c.is_alphanumeric() || "/\\._-+:@%,=".contains(c);
    if !path.chars().all(plain) {
        path = format!("'{}'", path.replace('\'', "'\\''"));
    }
    let mut command = format!("onebit train --dataset {path}");
    let size = match (args.size, survey.different_sizes) {
        (None, 0 | 1) => None,
        (size, _) => Some(size.unwrap_or(survey.suggested_size)),
    };
    if let Some([height, width]) = size {
        let size = if height == width {
            width.to_string()
        } else {
            format!("{width}x{height}")
        };
        command += &format!(" --size {size}");
    }
    if let Some(channels) = &args.channels {
        command += &format!(" --channels {channels}");
    }
    if let Some(fit) = args.fit {
        command += &format!(" --fit {fit}");
    }
    if args.split_seed != 0 {
        command += &format!(" --split-seed {}", args.split_seed);
    }
    if args.test_fraction != 0.2 {
        command += &format!(" --test-fraction {}", args.test_fraction);
    }
    if !survey.bad.is_empty() {
        command += " --skip-bad";
    }
    command
}

fn head(path: &Path, survey: &Survey) -> String {
    let images: usize = survey
        .classes
        .iter()
        .map(|c| c.train + c.validation + c.test)
        .sum();
    let (path, classes) = (path.display(), survey.classes.len());
    runtime::printable(&format!(
        "{path}: {}, {images} images of {classes} classes",
        survey.format
    )) + "\n"
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
    let mut row = |name: &str, train: &str, held: &str, test: &str| {
        let held = if validation {
            format!(" {held:>10}")
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "  {:<width$} {train:>8}{held} {test:>8}",
            runtime::printable(name)
        );
    };
    row("class", "train", "validation", "test");
    for class in &survey.classes {
        let [train, held, test] =
            [class.train, class.validation, class.test].map(|n| n.to_string());
        row(&class.name, &train, &held, &test);
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
    line("sizes", format!("{}{more}", sizes.join(", ")));
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
            images => format!(
                "{images}; across parts {}, across classes {}",
                equal.across_parts, equal.across_classes
            ),
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
        let files = if survey.bad.len() == 1 {
            "file"
        } else {
            "files"
        };
        line("unreadable", format!("{} {files}:", survey.bad.len()));
        survey
            .bad
            .iter()
            .for_each(|bad| line("", format!("{}: {}", bad.path, bad.reason)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_width_by_height() {
        assert_eq!(size("32"), Ok([32, 32]));
        assert_eq!(size("64x48"), Ok([48, 64]));
        for wrong in ["", "0", "x", "3x", "-1", "3x0", "3x4x5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
