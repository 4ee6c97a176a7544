//! The fast forward pass: a plan made once from a [`Model`], then images without an allocation.
//!
//! ```no_run
//! use std::path::Path;
//! use runtime::{Activations, Engine, Model, Options};
//!
//! # fn run(image: &[u8]) -> Result<(), runtime::RuntimeError> {
//! let model = Model::load(Path::new("net.onebit"))?;
//! let options = Options { threads: 2, activations: Activations::F32 };
//! let mut engine = Engine::new(&model, options)?;
//! let class = engine.classify(image)?;
//! println!("{}", model.class_names()[class]);
//! # Ok(())
//! # }
//! ```
//!
//! Feature maps lie as `[block][channel][32 pixels]`, so that a block of pixels is one piece that
//! one thread writes. A convolution is two passes: its input, normed and activated, is laid out in
//! zeros; then each block gathers its rows from there and multiplies them with the signs by table
//! look-up (`kernels::signs`).

mod calibrate;
mod forward;
mod gather;
mod parts;
mod plan;
mod pool;
mod pooling;
mod workspace;

use alloc::format;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use kernels::{Isa, Parallel};

use crate::reference::argmax;
use crate::{Model, RuntimeError};
use parts::Parts;
use plan::Plan;
use pool::Pool;
use workspace::Workspace;

/// How an engine computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Threads, the calling one included; 0 counts as 1.
    pub threads: usize,
    /// What the convolutions read.
    pub activations: Activations,
}

/// What the convolutions read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activations {
    /// 32-bit numbers, as in training.
    F32,
    /// 8-bit integers, in steps of the model's activation scales; their sums are exact, so the
    /// logits are the same on every machine and for any number of threads.
    Int8,
}

/// A network ready to classify images.
pub struct Engine {
    plan: Plan,
    isa: Isa,
    pool: Pool,
    /// One for each thread; an image at a time uses the first, a batch all.
    workspaces: Vec<Mutex<Workspace>>,
}

impl Engine {
    /// Plans the forward pass of `model`, on the widest instructions that this machine has.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when 8-bit activations are asked for and the model has no activation
    /// scales.
    pub fn new(model: &Model, options: Options) -> Result<Self, RuntimeError> {
        let isa = Isa::from_env().map_err(|e| RuntimeError::Model {
            part: "instructions".into(),
            expected: "one of this machine's in ONEBIT_ISA".into(),
            found: format!("{e}"),
        })?;
        Self::with_isa(model, options, isa)
    }

    /// As [`new`](Self::new), on instructions of the caller's choice.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_isa(model: &Model, options: Options, isa: Isa) -> Result<Self, RuntimeError> {
        let plan = Plan::new(model, options.activations)?;
        let pool = Pool::new(options.threads.max(1));
        let workspaces = (0..pool.threads())
            .map(|_| Mutex::new(Workspace::empty()))
            .collect();
        Ok(Self {
            plan,
            isa,
            pool,
            workspaces,
        })
    }

    /// The class of an image of channels × height × width bytes, channel by channel, row by row.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when the image is not of the network's size.
    pub fn classify(&mut self, image: &[u8]) -> Result<usize, RuntimeError> {
        Ok(argmax(self.logits(image)?))
    }

    /// The logits of an image, one per class; they are overwritten by the next call.
    ///
    /// # Errors
    ///
    /// As [`classify`](Self::classify).
    pub fn logits(&mut self, image: &[u8]) -> Result<&[f32], RuntimeError> {
        self.plan.check(image, 1)?;
        let workspace = self.workspaces[0]
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        workspace.prepare(&self.plan, self.pool.threads());
        self.plan
            .forward(self.isa, &self.pool, workspace, image, None);
        Ok(&workspace.logits)
    }

    /// The logits of several images: `images` holds them one after the other, `logits` takes one
    /// per class for each.
    ///
    /// With at least as many images as threads, each thread takes whole images.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when a length does not fit.
    pub fn logits_batch(&mut self, images: &[u8], logits: &mut [f32]) -> Result<(), RuntimeError> {
        let classes = self.plan.classes();
        let count = logits.len() / classes;
        if count * classes != logits.len() {
            return Err(RuntimeError::Image {
                expected: count * classes,
                shape: format!("{classes} logits for each of {count} images"),
                found: logits.len(),
            });
        }
        self.plan.check(images, count)?;
        let size = self.plan.image_len();
        if count < self.pool.threads() {
            for (image, logits) in images.chunks(size).zip(logits.chunks_mut(classes)) {
                logits.copy_from_slice(self.logits(image)?);
            }
            return Ok(());
        }
        let threads = self.pool.threads();
        for workspace in &mut self.workspaces {
            let workspace = workspace.get_mut().unwrap_or_else(PoisonError::into_inner);
            workspace.prepare(&self.plan, 1);
        }
        let (plan, isa, workspaces) = (&self.plan, self.isa, &self.workspaces);
        let parts = Parts::new(logits, classes);
        self.pool.run(threads, &|thread| {
            let mut workspace = workspaces[thread]
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for index in (thread..count).step_by(threads) {
                let image = &images[index * size..][..size];
                plan.forward(isa, &kernels::Serial, &mut workspace, image, None);
                // SAFETY: image `index` belongs to this task alone.
                unsafe { parts.get(index) }.copy_from_slice(&workspace.logits);
            }
        });
        Ok(())
    }
}

pub use calibrate::calibrate;
