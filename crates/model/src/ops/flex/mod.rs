//! The operations on Flex, by the `kernels` crate.

mod add;
mod block;
mod conv;
mod norm;
mod sgd;
mod shortcut;
mod side;
mod slabs;
mod stem;

pub(super) use block::block_pays;
pub(super) use stem::stem_pays;

use std::sync::OnceLock;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Device, Shape, TensorData};
use kernels::{ExecContext, Isa, Parallel};
use rayon::prelude::*;
use slabs::{Buffer, MIN_LEN};

/// Rayon's threads, which Flex uses too.
struct Rayon;

impl Parallel for Rayon {
    fn threads(&self) -> usize {
        rayon::current_num_threads()
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..tasks).into_par_iter().for_each(task);
    }
}

/// Tells whether `ONEBIT_ISA` names instructions that this processor has, or is not set.
///
/// # Errors
///
/// A message that names what was expected and found.
pub fn check_isa() -> Result<(), String> {
    Isa::from_env()
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// The instructions of this processor on rayon's threads.
///
/// # Panics
///
/// When [`check_isa`] refuses `ONEBIT_ISA`.
fn context() -> &'static ExecContext {
    static CONTEXT: OnceLock<ExecContext> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        let isa = Isa::from_env().unwrap_or_else(|error| panic!("{error}"));
        ExecContext::new(isa, Rayon)
    })
}

/// Whether a device is Flex, with autodiff or without.
pub(super) fn is_flex(device: &Device) -> bool {
    *device == Device::flex()
}

type FlexTensor = FloatTensor<Flex>;

/// Row-major f32 values of a tensor.
struct Values(FlexTensor);

impl Values {
    fn new(tensor: FlexTensor) -> Self {
        assert_eq!(tensor.dtype(), DType::F32, "the networks compute in f32");
        if side::is_side(&tensor) {
            return Self(side::planes(&tensor));
        }
        Self(tensor.to_contiguous())
    }

    fn slice(&self) -> &[f32] {
        self.0.as_slice().expect("the tensor was made contiguous")
    }

    /// The values in place, or of a copy where something else holds them too.
    fn slice_mut(&mut self) -> &mut [f32] {
        let layout = self.0.layout().contiguous_offsets();
        let (start, end) = layout.expect("the tensor was made contiguous");
        &mut self.0.storage_mut()[start..end]
    }
}

/// A tensor of this shape whose values `fill` writes, all of them.
fn tensor(shape: impl Into<Shape>, fill: impl FnOnce(&mut [f32])) -> FlexTensor {
    let shape = shape.into();
    let len = shape.num_elements();
    if len < MIN_LEN {
        let mut values = vec![0.0; len];
        fill(&mut values);
        return short(values, shape);
    }
    let mut values = Buffer::new(len);
    fill(values.as_mut_slice());
    FlexTensor::from_data(TensorData::from_bytes(
        values.into_bytes(),
        shape,
        DType::F32,
    ))
}

/// As [`tensor`] of short values.
fn short(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.into()))
}
