//! Many runs: lists of seeds, sweeps over settings, and what runs say together.

mod apart;
mod changed;
mod difference;
mod entry;
mod find;
mod gaps;
mod groups;
mod seeds;
mod sweep;

pub use apart::{UNSET, apart};
pub use changed::{changed, changed_alike};
pub use difference::Difference;
pub use entry::{Entry, State};
pub use find::find;
pub use gaps::{Gap, gaps};
pub use groups::{Group, Scored, alike, groups, mean_and_deviation};
pub use seeds::Seeds;
pub use sweep::{Job, Sweep};
