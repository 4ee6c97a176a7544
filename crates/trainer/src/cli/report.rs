//! `onebit report`

use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use data::Images;
use report::{Classify, Examination, Note, Report, Subject};
use run::{Prediction, RunDir, TrainConfig};
use word_list::Counted;

use crate::checkpoint::load_model;
use crate::learn::score_each;
use crate::{Error, device, images, network, say};

use super::advice::DELETE_RESULT;
use super::{DataRoot, out};

/// Write one page about runs: curves, errors beside the paper's, mistakes, weights, cost
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit report runs/* --out report.html  all runs side by side
  onebit report runs/mnist-wrn-20-4-1bit-1 --out page.html --figures figures")]
pub struct Args {
    /// Folders of runs
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The page to write: one HTML file that needs no other; `-` for the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write each figure as an SVG file into this folder too
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Let the networks classify only the first N test images
    #[arg(long, value_name = "N")]
    limit_test: Option<usize>,
    /// The page's heading [default: the run's name, or how many there are]
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
    out::must_be_free(&args.out, None)?;
    let device = device::find(&args.device)?;
    let (root, mut on_device) = (args.root.path(), OnDevice(&device));
    let mut how = Examination::new(&root);
    how.classify = Some(&mut on_device);
    how.limit_test = args.limit_test.unwrap_or(0);
    how.pictures = !args.without_pictures;
    let report = Report::read(&args.runs, how)?
        .titled(args.title.as_deref().map(crate::printable))
        .written_by("onebit report", crate::VERSION);
    let failed = |error: runtime::RuntimeError| Error::from(error);
    if let Some(folder) = &args.figures {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, &e))?;
        for (name, text) in report.figures() {
            runtime::write_whole(&folder.join(name), text.as_bytes()).map_err(failed)?;
        }
    }
    let page = report.page();
    out::write(&args.out, page.as_bytes())?;
    for note in report
        .notes()
        .iter()
        .map(advised)
        .chain(report.unexamined())
    {
        crate::note(&format!("note: {}", crate::printable(&note)));
    }
    say(&format!(
        "{}: {}, {} KB",
        out::name(&args.out),
        Counted(report.runs(), "run"),
        page.len().div_ceil(1000)
    ));
    Ok(())
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
