//! Every setting, explained in one place: the program's help, the comments of a written config, the
//! reference page and the report all tell what stands here.

/// A setting of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// Its key in a config.
    pub key: &'static str,
    /// What it belongs to, such as `data`.
    pub group: &'static str,
    /// What it means, in one or two sentences.
    pub about: &'static str,
    /// Which values it takes.
    pub range: &'static str,
    /// Where it comes from: a section of the paper, or another work; empty where it is ours.
    pub source: &'static str,
}

/// The setting of this key.
pub(super) fn is_known(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key == key)
}

const fn setting(
    key: &'static str,
    group: &'static str,
    range: &'static str,
    source: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        group,
        about,
        range,
        source,
    }
}

/// All settings, in the order in which a config is written.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    setting("dataset", "data", "a dataset's name, or a path with a separator", "",
        "Which images: a dataset by name, or a folder or file of one's own."),
    setting("recipe", "data", "paper, small", "",
        "Where settings come from that nothing else gives: the paper's recipe, or one for small sets of one's own."),
    setting("size", "data", "[height, width], 1 to 4096 each", "",
        "Height and width that own images are brought to. Without it their own size, if all are equal."),
    setting("channels", "data", "1, 3", "",
        "Channels that own images are brought to: 1 for grey, 3 for colour. Without it 3 if any image has colour."),
    setting("fit", "data", "crop, pad, stretch", "",
        "How an own image gets its size: its shorter side is fitted and the middle cut out, its longer side is fitted and the rest is black, or each side is fitted by itself."),
    setting("test_fraction", "data", "more than 0, less than 1", "",
        "The share of own images that is held out for the test, by class, where they have no test part."),
    setting("validation", "data", "a whole number, or a share below 1; 0 for none", "",
        "Training images held out, a number or a share. They are scored after each epoch, and the test set once at the end. With 0, the test set is scored after each epoch."),
    setting("split_seed", "data", "0 or more", "",
        "Decides which images are held out, by class. It is a key of its own, so that runs of other seeds are judged on the same images."),
    setting("skip_bad", "data", "true, false", "",
        "Whether files that cannot be read are left out. Otherwise they are listed and refused."),
    setting("net", "network", "a family's name such as wrn-20-4, or a table as in a network file", "paper, section 3",
        "Which network."),
    setting("weights", "network", "a kind of weights", "paper, section 2",
        "Kind of weights. `32bit` is the full-precision baseline."),
    setting("first_last", "network", "a kind of weights, or as-weights", "",
        "Kind of the first and the last convolution's weights; `as-weights` for that of the others."),
    setting("input_norm", "network", "fixed, learned, learned-relu", "paper, section 3",
        "The batch norm of the input: without scale and offset, with learned ones, or with a ReLU after it too."),
    setting("learn_norms", "network", "true, false", "paper, section 3.2",
        "Whether the other batch norms learn their scale and offset."),
    setting("temperature", "network", "0.001 to 1000000", "arXiv 1907.06916",
        "What the outputs of a `srelu` network are divided by; no other network has one."),
    setting("padding", "network", "symmetric, bottom-right", "",
        "Where the zeros stand when a convolution halves the size; `bottom-right` as in Keras."),
    setting("augment", "training", "a list such as crop,flip,rotate=15; or none, crop, crop-flip, crop-flip-cutout, scale-crop-flip", "paper, section 3.1",
        "What is done to training images each time they are seen: crop, flip, cutout, rotate, shift, scale, brightness, contrast, noise, mixup, each with its strength or the usual one."),
    setting("balance", "training", "none, sample, weight", "",
        "What is done where some classes have many more images than others: nothing, every class seen equally often, or a loss that counts n / (k*n_c) times."),
    setting("init", "training", "the folder of a run, or a file", "",
        "Where the first weights come from. Without it they are drawn."),
    setting("freeze", "training", "none, head-only, last-stage", "",
        "Which layers of a network that starts from trained weights alone learn; `none` freezes nothing."),
    setting("epochs", "training", "1 to 1000000", "paper, section 3.1",
        "Passes over the training set. The cycles of `cosine-restarts` end after 2, 6, 14, 30, 62, 126, 254 epochs."),
    setting("batch_size", "training", "1 to 1000000", "paper, section 3.1",
        "Images of a step; a partial last batch of an epoch is dropped."),
    setting("accumulate", "training", "1 to batch_size", "",
        "Parts that a batch is computed in, one after the other, to fit a small memory. Batch norms see a part at a time."),
    setting("max_steps", "training", "0 for no limit", "",
        "Ends the run after so many steps, and re-estimates moments over so many batches."),
    setting("seed", "training", "0 or more", "",
        "Decides the initial weights, the order of the images and their augmentation."),
    setting("test_crops", "data", "0 to 25", "paper, section 4",
        "Crops of each test photograph of `imagenet` whose probabilities are averaged, besides the score of its centre; 0 for none."),
    setting("limit_train", "data", "0 for all", "",
        "Uses only so many training images, and no larger batch (of `glyphs` all are 10,000)."),
    setting("limit_test", "data", "0 for all", "",
        "Uses only so many test images (of `glyphs` all are 2,000)."),
    setting("schedule", "optimiser", "cosine-restarts, steps", "paper, section 3.1",
        "How the learning rate falls: a cosine with warm restarts, or a constant that drops to a tenth."),
    setting("learning_rate", "optimiser", "0 to 1000", "paper, section 3.1",
        "The first learning rate, and that at the start of each cycle."),
    setting("learning_rate_min", "optimiser", "0 to learning_rate", "paper, section 3.1",
        "The rate that each cycle of `cosine-restarts` falls to."),
    setting("first_cycle", "optimiser", "1 to 1000000", "paper, section 3.1",
        "Epochs of the first cycle of `cosine-restarts`; each next one is twice as long."),
    setting("drops", "optimiser", "a list of epochs that ascend", "paper, section 3.1",
        "Epochs after which the rate of `steps` drops to a tenth."),
    setting("momentum", "optimiser", "0 to 1", "paper, section 3.1",
        "Momentum of SGD."),
    setting("clear_momentum", "optimiser", "true, false", "the author's MATLAB code",
        "Whether each restart of the learning rate forgets the momentum."),
    setting("weight_decay", "optimiser", "0 to 1", "paper, section 3.1",
        "Decay of the convolutions' weights."),
    setting("device", "machine", "a device's name; several, parted by commas", "",
        "Where to compute. Several devices share each batch."),
    setting("workers", "machine", "1 or more", "",
        "Threads that prepare batches. Changes no result."),
    setting("keep_checkpoints", "machine", "2 to 1000000", "",
        "How many of the last checkpoints are kept."),
    setting("checkpoint_minutes", "machine", "0 to 1000000", "",
        "Minutes between checkpoints within an epoch; 0 for none but those at its end."),
    setting("keep_best", "training", "true, false", "",
        "Whether the run ends with the epoch of the least validation error, not with the last one."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data::Dataset;

    use super::*;
    use crate::config::TrainConfig;

    #[test]
    fn every_key_of_a_config_is_explained_once() {
        let whole = TrainConfig {
            size: Some([32, 32]),
            channels: Some(3),
            init: Some("run".into()),
            ..TrainConfig::recipe(Dataset::Glyphs)
        };
        let table = toml::Table::try_from(whole).unwrap();
        let keys: BTreeSet<&str> = table.keys().map(String::as_str).collect();
        let explained: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(keys, explained);
        assert_eq!(explained.len(), SETTINGS.len(), "each key once");
    }
}
