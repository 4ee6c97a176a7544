//! Two-dimensional convolution (in truth correlation, as in every deep-learning framework) and its gradients.

pub(crate) mod chunks;
mod correlate;
mod forward;
mod input_grad;
mod padded;
mod plan;
mod shape;
mod signs;
mod weight_grad;
pub(crate) mod winograd;

pub use forward::conv2d;
pub use input_grad::conv2d_input_grad;
pub use shape::Conv2d;
pub use signs::{sign_conv2d, sign_conv2d_input_grad};
pub use weight_grad::conv2d_weight_grad;
