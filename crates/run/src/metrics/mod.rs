//! What was measured in a run: the lines of its files, and their table.

mod lines;
mod table;

pub use lines::{EpochLine, Histogram, SplitName, StepLine, WeightLine, keep_epochs};
pub use table::write_table;
