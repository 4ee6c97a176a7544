//! The network that was trained to the end: its export, what that takes, and how it errs in integers.

use std::path::Path;

use embed::{Core, Cost, EmbedError, Measured, Object};
use run::{RunDir, RunResult};
use runtime::Model;

use super::budget::Budget;
use crate::cli::eval::packed::Scorer;
use crate::cli::export;
use crate::learn::Score;
use crate::{Error, images};

/// A network as it goes to the device.
pub struct Finished {
    pub model: Model,
    /// Data bytes of the export, the bound of its code, and its instructions by the model.
    pub cost: Cost,
    /// The library as the compiler made it, or why nothing was compiled.
    pub object: Result<Object, String>,
    /// The test score in 32 bits.
    pub result: RunResult,
    /// That of the export's integers, on the same images.
    pub integers: Score,
}

impl Finished {
    /// What its README tells of it in place of what other networks take; none where nothing was compiled.
    pub fn measured(&self, core: Core) -> Option<Measured> {
        let object = self.object.as_ref().ok()?;
        Some(Measured {
            core,
            code: object.flash.saturating_sub(self.cost.sizes.flash),
            compiler: object.compiler.clone(),
            instructions: self.cost.instructions,
        })
    }

    /// Whether what goes to the device keeps a budget: by what was compiled, or else by the bound.
    pub fn keeps(&self, budget: &Budget) -> bool {
        let bytes = match &self.object {
            Ok(object) => budget.holds(object.flash, object.ram),
            Err(_) => budget.holds(self.cost.flash(), self.cost.sizes.ram),
        };
        let instructions = match (budget.instructions, self.cost.instructions) {
            (Some(most), Some(needs)) => needs <= most,
            (Some(_), None) => false,
            (None, _) => true,
        };
        bytes && instructions
    }
}

/// The run in a folder as it goes to the device.
///
/// # Errors
///
/// When the run is not whole, its images are not there, or its network cannot be exported.
pub fn finished(
    folder: &Path,
    root: &Path,
    eight_bits: bool,
    budget: &Budget,
) -> Result<Finished, Error> {
    let (run, config) = RunDir::open(folder)?;
    let result = run.result()?.ok_or_else(|| {
        Error::Failed(format!(
            "{}: expected a finished run, found none",
            folder.display()
        ))
    })?;
    let splits = images::load(&config, root)?;
    let model = export::for_device(folder, root, splits.train, eight_bits)?;
    let failed = |error: EmbedError| Error::Failed(error.to_string());
    let cost = embed::cost(&model, budget.core).map_err(failed)?;
    let object = match embed::object(&model, budget.core) {
        Ok(object) => Ok(object),
        Err(error @ EmbedError::Tool { .. }) => Err(error.to_string()),
        Err(error) => return Err(failed(error)),
    };
    let integers = Scorer::integers(splits.test, config.seed).score(&model)?;
    Ok(Finished {
        model,
        cost,
        object,
        result,
        integers,
    })
}
