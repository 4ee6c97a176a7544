//! Loss and gradients of a network in Burn's own operations: none of ours, no kernel of ours, and the
//! straight-through rules written out on the host.

use burn::module::Param;
use burn::nn::BatchNorm;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use model::{Conv, ConvShape, EPSILON, InputNorm, Layout, Network, NetworkConfig, SignScale};

use crate::Error;
use crate::learn::ImageBatch;

/// What a batch gives.
pub struct Reference {
    /// Mean cross-entropy.
    pub loss: f64,
    /// The gradient of each convolution's weights, latent ones where there are.
    pub convs: Vec<Vec<f32>>,
    /// The gradients of the scale and offset of each batch norm; `None` where there is none.
    pub norms: Vec<Option<[Vec<f32>; 2]>>,
}

impl Reference {
    /// Computes it for the network of `config`, on `device`, which tracks gradients.
    ///
    /// # Errors
    ///
    /// When the device cannot return a tensor.
    pub fn new(
        net: &Network,
        config: &NetworkConfig,
        batch: &ImageBatch,
        device: &Device,
    ) -> Result<Self, Error> {
        let layout = Layout::new(config)?;
        let latents: Result<Vec<_>, Error> =
            net.convs().map(|c| values(&c.weight().val())).collect();
        let latents = latents?;
        let weights: Vec<Tensor<4>> = net
            .convs()
            .zip(&latents)
            .map(|(conv, latent)| {
                let data = TensorData::new(effective(conv, latent), conv.weight().dims());
                Tensor::from_data(data, device).require_grad()
            })
            .collect();
        let leaves = |norm: &BatchNorm| -> Result<[Tensor<4>; 2], Error> {
            let leaf = |param: &Param<Tensor<1>>| -> Result<Tensor<4>, Error> {
                let values = values(&param.val())?;
                let shape = [1, values.len(), 1, 1];
                Ok(Tensor::from_data(TensorData::new(values, shape), device).require_grad())
            };
            Ok([leaf(&norm.gamma)?, leaf(&norm.beta)?])
        };
        let norms: Result<Vec<_>, Error> = net
            .batch_norms()
            .map(|norm| norm.map(leaves).transpose())
            .collect();
        let plain = Plain {
            config,
            layout: &layout,
            weights: &weights,
            norms: &norms?,
        };
        let logits = plain.logits(batch.images.clone());
        let labels = batch.labels.clone().unsqueeze_dim(1);
        let loss = log_softmax(logits, 1).gather(1, labels).mean().neg();
        let gradients = loss.backward();
        let gradient = |leaf: &Tensor<4>| match leaf.grad(&gradients) {
            Some(gradient) => values(&gradient),
            None => Ok(vec![0.0; leaf.shape().num_elements()]),
        };
        let convs: Result<Vec<_>, Error> = net
            .convs()
            .zip(&latents)
            .zip(&weights)
            .map(|((conv, latent), weight)| Ok(latent_gradient(conv, latent, gradient(weight)?)))
            .collect();
        let pair = |[scale, offset]: &[Tensor<4>; 2]| Ok([gradient(scale)?, gradient(offset)?]);
        let norms: Result<Vec<_>, Error> = plain
            .norms
            .iter()
            .map(|norm| norm.as_ref().map(pair).transpose())
            .collect();
        Ok(Self {
            loss: f64::from(values(&loss)?[0]),
            convs: convs?,
            norms: norms?,
        })
    }
}

/// A network in plain operations; `norms[i]` stands before convolution i, the last one after all.
struct Plain<'a> {
    config: &'a NetworkConfig,
    layout: &'a Layout,
    weights: &'a [Tensor<4>],
    norms: &'a [Option<[Tensor<4>; 2]>],
}

impl Plain<'_> {
    fn logits(&self, images: Tensor<4>) -> Tensor<2> {
        let shapes: Vec<&ConvShape> = self.layout.convs().collect();
        let conv = |index: usize, x: Tensor<4>| {
            let ConvShape { kernel, stride, .. } = *shapes[index];
            let options = ConvOptions::new([stride; 2], [kernel / 2; 2], [1, 1], 1);
            conv2d(x, self.weights[index].clone(), None, options)
        };
        let last = shapes.len() - 1;
        let mut x = self.norm(0, images);
        if self.config.input_norm == InputNorm::LearnedRelu {
            x = relu(x);
        }
        x = conv(0, x);
        if self.layout.max_pool {
            let options = MaxPoolOptions::new([3, 3]).with_stride([2, 2]);
            x = max_pool2d(x, options.with_padding([1, 1]));
        }
        for index in (1..last).step_by(2) {
            let y = conv(index, self.activated(index, x.clone()));
            let y = conv(index + 1, self.activated(index + 1, y));
            x = match (self.layout.residual, shapes[index].stride) {
                (false, _) => y,
                (true, 1) => y + x,
                (true, _) => y + halved(x),
            };
        }
        let x = self.norm(last + 1, conv(last, self.activated(last, x)));
        let x = if self.layout.norms {
            x
        } else {
            x / self.config.temperature
        };
        x.flatten::<3>(2, 3).mean_dim(2).flatten(1, 2)
    }

    /// Batch norm by the moments of the batch, where there is one.
    fn norm(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        let Some([scale, offset]) = self.norms[index].clone() else {
            return x;
        };
        let centred = x.clone() - x.mean_dims(&[0, 2, 3]);
        let variance = centred.clone().powi_scalar(2).mean_dims(&[0, 2, 3]);
        centred / (variance + EPSILON).sqrt() * scale + offset
    }

    fn activated(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        match self.norms[index] {
            Some(_) => relu(self.norm(index, x)),
            None => relu(x + 1.0) - 1.0,
        }
    }
}

/// The skip path of a block that halves the size.
fn halved(x: Tensor<4>) -> Tensor<4> {
    let options = AvgPoolOptions::new([3, 3])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_count_include_pad(false);
    let pooled = avg_pool2d(x, options);
    Tensor::cat(vec![pooled.clone(), pooled.zeros_like()], 1)
}

/// The factor of each group of weights that share one, and how many these are; `None` for weights
/// without signs.
fn scales(conv: &Conv, latent: &[f32]) -> Option<(Vec<f64>, usize)> {
    let mean = |group: &[f32]| {
        let sum: f64 = group.iter().map(|&w| f64::from(w).abs()).sum();
        sum / group.len() as f64
    };
    let all = latent.len();
    match conv {
        Conv::Full(_) => None,
        Conv::OneBit(conv) => Some((vec![conv.scale], all)),
        Conv::Rival(rival) => Some(match rival.scale {
            SignScale::None => (vec![1.0], all),
            SignScale::Layer => (vec![mean(latent)], all),
            SignScale::Channel => {
                let row = all / conv.weight().dims()[0];
                (latent.chunks(row).map(mean).collect(), row)
            }
        }),
    }
}

fn sign(weight: f32) -> f64 {
    if weight >= 0.0 { 1.0 } else { -1.0 }
}

/// The weights that count.
fn effective(conv: &Conv, latent: &[f32]) -> Vec<f32> {
    let Some((scales, group)) = scales(conv, latent) else {
        return latent.to_vec();
    };
    let scaled = |(index, &w): (usize, &f32)| (scales[index / group] * sign(w)) as f32;
    latent.iter().enumerate().map(scaled).collect()
}

/// The gradient of the latent weights, given that of those that count: the same, but for the rivals
/// whose scale is computed from them ([`model::RivalConv2d`] has the formula).
fn latent_gradient(conv: &Conv, latent: &[f32], gradient: Vec<f32>) -> Vec<f32> {
    let computed = matches!(conv, Conv::Rival(rival) if rival.scale != SignScale::None);
    let Some((scales, group)) = scales(conv, latent).filter(|_| computed) else {
        return gradient;
    };
    let groups = latent.chunks(group).zip(gradient.chunks(group)).zip(scales);
    let of_group = |((latent, gradient), scale): ((&[f32], &[f32]), f64)| {
        let pairs = || {
            latent
                .iter()
                .zip(gradient)
                .map(|(&w, &g)| (w, f64::from(g)))
        };
        let shared: f64 = pairs().map(|(w, g)| g * sign(w)).sum::<f64>() / latent.len() as f64;
        let inside = |w: f32| if w.abs() <= 1.0 { scale } else { 0.0 };
        let one = move |(w, g): (f32, f64)| (inside(w) * g + sign(w) * shared) as f32;
        pairs().map(one).collect::<Vec<f32>>()
    };
    groups.flat_map(of_group).collect()
}

/// The numbers of a tensor.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failed(format!("the device could not return a tensor: {error}"))
    };
    let data = tensor.clone().try_into_data().map_err(|e| failed(&e))?;
    data.try_to_vec().map_err(|e| failed(&e))
}
