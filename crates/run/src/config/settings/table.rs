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
        "The images: the name of a dataset, or the path of your own folder or file."),
    setting("recipe", Data, Words(&Recipe::WORDS), "", r#""small""#,
        "The lowest layer of settings, for all that nothing else gives: the paper's recipe, or one for a small set of your own images. Where none is given, a dataset by name has `paper`, and your own images have `small`."),
    setting("size", Data, Sides { max: MAX_SIDE }, "", "[48, 64]",
        "Height and width that your own images are scaled to; without it they keep their size, which has to be one and the same."),
    setting("channels", Data, Numbers(&[1, 3]), "", "1",
        "Channels that your own images are brought to: 1 for grey, 3 for colour; without it 3 if any image has colour, else 1."),
    setting("fit", Data, Words(&Fit::WORDS), "", r#""pad""#,
        "How each of your own images gets its size: its shorter side is fitted and the middle cut out (crop), its longer side is fitted and the rest is black (pad), or each side is fitted by itself (stretch)."),
    setting("test_fraction", Data, Share, "", "0.25",
        "The share of each class that is held out for the test, where your own images have no test part."),
    setting("validation", Data, Text("a whole number, or a share below 1; 0 for none"), "", "0.15",
        "Training images to hold out for validation, as a number or a share. They are scored after each epoch, and the test set once, at the end. With 0, the test set is scored after each epoch."),
    setting("split_seed", Data, Whole { min: 0, max: ANY }, "", "3",
        "Decides which images of each class are held out; apart from `seed`, so that runs with other seeds are scored on the same images."),
    setting("skip_bad", Data, Switch, "", "true",
        "Leaves out files that cannot be read; otherwise they are listed, and nothing is trained."),
    setting("test_crops", Data, Whole { min: 0, max: 25 }, "paper, section 4", "25",
        "Crops of each test photograph of `imagenet` whose probabilities are averaged for a second score, besides that of the centre; 0 for none."),
    setting("limit_train", Data, Whole { min: 0, max: ANY }, "", "1000",
        "How many training images to use; 0 for all (for `glyphs`: 10,000). Images that are sorted by class are taken evenly from all classes. A greater batch size is lowered to this number."),
    setting("limit_test", Data, Whole { min: 0, max: ANY }, "", "1000",
        "How many test images to use; 0 for all (for `glyphs`: 2,000)."),
    setting("net", Network, Text("a family's name such as wrn-20-4, or a table as in a network file"), "paper, section 3", r#""wrn-20-1""#,
        "The network: a family's name with depth and width, or that of a network file."),
    setting("weights", Network, Kinds(&[]), "paper, section 2", r#""32bit""#,
        "Kind of weights; `32bit` is the full-precision baseline."),
    setting("first_last", Network, Kinds(&[AS_WEIGHTS]), "", r#""32bit""#,
        "Kind of weights of the first and the last convolution; `as-weights` for the kind of the others."),
    setting("input_norm", Network, Words(&InputNorm::WORDS), "paper, section 3", r#""fixed""#,
        "The batch norm of the input: without scale and offset (fixed), with learned ones (learned), or with a ReLU after it as well (learned-relu)."),
    setting("learn_norms", Network, Switch, "paper, section 3.2", "true",
        "Whether the other batch norms learn their scale and offset."),
    setting("temperature", Network, Real { min: 1e-3, max: 1e6 }, "arXiv 1907.06916", "20.0",
        "The number that the outputs of a `srelu` network are divided by; other networks have none."),
    setting("padding", Network, Words(&Padding::WORDS), "", r#""bottom-right""#,
        "The sides on which a convolution that halves the size pads with zeros; `bottom-right` as in Keras."),
    setting("augment", Training, Text("a list such as crop,flip,rotate=15; or none, crop, crop-flip, crop-flip-cutout, scale-crop-flip"), "paper, section 3.1", r#""crop,flip,rotate=10""#,
        "How training images are changed each time they are seen: crop, flip, cutout, rotate, shift, scale, brightness, contrast, noise, mixup, each with its strength or the usual one. docs/augmentation.md has the table."),
    setting("balance", Training, Words(&Balance::WORDS), "", r#""sample""#,
        "What is done where some classes have many more images than others: nothing (none), every class is seen equally often (sample), or the loss of an image counts n / (k*n_c) times (weight), with n images, k classes and n_c images of its class."),
    setting("init", Training, Text("the folder of a run, a file, or the name of a built-in model"), "", r#""runs/cifar10-wrn-20-1-1bit-1""#,
        "The trained network whose weights the run starts from; without it, weights are drawn at random. Trained weights help most with few images and few steps: docs/transfer.md."),
    setting("freeze", Training, Words(&Freeze::WORDS), "", r#""head-only""#,
        "Which layers learn in a run from trained weights (`init`): all (none is frozen), the last convolution and the norm after it (head-only), or the last stage and what follows it (last-stage)."),
    setting("teacher", Training, Text("the folder of a run, a file, or the name of a built-in model"), "Hinton, Vinyals, Dean 2015, arXiv 1503.02531, section 2", r#""runs/cifar10-wrn-20-4-32bit-1""#,
        "A trained network of the same classes and images, whose logits are learned besides the labels (distillation). It sees each batch as it is augmented, which takes one more forward pass."),
    setting("teacher_temperature", Training, Real { min: 0.1, max: 1e3 }, "Hinton, Vinyals, Dean 2015, section 2", "2",
        "The number that the logits of teacher and network are divided by before they are compared."),
    setting("teacher_share", Training, Real { min: 0.0, max: 1.0 }, "Hinton, Vinyals, Dean 2015, section 2", "0.9",
        "The teacher's share of the loss: (1 - share) * cross-entropy + share * temperature^2 * KL(teacher || network)."),
    setting("label_smoothing", Training, Real { min: 0.0, max: 0.9 }, "Szegedy et al. 2016, arXiv 1512.00567, section 7", "0.1",
        "The share of a label's probability that is spread evenly over all classes."),
    setting("epochs", Training, Whole { min: 1, max: MAX }, "paper, section 3.1", "30",
        "Passes over the training set; the cycles of `cosine-restarts` end after 2, 6, 14, 30, 62, 126, 254 epochs."),
    setting("batch_size", Training, Whole { min: 1, max: MAX }, "paper, section 3.1", "64",
        "Images in each training step. The last images of an epoch that do not fill a batch are dropped."),
    setting("accumulate", Training, UpTo { min: 1, key: "batch_size" }, "", "5",
        "Parts that a batch is computed in, one after the other, to save memory; batch norms see one part at a time."),
    setting("max_steps", Training, Whole { min: 0, max: ANY }, "", "100",
        "Ends the run after this many steps, and re-estimates the moments of batch norms over at most as many batches; 0 for no limit."),
    setting("seed", Training, Whole { min: 0, max: ANY }, "", "2",
        "Decides the initial weights, the order of the images and their augmentation."),
    setting("keep_best", Training, Switch, "", "true",
        "Ends the run with the network of the epoch with the least validation error, in place of that of the last epoch. Needs a `validation` part."),
    setting("schedule", Optimiser, Words(&ScheduleName::WORDS), "paper, section 3.1", r#""steps""#,
        "How the learning rate falls: a cosine with warm restarts, one cosine over all epochs (SGDR with a single cycle), or a constant that drops to a tenth at each of `drops`."),
    setting("learning_rate", Optimiser, Real { min: 0.0, max: 1e3 }, "paper, section 3.1", "0.05",
        "The learning rate at the start of each cycle, the first included."),
    setting("learning_rate_min", Optimiser, UpTo { min: 0, key: "learning_rate" }, "paper, section 3.1", "0.001",
        "The rate at the end of `cosine`, and of each cycle of `cosine-restarts`."),
    setting("first_cycle", Optimiser, Whole { min: 1, max: MAX }, "paper, section 3.1", "4",
        "Epochs of the first cycle of `cosine-restarts`; each later cycle is twice as long as the one before."),
    setting("drops", Optimiser, Text("epochs from 0 to 1000000 that ascend"), "paper, section 3.1", "[60, 80]",
        "Epochs after which the rate of `steps` drops to a tenth."),
    setting("warm_up", Optimiser, Whole { min: 0, max: MAX }, "Goyal et al. 2017, arXiv 1706.02677, section 2.2", "400",
        "Steps at the start over which the rate rises linearly to that of the schedule, which runs meanwhile; 0 for none."),
    setting("momentum", Optimiser, Real { min: 0.0, max: 1.0 }, "paper, section 3.1", "0.95",
        "Momentum of SGD."),
    setting("clear_momentum", Optimiser, Switch, "the author's MATLAB code", "true",
        "Whether each restart of the learning rate sets the momentum to 0."),
    setting("weight_decay", Optimiser, Real { min: 0.0, max: 1.0 }, "paper, section 3.1", "0.0001",
        "Weight decay of the convolutions."),
    setting("decay_latent", Optimiser, Real { min: 0.0, max: 1.0 }, "", "0",
        "Weight decay of the latent weights of 1-bit layers; without it, `weight_decay` counts for them too."),
    setting("decay_norms", Optimiser, Switch, "", "true",
        "Whether learned scales and offsets of batch norms decay as the weights do."),
    setting("latent_norm", Optimiser, Words(&LatentNorm::WORDS), "IR-Net: Qin et al. 2020, arXiv 1909.10788, section 3.2", r#""centre""#,
        "What becomes of the latent weights of each filter of `1bit` layers before their sign is taken: nothing (none), their mean is subtracted (centre), or they get the layer's initial deviation too (standardise). The gradient goes through it. Only the signs are deployed."),
    setting("estimator", Optimiser, Words(&Estimator::WORDS), "paper, section 2; ede: IR-Net, section 3.3; reste: Wu et al. 2023, arXiv 2308.06689, section 4", r#""ede""#,
        "What stands in for the gradient of the sign in `1bit` layers, with weights in initial deviations: 1 everywhere (straight), 1 up to a weight of 1 (clip), the derivative of a tanh that sharpens from 0.1 to 10 (ede), or of a root that goes from 1 to 3 (reste). ede and reste sharpen step by step over the epochs of the run."),
    setting("average", Optimiser, Words(&Average::WORDS), "ema: Polyak and Juditsky 1992; swa: Izmailov et al. 2018, arXiv 1803.05407, section 3", r#""ema""#,
        "The average of all that is learned that the run ends with and is scored by: none, an exponential moving average over the steps (ema), or the mean over the ends of epochs (swa). Of 1-bit layers the latent weights are averaged. Moments of batch norms are estimated anew for it."),
    setting("average_decay", Optimiser, Real { min: 0.0, max: 0.999999 }, "", "0.9995",
        "The share of the average before it that a step of `ema` keeps."),
    setting("average_from", Optimiser, Real { min: 0.0, max: 1.0 }, "Izmailov et al. 2018, section 3", "0.5",
        "The share of the epochs after which averaging begins; until then, the average is the network itself."),
    setting("device", Machine, Text("a device's name; several, separated by commas"), "", r#""cuda:0""#,
        "Where to compute; several devices share each batch."),
    setting("workers", Machine, Whole { min: 0, max: Loader::MAX_WORKERS }, "", "4",
        "Threads that prepare batches; with 0, the thread that trains does. The result is the same for any number."),
    setting("keep_checkpoints", Machine, Whole { min: 2, max: MAX }, "", "5",
        "How many of the last checkpoints are kept."),
    setting("checkpoint_minutes", Machine, Real { min: 0.0, max: MAX as f64 }, "", "30",
        "Minutes between checkpoints within an epoch; with 0, and on several devices, there are only those at the ends of epochs."),
];
