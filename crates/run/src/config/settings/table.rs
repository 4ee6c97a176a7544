//! The table of settings.

use data::{Balance, Dataset, Loader};
use graph::{Estimator, InputNorm, LatentNorm, Padding};
use pixels::Fit;

use super::{Group, Range, Setting};
use crate::config::first_last::AS_WEIGHTS;
use crate::config::{Average, Freeze, Recipe, ScheduleName};

use Group::{Data, Machine, Network, Optimiser, Training};
use Range::{Kinds, Numbers, Real, Share, Sides, Switch, Text, UpTo, Whole, Words, WordsOr};

/// No run needs more, and no product of two such numbers overflows.
const MAX: usize = 1_000_000;
/// The largest side of an image that a network takes.
const MAX_SIDE: usize = 4096;
/// As many as the machine can count.
const ANY: usize = usize::MAX;

const fn setting(
    key: &'static str,
    group: Group,
    range: Range,
    source: &'static str,
    example: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        group,
        about,
        range,
        source,
        example,
    }
}

/// All settings, in the order in which a config is written.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    setting("dataset", Data, WordsOr(&Dataset::WORDS, "a path with a separator, such as ./photos"), "", r#""./photos""#,
        "Which images: a dataset by name, or a folder or file of one's own."),
    setting("recipe", Data, Words(&Recipe::WORDS), "", r#""small""#,
        "The lowest layer of settings, for what nothing else gives: the paper's recipe, or one for small sets of one's own. Without it a dataset by name has `paper`, and own images have `small`."),
    setting("size", Data, Sides { max: MAX_SIDE }, "", "[48, 64]",
        "Height and width that own images are brought to; without it their own size, if all are equal."),
    setting("channels", Data, Numbers(&[1, 3]), "", "1",
        "Channels that own images are brought to: 1 for grey, 3 for colour; without it 3 if any image has colour."),
    setting("fit", Data, Words(&Fit::WORDS), "", r#""pad""#,
        "How an own image gets its size: its shorter side is fitted and the middle cut out, its longer side is fitted and the rest is black, or each side is fitted by itself."),
    setting("test_fraction", Data, Share, "", "0.25",
        "The share of own images that is held out for the test, by class, where they have no test part."),
    setting("validation", Data, Text("a whole number, or a share below 1; 0 for none"), "", "0.15",
        "Training images held out, as a number or a share, and scored after each epoch; the test set is scored once, at the end. With 0, the test set is scored after each epoch."),
    setting("split_seed", Data, Whole { min: 0, max: ANY }, "", "3",
        "Decides which images are held out, by class; a key of its own, so that runs of other seeds are judged on the same images."),
    setting("skip_bad", Data, Switch, "", "true",
        "Whether files that cannot be read are left out; otherwise they are listed and refused."),
    setting("test_crops", Data, Whole { min: 0, max: 25 }, "paper, section 4", "25",
        "Crops of each test photograph of `imagenet` whose probabilities are averaged, besides the score of its centre; 0 for none."),
    setting("limit_train", Data, Whole { min: 0, max: ANY }, "", "1000",
        "How many training images to use; 0 for all (of `glyphs` 10,000). They are spread over the classes where images are sorted by class. A batch has at most as many."),
    setting("limit_test", Data, Whole { min: 0, max: ANY }, "", "1000",
        "How many test images to use; 0 for all (of `glyphs` 2,000)."),
    setting("net", Network, Text("a family's name such as wrn-20-4, or a table as in a network file"), "paper, section 3", r#""wrn-20-1""#,
        "Which network: a family's name with depth and width, or one of a file."),
    setting("weights", Network, Kinds(&[]), "paper, section 2", r#""32bit""#,
        "Kind of weights; `32bit` is the full-precision baseline."),
    setting("first_last", Network, Kinds(&[AS_WEIGHTS]), "", r#""32bit""#,
        "Kind of the first and the last convolution's weights; `as-weights` for that of the others."),
    setting("input_norm", Network, Words(&InputNorm::WORDS), "paper, section 3", r#""fixed""#,
        "The batch norm of the input: without scale and offset, with learned ones, or with a ReLU after it too."),
    setting("learn_norms", Network, Switch, "paper, section 3.2", "true",
        "Whether the other batch norms learn their scale and offset."),
    setting("temperature", Network, Real { min: 1e-3, max: 1e6 }, "arXiv 1907.06916", "20.0",
        "What the outputs of a `srelu` network are divided by; no other network has one."),
    setting("padding", Network, Words(&Padding::WORDS), "", r#""bottom-right""#,
        "Where the zeros stand when a convolution halves the size; `bottom-right` as in Keras."),
    setting("augment", Training, Text("a list such as crop,flip,rotate=15; or none, crop, crop-flip, crop-flip-cutout, scale-crop-flip"), "paper, section 3.1", r#""crop,flip,rotate=10""#,
        "What is done to training images each time they are seen: crop, flip, cutout, rotate, shift, scale, brightness, contrast, noise, mixup, each with its strength or the usual one. docs/augmentation.md has the table."),
    setting("balance", Training, Words(&Balance::WORDS), "", r#""sample""#,
        "What is done where some classes have many more images than others: nothing, every class seen equally often, or a loss that counts n / (k*n_c) times."),
    setting("init", Training, Text("the folder of a run, a file, or the name of a model that comes along"), "", r#""runs/cifar10-wrn-20-1-1bit-1""#,
        "Where the first weights come from; without it they are drawn. Trained ones pay with few images and few steps: docs/transfer.md."),
    setting("freeze", Training, Words(&Freeze::WORDS), "", r#""head-only""#,
        "Which layers learn when a network starts from trained weights (`init`): all, the last convolution and the norm after it, or the last stage and what follows it."),
    setting("teacher", Training, Text("the folder of a run, a file, or the name of a model that comes along"), "Hinton, Vinyals, Dean 2015, arXiv 1503.02531, section 2", r#""runs/cifar10-wrn-20-4-32bit-1""#,
        "A trained network of the same classes and images whose logits are learned besides the labels (distillation). It sees each batch as it is, augmented, in one forward pass."),
    setting("teacher_temperature", Training, Real { min: 0.1, max: 1e3 }, "Hinton, Vinyals, Dean 2015, section 2", "2",
        "What the logits of teacher and network are divided by where they are compared."),
    setting("teacher_share", Training, Real { min: 0.0, max: 1.0 }, "Hinton, Vinyals, Dean 2015, section 2", "0.9",
        "The teacher's share of the loss: (1 - share) * cross-entropy + share * temperature^2 * KL(teacher || network)."),
    setting("label_smoothing", Training, Real { min: 0.0, max: 0.9 }, "Szegedy et al. 2016, arXiv 1512.00567, section 7", "0.1",
        "The share of a label's probability that is spread evenly over all classes."),
    setting("epochs", Training, Whole { min: 1, max: MAX }, "paper, section 3.1", "30",
        "Passes over the training set; the cycles of `cosine-restarts` end after 2, 6, 14, 30, 62, 126, 254 epochs."),
    setting("batch_size", Training, Whole { min: 1, max: MAX }, "paper, section 3.1", "64",
        "Images in each training step. The last images of an epoch that do not fill a batch are dropped."),
    setting("accumulate", Training, UpTo { min: 1, key: "batch_size" }, "", "5",
        "Parts that a batch is computed in, one after the other, to fit a small memory; batch norms see a part at a time."),
    setting("max_steps", Training, Whole { min: 0, max: ANY }, "", "100",
        "Ends the run after so many steps, and re-estimates moments over so many batches; 0 for no limit."),
    setting("seed", Training, Whole { min: 0, max: ANY }, "", "2",
        "Decides the initial weights, the order of the images and their augmentation."),
    setting("keep_best", Training, Switch, "", "true",
        "Whether the run ends with the epoch of the least validation error, not with the last one. Needs a `validation` part."),
    setting("schedule", Optimiser, Words(&ScheduleName::WORDS), "paper, section 3.1", r#""steps""#,
        "How the learning rate falls: a cosine with warm restarts, one cosine over all epochs (SGDR with a single cycle), or a constant that drops to a tenth."),
    setting("learning_rate", Optimiser, Real { min: 0.0, max: 1e3 }, "paper, section 3.1", "0.05",
        "The first learning rate, and that at the start of each cycle."),
    setting("learning_rate_min", Optimiser, UpTo { min: 0, key: "learning_rate" }, "paper, section 3.1", "0.001",
        "The rate that `cosine` falls to, and each cycle of `cosine-restarts`."),
    setting("first_cycle", Optimiser, Whole { min: 1, max: MAX }, "paper, section 3.1", "4",
        "Epochs of the first cycle of `cosine-restarts`; each next one is twice as long."),
    setting("drops", Optimiser, Text("epochs from 0 to 1000000 that ascend"), "paper, section 3.1", "[60, 80]",
        "Epochs after which the rate of `steps` drops to a tenth."),
    setting("warm_up", Optimiser, Whole { min: 0, max: MAX }, "Goyal et al. 2017, arXiv 1706.02677, section 2.2", "400",
        "Steps over which the rate first rises linearly to that of the schedule, which goes on meanwhile; 0 for none."),
    setting("momentum", Optimiser, Real { min: 0.0, max: 1.0 }, "paper, section 3.1", "0.95",
        "Momentum of SGD."),
    setting("clear_momentum", Optimiser, Switch, "the author's MATLAB code", "true",
        "Whether each restart of the learning rate forgets the momentum."),
    setting("weight_decay", Optimiser, Real { min: 0.0, max: 1.0 }, "paper, section 3.1", "0.0001",
        "Decay of the convolutions' weights."),
    setting("decay_latent", Optimiser, Real { min: 0.0, max: 1.0 }, "", "0",
        "Decay of the latent weights behind weights of one bit, in place of `weight_decay`; without it theirs is the same."),
    setting("decay_norms", Optimiser, Switch, "", "true",
        "Whether learned scales and offsets of batch norms decay as the weights do."),
    setting("latent_norm", Optimiser, Words(&LatentNorm::WORDS), "IR-Net: Qin et al. 2020, arXiv 1909.10788, section 3.2", r#""centre""#,
        "What becomes of the latent weights of each filter of `1bit` layers before their sign: nothing, the mean is subtracted, or they get the layer's initial deviation too. The gradient goes through it. What is deployed are the signs."),
    setting("estimator", Optimiser, Words(&Estimator::WORDS), "paper, section 2; ede: IR-Net, section 3.3; reste: Wu et al. 2023, arXiv 2308.06689, section 4", r#""ede""#,
        "The gradient of the sign in `1bit` layers, of weights in initial deviations: 1 everywhere, 1 up to 1 (clip), the derivative of a tanh that sharpens from 0.1 to 10 (ede), or of a root that goes from 1 to 3 (reste). What sharpens follows the share of the run's epochs that is done, step by step."),
    setting("average", Optimiser, Words(&Average::WORDS), "ema: Polyak and Juditsky 1992; swa: Izmailov et al. 2018, arXiv 1803.05407, section 3", r#""ema""#,
        "Which average of all that is learned, of latent weights before their sign, the run ends with and is scored by: none, an exponential moving one over the steps, or the mean over the ends of epochs. Moments of batch norms are estimated anew for it."),
    setting("average_decay", Optimiser, Real { min: 0.0, max: 0.999999 }, "", "0.9995",
        "How much of an average of `ema` a step leaves."),
    setting("average_from", Optimiser, Real { min: 0.0, max: 1.0 }, "Izmailov et al. 2018, section 3", "0.5",
        "The share of the epochs after which averages begin; before it, the average is the network itself."),
    setting("device", Machine, Text("a device's name; several, parted by commas"), "", r#""cuda:0""#,
        "Where to compute; several devices share each batch."),
    setting("workers", Machine, Whole { min: 0, max: Loader::MAX_WORKERS }, "", "4",
        "Threads that prepare batches; with 0 the thread that trains does. Changes no result."),
    setting("keep_checkpoints", Machine, Whole { min: 2, max: MAX }, "", "5",
        "How many of the last checkpoints are kept."),
    setting("checkpoint_minutes", Machine, Real { min: 0.0, max: MAX as f64 }, "", "30",
        "Minutes between checkpoints within an epoch; 0 for none but those at its end. A run on several devices has no others."),
];
