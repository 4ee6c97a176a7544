//! What a run is made of, and where each setting comes from.

mod average;
mod batch;
mod check;
mod cycles;
mod earlier;
mod first_last;
mod freeze;
mod given;
mod kinds;
mod layers;
mod levers;
mod place;
mod recipe;
mod serde_str;
mod settings;

use std::path::Path;

use data::{Augment, Balance, Part, Source};
use graph::{Costs, Estimator, Graph, InputNorm, LatentNorm, Net, NetOptions, Padding, Weights};
use pixels::Fit;
use serde::{Deserialize, Serialize};
use word_list::word_list;

pub use average::Average;
pub use batch::BatchFit;
pub use cycles::AmidCycle;
pub use first_last::parse as parse_first_last;
pub use freeze::Freeze;
pub use kinds::stand_over;
pub use layers::{Layers, line_of};
pub use recipe::Recipe;
pub use serde_str::{in_words, meant};
pub use settings::{Default, Group, Range, SETTINGS, Setting, template, wrapped, written};

use crate::RunError;
use crate::files::read_text;
use crate::schedule::{CosineRestarts, Schedule, Steps, WarmUp};

/// Every setting of a training run, resolved. A run folder holds it as `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Which images: a dataset by name, or a path of one's own.
    pub dataset: Source,
    /// Where settings come from that nothing else gives: `paper` or `small`.
    #[serde(with = "serde_str")]
    pub recipe: Recipe,
    /// Height and width that own images are brought to; without it their own, if all are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Channels that own images are brought to, 1 or 3; without it 3 if any has colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// How an own image gets its size: `crop`, `pad` or `stretch`.
    #[serde(with = "serde_str")]
    pub fit: Fit,
    /// The share of own images that is held out for the test, where they have no test part.
    pub test_fraction: f64,
    /// Training images held out, a number or a share; without any, the test set is scored after
    /// each epoch instead.
    pub validation: Part,
    /// Decides which images are held out. Without it `seed` does, and not by class, as in runs of
    /// version 0.2 and before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_seed: Option<u64>,
    /// Whether files that cannot be read are left out.
    pub skip_bad: bool,
    /// Which network: a name such as `wrn-20-4`, or a table as network files have it.
    pub net: Net,
    /// Kind of weights: one of [`Weights::ALL`], by its name.
    #[serde(with = "serde_str")]
    pub weights: Weights,
    /// Kind of the first and the last convolution's weights; `as-weights` for that of the others.
    #[serde(with = "first_last")]
    pub first_last: Option<Weights>,
    /// What is done to training images.
    pub augment: Augment,
    /// What is done where some classes have many more images than others.
    #[serde(with = "serde_str")]
    pub balance: Balance,
    /// Where the first weights come from: the folder of a run, a file, or the name of a built-in
    /// model; without it they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// Which layers of a network that starts from trained weights do not learn.
    #[serde(with = "serde_str")]
    pub freeze: Freeze,
    /// The network whose logits are learned besides the labels: the folder of a run, or a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<String>,
    /// What the logits of both are divided by where they are compared.
    pub teacher_temperature: f64,
    /// The teacher's share of the loss.
    pub teacher_share: f64,
    /// The share of a label's probability that is spread over all classes.
    pub label_smoothing: f64,
    /// Passes over the training set.
    pub epochs: usize,
    /// Images in each training step. The last images of an epoch that do not fill a batch are dropped.
    pub batch_size: usize,
    /// Parts that a batch is computed in, one after the other, to fit a small memory. Batch norms
    /// see a part at a time.
    pub accumulate: usize,
    /// Stop after so many steps, and re-estimate moments over so many batches; 0 means no limit.
    pub max_steps: usize,
    /// Decides the initial weights, the order of the images and their augmentation.
    pub seed: u64,
    /// Crops of each test photograph of `imagenet` whose probabilities are averaged, besides the
    /// score of its centre: 0 for none, or up to 25.
    pub test_crops: usize,
    /// How many training images to use; 0 means all (of `glyphs`: 10,000). A batch has at most as many.
    pub limit_train: usize,
    /// How many test images to use; 0 means all (of `glyphs`: 2,000).
    pub limit_test: usize,
    /// How the learning rate falls: `cosine-restarts`, `cosine` or `steps`.
    #[serde(with = "serde_str")]
    pub schedule: ScheduleName,
    /// The first rate, and that at the start of each cycle.
    pub learning_rate: f64,
    /// Rate that `cosine` falls to, and each cycle of `cosine-restarts`.
    pub learning_rate_min: f64,
    /// Epochs of the first cycle of `cosine-restarts`; each next one is twice as long.
    pub first_cycle: usize,
    /// Epochs after which the rate of `steps` drops to a tenth.
    pub drops: Vec<f64>,
    /// Steps over which the rate first rises to that of the schedule; 0 for none.
    pub warm_up: usize,
    /// Momentum of SGD.
    pub momentum: f64,
    /// Whether each restart of the learning rate forgets the momentum.
    pub clear_momentum: bool,
    /// Decay of the convolutions' weights.
    pub weight_decay: f64,
    /// Decay of the latent weights of 1-bit layers; without it `weight_decay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decay_latent: Option<f64>,
    /// Whether the scales and offsets of batch norms decay as the weights do.
    pub decay_norms: bool,
    /// What becomes of the latent weights of 1-bit layers before their sign.
    #[serde(with = "serde_str")]
    pub latent_norm: LatentNorm,
    /// What stands in for the gradient of the sign in 1-bit layers.
    #[serde(with = "serde_str")]
    pub estimator: Estimator,
    /// Which average of what is learned the run ends with.
    #[serde(with = "serde_str")]
    pub average: Average,
    /// What a step leaves of the average before it, of `ema`.
    pub average_decay: f64,
    /// The share of the epochs after which averages begin.
    pub average_from: f64,
    /// The batch norm of the input: `fixed`, `learned`, or `learned-relu`.
    #[serde(with = "serde_str")]
    pub input_norm: InputNorm,
    /// Whether the other batch norms learn their scale and offset.
    pub learn_norms: bool,
    /// What the outputs of a `srelu` network are divided by; no other network has one.
    pub temperature: f64,
    /// Where the zeros stand when a convolution halves the size: `symmetric`, or `bottom-right` as in Keras.
    #[serde(with = "serde_str")]
    pub padding: Padding,
    /// Where to compute, by a name such as `flex` or `cuda:0`. Several, parted by commas, share each
    /// batch.
    pub device: String,
    /// Threads that prepare batches. Changes no result.
    pub workers: usize,
    /// How many of the last checkpoints are kept, at least 2.
    pub keep_checkpoints: usize,
    /// Minutes between checkpoints within an epoch; 0 for none but those at its end.
    pub checkpoint_minutes: f64,
    /// Whether the run ends with the epoch of the least validation error, not with the last one.
    pub keep_best: bool,
}

word_list! {
    /// How the learning rate falls.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ScheduleName("schedule", RunError) {
        /// A cosine with warm restarts, the paper's.
        CosineRestarts = "cosine-restarts",
        /// One cosine over the whole run.
        Cosine = "cosine",
        /// A constant that drops to a tenth at each of `drops`, which the paper compares with.
        Steps = "steps",
    }
}

impl TrainConfig {
    /// The device of a config that names none: the CPU.
    pub const DEVICE: &str = "flex";

    /// The network's nodes, for images of this shape (channels, height, width).
    ///
    /// # Errors
    ///
    /// [`RunError::Graph`] when there is no such network for these images and classes.
    pub fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, RunError> {
        let options = NetOptions::new(input, classes)
            .with_weights(self.weights)
            .with_first_last(self.first_last)
            .with_input_relu(self.input_norm.has_relu())
            .with_padding(self.padding)
            .with_temperature(self.temperature as f32);
        Ok(self.net.graph(&options)?)
    }

    /// What the deployed network of these nodes costs, and how many numbers are trained.
    pub fn costs(&self, graph: &Graph) -> Costs {
        Costs::of(graph, |norm| match graph.is_input_norm(norm) {
            true => self.input_norm.is_learned(),
            false => self.learn_norms,
        })
    }

    /// The learning rate of each step, where an epoch has `steps_per_epoch`.
    pub fn schedule(&self, steps_per_epoch: usize) -> Schedule {
        let cosine = |epochs: usize| {
            Schedule::Cosine(CosineRestarts {
                max: self.learning_rate,
                min: self.learning_rate_min,
                first_cycle: epochs * steps_per_epoch,
            })
        };
        let schedule = match self.schedule {
            ScheduleName::CosineRestarts => cosine(self.first_cycle),
            ScheduleName::Cosine => cosine(self.epochs),
            ScheduleName::Steps => Schedule::Steps(Steps {
                max: self.learning_rate,
                drops: self
                    .drops
                    .iter()
                    .map(|epochs| (epochs * steps_per_epoch as f64).round() as usize)
                    .collect(),
            }),
        };
        match self.warm_up {
            0 => schedule,
            steps => Schedule::WarmUp(WarmUp {
                steps,
                then: Box::new(schedule),
            }),
        }
    }

    /// Epochs that are at least begun: `max_steps` may end a run before its `epochs`.
    pub fn epochs_begun(&self, steps_per_epoch: usize) -> usize {
        match self.max_steps {
            0 => self.epochs,
            steps => self.epochs.min(steps.div_ceil(steps_per_epoch)),
        }
    }

    /// The name of a run with these settings: `cifar10-wrn-20-1-1bit`.
    pub fn run_name(&self) -> String {
        format!("{}-{}-{}", self.dataset.name(), self.net, self.weights)
    }

    /// Reads a resolved config, as a run folder holds it; what it lacks is as in the recipe of its
    /// dataset.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the file cannot be read or is not a resolved config.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = read_text(path)?;
        let wrong =
            |found: &dyn std::fmt::Display| RunError::damaged(path, "the config of a run", found);
        let table: Result<toml::Table, toml::de::Error> = text.parse();
        let mut table = table.map_err(|e| {
            let before = text.get(..e.span().map_or(0, |span| span.start));
            let line = before.unwrap_or_default().matches('\n').count() + 1;
            wrong(&format!("line {line}: {}", e.message()))
        })?;
        let always = ["dataset", "net", "weights", "epochs", "seed"];
        if let Some(key) = always.iter().find(|&&key| !table.contains_key(key)) {
            return Err(wrong(&format!("no `{key}`")));
        }
        earlier::renamed(&mut table);
        // A run of an earlier version lacks the keys that came later.
        let mut config = layers::over_recipe(&table, "config").map_err(|e| wrong(&e))?;
        if !table.contains_key("split_seed") {
            config.split_seed = None;
        }
        config.check().map_err(|e| wrong(&e))?;
        Ok(config)
    }
}
