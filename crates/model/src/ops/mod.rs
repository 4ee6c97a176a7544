//! Operations that Burn does not have, as extensions of its backends.

mod binary_conv;

pub use binary_conv::{BinaryConvOps, binary_conv2d};
