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
    /// What the images counted together in the loss, `[1]`; `None` where each counted 1.
    pub weight: Option<Tensor<1>>,
}

impl Scored {
    /// The same off the autodiff graph, which is not kept alive by it.
    pub fn detached(self) -> Self {
        Self {
            loss: self.loss.without_autodiff(),
            weight: self.weight.map(Tensor::without_autodiff),
            ..self
        }
    }

    /// The scores of the parts of a batch, in order and at least one, as that of the batch.
    pub fn merge(parts: Vec<Self>) -> Self {
        let images: usize = parts.iter().map(|part| part.images).sum();
        let weights: Option<Vec<_>> = parts.iter().map(|part| part.weight.clone()).collect();
        let weight = weights.map(|weights| Tensor::cat(weights, 0).sum());
        let of_batch = |part: &Self| part.of_batch(images, weight.as_ref());
        Self {
            loss: Tensor::cat(parts.iter().map(of_batch).collect(), 0).sum(),
            wrong: Tensor::cat(parts.into_iter().map(|part| part.wrong).collect(), 0),
            images,
            weight,
        }
    }

    /// The loss of this part as it counts in that of a batch, of so many images and this weight.
    pub fn of_batch(&self, images: usize, weight: Option<&Tensor<1>>) -> Tensor<1> {
        let loss = self.loss.clone();
        match (&self.weight, weight) {
            (Some(part), Some(whole)) => loss * (part.clone() / whole.clone()),
            _ => loss * (self.images as f64 / images as f64),
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Parts of 1 and 3 images with losses 2 and 6: the mean is 5. Where the first counts as much
    /// as the other three together, it is 4.
    #[test]
    fn parts_count_by_their_images_or_by_their_weight() {
        let device = Device::default();
        let part = |loss: f32, images: usize, weight: Option<f32>| Scored {
            loss: Tensor::from_floats([loss], &device),
            wrong: Tensor::from_data(vec![true; images].as_slice(), &device),
            images,
            weight: weight.map(|weight| Tensor::from_floats([weight], &device)),
        };
        for (weight, expected) in [(None, 5.0), (Some(4.5), 4.0)] {
            let whole = Scored::merge(vec![part(2.0, 1, weight), part(6.0, 3, weight)]);
            assert_eq!(
                (whole.images, whole.weight.is_some()),
                (4, weight.is_some())
            );
            assert_eq!(whole.read().unwrap(), (expected, 4));
            let total = whole.weight.map(|weight| weight.into_scalar::<f32>());
            assert_eq!(total, weight.map(|weight| 2.0 * weight));
        }
    }
}
