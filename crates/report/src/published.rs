//! The figures of the paper that a run can be laid beside, and where each stands.

use data::{Augment, Dataset};
use graph::Weights;
use run::TrainConfig;
use run::numbers::grouped;

use super::folder::Run;

/// A published test error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Of this dataset.
    pub dataset: Dataset,
    /// With this kind of weights.
    pub weights: Weights,
    /// Of this network.
    pub net: &'static str,
    /// Trained with this augmentation.
    pub augment: Augment,
    /// After so many epochs.
    pub epochs: usize,
    /// Wrong test images in percent.
    pub error: f64,
    /// Where it stands.
    pub source: &'static str,
}

const TABLE_1: &str = "paper, table 1";
const TABLE_2: &str = "paper, table 2";
const MNIST: &str = "paper, MNIST results";
/// Its numbers are read off the curves.
const FIGURE_5: &str = "paper, figure 5 (read off, ± 0.5)";
/// Another program than that of the paper's tables.
pub const KERAS: &str = "author’s Keras run";

/// Rows of table 1: the errors of C10+, C100+, C10++, C100++.
type Table1 = (Weights, &'static str, usize, [Option<f64>; 4]);

#[rustfmt::skip]
const TABLE_1_ROWS: [Table1; 8] = [
    (Weights::FULL, "wrn-20-4", 126, [Some(5.02), Some(21.53), Some(4.39), Some(20.48)]),
    (Weights::FULL, "wrn-20-10", 254, [Some(4.22), Some(18.76), Some(3.46), Some(17.19)]),
    (Weights::FULL, "wrn-26-10", 254, [Some(4.23), Some(18.63), Some(3.54), Some(17.22)]),
    (Weights::FULL, "wrn-20-20", 126, [None, Some(18.14), None, None]),
    (Weights::ONE_BIT, "wrn-20-4", 126, [Some(6.13), Some(23.87), Some(5.34), Some(23.74)]),
    (Weights::ONE_BIT, "wrn-20-10", 254, [Some(4.72), Some(19.35), Some(3.92), Some(18.51)]),
    (Weights::ONE_BIT, "wrn-26-10", 254, [Some(4.46), Some(18.94), Some(3.41), Some(18.50)]),
    (Weights::ONE_BIT, "wrn-20-20", 126, [None, Some(18.81), None, None]),
];

const TABLE_1_COLUMNS: [(Dataset, Augment); 4] = [
    (Dataset::Cifar10, Augment::CROP_FLIP),
    (Dataset::Cifar100, Augment::CROP_FLIP),
    (Dataset::Cifar10, Augment::CROP_FLIP_CUTOUT),
    (Dataset::Cifar100, Augment::CROP_FLIP_CUTOUT),
];

/// Rows of everything else: the error after each of some epochs.
type Curve = (
    &'static str,
    Dataset,
    Augment,
    Weights,
    &'static str,
    &'static [(usize, f64)],
);

#[rustfmt::skip]
const CURVES: [Curve; 19] = [
    (MNIST, Dataset::Mnist, Augment::NONE, Weights::ONE_BIT, "wrn-20-4", &[(1, 0.81), (6, 0.36), (14, 0.27)]),
    (MNIST, Dataset::Mnist, Augment::NONE, Weights::FULL, "wrn-20-4", &[(1, 0.71), (6, 0.28)]),
    (TABLE_2, Dataset::Svhn, Augment::CROP, Weights::FULL, "wrn-20-4", &[(30, 1.75)]),
    (TABLE_2, Dataset::Svhn, Augment::CROP, Weights::ONE_BIT, "wrn-20-4", &[(30, 1.93)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::FULL, "wrn-20-4", &[(30, 46.61)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::FULL, "wrn-20-10", &[(30, 39.96)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::FULL, "wrn-20-15", &[(30, 38.90)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::ONE_BIT, "wrn-20-4", &[(30, 56.08)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::ONE_BIT, "wrn-20-10", &[(30, 44.27)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::ONE_BIT, "wrn-26-10", &[(62, 41.36)]),
    (TABLE_2, Dataset::Imagenet32, Augment::CROP_FLIP, Weights::ONE_BIT, "wrn-20-15", &[(30, 41.26)]),
    (TABLE_2, Dataset::Imagenet, Augment::SCALE_CROP_FLIP, Weights::FULL, "resnet-18-2.5", &[(62, 26.92)]),
    (TABLE_2, Dataset::Imagenet, Augment::SCALE_CROP_FLIP, Weights::ONE_BIT, "resnet-18-2.5", &[(62, 31.03)]),
    (FIGURE_5, Dataset::Cifar10, Augment::CROP_FLIP, Weights::ONE_BIT, "wrn-20-4",
        &[(2, 26.0), (6, 15.0), (14, 10.0), (30, 7.4), (62, 6.3)]),
    (FIGURE_5, Dataset::Cifar10, Augment::CROP_FLIP, Weights::FULL, "wrn-20-4",
        &[(2, 23.0), (6, 12.5), (14, 8.5), (30, 6.7), (62, 5.4)]),
    (KERAS, Dataset::Cifar10, Augment::CROP_FLIP_CUTOUT, Weights::FULL, "wrn-20-10",
        &[(2, 23.39), (6, 12.00), (14, 7.38), (30, 5.41), (62, 4.21), (126, 3.65), (254, 3.35)]),
    (KERAS, Dataset::Cifar10, Augment::CROP_FLIP_CUTOUT, Weights::ONE_BIT, "wrn-20-10",
        &[(2, 26.38), (6, 13.73), (14, 8.54), (30, 5.78), (62, 4.57), (126, 3.94), (254, 3.75)]),
    (KERAS, Dataset::Cifar100, Augment::CROP_FLIP_CUTOUT, Weights::FULL, "wrn-20-10",
        &[(2, 64.05), (6, 40.29), (14, 27.57), (30, 21.45), (62, 18.99), (126, 17.42), (254, 16.98)]),
    (KERAS, Dataset::Cifar100, Augment::CROP_FLIP_CUTOUT, Weights::ONE_BIT, "wrn-20-10",
        &[(2, 68.06), (6, 45.23), (14, 30.29), (30, 23.42), (62, 19.88), (126, 18.83), (254, 18.17)]),
];

/// Every published figure.
pub fn all() -> Vec<Published> {
    let mut all = Vec::new();
    for (weights, net, epochs, errors) in TABLE_1_ROWS {
        for ((dataset, augment), error) in TABLE_1_COLUMNS.into_iter().zip(errors) {
            let row = |error| Published {
                dataset,
                weights,
                net,
                augment,
                epochs,
                error,
                source: TABLE_1,
            };
            all.extend(error.map(row));
        }
    }
    for (source, dataset, augment, weights, net, errors) in CURVES {
        all.extend(errors.iter().map(|&(epochs, error)| Published {
            dataset,
            weights,
            net,
            augment,
            epochs,
            error,
            source,
        }));
    }
    all
}

/// The figures of a run's dataset, network, weights and augmentation, by epochs.
pub fn of(config: &TrainConfig) -> Vec<Published> {
    let net = config.net.to_string();
    let mut found = all();
    found.retain(|row| {
        config.dataset == row.dataset
            && (row.weights, row.augment) == (config.weights, config.augment)
            && row.net == net
    });
    found.sort_by_key(|row| row.epochs);
    found
}

/// A dataset as the paper has it: images to train with and to test, and the digest of all where it is known here, free
/// of order ([`data::Digests`]).
type Original = (Dataset, [usize; 2], Option<&'static str>);

#[rustfmt::skip]
const ORIGINALS: [Original; 6] = [
    (Dataset::Mnist, [60_000, 10_000], Some("6813a06770b94e2b8c957fa5bec6761ecd28fd0c06e310d440b89d823643ab74")),
    (Dataset::Cifar10, [50_000, 10_000], Some("834b3ef75b5ee50729498bcfa3ba06fa434c76fb0f0b816d64354608b3c6cb00")),
    (Dataset::Cifar100, [50_000, 10_000], None),
    // With the easier ones of `extra`.
    (Dataset::Svhn, [604_388, 26_032], None),
    (Dataset::Imagenet32, [1_281_167, 50_000], None),
    (Dataset::Imagenet, [1_281_167, 50_000], None),
];

/// In what a run's images are not the paper's, although its dataset is called so. `None` where nothing tells.
pub fn other_images(run: &Run) -> Option<String> {
    let about = run.about.as_ref()?;
    let mut originals = ORIGINALS.iter();
    let (_, counts, known) = originals.find(|original| run.config.dataset == original.0)?;
    let dataset = run.config.dataset.named()?;
    let (classes, expected) = (about.class_names.len(), dataset.classes());
    if classes != expected {
        return Some(format!("{classes} classes, there {expected}"));
    }
    let whole = run.config.limit_train == 0 && run.config.limit_test == 0;
    let found = [&about.data.train, &about.data.test].map(|counts| counts.iter().sum::<usize>());
    if whole && found != *counts {
        let [[train, test], [train_there, test_there]] =
            [found, *counts].map(|counts| counts.map(|count| grouped(count as u64)));
        return Some(format!(
            "{train} to train with and {test} to test, there {train_there} and {test_there}"
        ));
    }
    // A part of the images has another digest than the whole; the page names the limits.
    let content = match whole {
        true => &about.data.digests.content,
        false => about.data.whole.as_ref()?,
    };
    (content != (*known)?).then(|| "others, by their digest".to_owned())
}

/// The figures that a run may be laid beside: none where its images are others.
pub fn of_run(run: &Run) -> Vec<Published> {
    match other_images(run) {
        Some(_) => Vec::new(),
        None => of(&run.config),
    }
}

/// A run beside a published figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The published figure.
    pub published: Published,
    /// Epochs of the run's figure: fewer than the published one's where the run has not come so far.
    pub epochs: usize,
    /// The run's test error in percent.
    pub error: f64,
    /// Whether that is of the finished network, and not of one amid its training.
    pub finished: bool,
}

impl Comparison {
    /// Ours less theirs, in points.
    pub fn gap(&self) -> f64 {
        self.error - self.published.error
    }
}

/// A run beside every figure at an epoch of which it has an error, and beside the next one after its end, which is
/// then of a longer training.
pub fn beside(run: &Run) -> Vec<Comparison> {
    let done = run.epochs();
    let rows = of_run(run);
    let next = rows.iter().map(|row| row.epochs).find(|&at| at > done);
    let reached = rows.iter().any(|row| row.epochs == done);
    let compare = |published: &Published| {
        let at = match published.epochs <= done {
            true => published.epochs,
            false if !reached && Some(published.epochs) == next => done,
            false => return None,
        };
        let (error, finished) = run.test_error(at)?;
        Some(Comparison {
            published: *published,
            epochs: at,
            error,
            finished,
        })
    };
    rows.iter().filter_map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_has_a_name_of_ours() {
        for row in all() {
            let name: graph::Net = row.net.parse().unwrap();
            assert_eq!(name.to_string(), row.net);
            assert!(row.error > 0.0 && row.error < 100.0 && row.epochs > 0);
        }
    }

    #[test]
    fn rows_are_found_by_dataset_network_weights_and_augmentation() {
        let config = TrainConfig {
            weights: Weights::ONE_BIT,
            augment: Augment::CROP_FLIP,
            net: "wrn-20-4".parse().unwrap(),
            ..TrainConfig::recipe(Dataset::Cifar10)
        };
        let errors: Vec<_> = of(&config).iter().map(|r| (r.epochs, r.error)).collect();
        assert_eq!(errors.first(), Some(&(2, 26.0)));
        assert_eq!(errors.last(), Some(&(126, 6.13)));
        let plain = TrainConfig {
            augment: Augment::NONE,
            ..config
        };
        assert!(of(&plain).is_empty());
    }
}
