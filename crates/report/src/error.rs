//! Everything that keeps a run off a page, in one closed list.

use std::path::PathBuf;

use data::DataError;
use run::RunError;

/// Why there is no page, or why a part of it is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum ReportError {
    /// No folder was named.
    #[error("expected the folder of a run, found none named")]
    NoFolder,

    /// More runs than a page can hold.
    #[error("expected at most {max} runs on one page, found more")]
    TooMany { max: usize },

    /// A folder, a pipe or the like under the name of a file of a run.
    #[error("{}: expected a file of a run, found no regular file", path.display())]
    NotAFile { path: PathBuf },

    /// A file that no run has written.
    #[error("{}: expected a file of a run, of at most {max} bytes, found {found}", path.display())]
    TooLarge { path: PathBuf, max: u64, found: u64 },

    /// The run has no trained network to classify with. Without its path, so that runs of which the same is missing
    /// are told of together.
    #[error("no model.bpk, the trained network, which a finished run holds")]
    NoNetwork,

    /// Nothing says what the run's images are.
    #[error("no network.json, which says what the images of the run are")]
    NoShape,

    /// A trained network's file that cannot hold the run's network.
    #[error("{}: expected the {weights} weights of {net}, found {found} bytes", path.display())]
    SmallNetwork {
        path: PathBuf,
        weights: u64,
        net: String,
        found: u64,
    },

    /// The folder does not hold the predictions that are asked for, and there is nothing to make them with.
    #[error("no predictions.csv of these test images, and no network to classify them with")]
    NoPredictions,

    /// The kept predictions are not of all test images.
    #[error(
        "predictions.csv: expected a line for each of the {expected} test images, found {found}"
    )]
    OtherPredictions { expected: usize, found: usize },

    /// The images at hand are not those that the run was tested on.
    #[error("expected the run's own images to classify, found others in their place")]
    OtherImages,

    /// The trained network could not classify the test images.
    #[error(transparent)]
    Classify(Box<dyn std::error::Error + Send + Sync>),

    /// The run's folder cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),

    /// The test images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}
