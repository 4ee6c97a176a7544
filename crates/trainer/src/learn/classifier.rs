//! The network as Burn's learner trains it.

use burn::module::Module;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bool, Int, Tensor};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use model::Network;

use super::loss::Labels;
use super::{Averaging, Decay, Distill, ImageBatch, Restart, Scored, Sgd};

/// A network with its loss: softmax cross-entropy, see `loss`.
#[derive(Module, Debug)]
pub struct Classifier {
    /// The network.
    pub net: Network,
    /// The average of it that the run ends with, where it does.
    average: Option<Network>,
    /// What a training step does besides.
    #[module(skip)]
    rules: StepRules,
    /// Steps that are done.
    #[module(skip)]
    done: usize,
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
    /// The share of a label that is spread over all classes.
    pub label_smoothing: f64,
    /// A network to learn from besides the labels.
    pub distill: Option<Distill>,
    /// How the average follows the network, where there is one.
    pub averaging: Option<Averaging>,
    /// Steps of the whole run, of which the gradient of the sign may depend on those that are done;
    /// 0 where that is all the same.
    pub steps: usize,
}

/// What it takes to clear the momentum at restarts.
#[derive(Clone, Debug)]
pub struct ClearMomentum {
    /// Tells of restarts.
    pub restart: Restart,
    /// Makes the fresh optimiser.
    pub sgd: Sgd,
    /// What decays in it.
    pub decay: Decay,
}

impl Classifier {
    /// A network that is trained by the plain rules, or not at all.
    pub fn new(net: Network) -> Self {
        Self::with_rules(net, StepRules::default())
    }

    /// A network that is trained by `rules`.
    pub fn with_rules(net: Network, rules: StepRules) -> Self {
        let average = rules.averaging.map(|_| net.detached());
        Self {
            net,
            average,
            rules,
            done: 0,
        }
    }

    /// The same with room for an average, as checkpoints of a run that has one hold it.
    #[must_use]
    pub fn averaging(self, averaging: bool) -> Self {
        let average = averaging.then(|| self.net.detached());
        Self { average, ..self }
    }

    /// The same after so many steps.
    #[must_use]
    pub fn after(mut self, done: usize) -> Self {
        self.done = done;
        self.tell_progress();
        self
    }

    /// The network that a run ends with: the average, where there is one.
    pub fn into_final(self) -> Network {
        self.average.unwrap_or(self.net)
    }

    /// Ends an epoch: the average takes in the network. What it is then, its moments estimated anew by
    /// `settle`, is what is scored.
    ///
    /// # Errors
    ///
    /// Those of `settle`.
    pub fn end_epoch<E>(
        &mut self,
        settle: impl FnOnce(Network) -> Result<Network, E>,
    ) -> Result<(), E> {
        let (Some(averaging), Some(average)) = (self.rules.averaging, self.average.take()) else {
            return Ok(());
        };
        let average = averaging.after_epoch(average, &self.net, self.done);
        self.average = Some(match averaging.has_begun(self.done) {
            true => settle(average)?,
            false => average,
        });
        Ok(())
    }

    fn tell_progress(&mut self) {
        if self.rules.steps > 0 {
            let progress = self.done as f64 / self.rules.steps as f64;
            self.net.set_progress(progress);
        }
    }

    /// Loss and error of a batch, of which every image counts 1.
    pub fn score(&self, batch: ImageBatch) -> Scored {
        let labels = Labels::new(&batch, None);
        let logits = self.net.forward(batch.images);
        let loss = labels.loss(logits.clone());
        scored(loss, logits, batch.labels, &labels)
    }

    /// The same as training has it: with weights of the classes, smoothed labels and a teacher. An
    /// image that is mixed with another has the class of which it has more.
    fn score_by_rules(&self, batch: ImageBatch) -> Scored {
        let weights = self.rules.class_weights.as_deref();
        let labels = Labels::new(&batch, weights).smoothed(self.rules.label_smoothing);
        let distill = self.rules.distill.as_ref();
        let taught = distill.map(|distill| (distill, distill.logits(&batch.images)));
        let logits = self.net.forward(batch.images);
        let mut loss = labels.loss(logits.clone());
        if let Some((distill, theirs)) = taught {
            let divergence = labels.mean(distill.divergence(logits.clone(), theirs));
            loss = loss * (1.0 - distill.share) + divergence * distill.share;
        }
        scored(loss, logits, batch.labels, &labels)
    }
}

fn scored(loss: Tensor<1>, logits: Tensor<2>, classes: Tensor<1, Int>, labels: &Labels) -> Scored {
    Scored {
        loss,
        images: classes.dims()[0],
        wrong: wrong(logits, classes),
        weight: labels.weight(),
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
            let scored = self.score_by_rules(batch);
            return TrainOutput::new(self, scored.loss.backward(), scored);
        }
        // The mean over the batch is the mean over its parts, weighted by their sizes, or by what
        // their images count. Batch norms see a part at a time.
        let weight = Labels::new(&batch, weights).weight();
        let mut gradients = GradientsAccumulator::new();
        let mut scores = Vec::new();
        for part in batch.split(parts) {
            let scored = self.score_by_rules(part);
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
            *optimizer = clear.sgd.init_with(&clear.decay);
        }
        let mut next = optimizer.step(rate, self, gradients);
        next.net = next.net.clip_weights();
        next.done += 1;
        next.tell_progress();
        if let (Some(averaging), Some(average)) = (next.rules.averaging, next.average.take()) {
            next.average = Some(averaging.after_step(average, &next.net, next.done));
        }
        next
    }
}

impl InferenceStep for Classifier {
    type Input = ImageBatch;
    type Output = Scored;

    fn step(&self, batch: ImageBatch) -> Scored {
        match &self.average {
            Some(average) => Self::new(average.clone()).score(batch),
            None => self.score(batch),
        }
    }
}
