//! The fast forward pass: a plan made once from a [`Model`], then images without an allocation.
//!
//! Feature maps lie as `[channel][row][column]`. A convolution reads its input from padded planes, tile by
//! tile, by table look-up ([`kernels::lookup`]). While a tile's sums are at hand they are scaled, added to the
//! map in place where a skip connection ends, and, normed, activated and for integers rounded, written into
//! the padded planes of the next convolution.

mod calibrate;
mod forward;
mod guards;
mod layer;
mod lowering;
mod plan;
#[cfg(feature = "std")]
mod pool;
mod real;
mod shrink;
mod step;
mod workspace;

#[cfg(feature = "std")]
use alloc::format;
use alloc::vec::Vec;

use kernels::{Isa, Parallel, Serial, SharedSlice};
use word_list::word_list;

use crate::reference::argmax;
use crate::{Model, RuntimeError};
pub use lowering::{Lowered, lowering};
use plan::Plan;
#[cfg(feature = "std")]
use pool::Pool;
use workspace::Workspace;

/// Without `std` there are no threads.
#[cfg(not(feature = "std"))]
type Pool = Serial;

/// The maximum of threads of an engine. More than a machine has cores only wait for each other.
pub const MAX_THREADS: usize = 256;

/// How an engine computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Threads, the calling one included; 0 counts as 1, and more than [`MAX_THREADS`] as that many.
    /// [`Engine::threads`] tells how many there are. Without the feature `std` there is one.
    pub threads: usize,
    /// What the convolutions read.
    pub activations: Activations,
}

/// One thread, 32-bit activations.
impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 1,
            activations: Activations::F32,
        }
    }
}

impl Options {
    /// Sets [`threads`](Self::threads).
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets [`activations`](Self::activations).
    #[must_use]
    pub fn with_activations(mut self, activations: Activations) -> Self {
        self.activations = activations;
        self
    }
}

word_list! {
    /// What the convolutions read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Activations {
        /// 32-bit numbers, as in training.
        F32 = "f32",
        /// 8-bit integers, in steps of the model's activation scales; their sums are exact, so the
        /// logits are the same on every machine and for any number of threads.
        Int8 = "int8",
    }
}

/// A network ready to classify images.
pub struct Engine {
    plan: Plan,
    isa: Isa,
    pool: Pool,
    /// One for each thread; an image at a time uses the first, a batch all.
    workspaces: Vec<Workspace>,
}

impl Engine {
    /// Plans the forward pass of `model`, on the widest instructions that this machine has.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::NotCalibrated`] when 8-bit activations are asked for and the model has no
    /// activation scales, [`RuntimeError::Memory`] when there is not the memory for it,
    /// [`RuntimeError::Model`] when a layer makes numbers of small ones that 32-bit floats do not hold.
    pub fn new(model: &Model, options: Options) -> Result<Self, RuntimeError> {
        #[cfg(feature = "std")]
        let isa = Isa::from_env().map_err(|e| RuntimeError::Model {
            part: "instructions".into(),
            expected: "one of this machine's in ONEBIT_ISA".into(),
            found: format!("{e}"),
        })?;
        #[cfg(not(feature = "std"))]
        let isa = Isa::best();
        Self::with_isa(model, options, isa)
    }

    /// As [`new`](Self::new), on instructions of the caller's choice.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_isa(model: &Model, options: Options, isa: Isa) -> Result<Self, RuntimeError> {
        let plan = Plan::new(model, options.activations)?;
        #[cfg(feature = "std")]
        let pool = Pool::new(options.threads.max(1));
        #[cfg(not(feature = "std"))]
        let pool = Serial;
        let mut workspaces: Vec<_> = (0..pool.threads()).map(|_| Workspace::empty()).collect();
        workspaces[0].prepare(&plan, pool.threads())?;
        Ok(Self {
            plan,
            isa,
            pool,
            workspaces,
        })
    }

    /// The bytes that an engine with these options takes beside the weights, for so many images at a
    /// time: of what it computes, on each thread that takes whole images.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn memory(model: &Model, options: Options, images: usize) -> Result<u64, RuntimeError> {
        let plan = Plan::new(model, options.activations)?;
        let threads = options.threads.clamp(1, MAX_THREADS);
        let workspaces = if images < threads { 1 } else { threads as u64 };
        let first = Workspace::bytes(&plan, threads);
        Ok(first.saturating_add((workspaces - 1).saturating_mul(Workspace::bytes(&plan, 1))))
    }

    /// The threads that compute, the calling one included: as many as [`Options`] and the system granted.
    pub fn threads(&self) -> usize {
        self.pool.threads()
    }

    /// The class of an image of channels × height × width bytes, channel by channel, row by row.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when the image is not of the network's size, [`RuntimeError::TooLarge`] when
    /// numbers grow beyond what 32-bit floats are good for.
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
        let workspace = &mut self.workspaces[0];
        self.plan
            .forward(self.isa, &self.pool, workspace, image, None)?;
        Ok(&workspace.logits)
    }

    /// The logits of several images: `images` holds them one after the other, `logits` takes one
    /// per class for each.
    ///
    /// With at least as many images as threads, each thread takes whole images; the first such call
    /// allocates what a thread needs for it.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] or [`RuntimeError::Logits`] when a length does not fit, [`RuntimeError::Memory`] when there
    /// is not the memory for all threads, and as [`classify`](Self::classify).
    pub fn logits_batch(&mut self, images: &[u8], logits: &mut [f32]) -> Result<(), RuntimeError> {
        let classes = self.plan.classes;
        let count = logits.len() / classes;
        if count * classes != logits.len() {
            return Err(RuntimeError::Logits {
                classes,
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
            workspace.prepare(&self.plan, 1)?;
            workspace.done = Ok(());
        }
        let (plan, isa) = (&self.plan, self.isa);
        let workspaces = SharedSlice::new(&mut self.workspaces);
        let logits = SharedSlice::new(logits);
        self.pool.run(threads, &|thread| {
            // SAFETY: this workspace is this task's alone.
            let workspace = &mut unsafe { workspaces.slice(thread, 1) }[0];
            for index in (thread..count).step_by(threads) {
                let image = &images[index * size..][..size];
                let done = plan.forward(isa, &Serial, workspace, image, None);
                workspace.done = workspace.done.and(done);
                // SAFETY: image `index` belongs to this task alone.
                let logits = unsafe { logits.slice(index * classes, classes) };
                logits.copy_from_slice(&workspace.logits);
            }
        });
        for workspace in &self.workspaces {
            workspace.done?;
        }
        Ok(())
    }
}

pub use calibrate::calibrate;
