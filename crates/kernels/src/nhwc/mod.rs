//! The operations of a residual block on maps whose channels lie side by side: `[image][row][column][channel]`.
//!
//! Narrow networks are bound by memory, so no map is read or written that need not be. A convolution reads its input through the
//! norm and the ReLU before it ([`Source`]), adds the skip connection to what it writes, and takes the moments of that
//! while it is at hand; its input gradient writes what the ReLU before it lets through, with the sums that the norm's
//! gradient needs, and the rest of that gradient is left to whoever reads it. With channels side by side a vector of pixels
//! is loaded as it lies, and scales, offsets and sums per channel are vectors too.
//!
//! The channels of a map are a multiple of [`CHANNELS`].

mod channels;
mod conv;
mod direct;
mod halving;
mod layout;
mod moments;
mod norm_grad;
mod shortcut;
mod source;
mod stem;
mod through;

pub use channels::Normed;
pub use conv::{conv2d, conv2d_grads, conv2d_input_grad, conv2d_weight_grad, pays};
pub use layout::{to_nchw, to_nhwc};
pub use moments::moments;
pub use norm_grad::{Skipped, norm_grad};
pub use shortcut::shortcut;
pub use source::Source;
pub use stem::{is_stem, stem_conv2d, stem_conv2d_grad};

/// Channels come in blocks of so many: a vector of the widest registers.
pub const CHANNELS: usize = 16;

/// Pixels summed side by side, so that a sum does not wait for the one before.
const CHAINS: usize = 4;
