//! `onebit fetch`

use std::path::PathBuf;
use std::time::Duration;

use data::fetch::{Manifest, Progress, fetch};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use word_list::Counted;

use crate::{Error, shell};

use super::DataRoot;

/// Download a dataset, verify it, and put it where `train` looks for it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit fetch mnist
  onebit fetch cifar10 --data /data  into /data, in place of datasets")]
pub struct Args {
    /// mnist, fashion-mnist, cifar10, cifar100 or svhn
    dataset: String,
    /// Take addresses and checksums from this file [default: the built-in crates/data/src/fetch/manifest.toml]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Print one line of JSON, and the progress to the standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

/// The most bytes of a file of addresses.
const MAX_MANIFEST: u64 = 1 << 20;

/// What --json prints.
#[derive(Serialize)]
struct Line<'a> {
    dataset: &'a str,
    /// Where they are.
    files: Vec<String>,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let manifest = match &args.manifest {
        Some(path) => {
            let text = aside::read_given_text(path, MAX_MANIFEST);
            let text = text.map_err(|e| Error::io("reading", path, &e))?;
            Manifest::from_toml(&text)
                .map_err(|e| Error::Usage(format!("{}: {e}", path.display())))?
        }
        None => Manifest::embedded(),
    };
    if ["imagenet32", "imagenet"].contains(&args.dataset.as_str()) && args.manifest.is_none() {
        return Err(Error::Usage(format!(
            "{}: expected one of {}, found a dataset that its owners give to registered users only; get it at https://image-net.org/download-images.php and unpack it as datasets/README.md shows",
            args.dataset,
            manifest.datasets().collect::<Vec<_>>().join(", ")
        )));
    }
    manifest
        .files(&args.dataset)
        .map_err(|e| Error::Usage(e.to_string()))?;
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}, {eta} left")
        .expect("the template is valid");
    let bar = ProgressBar::no_length().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    let tell = |line: String| match args.json {
        true => bar.suspend(|| crate::note(&crate::printable(&line))),
        false => say(&bar, line),
    };
    let mut show = |progress: Progress<'_>| match progress {
        Progress::Present { file } => tell(format!("{file}: already there, verified")),
        Progress::Started {
            file,
            url,
            resumed,
            total,
        } => {
            let how = if resumed > 0 {
                format!("going on after {resumed} bytes")
            } else {
                "begins".into()
            };
            tell(format!("{file}: download {how}, from {url}"));
            bar.set_length(total.unwrap_or(0));
            bar.set_position(resumed);
        }
        Progress::Received { received, .. } => bar.set_position(received),
        Progress::Failed { error, .. } => tell(format!("warning: {error}")),
        Progress::Done { file } => tell(format!("{file}: done, verified")),
        // `Verifying`, and what is of no use to a reader.
        _ => {}
    };
    let files = fetch(&manifest, &args.dataset, &args.root.path(), &mut show)?;
    bar.finish_and_clear();
    if args.json {
        let line = Line {
            dataset: &args.dataset,
            files: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
        };
        crate::say_json(&serde_json::to_string(&line).expect("texts are JSON"));
        return Ok(());
    }
    let files = Counted(files.len(), "file");
    let data = args.root.data.as_ref();
    let data = data.map_or_else(String::new, |data| {
        format!(" --data {}", shell::folder(data))
    });
    crate::say(&format!(
        "{}: {files} in place; train with: onebit train --dataset {0}{data}",
        args.dataset
    ));
    Ok(())
}

/// Prints a line above the bar, or alone where no bar shows.
fn say(bar: &ProgressBar, line: String) {
    bar.suspend(|| crate::say(&line));
}
