//! `onebit predict`

mod answer;
mod inputs;
mod list;
mod look;
mod write;

use std::path::PathBuf;
use std::time::Instant;

use runtime::{MAX_THREADS, Model};
use word_list::Counted;

use super::computer::{Activations, Computer};
use super::{DataRoot, export, threads, within};
use crate::{Error, carried, note, say, say_data, say_json, terminal};
use answer::{Answerer, Arithmetic};
use inputs::{Found, Inputs};
use look::{Failure, Looker};
use write::{Form, Writer};

/// Say what is in pictures: the class of each, by the network of a run or a packed file
///
/// Pictures are JPEG, PNG, WebP, BMP, GIF, TIFF or QOI, of any size: they are turned, scaled and
/// cut as the network's training images were.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit predict --run runs/mine photo.jpg             one picture
  onebit predict --model net.onebit photos --csv > answers.csv
  onebit predict --model cifar10-20-1 cat.png          a built-in model
  ls photos/*.jpg | onebit predict --model net.onebit --files-from -")]
#[command(group = clap::ArgGroup::new("network").required(true).args(["run", "model"]))]
pub struct Args {
    /// Files, folders with all that is in them, and patterns such as 'photos/*.jpg'; `-` reads one
    /// picture from the standard input
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    paths: Vec<PathBuf>,
    /// Folder of a run
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// A packed file, of `onebit export` or `onebit import`, or the name of a built-in model
    /// (`onebit models`)
    #[arg(long, value_name = "FILE|NAME")]
    model: Option<PathBuf>,
    /// Take further paths from this file, one per line; `-` reads them from the standard input
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// How many of the most probable classes to show
    #[arg(long, value_name = "K", default_value_t = 1)]
    top: usize,
    /// A picture is none of the classes where its two largest logits differ by less than this;
    /// `off` for never [default: that of the file or run]
    #[arg(long, value_name = "MARGIN", allow_negative_numbers = true)]
    threshold: Option<String>,
    /// Print all logits, too
    #[arg(long)]
    logits: bool,
    /// Print a table of comma-separated values
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one line of JSON for each picture
    #[arg(long)]
    json: bool,
    /// What the convolutions read
    #[arg(long, value_enum, default_value = "f32")]
    activations: Activations,
    /// Threads that decode and compute [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    #[command(flatten)]
    root: DataRoot,
}

/// No network has more classes.
const MAX_TOP: usize = 65_536;
/// Pictures of a thread that are decoded before they are classified together.
const PER_THREAD: usize = 32;
/// The most bytes of decoded pictures, as the network sees them, that wait to be classified.
const MAX_WAITING: usize = 64 << 20;

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`]; and at the end, when a picture could not be read.
pub fn run(args: &Args) -> Result<(), Error> {
    let threads = threads(args.threads, MAX_THREADS)?;
    let model = model(args)?;
    within("--top", args.top, MAX_TOP)?;
    let threshold = threshold(args.threshold.as_deref(), &model)?;
    // Before memory is taken for images that no picture becomes.
    let looker = Looker::new(&model)?;
    let integers = Computer::integers(&model, args.activations)?;
    let mut computer = Computer::new(&model, integers.as_ref(), args.activations, threads)?;
    let arithmetic = match args.activations {
        Activations::Integer => Arithmetic::Integer,
        Activations::F32 | Activations::Int8 => Arithmetic::Single,
    };
    let answerer = Answerer::new(args.top, threshold, arithmetic);
    let form = match (args.csv, args.json) {
        (true, _) => Form::Csv,
        (_, true) => Form::Json,
        _ => Form::Text,
    };
    let print = match form {
        Form::Text => say,
        Form::Csv => say_data,
        Form::Json => say_json,
    };
    let writer = Writer::new(form, args.logits, args.top, model.class_names());
    let mut inputs = Inputs::new(&args.paths, args.files_from.as_deref())?;

    let network = args.run.as_ref().or(args.model.as_ref());
    let network = network.map_or(String::new(), |path| crate::named(path));
    let started = Instant::now();
    if let Some(line) = writer.head() {
        print(&line);
    }
    let (size, classes) = (model.image_len(), model.classes());
    let at_once = (MAX_WAITING / size).clamp(1, PER_THREAD * threads);
    let (mut done, mut failed, mut passed) = (0, 0, 0_usize);
    let mut chunk: Vec<Found> = Vec::new();
    let (mut pixels, mut logits) = (Vec::new(), Vec::new());
    loop {
        chunk.clear();
        chunk.extend(inputs.by_ref().take(at_once));
        if chunk.is_empty() {
            break;
        }
        pixels.resize(chunk.len() * size, 0);
        let looked = looker.look(&chunk, &mut pixels, threads);
        // What could be read moves together.
        let mut readable = 0;
        for (at, _) in looked
            .iter()
            .enumerate()
            .filter(|(_, looked)| looked.is_ok())
        {
            pixels.copy_within(at * size..(at + 1) * size, readable * size);
            readable += 1;
        }
        logits.resize(readable * classes, 0.0);
        if readable > 0 {
            computer.logits_batch(&pixels[..readable * size], &mut logits)?;
        }
        let mut rows = logits.chunks(classes);
        for (found, looked) in chunk.iter().zip(looked) {
            let answer = match looked {
                Ok(()) => answerer
                    .answer(rows.next().unwrap_or_default())
                    .map_err(|why| format!("{why}: {network}")),
                Err(Failure::NoPicture(_)) if !found.is_named => {
                    passed += 1;
                    continue;
                }
                Err(failure) => Err(failure.to_string()),
            };
            match &answer {
                Ok(_) => done += 1,
                Err(why) => {
                    failed += 1;
                    note(&runtime::printable(&format!("{}: {why}", found.name)));
                }
            }
            if let Some(line) = writer.line(&found.name, answer.as_ref()) {
                print(&line);
            }
        }
        // Nobody reads any more.
        if terminal::output_gone() {
            return Ok(());
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    if looker.resized() > 0 {
        let [_, height, width] = model.input();
        note(&format!(
            "note: the network does not say how pictures are brought to its size; {} of another size: scaled, and the middle of {width}x{height} cut out",
            Counted(looker.resized(), "picture")
        ));
    }
    if passed > 0 {
        note(&format!(
            "note: files in folders that are no pictures, passed over: {passed}"
        ));
    }
    inputs.notes().iter().for_each(|line| note(line));
    if done + failed == 0 {
        return Err(Error::Usage(
            "expected pictures, found none in the folders and patterns that are named".into(),
        ));
    }
    if done > 0 {
        let rate = done as f64 / seconds.max(1e-9);
        note(&format!(
            "{} in {seconds:.2} s, {rate:.1} a second",
            Counted(done, "picture")
        ));
    }
    match failed {
        0 => Ok(()),
        _ => Err(Error::Failed(format!(
            "{failed} of {} could not be read",
            Counted(done + failed, "picture")
        ))),
    }
}

/// The network, with all that its run or file says of pictures.
fn model(args: &Args) -> Result<Model, Error> {
    match (&args.run, &args.model) {
        (Some(folder), _) => export::packed(folder, &args.root.path()),
        (None, Some(file)) => Ok(carried::load(file)?.model),
        (None, None) => Err(Error::Usage("expected --run DIR or --model FILE".into())),
    }
}

/// The margin below which a picture is none of the classes.
fn threshold(word: Option<&str>, model: &Model) -> Result<Option<f64>, Error> {
    match word {
        None => Ok(model.rejection().map(|found| f64::from(found.threshold))),
        Some("off") => Ok(None),
        // As a file holds it.
        Some(word) => match word.parse::<f32>() {
            Ok(margin) if margin.is_finite() && margin >= 0.0 => Ok(Some(margin.into())),
            _ => Err(Error::Usage(format!(
                "--threshold {word}: expected `off`, or a margin of logits, 0 or more"
            ))),
        },
    }
}
