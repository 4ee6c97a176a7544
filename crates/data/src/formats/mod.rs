//! The files datasets come in, read in place and within bounds.
//!
//! A reader never trusts a header: it allocates as the content arrives, and stops one byte after
//! what the format allows. So at most [`MAX_IDX_IMAGES`] or [`MAX_CIFAR_RECORDS`] images are read,
//! whatever a compressed file unpacks to.

mod archive;
pub(crate) mod cifar;
pub(crate) mod folders;
mod gunzip;
pub(crate) mod idx;
pub(crate) mod imagenet32;
mod input;
pub mod mat5;
mod ndarray;
pub mod npz;
pub mod photo;
pub mod pickle;
mod source;
pub mod svhn;
mod whole;

pub(crate) use gunzip::head as gunzip_head;
pub(crate) use input::Budget;

pub use cifar::MAX_CIFAR_RECORDS;
pub use idx::MAX_IDX_IMAGES;
pub use imagenet32::MAX_IMAGENET32_IMAGES;
pub use ndarray::{DType, NdArray};
pub(crate) use ndarray::{by, byte_len, pieces, words};
pub(crate) use source::open_if_there;
pub(crate) use whole::{possible, read_whole, reserve};
