//! What is done where some classes have more images than others.

use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::{DataError, Images};

word_list! {
    /// What is done where some classes have more images than others.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum Balance("balance", DataError) {
        /// Nothing: an epoch has each image once.
        #[default]
        None = "none",
        /// An epoch has each class equally often, and is as long as before. The images of a small
        /// class come several times, each time augmented anew; of a large class each epoch has
        /// others.
        Sample = "sample",
        /// An epoch has each image once, and the loss counts those of small classes more: see
        /// [`class_weights`](Self::class_weights).
        Weight = "weight",
    }
}

impl Balance {
    /// What the loss of an image counts, by its class: n / (k · n_c) for n images in k classes, of
    /// which n_c are of this one. With [`Weight`](Self::Weight) alone.
    ///
    /// So the n images count n together, and each class as much as any other. A class without an
    /// image is none of the k, and counts 0. The loss of a batch is the sum of the images' weighted
    /// losses, divided by the sum of their weights, as PyTorch has it.
    pub fn class_weights(self, images: &Images) -> Option<Vec<f32>> {
        if self != Self::Weight {
            return None;
        }
        let mut counts = vec![0u64; images.classes()];
        for &label in images.labels() {
            counts[usize::from(label)] += 1;
        }
        let present = counts.iter().filter(|&&count| count > 0).count() as f64;
        let weight = |&count: &u64| match count {
            0 => 0.0,
            count => (images.len() as f64 / (present * count as f64)) as f32,
        };
        Some(counts.iter().map(weight).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(labels: &[u16], classes: usize) -> Images {
        let names = (0..classes).map(|class| class.to_string()).collect();
        Images::new(1, 1, 1, names, vec![0; labels.len()], labels.to_vec()).unwrap()
    }

    #[test]
    fn weights_are_n_over_k_times_n_c() {
        let images = images(&[0, 0, 0, 0, 0, 0, 1, 1, 3, 3, 3, 3], 4);
        let weights = Balance::Weight.class_weights(&images).unwrap();
        // 12 images in 3 classes: 12 / (3 · 6), 12 / (3 · 2), none, 12 / (3 · 4).
        assert_eq!(weights, [12.0 / 18.0, 2.0, 0.0, 1.0]);
        let labels = images.labels().iter();
        let total: f32 = labels.map(|&label| weights[usize::from(label)]).sum();
        assert!((total - 12.0).abs() < 1e-5, "{total}");
        for other in [Balance::None, Balance::Sample] {
            assert_eq!(other.class_weights(&images), None);
        }
    }

    #[test]
    fn classes_of_one_size_count_one_each() {
        let images = images(&[0, 1, 2, 2, 1, 0], 3);
        assert_eq!(
            Balance::Weight.class_weights(&images).unwrap(),
            [1.0, 1.0, 1.0]
        );
    }

    #[test]
    fn no_image_has_no_weight() {
        assert_eq!(
            Balance::Weight.class_weights(&images(&[], 2)).unwrap(),
            [0.0, 0.0]
        );
    }
}
