//! What a finished run says.

use serde::{Deserialize, Serialize};

use crate::{ClassScores, TrainConfig};

/// `result.json`: how a finished run did on the test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Wrong images in percent.
    pub test_error_percent: f64,
    /// Images whose class is not among the five most probable, in percent; for more than ten
    /// classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top5_error_percent: Option<f64>,
    /// Wrong images in percent, with the probabilities of several crops averaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crops: Option<CropsResult>,
    /// Wrong images.
    pub wrong: usize,
    /// All images of the test set that were used.
    pub images: usize,
    /// Mean cross-entropy in nats; NaN of a network that gives no numbers, which JSON has as `null`.
    #[serde(deserialize_with = "or_nan")]
    pub loss: f64,
    /// Epochs trained.
    pub epochs: usize,
    /// With `keep_best`, the epoch whose network this is: that of the least validation error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<usize>,
    /// Trained numbers of the network.
    pub trainable_weights: usize,
    /// The SHA-256 of `model.bpk`; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_sha256: Option<String>,
    /// The version of the program that finished it, with its commit.
    pub version: String,
    /// Errors per class, balanced accuracy and macro-F1; none in runs of earlier versions.
    #[serde(flatten)]
    pub by_class: ClassScores,
    /// How it was computed; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Host>,
}

/// JSON has no NaN: `null` stands for it.
fn or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// How the session that finished a run computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Seconds from the first step to the score. What earlier sessions of a resumed run took is not
    /// in it.
    pub wall_seconds: f64,
    /// The last whole epoch before the run was resumed, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_after: Option<usize>,
    /// Threads that compute.
    pub threads: usize,
    /// The instruction set of the kernels on the CPU: `portable`, `avx2` or `avx512`.
    pub instructions: String,
    /// The processor, as it calls itself; empty where the system does not tell.
    pub cpu: String,
    /// The device that trained.
    pub device: String,
}

/// How a run did with several crops of each test photograph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropsResult {
    /// How many.
    pub crops: usize,
    /// Wrong images in percent.
    pub test_error_percent: f64,
    /// Images whose class is not among the five most probable, in percent.
    pub top5_error_percent: Option<f64>,
}

/// No run has more epochs.
const MAX_EPOCHS: usize = 1_000_000;

impl RunResult {
    /// Whether the numbers can be those of a test, and fit each other.
    pub fn is_possible(&self) -> bool {
        let percent = 100.0 * self.wrong as f64 / self.images as f64;
        self.wrong <= self.images
            && (percent - self.test_error_percent).abs() < 0.01
            && self.epochs <= MAX_EPOCHS
    }

    /// Whether it is that of a run that came as far as its config says: not of one that was made longer since.
    pub fn is_of_all(&self, config: &TrainConfig) -> bool {
        // `max_steps` may end a run amid its epochs.
        config.max_steps > 0 || self.epochs >= config.epochs
    }

    /// `test error: 3.75 % (375 of 10000)`, with a line of the top-5 error before it where there
    /// is one, and one of the means that count each class alike.
    pub fn line(&self) -> String {
        let Self {
            test_error_percent,
            wrong,
            images,
            ..
        } = self;
        let top5 = match self.top5_error_percent {
            Some(percent) => format!("top-5 error: {percent:.2} %\n"),
            None => String::new(),
        };
        let crops = self.crops.as_ref().map_or_else(String::new, |found| {
            let top5 = found
                .top5_error_percent
                .map_or_else(String::new, |percent| format!(", top-5 {percent:.2} %"));
            let (crops, percent) = (found.crops, found.test_error_percent);
            format!("mean of {crops} crops: test error {percent:.2} %{top5}\n")
        });
        let means = self.by_class.means();
        let means = means.map_or_else(String::new, |means| format!("{means}\n"));
        format!("{crops}{top5}{means}test error: {test_error_percent:.2} % ({wrong} of {images})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network that gives no numbers has a result all the same, which can be read again.
    #[test]
    fn a_loss_that_is_no_number_comes_back() {
        let json = r#"{"test_error_percent": 75.0, "wrong": 3, "images": 4, "loss": null, "epochs": 6, "trainable_weights": 1, "version": "1"}"#;
        let result: RunResult = serde_json::from_str(json).unwrap();
        assert!(result.loss.is_nan() && result.is_possible());
        let written = serde_json::to_string(&result).unwrap();
        assert!(written.contains(r#""loss":null"#), "{written}");
        let missing = json.replace(r#""loss": null, "#, "");
        serde_json::from_str::<RunResult>(&missing).unwrap_err();
    }
}
