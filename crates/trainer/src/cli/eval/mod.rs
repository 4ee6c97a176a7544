//! `onebit eval`

mod faults;
pub(super) mod packed;
mod per_class;
mod runs;

use std::path::PathBuf;

use run::ClassScores;
use serde::Serialize;
use word_list::Counted;

use crate::learn::Score;
use crate::{Error, say, say_json};

use super::DataRoot;
use super::computer::Activations;

/// Score a run, or a packed network, on a test set
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit eval --run runs/mnist-wrn-20-4-1bit-1    a run, on its own test set
  onebit eval --model net.onebit --dataset mnist  a packed file
  onebit eval --model net.onebit --dataset mnist --activations integer
  onebit eval --model net.onebit --dataset mnist --flip-bits 0.001 --seeds 5")]
#[command(group = clap::ArgGroup::new("network").required(true).args(["run", "model"]))]
pub struct Args {
    /// Folder of a run
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// A packed file, of `onebit export` or `onebit import`, or the name of a built-in model
    /// (`onebit models`)
    #[arg(long, value_name = "FILE|NAME", requires = "dataset")]
    model: Option<PathBuf>,
    /// What the convolutions of a packed network read
    #[arg(long, value_enum, default_value = "f32", requires = "model")]
    activations: Activations,
    /// Threads to compute a packed network on [default: all]
    #[arg(long, value_name = "N", requires = "model")]
    threads: Option<usize>,
    /// Score the checkpoint after this epoch, with its running moments, in place of the finished
    /// network
    #[arg(long, value_name = "EPOCH", conflicts_with = "model")]
    checkpoint: Option<usize>,
    /// Score on the test set of this dataset [default: the run's]
    #[arg(long)]
    dataset: Option<String>,
    /// Where to compute a run [default: the run's device]
    #[arg(long, conflicts_with = "model")]
    device: Option<String>,
    /// Use only the first N test images
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Crops of each photograph of imagenet whose probabilities are averaged, up to 25 [default: the
    /// centre alone]
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    crops: usize,
    /// Flip each sign bit of a packed network with this probability before scoring; weights of other
    /// kinds than signs stay as they are
    #[arg(long, value_name = "P", requires = "model")]
    flip_bits: Option<f64>,
    /// How many times to flip bits and score, with the seeds 1 to N
    #[arg(long, value_name = "N", default_value_t = 1, requires = "flip_bits")]
    seeds: usize,
    /// Print the error of each class; without it, only the worst 10 of more than 20 classes are
    /// printed
    #[arg(long, conflicts_with = "flip_bits")]
    per_class: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

#[derive(Serialize)]
struct Line {
    test_error_percent: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    top5_error_percent: Option<f64>,
    #[serde(flatten)]
    score: Score,
    #[serde(flatten)]
    by_class: ClassScores,
}

/// The score of a network, and its classes' names.
struct Scored {
    score: Score,
    class_names: Vec<String>,
}

/// Refuses a score in which the network's answers are no numbers: what is wrong then is the network.
fn must_be_numbers(score: &Score, args: &Args) -> Result<(), Error> {
    let network = args.run.as_ref().or(args.model.as_ref());
    match score.undefined {
        0 => Ok(()),
        undefined => Err(Error::Failed(format!(
            "{}: expected a network whose logits are numbers, found that they are none for {undefined} of {}; train or export it again",
            network.map_or(String::new(), |path| crate::named(path)),
            Counted(score.images, "image")
        ))),
    }
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    if args.limit == Some(0) {
        return Err(Error::Usage("--limit 0: expected 1 or more images".into()));
    }
    if let (Some(file), Some(probability)) = (&args.model, args.flip_bits) {
        return faults::run(args, file, probability);
    }
    let Scored { score, class_names } = match (&args.run, &args.model) {
        (_, Some(file)) => packed::score(args, file)?,
        (Some(folder), None) => runs::score(args, folder)?,
        (None, None) => return Err(Error::Usage("expected --run DIR or --model FILE".into())),
    };
    must_be_numbers(&score, args)?;
    let by_class = score.by_class.scores(&class_names);
    if args.json {
        let line = Line {
            test_error_percent: score.error_percent(),
            top5_error_percent: score.top5_error_percent(),
            score,
            by_class,
        };
        say_json(&serde_json::to_string(&line).expect("a score is JSON"));
    } else {
        per_class::say(&by_class, args.per_class);
        if let Some(percent) = score.top5_error_percent() {
            say(&format!("top-5 error: {percent:.2} %"));
        }
        say(&format!("test error: {score}"));
    }
    Ok(())
}
