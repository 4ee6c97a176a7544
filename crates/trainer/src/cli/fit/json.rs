//! What a search came to, for a program.

use serde::Serialize;

use super::last::Finished;
use super::rungs::Tried;

/// What --json prints.
#[derive(Serialize)]
pub struct Line {
    /// The folder of the page, the C source and the runs.
    pub out: String,
    /// Images that the networks were compared on.
    pub validation_images: usize,
    /// `null` with --print.
    pub winner: Option<Winner>,
    pub networks: Vec<Network>,
}

/// The network that goes to the device.
#[derive(Serialize)]
pub struct Winner {
    net: String,
    validation_error_percent: Option<f64>,
    test_error_percent: f64,
    /// Of the integers that the device computes.
    integers_test_error_percent: f64,
    /// Of the compiled library, or where nothing was compiled counted, with a bound of the code.
    flash_bytes: usize,
    ram_bytes: usize,
    /// `null` where nothing was compiled.
    compiler: Option<String>,
    /// By the model; `null` where it tells none.
    instructions: Option<u64>,
}

/// A network, and what it was found to be.
#[derive(Serialize)]
pub struct Network {
    net: String,
    /// With the bound of the code.
    flash_bytes: usize,
    ram_bytes: usize,
    instructions: Option<u64>,
    errors: Vec<ErrorAt>,
    /// Why its run failed, if it did.
    failed: Option<String>,
}

#[derive(Serialize)]
struct ErrorAt {
    epochs: usize,
    /// `null` where the run failed.
    validation_error_percent: Option<f64>,
}

impl Winner {
    pub fn new(one: &Tried, finished: &Finished) -> Self {
        let cost = &finished.cost;
        let (flash_bytes, ram_bytes, compiler) = match &finished.object {
            Ok(object) => (object.flash, object.ram, Some(object.compiler.clone())),
            Err(_) => (cost.flash(), cost.sizes.ram, None),
        };
        Self {
            net: one.candidate.net.clone(),
            validation_error_percent: one.last(),
            test_error_percent: finished.result.test_error_percent,
            integers_test_error_percent: finished.integers.error_percent(),
            flash_bytes,
            ram_bytes,
            compiler,
            instructions: cost.instructions,
        }
    }
}

impl From<&Tried> for Network {
    fn from(one: &Tried) -> Self {
        let errors = one.errors.iter();
        let errors = errors.map(|&(epochs, validation_error_percent)| ErrorAt {
            epochs,
            validation_error_percent,
        });
        Self {
            net: one.candidate.net.clone(),
            flash_bytes: one.candidate.cost.flash(),
            ram_bytes: one.candidate.cost.sizes.ram,
            instructions: one.candidate.cost.instructions,
            errors: errors.collect(),
            failed: one.failed.clone(),
        }
    }
}
