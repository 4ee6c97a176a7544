//! What is known of a model.

use serde::{Deserialize, Serialize};

/// The card of a model: where it comes from, what it scores, what it costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Card {
    /// What it tells apart, in a line.
    pub about: String,
    /// The dataset that it was trained on.
    pub data: String,
    /// The network.
    pub net: String,
    /// The kind of its weights.
    pub weights: String,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// How many classes; the file has their names.
    pub classes: usize,
    /// The config that it was trained with, in the project's repository.
    pub recipe: String,
    /// Epochs trained.
    pub epochs: usize,
    /// The seed.
    pub seed: u64,
    /// The commit of the program that wrote the file.
    pub commit: String,
    /// The folder of its run in the project's repository, where its figures are.
    pub run: String,
    /// Bytes of the packed file.
    pub bytes: usize,
    /// SHA-256 of the packed file.
    pub sha256: String,
    /// Test errors.
    pub test: TestErrors,
    /// The C code of `export --to c` on a device; none where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// Errors on the dataset's test images, in percent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TestErrors {
    /// How many images.
    pub images: usize,
    /// Activations of 32-bit floats.
    pub f32: f64,
    /// Activations of 8-bit integers.
    pub int8: f64,
    /// Integers alone.
    pub integer: f64,
}

/// The model as C code, measured in an emulator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Device {
    /// The file of the measurement, in the project's repository.
    pub source: String,
    /// What the network is called there.
    pub case: String,
    /// A processor each.
    pub cores: Vec<Core>,
}

/// What an image costs on a processor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Core {
    /// The processor.
    pub name: String,
    /// Instructions for an image.
    pub instructions: u64,
    /// Bytes of flash, code included.
    pub flash: usize,
    /// Bytes of static RAM.
    pub ram: usize,
}
