//! What a network may take of a device.

use embed::{Core, Cost};
use run::numbers::grouped;

/// The model of instructions errs by no more than a twentieth, so that many are kept free.
const MODEL_ERRS: u64 = 20;

/// What a network may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Bytes of flash, the library's code included.
    pub flash: usize,
    /// Bytes of static memory.
    pub ram: usize,
    /// Instructions for an image.
    pub instructions: Option<u64>,
    /// The processor.
    pub core: Core,
}

impl Budget {
    /// Whether it holds what a network will take, as far as that is known before it is compiled.
    pub fn keeps(&self, cost: &Cost) -> bool {
        self.needs(cost) <= 1.0
    }

    /// The greatest share of a part of the budget that a network needs; endless where it cannot be told.
    pub fn needs(&self, cost: &Cost) -> f64 {
        let instructions = match (self.instructions, cost.instructions) {
            (None, _) => 0.0,
            (Some(_), None) => f64::INFINITY,
            (Some(most), Some(needs)) => (needs + needs / MODEL_ERRS) as f64 / most as f64,
        };
        let flash = cost.flash() as f64 / self.flash as f64;
        let ram = cost.sizes.ram as f64 / self.ram as f64;
        flash.max(ram).max(instructions)
    }

    /// Whether it holds what the compiled library takes.
    pub fn holds(&self, flash: usize, ram: usize) -> bool {
        flash <= self.flash && ram <= self.ram
    }

    /// `65,536 bytes of flash, 49,152 of RAM, 30,000,000 instructions on m4`
    pub fn words(&self) -> String {
        let more = match self.instructions {
            Some(most) => format!(", {} instructions", grouped(most)),
            None => String::new(),
        };
        let [flash, ram] = [self.flash, self.ram].map(|bytes| grouped(bytes as u64));
        format!(
            "{flash} bytes of flash, {ram} of RAM{more} on a {}",
            self.core.title()
        )
    }
}

/// `41,203 bytes of flash, 35,264 of RAM, 21,920,000 instructions`
pub fn needs(cost: &Cost) -> String {
    let instructions = match cost.instructions {
        Some(count) => format!("{} instructions", grouped(count)),
        None => "instructions that no model tells".into(),
    };
    let [flash, ram] = [cost.flash(), cost.sizes.ram].map(|bytes| grouped(bytes as u64));
    format!("{flash} bytes of flash, {ram} of RAM, {instructions}")
}
