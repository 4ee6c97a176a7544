//! Burn's batch norm, applied by our fused operation while training.

use burn::module::{Param, RunningState};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use crate::blend::{blended, own};
use crate::ops::{Moments, batch_norm_fixed, batch_norm_relu};

/// Added to the variance in every batch norm.
pub const EPSILON: f64 = 1e-5;

/// A batch norm whose scale and offset stay 1 and 0 unless they are `learned`.
///
/// `set_require_grad` and not `freeze`, which would also switch it to its running moments.
pub fn batch_norm(channels: usize, learned: bool, device: &Device) -> BatchNorm {
    let mut norm = BatchNormConfig::new(channels)
        .with_epsilon(EPSILON)
        .init(device);
    norm.gamma = norm.gamma.set_require_grad(learned);
    norm.beta = norm.beta.set_require_grad(learned);
    norm
}

/// The same norm, whose scale and offset do not learn.
pub fn unlearned(mut norm: BatchNorm) -> BatchNorm {
    norm.gamma = norm.gamma.set_require_grad(false);
    norm.beta = norm.beta.set_require_grad(false);
    norm
}

/// The same norm with this scale, offset, mean and variance; what learns still does.
///
/// # Panics
///
/// When they are not as many numbers as the norm has channels.
pub fn with_values(mut norm: BatchNorm, values: [Vec<f32>; 4]) -> BatchNorm {
    let device = norm.gamma.device();
    let channels = norm.gamma.shape().num_elements();
    let [gamma, beta, mean, variance] = values.map(|values| {
        assert_eq!(values.len(), channels, "a number for each channel");
        Tensor::from_data(TensorData::new(values, [channels]), &device)
    });
    let replace = |parameter: Param<Tensor<1>>, value: Tensor<1>| {
        parameter.map(|old| value.set_require_grad(old.is_require_grad()))
    };
    norm.gamma = replace(norm.gamma, gamma);
    norm.beta = replace(norm.beta, beta);
    norm.running_mean = RunningState::new(mean);
    norm.running_var = RunningState::new(variance);
    norm
}

/// The same norm with parameters and moments of its own, which do not learn.
pub fn detached(norm: &BatchNorm) -> BatchNorm {
    BatchNorm {
        gamma: own(&norm.gamma),
        beta: own(&norm.beta),
        running_mean: RunningState::new(norm.running_mean.value_sync()),
        running_var: RunningState::new(norm.running_var.value_sync()),
        ..norm.clone()
    }
}

/// A norm that does not learn, gone a `share` of the way to `other` in scale and offset; all of it with
/// its moments.
pub fn blend_norm(norm: BatchNorm, other: &BatchNorm, share: f64) -> BatchNorm {
    let (gamma, beta) = (
        blended(norm.gamma.clone(), &other.gamma, share),
        blended(norm.beta.clone(), &other.beta, share),
    );
    let norm = BatchNorm {
        gamma,
        beta,
        ..norm
    };
    match share == 1.0 {
        true => BatchNorm {
            running_mean: RunningState::new(other.running_mean.value_sync()),
            running_var: RunningState::new(other.running_var.value_sync()),
            ..norm
        },
        false => norm,
    }
}

/// Applies a batch norm with its running moments, whatever the device, and leaves them as they are;
/// `x` is `[batch, channels, height, width]`.
pub fn frozen_norm(norm: &BatchNorm, x: Tensor<4>, with_relu: bool) -> Tensor<4> {
    let device = x.device();
    let [mean, variance] =
        [&norm.running_mean, &norm.running_var].map(|running| running.value().to_device(&device));
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    let y = burn::tensor::module::batch_norm(x, gamma, beta, mean, variance, norm.epsilon);
    if with_relu { relu(y) } else { y }
}

/// [`frozen_norm`] as one operation, on a device without gradients.
pub fn fixed_norm(norm: &BatchNorm, x: Tensor<4>, with_relu: bool) -> Tensor<4> {
    let [mean, variance] = [&norm.running_mean, &norm.running_var].map(RunningState::value);
    let scale = [norm.gamma.val(), norm.beta.val()];
    batch_norm_fixed(x, scale, [mean, variance], norm.epsilon, with_relu)
}

/// Applies a batch norm; `x` is `[batch, channels, height, width]`.
pub fn norm(norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    apply(norm, x, false, false)
}

/// Applies a batch norm and a ReLU; `x` is `[batch, channels, height, width]`.
pub fn norm_relu(norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    apply(norm, x, true, false)
}

/// [`norm_relu`] where `x` is also the skip connection around it: see [`batch_norm_relu`].
pub fn skipped_norm_relu(norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    apply(norm, x, true, true)
}

/// On a device with autodiff a norm uses the moments of the batch and moves its running ones
/// towards them, as Burn's own does; elsewhere it uses the running ones.
fn apply(norm: &BatchNorm, x: Tensor<4>, with_relu: bool, skipped: bool) -> Tensor<4> {
    if !(x.device().is_autodiff() && norm.training.is_enabled()) {
        let y = norm.forward(x);
        return if with_relu { relu(y) } else { y };
    }
    let device = x.device();
    let batch = batch_norm_relu(
        x,
        norm.gamma.val(),
        norm.beta.val(),
        norm.epsilon,
        with_relu,
        skipped,
    );
    move_running(norm, [batch.mean, batch.variance], &device);
    batch.output
}

/// Moves a norm's running moments towards those of a batch.
pub(crate) fn move_running(norm: &BatchNorm, moments: Moments, device: &Device) {
    let running = [&norm.running_mean, &norm.running_var];
    for (running, moment) in running.into_iter().zip(moments) {
        let kept = running
            .value_sync()
            .to_device(device)
            .mul_scalar(1.0 - norm.momentum);
        running.update(kept.add(moment.detach().mul_scalar(norm.momentum)).detach());
    }
}
