//! The network as Burn's learner trains it.

use burn::module::Module;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bool, Int, Tensor};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use model::Network;

use super::loss::Labels;
use super::{ImageBatch, Restart, Scored, Sgd};

/// A network with its loss: softmax cross-entropy, see `loss`.
#[derive(Module, Debug)]
pub struct Classifier {
    /// The network.
    pub net: Network,
    /// What a training step does besides.
    #[module(skip)]
    rules: StepRules,
}

/// What a training step does besides the forward pass, the backward pass and the optimiser.
#[derive(Clone, Debug, Default)]
pub struct StepRules {
    /// Clears the momentum when the learning rate restarts.
    pub clear_momentum: Option<ClearMomentum>,
    /// Parts that a batch is split into, one after the other, to need less memory; 0 is as 1.
    pub parts: usize,
    /// What the loss of an image counts, by its class; without, each counts 1. Several devices
    /// divide by the sum of their own images' weights.
    pub class_weights: Option<Vec<f32>>,
}

/// What it takes to clear the momentum at restarts.
#[derive(Clone, Debug)]
pub struct ClearMomentum {
    /// Tells of restarts.
    pub restart: Restart,
    /// Makes the fresh optimiser.
    pub sgd: Sgd,
}

impl Classifier {
    /// A network that is trained by the plain rules, or not at all.
    pub fn new(net: Network) -> Self {
        Self::with_rules(net, StepRules::default())
    }

    /// A network that is trained by `rules`.
    pub fn with_rules(net: Network, rules: StepRules) -> Self {
        Self { net, rules }
    }

    /// Loss and error of a batch, of which every image counts 1.
    pub fn score(&self, batch: ImageBatch) -> Scored {
        self.score_weighted(batch, None)
    }

    /// The same with weights of the classes. An image that is mixed with another has the class of
    /// which it has more.
    fn score_weighted(&self, batch: ImageBatch, weights: Option<&[f32]>) -> Scored {
        let labels = Labels::new(&batch, weights);
        let logits = self.net.forward(batch.images);
        let images = batch.labels.dims()[0];
        Scored {
            loss: labels.loss(logits.clone()),
            wrong: wrong(logits, batch.labels),
            images,
            weight: labels.weight(),
        }
    }
}

/// Which images of a batch get the wrong class. Shapes: logits `[batch, classes]`, the rest `[batch]`.
pub fn wrong(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1, Bool> {
    logits.argmax(1).flatten::<1>(0, 1).not_equal(labels)
}

impl TrainStep for Classifier {
    type Input = ImageBatch;
    type Output = Scored;

    fn step(&self, batch: ImageBatch) -> TrainOutput<Scored> {
        let images = batch.labels.dims()[0];
        let parts = self.rules.parts.clamp(1, images);
        let weights = self.rules.class_weights.as_deref();
        if parts == 1 {
            let scored = self.score_weighted(batch, weights);
            return TrainOutput::new(self, scored.loss.backward(), scored);
        }
        // The mean over the batch is the mean over its parts, weighted by their sizes, or by what
        // their images count. Batch norms see a part at a time.
        let weight = Labels::new(&batch, weights).weight();
        let mut gradients = GradientsAccumulator::new();
        let mut scores = Vec::new();
        for part in batch.split(parts) {
            let scored = self.score_weighted(part, weights);
            let backward = scored.of_batch(images, weight.as_ref()).backward();
            gradients.accumulate(self, GradientsParams::from_grads(backward, self));
            scores.push(scored.detached());
        }
        TrainOutput {
            grads: gradients.grads(),
            item: Scored::merge(scores),
        }
    }

    fn optimize(
        self,
        optimizer: &mut ModuleOptimizer,
        rate: ModuleLearningRate,
        gradients: GradientsParams,
    ) -> Self {
        if let Some(clear) = &self.rules.clear_momentum
            && clear.restart.take()
        {
            *optimizer = clear.sgd.init();
        }
        let mut next = optimizer.step(rate, self, gradients);
        next.net = next.net.clip_weights();
        next
    }
}

impl InferenceStep for Classifier {
    type Input = ImageBatch;
    type Output = Scored;

    fn step(&self, batch: ImageBatch) -> Scored {
        self.score(batch)
    }
}
