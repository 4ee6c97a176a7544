//! The network as Burn's learner trains it.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Bool, Int, Tensor};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use model::WideResNet;

use super::{ImageBatch, Restart, Sgd};
use crate::metrics::Scored;

/// A network with its loss: softmax cross-entropy.
#[derive(Module, Debug)]
pub struct Classifier {
    /// The network.
    pub net: WideResNet,
    /// Clears the momentum when the learning rate restarts.
    #[module(skip)]
    pub clear_momentum: Option<ClearMomentum>,
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
    /// Loss and error of a batch.
    pub fn score(&self, batch: ImageBatch) -> Scored {
        let logits = self.net.forward(batch.images);
        let images = batch.labels.dims()[0];
        let loss = CrossEntropyLossConfig::new()
            .init(&logits.device())
            .forward(logits.clone(), batch.labels.clone());
        Scored {
            loss,
            wrong: wrong(logits, batch.labels),
            images,
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
        let scored = self.score(batch);
        TrainOutput::new(self, scored.loss.backward(), scored)
    }

    fn optimize(
        self,
        optimizer: &mut ModuleOptimizer,
        rate: ModuleLearningRate,
        gradients: GradientsParams,
    ) -> Self {
        if let Some(clear) = &self.clear_momentum
            && clear.restart.take()
        {
            *optimizer = clear.sgd.init();
        }
        optimizer.step(rate, self, gradients)
    }
}

impl InferenceStep for Classifier {
    type Input = ImageBatch;
    type Output = Scored;

    fn step(&self, batch: ImageBatch) -> Scored {
        self.score(batch)
    }
}
