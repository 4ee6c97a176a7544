//! What was measured in a run: the lines of its files, and their table.

mod best;
mod lines;
mod restore;
mod table;

pub use best::{best_epoch, last_epoch};
pub use lines::{EpochLine, Histogram, SplitName, StepLine, WeightLine, keep_up_to, read_lines};
pub use restore::restore;
pub use table::write_table;
