//! The memory that training takes, and what there is of it: to tell before the first step what would end a run amid one.

mod estimate;

pub use data::memory::{Available, Bound, available};
pub use estimate::{Estimate, Taken, Workload};
