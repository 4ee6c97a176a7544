//! `onebit report`

mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use data::Images;
use report::{Classify, Examination, Facts, Note, Report, Subject};
use run::many::find;
use run::{Prediction, RunDir, TrainConfig};
use serde::Serialize;
use word_list::Counted;

use crate::checkpoint::load_model;
use crate::learn::score_each;
use crate::{Error, device, images, network, say, say_json};

use super::advice::DELETE_RESULT;
use super::{DataRoot, out, within};

/// Write one page about runs: which are better, curves, errors beside the paper's, mistakes, cost
///
/// Runs that differ in nothing but their seed are a group, with the mean of their errors. The page
/// begins with its answer: which group errs less, by how much, and whether that is more than the
/// spread of the seeds.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit report runs/* --out report.html    all runs side by side
  onebit report runs --out r.html --watch   the same, renewed while they train
  onebit report runs/one --out page.html --figures figures")]
pub struct Args {
    /// Folders of runs, or folders that hold some
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The page to write: one HTML file that needs no other; `-` for the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write each figure as an SVG file into this folder too
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Look for changes of the runs every SECONDS and write the page again, until Ctrl-C [default:
    /// 10]. A page that is open in a browser follows. Predictions are only those that finished runs
    /// have saved
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10")]
    watch: Option<usize>,
    /// Print what the page says as one line of JSON: runs, groups, gaps, verdict, notes
    #[arg(long, conflicts_with = "watch")]
    json: bool,
    /// Classify only the first N test images
    #[arg(long, value_name = "N", conflicts_with = "watch")]
    limit_test: Option<usize>,
    /// The page's heading [default: the name of the run, or the number of runs]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Name the most confident mistakes without their pictures, which not every dataset lets you publish
    #[arg(long)]
    without_pictures: bool,
    /// Where to compute
    #[arg(long, default_value = device::DEFAULT)]
    device: String,
    #[command(flatten)]
    root: DataRoot,
}

/// The longest pause of --watch, an hour.
const MAX_SECONDS: usize = 3600;

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    if args.limit_test == Some(0) {
        return Err(Error::Usage(
            "--limit-test 0: expected 1 or more images".into(),
        ));
    }
    if args
        .title
        .as_ref()
        .is_some_and(|title| title.trim().is_empty())
    {
        return Err(Error::Usage(
            "--title: expected a text, found none; leave it out to have the runs' name".into(),
        ));
    }
    if let Some(folder) = &args.figures {
        out::must_be_folder(folder, "--figures", "a set of figures")?;
    }
    if let Some(seconds) = args.watch {
        within("--watch", seconds, MAX_SECONDS)?;
        out::must_be_file(&args.out, "--watch", "a page that is renewed")?;
        out::must_be_free(&args.out, None)?;
        return watch::watch(args, seconds as u64);
    }
    if args.json {
        out::must_not_meet_json(&args.out)?;
    }
    out::must_be_free(&args.out, None)?;
    let device = device::find(&args.device)?;
    let (report, bytes) = write(args, &folders(&args.runs), Some(OnDevice(&device)), None)?;
    tell(&notes(&report));
    if args.json {
        let line = Line {
            page: out::path(&args.out),
            bytes,
            figures: (args.figures.as_ref()).map(|folder| folder.display().to_string()),
            facts: report.facts(),
        };
        say_json(&serde_json::to_string(&line).expect("facts are JSON"));
        return Ok(());
    }
    say(&line(args, &report, bytes));
    Ok(())
}

/// What --json prints.
#[derive(Serialize)]
struct Line {
    page: Option<String>,
    bytes: usize,
    figures: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

/// `page.html: 3 runs, 120 KB`
fn line(args: &Args, report: &Report, bytes: usize) -> String {
    format!(
        "{}: {}, {} KB",
        out::name(&args.out),
        Counted(report.runs(), "run"),
        bytes.div_ceil(1000)
    )
}

/// The folders of runs that are meant: of one that is none, those below it.
fn folders(named: &[PathBuf]) -> Vec<PathBuf> {
    let runs = |folder: &PathBuf| match find(folder) {
        Ok(found) if !found.is_empty() => found,
        // What is wrong with it is said where it is read.
        _ => vec![folder.clone()],
    };
    named.iter().flat_map(runs).collect()
}

/// Writes the page and its figures; returns what they tell, and the bytes of the page.
fn write(
    args: &Args,
    folders: &[PathBuf],
    mut classify: Option<OnDevice<'_>>,
    renewed: Option<u64>,
) -> Result<(Report, usize), Error> {
    let root = args.root.path();
    let mut how = Examination::new(&root);
    how.classify = classify.as_mut().map(|one| one as &mut dyn Classify);
    how.limit_test = args.limit_test.unwrap_or(0);
    how.pictures = !args.without_pictures;
    let report = Report::read(folders, how)?
        .titled(args.title.as_deref().map(crate::printable))
        .written_by("onebit report", crate::VERSION);
    let report = match renewed {
        Some(seconds) => report.renewed_after(seconds),
        None => report,
    };
    if let Some(folder) = &args.figures {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, &e))?;
        for (name, text) in report.figures() {
            out::write_into(folder, &name, text.as_bytes())?;
        }
    }
    let page = report.page();
    out::write(&args.out, page.as_bytes())?;
    Ok((report, page.len()))
}

/// What a reader of a page has to know, in lines.
fn notes(report: &Report) -> Vec<String> {
    let notes = report.notes();
    let advised = notes.iter().map(advised);
    advised.chain(report.unexamined()).collect()
}

fn tell(notes: &[String]) {
    for note in notes {
        crate::note(&format!("note: {}", crate::printable(note)));
    }
}

/// A note, with the way out where there is one.
fn advised(note: &Note) -> String {
    match note.subject {
        Subject::DamagedResult => format!("{note}; {DELETE_RESULT}"),
        _ => note.to_string(),
    }
}

/// Classifies with Burn, on a device.
struct OnDevice<'a>(&'a Device);

impl Classify for OnDevice<'_> {
    fn classify(
        &mut self,
        run: &RunDir,
        config: &TrainConfig,
        images: &Arc<Images>,
    ) -> Result<Vec<Prediction>, Box<dyn std::error::Error + Send + Sync>> {
        let network = network::of(config, images.shape(), images.classes());
        let net = network.init(config.seed, self.0).map_err(Error::from)?;
        let net = load_model(run, net)?;
        let loader = images::evaluation_loader(images, 1, config.seed, 1)?;
        let (_, predictions) = score_each(&net, &loader, self.0)?;
        Ok(predictions)
    }
}
