//! A network in training: the parameters of a graph's norms and convolutions, and the forward pass
//! that walks its nodes.
//!
//! The paper's own (its section 3 and figure 2) is
//!
//! ```text
//! x → BN [→ ReLU] → conv 3×3, 16k
//!   → 3 stages of n blocks with 16k, 32k, 64k channels
//!   → BN → ReLU → conv 1×1 to the classes → BN → mean over the pixels → logits
//!
//! block: x → BN → ReLU → conv 3×3 → BN → ReLU → conv 3×3 → + skip(x)
//! ```
//!
//! The first block of stages 2 and 3 halves the size: its first convolution has stride 2 and twice
//! the channels, and its skip path is a 3×3 average pool with stride 2 (dividing by the pixels
//! inside the image) whose result is followed by as many channels of zeros. Nothing is projected.
//! Raw 0–255 pixels go in: the first batch norm is the only normalisation.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use graph::{
    Costs, Estimator, Graph, GraphError, InputNorm, Kernel, LatentNorm, Net, NetOptions, Padding,
    Value, Weights,
};

use crate::blend::{blended, own};
use crate::conv::Conv;
use crate::frozen::Frozen;
use crate::init_rng;
use crate::latent::Latent;
use crate::norm::{
    batch_norm, blend_norm, detached, fixed_norm, frozen_norm, move_running, norm, norm_relu,
    skipped_norm_relu, unlearned, with_values,
};
use crate::ops::{
    self, Half, Moments, add, block_pays, moments, residual_block, shortcut, stem, stem_pays,
};
use crate::padding::{avg_pool, differs, max_pool, pad_zeros};
use crate::plan::{Block, Plan, Stem, Step, What};

/// The most weights of a network in training: 4 GiB as 32-bit numbers. The paper's largest has a tenth of that.
const MAX_WEIGHTS: u64 = 1 << 30;

/// What a network is built from: what it is, and how it is trained.
///
/// ```
/// use model::{InputNorm, NetworkConfig, Weights};
///
/// let config = NetworkConfig::new("wrn-20-4".parse()?, [3, 32, 32], 10)
///     .with_first_last(Some("8bit".parse()?))
///     .with_input_norm(InputNorm::Fixed);
/// assert_eq!(config.weights, Weights::ONE_BIT);
/// # Ok::<(), model::GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NetworkConfig {
    /// Which network.
    pub net: Net,
    /// Input channels, height, width.
    pub input: [usize; 3],
    /// Number of classes.
    pub classes: usize,
    /// Kind of the convolutions' weights.
    pub weights: Weights,
    /// Kind of the first and the last convolution's; `None` for `weights`.
    pub first_last: Option<Weights>,
    /// The batch norm of the input.
    pub input_norm: InputNorm,
    /// Whether the other batch norms learn their scale and offset.
    pub learn_norms: bool,
    /// What the outputs of a network without batch norms are divided by; others have none.
    pub temperature: f64,
    /// Where the zeros stand when a convolution halves the size.
    pub padding: Padding,
    /// What becomes of the latent weights of 1-bit layers before their sign.
    pub latent_norm: LatentNorm,
    /// What stands in for the gradient of the sign in 1-bit layers.
    pub estimator: Estimator,
}

impl NetworkConfig {
    /// The temperature of the author's `srelu` networks.
    pub const TEMPERATURE: f64 = NetOptions::TEMPERATURE as f64;

    /// A network as the paper has it for CIFAR: 1-bit weights, an input norm that learns, others
    /// that do not.
    pub fn new(net: Net, input: [usize; 3], classes: usize) -> Self {
        Self {
            net,
            input,
            classes,
            weights: Weights::ONE_BIT,
            first_last: None,
            input_norm: InputNorm::Learned,
            learn_norms: false,
            temperature: Self::TEMPERATURE,
            padding: Padding::Symmetric,
            latent_norm: LatentNorm::None,
            estimator: Estimator::Straight,
        }
    }

    /// Sets [`weights`](Self::weights).
    #[must_use]
    pub fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Sets [`first_last`](Self::first_last).
    #[must_use]
    pub fn with_first_last(mut self, first_last: Option<Weights>) -> Self {
        self.first_last = first_last;
        self
    }

    /// Sets [`input_norm`](Self::input_norm).
    #[must_use]
    pub fn with_input_norm(mut self, input_norm: InputNorm) -> Self {
        self.input_norm = input_norm;
        self
    }

    /// Sets [`learn_norms`](Self::learn_norms).
    #[must_use]
    pub fn with_learn_norms(mut self, learn_norms: bool) -> Self {
        self.learn_norms = learn_norms;
        self
    }

    /// Sets [`temperature`](Self::temperature).
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = temperature;
        self
    }

    /// Sets [`padding`](Self::padding).
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Sets [`latent_norm`](Self::latent_norm).
    #[must_use]
    pub fn with_latent_norm(mut self, latent_norm: LatentNorm) -> Self {
        self.latent_norm = latent_norm;
        self
    }

    /// Sets [`estimator`](Self::estimator).
    #[must_use]
    pub fn with_estimator(mut self, estimator: Estimator) -> Self {
        self.estimator = estimator;
        self
    }

    /// The network's nodes.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when the input or the classes are none, or too large.
    pub fn graph(&self) -> Result<Graph, GraphError> {
        let options = NetOptions::new(self.input, self.classes)
            .with_weights(self.weights)
            .with_first_last(self.first_last)
            .with_input_relu(self.input_norm.has_relu())
            .with_padding(self.padding)
            .with_temperature(self.temperature as f32);
        self.net.graph(&options)
    }

    /// Whether a norm, by its node, learns its scale and offset.
    pub fn learns(&self, graph: &Graph, norm: usize) -> bool {
        match graph.is_input_norm(norm) {
            true => self.input_norm.is_learned(),
            false => self.learn_norms,
        }
    }

    /// What the deployed network costs, and how many numbers are trained.
    ///
    /// # Errors
    ///
    /// As [`graph`](Self::graph).
    pub fn costs(&self) -> Result<Costs, GraphError> {
        let graph = self.graph()?;
        Ok(Costs::of(&graph, |norm| self.learns(&graph, norm)))
    }

    /// The size of each convolution's weights, and how they start.
    ///
    /// # Errors
    ///
    /// As [`graph`](Self::graph).
    pub fn kernels(&self) -> Result<Vec<Kernel>, GraphError> {
        let (graph, gain) = (self.graph()?, self.net.gain());
        let kernels = graph.convs().map(|(node, _)| kernel(&graph, node, gain));
        Ok(kernels.collect())
    }

    /// Refuses a network of more weights than are ever trained, whatever memory the machine has.
    ///
    /// # Errors
    ///
    /// [`GraphError::Network`] with their number; as [`graph`](Self::graph).
    pub fn must_be_trainable(&self) -> Result<(), GraphError> {
        let graph = self.graph()?;
        let shapes = graph.convs().map(|(node, _)| graph.weight_shape(node));
        let weights = shapes.map(|shape| shape.iter().map(|&side| side as u64).product::<u64>());
        match weights.fold(0, u64::saturating_add) {
            0..=MAX_WEIGHTS => Ok(()),
            weights => Err(GraphError::Network {
                part: "the network".into(),
                expected: format!("at most {MAX_WEIGHTS} weights to train"),
                found: weights.to_string(),
            }),
        }
    }

    /// Builds the network with weights drawn from `seed`: the same on every device.
    ///
    /// # Errors
    ///
    /// As [`graph`](Self::graph).
    pub fn init(&self, seed: u64, device: &Device) -> Result<Network, GraphError> {
        self.must_be_trainable()?;
        let graph = self.graph()?;
        let gain = self.net.gain();
        let mut rng = init_rng(seed);
        let convs = graph.convs().map(|(node, op)| {
            let kernel = kernel(&graph, node, gain);
            let conv = Conv::new(op.weights, kernel, op.stride, &mut rng, device);
            Conv {
                latent: Latent {
                    norm: self.latent_norm,
                    estimator: self.estimator,
                    progress: 0.0,
                },
                ..conv
            }
        });
        let convs = convs.collect();
        let norms = graph.norms().map(|node| {
            let channels = graph.input_shape(node)[0];
            batch_norm(channels, self.learns(&graph, node), device)
        });
        Ok(Network {
            norms: norms.collect(),
            convs,
            plan: Plan::new(&graph),
            learned: graph
                .norms()
                .map(|node| self.learns(&graph, node))
                .collect(),
            frozen: Frozen::none(&graph),
            fused: false,
            graph,
        })
    }
}

fn kernel(graph: &Graph, node: usize, gain: f64) -> Kernel {
    let [out, inputs, size, _] = graph.weight_shape(node);
    Kernel {
        out,
        inputs,
        size,
        gain,
    }
}

/// A network: the parameters of its graph's norms and convolutions, in the order of the nodes.
#[derive(Module, Debug)]
pub struct Network {
    norms: Vec<BatchNorm>,
    convs: Vec<Conv>,
    #[module(skip)]
    graph: Graph,
    #[module(skip)]
    plan: Plan,
    /// Which of the norms learn their scale and offset.
    #[module(skip)]
    learned: Vec<bool>,
    /// Which of norms and convolutions training leaves as they are.
    #[module(skip)]
    frozen: Frozen,
    /// Whether norms that are frozen are one operation.
    #[module(skip)]
    fused: bool,
}

impl Network {
    /// A network that learns nothing, of 32-bit weights `[out][in][kernel row][kernel column]` whatever
    /// the graph's kinds, and of batch norms with this scale, offset, mean and variance, a number per
    /// channel. Norms are one operation with the ReLU after them.
    ///
    /// # Panics
    ///
    /// When there are not as many convolutions, norms or numbers as the graph has.
    pub fn fixed(
        graph: Graph,
        weights: Vec<Vec<f32>>,
        norms: Vec<[Vec<f32>; 4]>,
        device: &Device,
    ) -> Self {
        assert_eq!(weights.len(), graph.convs().count(), "convolutions");
        assert_eq!(norms.len(), graph.norms().count(), "norms");
        let convs = graph.convs().zip(weights).map(|((node, op), weights)| {
            let conv = Conv::of(weights, kernel(&graph, node, 2.0), op.stride, device);
            Conv {
                weight: conv.weight.set_require_grad(false),
                ..conv
            }
        });
        let convs = convs.collect();
        let norms = graph.norms().zip(norms).map(|(node, values)| {
            let channels = graph.input_shape(node)[0];
            with_values(batch_norm(channels, false, device), values)
        });
        Self {
            norms: norms.collect(),
            convs,
            plan: Plan::new(&graph),
            learned: vec![false; graph.norms().count()],
            frozen: Frozen::but(&graph, &vec![false; graph.nodes().len()]),
            fused: true,
            graph,
        }
    }

    /// The logits of a batch of images with values 0–255.
    ///
    /// # Shapes
    ///
    /// - `images`: `[batch, channels, height, width]`
    /// - result: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut values: Vec<Option<Tensor<4>>> = vec![None; self.plan.values];
        // Of values that came with them.
        let mut moments: Vec<Option<Moments>> = vec![None; self.plan.values];
        let mut image = Some(images);
        let mut last = None;
        let mut rest = &self.plan.steps[..];
        while !rest.is_empty() {
            let index = self.plan.steps.len() - rest.len();
            let stem = self.plan.stem.filter(|stem| {
                let x = image.as_ref().filter(|_| index == 0);
                x.is_some_and(|x| self.is_stem_fused(stem, x))
            });
            let block = self.plan.blocks.iter().find(|block| block.first == index);
            let block = block.filter(|block| match block.from {
                Value::Image => false,
                Value::Node(node) => {
                    let x = values[node].as_ref();
                    x.is_some_and(|x| self.is_fused(block, &x.device(), x.dims()))
                }
            });
            let len = match (stem, block) {
                (Some(_), _) => Stem::LEN,
                (_, Some(block)) => block.len,
                _ => 1,
            };
            let (steps, later) = rest.split_at(len);
            let mut take = |value: Value| {
                // The memory of what nobody reads later may be taken.
                let is_last = || steps.iter().any(|step| step.last_of.contains(&value));
                match value {
                    Value::Image if reads_image(later) => image.clone(),
                    Value::Image => image.take(),
                    Value::Node(node) if is_last() => values[node].take(),
                    Value::Node(node) => values[node].clone(),
                }
                .expect("a plan reads what is there")
            };
            let step = &steps[steps.len() - 1];
            let x = take(steps[0].from);
            let (y, known) = match (stem, block) {
                (Some(stem), _) => {
                    let (y, known) = self.apply_stem(stem, x);
                    (y, Some(known))
                }
                (_, Some(block)) => {
                    let known = match block.from {
                        Value::Image => None,
                        Value::Node(node) => moments[node].take(),
                    };
                    let (y, known) = self.apply_block(block, x, known);
                    (y, Some(known))
                }
                _ => {
                    let other = step.other.map(&mut take);
                    (self.apply(step.what, x, other), None)
                }
            };
            moments[step.gives] = known;
            if later.is_empty() {
                last = Some(y);
            } else {
                values[step.gives] = Some(y);
            }
            rest = later;
        }
        let logits = last.expect("a network has a node");
        logits.flatten::<3>(2, 3).flatten(1, 2) // [batch, classes]
    }

    /// Whether a block is computed as one on `x`: in training, with norms by the batch's moments, where that is faster.
    fn is_fused(&self, block: &Block, device: &Device, x: [usize; 4]) -> bool {
        let [first, second] = block.convs.map(|conv| &self.convs[conv]);
        let stride = if block.halves() { 2 } else { 1 };
        let usual = [(first, stride), (second, 1)];
        let usual = usual
            .iter()
            .all(|(conv, stride)| (conv.kernel.size, conv.stride) == (3, *stride));
        let by_batch = block
            .norms
            .iter()
            .all(|&norm| self.norms[norm].training.is_enabled() && !self.frozen.norms[norm]);
        let weights = [first, second].map(|conv| [conv.kernel.out, conv.kernel.inputs]);
        usual && by_batch && device.is_autodiff() && block_pays(device, x, weights, stride)
    }

    /// Whether the first norm and convolution are computed as one on `x`: where the block after them [is too](Self::is_fused), which reads
    /// maps as they come.
    fn is_stem_fused(&self, stem: &Stem, x: &Tensor<4>) -> bool {
        let (norm, conv) = (&self.norms[stem.norm], &self.convs[stem.conv]);
        let usual = (conv.kernel.size, conv.stride) == (3, 1);
        let by_batch = norm.training.is_enabled() && !self.frozen.norms[stem.norm];
        let (device, [batch, channels, height, width]) = (x.device(), x.dims());
        let mut blocks = self.plan.blocks.iter();
        let next = blocks.find(|block| block.first == Stem::LEN);
        let outputs = conv.kernel.out;
        usual
            && by_batch
            && device.is_autodiff()
            && stem_pays(&device, [batch, channels, height, width], outputs)
            && next
                .is_some_and(|block| self.is_fused(block, &device, [batch, outputs, height, width]))
    }

    /// The first norm and convolution as one; with the moments of the result.
    fn apply_stem(&self, plan: Stem, x: Tensor<4>) -> (Tensor<4>, Moments) {
        let device = x.device();
        let (norm, conv) = (&self.norms[plan.norm], &self.convs[plan.conv]);
        let (weight, scale) = conv.operand();
        let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
        let half = Half {
            gamma,
            beta,
            weight,
        };
        let stemmed = stem(x, half, scale, norm.epsilon);
        move_running(norm, stemmed.input, &device);
        (stemmed.output, stemmed.moments)
    }

    /// A block as one, on `x` with the moments that are known of it; with the moments of the result.
    fn apply_block(
        &self,
        block: &Block,
        x: Tensor<4>,
        known: Option<Moments>,
    ) -> (Tensor<4>, Moments) {
        let device = x.device();
        let known = known.unwrap_or_else(|| moments(x.clone()));
        let halves = [0, 1].map(|half| {
            let (norm, conv) = (
                &self.norms[block.norms[half]],
                &self.convs[block.convs[half]],
            );
            let (weight, scale) = conv.operand();
            let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
            (
                Half {
                    gamma,
                    beta,
                    weight,
                },
                scale,
                norm,
            )
        });
        let settings = ops::Block {
            stride: if block.halves() { 2 } else { 1 },
            scales: [halves[0].1, halves[1].1],
            epsilons: [halves[0].2, halves[1].2].map(|norm| norm.epsilon as f32),
        };
        let norms = [halves[0].2, halves[1].2];
        let halves = halves.map(|(half, ..)| half);
        let blocked = residual_block(x, known.clone(), halves, settings);
        for (norm, moments) in norms.into_iter().zip([known, blocked.hidden]) {
            move_running(norm, moments, &device);
        }
        (blocked.output, blocked.moments)
    }

    fn apply(&self, what: What, x: Tensor<4>, other: Option<Tensor<4>>) -> Tensor<4> {
        match what {
            What::Norm {
                norm: number,
                relu,
                skipped,
            } => {
                let parameters = &self.norms[number];
                if self.frozen.norms[number] {
                    return match self.fused {
                        true => fixed_norm(parameters, x, relu),
                        false => frozen_norm(parameters, x, relu),
                    };
                }
                match (relu, skipped) {
                    (true, true) => skipped_norm_relu(parameters, x),
                    (true, false) => norm_relu(parameters, x),
                    (false, _) => norm(parameters, x),
                }
            }
            What::Relu => relu(x),
            What::Floor(floor) => x.clamp_min(floor),
            What::Conv { conv, padding } => {
                let conv = &self.convs[conv];
                let (size, stride) = (conv.kernel.size, conv.stride);
                match differs(padding, stride) {
                    true => conv.forward_padded(pad_zeros(x, padding, size, stride), 0),
                    false => conv.forward(x),
                }
            }
            What::MaxPool(padding) => max_pool(x, padding),
            What::AvgPool(padding, divisor) => avg_pool(x, padding, divisor),
            What::Shortcut => shortcut(x),
            What::PadChannels(channels) => {
                let [batch, before, height, width] = x.dims();
                let shape = [batch, channels - before, height, width];
                let zeros = Tensor::zeros(shape, &x.device());
                Tensor::cat(vec![x, zeros], 1)
            }
            What::Add => add(x, other.expect("a sum reads two values")),
            What::Scale(divisor) => x / divisor,
            What::Mean { divisor } => {
                let x = match divisor {
                    Some(divisor) => x / divisor,
                    None => x,
                };
                let pooled: Tensor<3> = x.flatten(2, 3);
                pooled.mean_dim(2).unsqueeze_dim(3) // [batch, channels, 1, 1]
            }
        }
    }

    /// What the network is.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Every batch norm, in the order of the network.
    pub fn batch_norms(&self) -> impl Iterator<Item = &BatchNorm> {
        self.norms.iter()
    }

    /// Every batch norm, in the order of the network.
    pub fn batch_norms_mut(&mut self) -> impl Iterator<Item = &mut BatchNorm> {
        self.norms.iter_mut()
    }

    /// Every convolution, in the order of the network.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        self.convs.iter()
    }

    /// Gives a convolution, by its number, these real weights, `[out][in][kernel row][kernel column]`.
    ///
    /// # Panics
    ///
    /// When there is no such convolution, or it has not as many weights.
    pub fn set_conv(&mut self, number: usize, weights: Vec<f32>) {
        let conv = self.convs[number].clone();
        self.convs[number] = conv.with_weights(weights);
    }

    /// Gives a batch norm, by its number, this scale, offset, mean and variance, a number per channel.
    ///
    /// # Panics
    ///
    /// When there is no such norm, or it has not as many channels.
    pub fn set_norm(&mut self, number: usize, values: [Vec<f32>; 4]) {
        let norm = self.norms[number].clone();
        self.norms[number] = with_values(norm, values);
    }

    /// The same network in which only the norms and convolutions of some nodes learn. Others keep
    /// their weights, and norms among them their moments, by which they norm in training too.
    ///
    /// # Panics
    ///
    /// When `learns` does not tell it of each node of the graph.
    #[must_use]
    pub fn learn_only(mut self, learns: &[bool]) -> Self {
        self.frozen = Frozen::but(&self.graph, learns);
        let freeze = |conv: Conv| Conv {
            weight: conv.weight.set_require_grad(false),
            ..conv
        };
        let convs = self.convs.into_iter().zip(&self.frozen.convs);
        let convs = convs.map(|(conv, &frozen)| if frozen { freeze(conv) } else { conv });
        self.convs = convs.collect();
        let norms = self.norms.into_iter().zip(&self.frozen.norms);
        let norms = norms.map(|(norm, &frozen)| if frozen { unlearned(norm) } else { norm });
        self.norms = norms.collect();
        self
    }

    /// Says how much of the run is done, from 0 to 1, on which the gradient of the sign may depend.
    pub fn set_progress(&mut self, progress: f64) {
        for conv in &mut self.convs {
            conv.latent.progress = progress;
        }
    }

    /// Every convolution, in the order of the network, with the name of its node.
    pub fn named_convs(&self) -> impl Iterator<Item = (&str, &Conv)> {
        let nodes = self.graph.convs().map(|(node, _)| node);
        let names = nodes.map(|node| self.graph.nodes()[node].name.as_str());
        names.zip(&self.convs)
    }

    /// The same network with parameters of its own, which have no gradient.
    #[must_use]
    pub fn detached(&self) -> Self {
        let mut net = self.clone();
        for conv in &mut net.convs {
            conv.weight = own(&conv.weight);
        }
        for norm in &mut net.norms {
            *norm = detached(norm);
        }
        net
    }

    /// This network, which has no gradient, gone a `share` of the way to `other` in all weights, scales
    /// and offsets. With a share of 1 it is `other`, moments and all, to the bit.
    ///
    /// # Panics
    ///
    /// When the networks are not alike.
    #[must_use]
    pub fn blend(mut self, other: &Self, share: f64) -> Self {
        for (conv, other) in self.convs.iter_mut().zip(&other.convs) {
            conv.weight = blended(conv.weight.clone(), &other.weight, share);
        }
        let norms = self.norms.into_iter().zip(&other.norms);
        let norms = norms.map(|(norm, other)| blend_norm(norm, other, share));
        self.norms = norms.collect();
        self
    }

    /// The same network with the weights of kinds that are clipped after each step clipped.
    pub fn clip_weights(mut self) -> Self {
        let clip = |(conv, &frozen): (Conv, &bool)| match conv.kind.clip() {
            Some(limit) if !frozen => conv.clip(limit),
            _ => conv,
        };
        let convs = self.convs.into_iter().zip(&self.frozen.convs);
        self.convs = convs.map(clip).collect();
        self
    }

    /// How many numbers the optimiser trains: the weights, and the scales and offsets that are
    /// learned.
    pub fn trainable_weights(&self) -> usize {
        let convs = self.convs.iter().zip(&self.frozen.convs);
        let weights: usize = convs
            .filter(|(_, frozen)| !**frozen)
            .map(|(conv, _)| conv.weight.shape().num_elements())
            .sum();
        // Not by asking what requires a gradient now: a network in validation has none.
        let learned = self.norms.iter().zip(&self.learned).zip(&self.frozen.norms);
        let norms: usize = learned
            .filter(|((_, learned), frozen)| **learned && !**frozen)
            .map(|((norm, _), _)| 2 * norm.gamma.shape().num_elements())
            .sum();
        weights + norms
    }
}

fn reads_image(steps: &[Step]) -> bool {
    let reads = |step: &Step| step.from == Value::Image || step.other == Some(Value::Image);
    steps.iter().any(reads)
}
