//! Image datasets, augmentation, and a data loader whose batches depend on nothing but the seed.
//!
//! An image's way: file → [`Images`] (8-bit, N×C×H×W, in memory; of ImageNet the files' names) →
//! [`Augment`] → [`Batch`].
//! Nothing is normalised on the way: pixels stay 0–255, and the network's first batch norm does
//! the rest.
//!
//! ```
//! use std::{path::Path, sync::Arc};
//! use data::{Augment, Dataset, GlyphsOptions, Loader, LoaderConfig};
//!
//! let options = GlyphsOptions::default().with_train(100).with_test(20);
//! let splits = Dataset::Glyphs.load(Path::new("datasets"), &options)?;
//! let config = LoaderConfig::default().with_batch_size(25).with_augment(Augment::CROP_FLIP.spec());
//! let loader = Loader::new(Arc::new(splits.train), config)?;
//! for batch in loader.epoch(0) {
//!     let batch = batch?;
//!     assert_eq!(batch.pixels.len(), 25 * 28 * 28);
//!     assert_eq!(batch.labels.len(), 25);
//! }
//! # Ok::<(), data::DataError>(())
//! ```
//!
//! `examples/augment.rs` shows an image before and after: `cargo run --release -p onebit-data --example augment`.

mod augment;
mod balance;
mod caught;
mod dataset;
mod error;
pub mod fetch;
mod formats;
pub mod glyphs;
mod images;
mod loader;
pub mod memory;
mod own;
mod part;
pub mod rng;
mod source;

pub use augment::{Augment, AugmentOp, AugmentSpec, Share, Strength, Tone, Warp};
pub use balance::Balance;
pub use caught::panic_is_caught;
pub use dataset::Dataset;
pub use error::DataError;
pub use fetch::{Manifest, Progress, fetch};
pub use formats::{
    DType, MAX_CIFAR_RECORDS, MAX_IDX_IMAGES, MAX_IMAGENET32_IMAGES, NdArray, mat5, npz, photo,
    pickle, svhn,
};
pub use glyphs::GlyphsOptions;
pub use images::{Digests, Images, PhotoFolders, Splits};
pub use loader::{Batch, Epoch, Loader, LoaderConfig, Mixed, Sheet};
pub use own::{
    ArrayFault, BadFile, Brings, ClassCounts, Count, Duplicates, Foreign, OwnData, OwnOptions,
    PassedOver, Plan, SizeCount, Survey, Watch, claims_picture, collection, is_leftover,
    is_picture, load_own, survey,
};
pub use part::Part;
pub use source::Source;
