//! What a run keeps of its images: some as the network sees them, the steps of 8-bit activations,
//! and what the network made of each test image.

use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::files::{read_bytes, write_aside};

const CALIBRATION: &str = "calibration.json";
const AUGMENTED: &str = "augmented.png";
const PREDICTIONS: &str = "predictions.csv";
/// The first line of the predictions.
const HEADER: &str = "index,class,prediction,confidence,margin";
/// No run writes more: predictions of 50,000 images take 2 MB.
const MAX_BYTES: u64 = 256 << 20;
/// No run writes a larger picture: with 8 rows of 9 tiles it has less than 1 MB of pixels.
const MAX_PICTURE: u64 = 4 << 20;

/// `calibration.json`: the steps of 8-bit activations, as found on training images at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// How many images.
    pub images: usize,
    /// The real value of one step of each convolution's input.
    pub activation_scales: Vec<f32>,
}

/// A line of `predictions.csv`: what the finished network made of a test image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The place in the test set.
    pub index: u32,
    /// The true class.
    pub class: u32,
    /// The class with the largest logit.
    pub prediction: u32,
    /// Its probability, 0 to 1; NaN where the logits are no numbers.
    pub confidence: f64,
    /// That probability less the next one's.
    pub margin: f64,
}

impl Calibration {
    /// Reads that of the run in this folder; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] when it is damaged.
    pub fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(CALIBRATION);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some)
            .map_err(|e| RunError::damaged(&path, "the steps of 8-bit activations", e))
    }

    /// Writes it into a run's folder.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let json = serde_json::to_string(self).expect("finite numbers are JSON");
        write_aside(&folder.join(CALIBRATION), format!("{json}\n").as_bytes())
    }
}

/// Reads the predictions of the run in this folder; `None` where there are none.
///
/// # Errors
///
/// [`RunError::Damaged`] that names the first line that is damaged.
pub fn read_predictions(
    folder: &Path,
    classes: usize,
) -> Result<Option<Vec<Prediction>>, RunError> {
    let path = folder.join(PREDICTIONS);
    let Some(bytes) = read(&path)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|e| RunError::damaged(&path, "text", e))?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(RunError::damaged(&path, HEADER, "another first line"));
    }
    let parse = |(number, line): (usize, &str)| {
        let mut words = line.split(',');
        let mut next = || words.next().unwrap_or_default();
        let whole = |word: &str| word.parse::<u32>().ok();
        let real = |word: &str| word.parse::<f64>().ok();
        let mut read = || {
            let [index, class, prediction] = [next(), next(), next()].map(whole);
            let [confidence, margin] = [next(), next()].map(real);
            Some(Prediction {
                index: index?,
                class: class.filter(|&class| (class as usize) < classes)?,
                prediction: prediction.filter(|&class| (class as usize) < classes)?,
                confidence: confidence?,
                margin: margin?,
            })
        };
        let prediction = read();
        prediction.ok_or_else(|| {
            RunError::damaged(&path, "a prediction", format_args!("line {}", number + 2))
        })
    };
    let predictions: Result<Vec<_>, RunError> = lines.enumerate().map(parse).collect();
    predictions.map(Some)
}

/// Writes the predictions into a run's folder.
///
/// # Errors
///
/// [`RunError::Io`] when the file cannot be written.
pub fn write_predictions(folder: &Path, predictions: &[Prediction]) -> Result<(), RunError> {
    let mut text = format!("{HEADER}\n");
    for line in predictions {
        let Prediction {
            index,
            class,
            prediction,
            confidence,
            margin,
        } = line;
        writeln!(
            text,
            "{index},{class},{prediction},{confidence:.6},{margin:.6}"
        )
        .expect("a text takes all");
    }
    write_aside(&folder.join(PREDICTIONS), text.as_bytes())
}

/// Reads the picture of augmented images, a PNG file, of the run in this folder; `None` where there
/// is none.
///
/// # Errors
///
/// [`RunError::Damaged`] when it is larger than any run writes.
pub fn read_augmented(folder: &Path) -> Result<Option<Vec<u8>>, RunError> {
    read_bounded(&folder.join(AUGMENTED), MAX_PICTURE)
}

/// Writes the picture of augmented images, a PNG file, into a run's folder.
///
/// # Errors
///
/// [`RunError::Io`] when the file cannot be written.
pub fn write_augmented(folder: &Path, png: &[u8]) -> Result<(), RunError> {
    write_aside(&folder.join(AUGMENTED), png)
}

pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, RunError> {
    read_bounded(path, MAX_BYTES)
}

fn read_bounded(path: &Path, max: u64) -> Result<Option<Vec<u8>>, RunError> {
    if !path.exists() {
        return Ok(None);
    }
    let size = path
        .metadata()
        .map_err(|e| RunError::io("reading", path, e))?
        .len();
    if size > max {
        return Err(RunError::damaged(
            path,
            "a file of a run",
            format_args!("{size} bytes"),
        ));
    }
    read_bytes(path, max).map(Some)
}
