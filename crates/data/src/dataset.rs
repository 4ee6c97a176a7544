//! The datasets by name.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::formats::{cifar, folders, idx, imagenet32};
use crate::{DataError, GlyphsOptions, Splits, glyphs, svhn};

word_list! {
    /// A dataset by its word, as it stands in files and settings.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum Dataset("dataset", DataError) {
        /// Digits that the program draws itself: 1×28×28, 10 classes. Needs no file.
        #[default]
        Glyphs = "glyphs",
        /// Handwritten digits: 1×28×28, 10 classes, 60,000 + 10,000.
        Mnist = "mnist",
        /// Pieces of clothing: 1×28×28, 10 classes, 60,000 + 10,000.
        FashionMnist = "fashion-mnist",
        /// Photographs: 3×32×32, 10 classes, 50,000 + 10,000.
        Cifar10 = "cifar10",
        /// Photographs: 3×32×32, 100 classes (the fine labels), 50,000 + 10,000.
        Cifar100 = "cifar100",
        /// House numbers: 3×32×32, 10 classes, 73,257 + 26,032, and 531,131 more to train with
        /// where `extra_32x32.mat` is there ([`svhn::Extra`] chooses).
        Svhn = "svhn",
        /// Photographs of ImageNet, shrunk: 3×32×32, 1000 classes, 1,281,167 + 50,000. The classes'
        /// names are the labels of the files, "1" to "1000": the files say no more of them.
        Imagenet32 = "imagenet32",
        /// Photographs of any size, of which 3×224×224 is seen, 1000 classes, 1,281,167 + 50,000.
        /// They are decoded when they are wanted.
        Imagenet = "imagenet",
    }
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const CLOTHES: [&str; 10] = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
];

impl Dataset {
    /// Channels, height and width of its images.
    pub fn shape(self) -> [usize; 3] {
        match self {
            Self::Glyphs | Self::Mnist | Self::FashionMnist => [1, 28, 28],
            Self::Cifar10 | Self::Cifar100 | Self::Svhn | Self::Imagenet32 => [3, 32, 32],
            Self::Imagenet => [3, 224, 224],
        }
    }

    /// The number of its classes.
    pub fn classes(self) -> usize {
        match self {
            Self::Cifar100 => 100,
            Self::Imagenet32 | Self::Imagenet => 1000,
            _ => 10,
        }
    }

    /// The folder or file below the data root `root` that holds it; `None` where nothing is there, or
    /// for what is drawn or has photographs.
    pub fn place(self, root: &Path) -> Option<PathBuf> {
        let names: &[&str] = match self {
            Self::Mnist => &["mnist", "MNIST"],
            Self::FashionMnist => &["fashion-mnist", "FashionMNIST"],
            Self::Cifar10 => &["cifar-10-batches-bin", "cifar-10-binary.tar.gz"],
            Self::Cifar100 => &["cifar-100-binary", "cifar-100-binary.tar.gz"],
            _ => &[],
        };
        let mut places = names.iter().map(|name| root.join(name));
        places.find(|place| place.exists())
    }

    /// Loads the dataset from the data root `root`, or draws it: only `Glyphs` looks at `glyphs`,
    /// and only it does not look at `root`.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] when the files are not there, and an error that names the file when
    /// one is damaged, of another format, or does not fit its companion.
    pub fn load(self, root: &Path, glyphs: &GlyphsOptions) -> Result<Splits, DataError> {
        match self {
            Self::Glyphs => glyphs::draw(glyphs),
            Self::Mnist => {
                let folders = ["mnist", "MNIST/raw", "mnist/MNIST/raw", ""];
                let archives = ["mnist.npz", "mnist/mnist.npz"];
                idx::load(self.name(), root, &folders, &archives, &DIGITS)
            }
            Self::FashionMnist => {
                let folders = [
                    "fashion-mnist",
                    "FashionMNIST/raw",
                    "fashion-mnist/FashionMNIST/raw",
                    "",
                ];
                idx::load(self.name(), root, &folders, &[], &CLOTHES)
            }
            Self::Cifar10 => cifar::load(&cifar::CIFAR10, root),
            Self::Cifar100 => cifar::load(&cifar::CIFAR100, root),
            Self::Svhn => svhn::load(&root.join("svhn"), svhn::Extra::default()),
            Self::Imagenet32 => imagenet32::load(&root.join("imagenet32")),
            Self::Imagenet => folders::load(root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back() {
        for dataset in Dataset::ALL {
            assert_eq!(dataset.to_string().parse::<Dataset>().unwrap(), dataset);
            let line = format!("d = \"{dataset}\"");
            let table: std::collections::BTreeMap<String, Dataset> = toml::from_str(&line).unwrap();
            assert_eq!(table["d"], dataset, "serde uses the same word");
        }
        let error = "stl10".parse::<Dataset>().unwrap_err().to_string();
        assert!(
            error.contains("fashion-mnist, cifar10") && error.contains("`stl10`"),
            "{error}"
        );
    }

    #[test]
    fn shape_and_classes_are_those_of_the_images() {
        let glyphs = GlyphsOptions {
            train: 1,
            test: 1,
            ..GlyphsOptions::default()
        };
        let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
        for dataset in [
            Dataset::Glyphs,
            Dataset::Cifar10,
            Dataset::Cifar100,
            Dataset::Svhn,
        ] {
            let images = dataset.load(fixtures, &glyphs).unwrap().test;
            assert_eq!(
                (images.shape(), images.classes()),
                (dataset.shape(), dataset.classes()),
                "{dataset}"
            );
        }
    }
}
