//! Arithmetic for training wide residual nets on a CPU, on plain slices.
//!
//! Every tensor is `f32`, contiguous, images as N×C×H×W. A [`Machine`] says which instructions and
//! which threads to use; each op takes it first. Results depend on the shapes and on the [`Isa`],
//! never on the number of threads: work is cut by shape alone and summed in a fixed order.
//!
//! ```
//! use kernels::{Conv2d, Isa, Machine, Serial, conv2d};
//!
//! let machine = Machine::new(Isa::best(), Serial);
//! let shape = Conv2d { batch: 1, in_channels: 1, out_channels: 1, height: 2, width: 2, kernel: 3, stride: 1, padding: 1 };
//! let mut y = [0.0; 4];
//! conv2d(&machine, &shape, &[1.0, 2.0, 3.0, 4.0], &[1.0; 9], &mut y);
//! assert_eq!(y, [10.0; 4]);
//! ```

mod conv;
mod isa;
mod machine;
mod norm;
mod parallel;
mod pool;
mod roof;
mod scratch;
mod sgd;
mod sign;
pub mod signs;
mod tile;
mod transpose;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use conv::{Conv2d, conv2d, conv2d_input_grad, conv2d_weight_grad};
pub use isa::{Isa, IsaError};
pub use machine::Machine;
pub use norm::{BatchNorm, batch_norm, batch_norm_apply, batch_norm_grad};
pub use parallel::{Parallel, Scoped, Serial};
pub use pool::{Images, avg_pool_shortcut, avg_pool_shortcut_grad, global_mean, global_mean_grad};
pub use roof::spin;
pub use sgd::{Sgd, sgd_step};
pub use sign::scaled_sign;
