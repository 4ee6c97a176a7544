//! The command that trains on images that were looked at, or what has to be done before there is one.

use std::path::Path;

use data::{ClassCounts, Part, Survey};
use run::TrainConfig;
use run::config::Layers;
use word_list::Counted;

use super::data::Args;
use super::elsewhere;
use super::settings::flag;
use crate::{Error, shell, train};

/// The greatest side that is proposed where no size is asked for: training takes long with larger ones.
const MAX_SIDE: usize = 256;
/// The size that is proposed in place of larger ones.
const SIDE: usize = 224;

/// The settings that the arguments ask for.
///
/// # Errors
///
/// [`Error::Usage`] for those that no run could use, as `train` has it.
pub fn config(args: &Args) -> Result<TrainConfig, Error> {
    let mut layers = Layers::default();
    layers.value("dataset", place(&args.path), "PATH")?;
    flag(&mut layers, "size", args.size)?;
    flag(&mut layers, "channels", args.channels)?;
    flag(&mut layers, "fit", args.fit.map(|fit| fit.to_string()))?;
    flag(&mut layers, "split_seed", args.split_seed)?;
    flag(&mut layers, "test_fraction", args.test_fraction)?;
    Ok(layers.resolve()?)
}

/// A path as `--dataset` takes it: no word, and no flag.
fn place(path: &Path) -> String {
    let path = path.display().to_string();
    let is_path = path.contains(std::path::is_separator) || matches!(path.as_str(), "." | "..");
    match is_path && !path.starts_with('-') {
        true => path,
        false => format!("./{path}"),
    }
}

/// The command, or what has to be done first.
pub fn command(args: &Args, config: &TrainConfig, survey: &Survey) -> Result<String, String> {
    let mut config = config.clone();
    first(survey)?;
    let path = place(&args.path);
    if !shell::is_writable(&args.path) {
        return Err("give it a name in UTF-8 without control characters".into());
    }
    let mut command = format!("onebit train --dataset {}", shell::quoted(&path));
    match elsewhere::out(&args.path) {
        Some(None) => {}
        Some(Some(out)) => command += &format!(" --out {}", shell::folder(&out)),
        None => {
            return Err("put the images into a folder of their own: a run goes beside them".into());
        }
    }
    if config.size.is_none() {
        config.size = proposed(survey);
    }
    if let Some([height, width]) = config.size {
        command += &match height == width {
            true => format!(" --size {width}"),
            false => format!(" --size {width}x{height}"),
        };
    }
    if let Some(channels) = args.channels {
        command += &format!(" --channels {channels}");
    }
    if let Some(fit) = args.fit {
        command += &format!(" --fit {fit}");
    }
    // Where the data bring the parts, these two would be refused.
    if let (Some(share), false) = (args.test_fraction, survey.brings.test) {
        command += &format!(" --test-fraction {share}");
    }
    if let Some(seed) = args.split_seed
        && !(survey.brings.test && survey.brings.validation)
    {
        command += &format!(" --split-seed {seed}");
    }
    // What is left of a class of two, once one is held out, cannot be split once more.
    let alone = survey.classes.iter().any(|class| class.train == 1);
    if alone && !survey.brings.validation {
        config.validation = Part::NONE;
        command += " --validation 0";
    }
    if !survey.bad.is_empty() {
        command += " --skip-bad";
    }
    match train::must_fit(&config, survey) {
        Ok(()) => Ok(command),
        Err(error) => Err(error.to_string()),
    }
}

/// Height and width that the command brings images to.
pub fn size(config: &TrainConfig, survey: &Survey) -> [usize; 2] {
    let proposed = config.size.or_else(|| proposed(survey));
    proposed.unwrap_or(survey.suggested_size)
}

/// What has to be done before anything can be trained on.
fn first(survey: &Survey) -> Result<(), String> {
    let classes = || survey.classes.iter();
    let all = |class: &ClassCounts| class.train + class.validation + class.test;
    if classes().all(|class| all(class) == 0) {
        return Err("repair the files: none of them can be read".into());
    }
    if survey.classes.len() == 1 {
        return Err("add images of a second class: with one there is nothing to tell apart".into());
    }
    // A test part that the data do not bring is made of the images to train with.
    let brings = survey.brings.test;
    let (min, what) = match brings {
        true => (1, "an image to train with"),
        false => (2, "2 images or more, one of them for the test"),
    };
    let of = |class: &ClassCounts| class.train + if brings { 0 } else { class.test };
    // A class that a list names may have no file at all.
    let lacks = |class: &&ClassCounts| match of(class) {
        0 => !survey.bad.is_empty(),
        count => count < min,
    };
    if let Some(class) = classes().find(lacks) {
        let found = match of(class) {
            0 => "none that can be read".into(),
            count => Counted(count, "image").to_string(),
        };
        return Err(format!(
            "class {}: expected {what}, found {found}; add images of it, or take its folder out",
            class.name
        ));
    }
    if classes().all(|class| class.test == 0) {
        return Err("repair the test part: none of its files can be read".into());
    }
    Ok(())
}

/// The size to train with where none is asked for; none where their own will do.
fn proposed(survey: &Survey) -> Option<[usize; 2]> {
    match survey.different_sizes {
        0 | 1 => {
            let large = survey.suggested_size.iter().any(|&side| side > MAX_SIDE);
            large.then_some([SIDE; 2])
        }
        _ => Some(survey.suggested_size),
    }
}
