//! Some images of many.

use super::{Images, Pixels};

impl Images {
    /// `n` images, or all when there are no more than `n`: the first ones, or where images are
    /// [sorted by class](Self::are_sorted), `n` that are spread over all of them.
    pub fn take(mut self, n: usize) -> Self {
        if n >= self.len() {
            return self;
        }
        let indices = self.some(n);
        let size = self.image_size();
        match &mut self.pixels {
            Pixels::Memory(pixels) => {
                for (to, &from) in indices.iter().enumerate() {
                    pixels.copy_within(from * size..(from + 1) * size, to * size);
                }
                pixels.truncate(n * size);
                // A few of many give back the room of the others.
                if pixels.len() < pixels.capacity() / 2 {
                    pixels.shrink_to_fit();
                }
            }
            Pixels::Files(folders) => folders.keep(&indices),
            Pixels::Own(pictures) => *pictures = pictures.select(&indices),
        }
        self.labels = indices.iter().map(|&i| self.labels[i]).collect();
        self
    }

    /// What [`take`](Self::take) keeps, as images of their own.
    pub fn sample(&self, n: usize) -> Self {
        let indices = self.some(n.min(self.len()));
        let size = self.image_size();
        let pixels = match &self.pixels {
            Pixels::Memory(pixels) => {
                let mut some = Vec::with_capacity(indices.len() * size);
                indices
                    .iter()
                    .for_each(|&i| some.extend_from_slice(&pixels[i * size..][..size]));
                Pixels::Memory(some)
            }
            Pixels::Files(folders) => Pixels::Files(folders.select(&indices)),
            Pixels::Own(pictures) => Pixels::Own(pictures.select(&indices)),
        };
        Self {
            class_names: self.class_names.clone(),
            pixels,
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            ..*self
        }
    }

    /// The indices of `n` images.
    fn some(&self, n: usize) -> Vec<usize> {
        let len = self.len();
        match self.are_sorted() {
            true => (0..n).map(|i| i * len / n).collect(),
            false => (0..n).collect(),
        }
    }

    /// Whether images of a class stand together, so that the first ones would not stand for all:
    /// neighbours are of different classes at most half as often as in a random order. Photographs
    /// always are.
    ///
    /// The files of MNIST, CIFAR, SVHN and ImageNet 32 are in a random order.
    pub fn are_sorted(&self) -> bool {
        if self.are_photos() {
            return true;
        }
        let len = self.len() as f64;
        let same: f64 = self
            .counts()
            .iter()
            .map(|&n| (n as f64 / len).powi(2))
            .sum();
        let changes = self
            .labels
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count();
        changes as f64 <= 0.5 * (len - 1.0) * (1.0 - same) && same < 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbered;
    use super::*;

    #[test]
    fn take_keeps_the_first() {
        let images = numbered(5).take(3);
        assert_eq!(
            (images.len(), images.image(2), images.label(1)),
            (3, &[2, 4][..], 1)
        );
        assert_eq!(numbered(5).take(9), numbered(5));
        assert!(numbered(5).take(0).is_empty());
        for n in [0, 3, 9] {
            assert_eq!(numbered(5).sample(n), numbered(5).take(n));
        }
    }

    #[test]
    fn images_that_are_sorted_by_class_are_spread() {
        let of = |labels: Vec<u16>| {
            let names = ["a", "b", "c", "d"].map(String::from).to_vec();
            let pixels = (0..labels.len()).map(|i| i as u8).collect();
            Images::new(1, 1, 1, names, pixels, labels).unwrap()
        };
        let sorted = of((0..40).map(|i| i / 10).collect());
        assert!(sorted.are_sorted());
        let some = sorted.sample(8);
        assert_eq!(some.counts(), [2, 2, 2, 2]);
        assert_eq!((some.image(1), some.label(2)), (&[5][..], 1));
        assert_eq!(sorted.take(8), some);
        // Sorted files one after the other.
        assert!(of((0..40).map(|i| i % 20 / 5).collect()).are_sorted());
        for unsorted in [
            (0..40).map(|i| i * 7 % 4).collect(),
            (0..40).map(|i| i * i * 31 / 7 % 4).collect(),
            vec![2; 40],
            vec![1],
            vec![],
        ] {
            assert!(!of(unsorted).are_sorted());
        }
    }
}
