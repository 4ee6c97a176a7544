//! Loss and gradients of a network in Burn's own operations: none of ours, no kernel of ours, and the
//! straight-through rules written out on the host.

use burn::module::Param;
use burn::nn::BatchNorm;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use graph::weights::Training;
use graph::{Op, Padding, PoolDivisor, Value};
use model::{Conv, EPSILON, Network};

use crate::Error;
use crate::learn::ImageBatch;

/// What a batch gives.
pub struct Reference {
    /// Mean cross-entropy.
    pub loss: f64,
    /// The gradient of each convolution's weights, latent ones where there are.
    pub convs: Vec<Vec<f32>>,
    /// The gradients of the scale and offset of each batch norm.
    pub norms: Vec<[Vec<f32>; 2]>,
}

impl Reference {
    /// Computes it for the network `net`, on `device`, which tracks gradients.
    ///
    /// # Errors
    ///
    /// When the device cannot return a tensor.
    pub fn new(net: &Network, batch: &ImageBatch, device: &Device) -> Result<Self, Error> {
        let latents: Result<Vec<_>, Error> = net.convs().map(|c| values(&c.weight.val())).collect();
        let latents = latents?;
        let weights: Vec<Tensor<4>> = net
            .convs()
            .zip(&latents)
            .map(|(conv, latent)| {
                let data = TensorData::new(effective(conv, latent), conv.weight.dims());
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
        let norms: Result<Vec<_>, Error> = net.batch_norms().map(leaves).collect();
        let plain = Plain {
            net,
            weights: &weights,
            norms: &norms?,
        };
        let logits = plain.logits(batch.images.clone())?;
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
        let norms: Result<Vec<_>, Error> = plain.norms.iter().map(pair).collect();
        Ok(Self {
            loss: f64::from(values(&loss)?[0]),
            convs: convs?,
            norms: norms?,
        })
    }
}

/// A network in plain operations, node by node.
struct Plain<'a> {
    net: &'a Network,
    weights: &'a [Tensor<4>],
    norms: &'a [[Tensor<4>; 2]],
}

impl Plain<'_> {
    fn logits(&self, images: Tensor<4>) -> Result<Tensor<2>, Error> {
        let graph = self.net.graph();
        let (mut weights, mut norms) = (self.weights.iter(), self.norms.iter());
        // A value is dropped with its last reader.
        let mut readers = vec![0; graph.nodes().len()];
        for value in graph.nodes().iter().flat_map(|node| &node.inputs) {
            if let Value::Node(node) = value {
                readers[*node] += 1;
            }
        }
        let mut values: Vec<Option<Tensor<4>>> = Vec::new();
        for node in graph.nodes() {
            let mut value = |value: Value| match value {
                Value::Image => images.clone(),
                Value::Node(node) => {
                    readers[node] -= 1;
                    match readers[node] {
                        0 => values[node].take(),
                        _ => values[node].clone(),
                    }
                    .expect("a value is there for each reader")
                }
            };
            let x = value(node.inputs[0]);
            let unknown = || {
                Error::Failed(format!(
                    "{}: expected an operation that the check has, found {} with another padding",
                    node.name,
                    node.op.word()
                ))
            };
            let y = match node.op {
                Op::Norm => norm(x, norms.next().ok_or_else(unknown)?),
                Op::Activation { floor: 0.0 } => relu(x),
                Op::Activation { floor } => relu(x - floor) + floor,
                Op::Conv(op) if op.padding == Padding::Symmetric || op.stride == 1 => {
                    let padding = [op.kernel / 2; 2];
                    let options = ConvOptions::new([op.stride; 2], padding, [1, 1], 1);
                    conv2d(
                        x,
                        weights.next().ok_or_else(unknown)?.clone(),
                        None,
                        options,
                    )
                }
                Op::MaxPool {
                    padding: Padding::Symmetric,
                } => {
                    let options = MaxPoolOptions::new([3, 3]).with_stride([2, 2]);
                    max_pool2d(x, options.with_padding([1, 1]))
                }
                Op::AvgPool {
                    padding: Padding::Symmetric,
                    divisor,
                } => {
                    let options = AvgPoolOptions::new([3, 3])
                        .with_stride([2, 2])
                        .with_padding([1, 1])
                        .with_count_include_pad(divisor == PoolDivisor::Kernel);
                    avg_pool2d(x, options)
                }
                Op::PadChannels { channels } => {
                    let [batch, before, height, width] = x.dims();
                    let shape = [batch, channels - before, height, width];
                    let zeros = Tensor::zeros(shape, &x.device());
                    Tensor::cat(vec![x, zeros], 1)
                }
                Op::Add => x + value(node.inputs[1]),
                Op::Scale { divisor } => x / divisor,
                Op::GlobalMean => x.mean_dims(&[2, 3]),
                _ => return Err(unknown()),
            };
            values.push(Some(y));
        }
        let logits = values.pop().flatten().expect("a network has a node");
        Ok(logits.flatten::<3>(2, 3).flatten(1, 2))
    }
}

/// Batch norm by the moments of the batch.
fn norm(x: Tensor<4>, [scale, offset]: &[Tensor<4>; 2]) -> Tensor<4> {
    let centred = x.clone() - x.mean_dims(&[0, 2, 3]);
    let variance = centred.clone().powi_scalar(2).mean_dims(&[0, 2, 3]);
    centred / (variance + EPSILON).sqrt() * scale.clone() + offset.clone()
}

/// The factor of each group of weights that share one, and how many these are; `None` for weights
/// that are not signs.
fn scales(conv: &Conv, latent: &[f32]) -> Option<(Vec<f64>, usize)> {
    let mean = |group: &[f32]| {
        let sum: f64 = group.iter().map(|&w| f64::from(w).abs()).sum();
        sum / group.len() as f64
    };
    let all = latent.len();
    match conv.kind.training() {
        Training::Sign => Some((vec![conv.kernel.deviation()], all)),
        Training::PlainSign => Some((vec![1.0], all)),
        Training::MeanSign { per_channel: false } => Some((vec![mean(latent)], all)),
        Training::MeanSign { per_channel: true } => {
            let row = conv.kernel.row_len();
            Some((latent.chunks(row).map(mean).collect(), row))
        }
        _ => None,
    }
}

fn sign(weight: f32) -> f64 {
    if weight >= 0.0 { 1.0 } else { -1.0 }
}

/// The weights that count.
fn effective(conv: &Conv, latent: &[f32]) -> Vec<f32> {
    let Some((scales, group)) = scales(conv, latent) else {
        return match conv.kind.quantize(&conv.kernel, latent) {
            Some(quantized) => quantized.effective().collect(),
            None => latent.to_vec(),
        };
    };
    let scaled = |(index, &w): (usize, &f32)| (scales[index / group] * sign(w)) as f32;
    latent.iter().enumerate().map(scaled).collect()
}

/// The gradient of the latent weights, given that of those that count: the same, but for the kinds
/// whose scale is computed from them ([`Conv::effective_weight`] has the formula).
fn latent_gradient(conv: &Conv, latent: &[f32], mut gradient: Vec<f32>) -> Vec<f32> {
    if let Some(change) = conv.kind.gradient() {
        change(&conv.kernel, latent, &mut gradient);
        return gradient;
    }
    let computed = matches!(conv.kind.training(), Training::MeanSign { .. });
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
