//! Augmentation: what is done to training images, anew in each epoch.
//!
//! [`Augment`] is what settings say, a list of operations with strengths such as
//! `crop,flip,rotate=15`; [`AugmentOp`] is the table of operations. [`AugmentSpec`] is what becomes of
//! it, in pixels. Whatever order a list has, the order in which things are done is this one:
//!
//! 1. `rotate`, `shift` and `scale`, as one resampling;
//! 2. `brightness`, `contrast`, `noise`;
//! 3. `flip`, `crop`, `cutout`, as in the paper;
//! 4. `mixup` of two images that were augmented so.
//!
//! Each operation that is not the paper's draws from a generator of its own, so an operation more
//! or less changes no draw of the others. All is computed in integers, or in additions and
//! multiplications of `f64`: the bits are the same on every machine.

mod affine;
mod list;
mod math;
mod mixup;
mod op;
mod paper;
mod spec;
mod tone;

pub use affine::Warp;
pub use list::Augment;
pub use mixup::Share;
pub(crate) use mixup::{mix, share};
pub use op::{AugmentOp, Strength};
pub use spec::AugmentSpec;
pub use tone::Tone;
