//! Loss and error of a batch.

use burn::tensor::{Bool, ExecutionError, Tensor, TensorReadError};
use burn::train::metric::{Adaptor, ItemLazy};

/// What the metrics need of a batch.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Mean cross-entropy of the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Which images got the wrong class, `[batch]`.
    pub wrong: Tensor<1, Bool>,
    /// The size of the batch.
    pub images: usize,
}

impl Scored {
    /// The same off the autodiff graph, which is not kept alive by it.
    pub fn detached(self) -> Self {
        Self {
            loss: self.loss.without_autodiff(),
            ..self
        }
    }

    /// The scores of the parts of a batch, in order and at least one, as that of the batch.
    pub fn merge(parts: Vec<Self>) -> Self {
        let images: usize = parts.iter().map(|part| part.images).sum();
        let share = |part: &Self| part.loss.clone() * (part.images as f64 / images as f64);
        Self {
            loss: Tensor::cat(parts.iter().map(share).collect(), 0).sum(),
            wrong: Tensor::cat(parts.into_iter().map(|part| part.wrong).collect(), 0),
            images,
        }
    }

    /// Mean loss, and the number of wrong images.
    ///
    /// # Errors
    ///
    /// When the device cannot return them.
    pub fn read(&self) -> Result<(f64, usize), TensorReadError> {
        let loss = self.loss.clone().try_into_scalar::<f64>()?;
        let wrong = self.wrong.clone().int().sum().try_into_scalar::<i64>()?;
        Ok((loss, wrong as usize))
    }
}

impl ItemLazy for Scored {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.loss.device().flush()?;
        // Off the autodiff graph, so that the metrics' thread does not keep it alive.
        Ok(self.detached())
    }
}

impl Adaptor<Scored> for Scored {
    fn adapt(&self) -> Scored {
        self.clone()
    }
}
