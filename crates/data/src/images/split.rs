//! Setting images aside to choose by, so that the test split is for reporting only.

use super::{Images, Pixels};
use crate::DataError;
use crate::rng::{Stream, below, rng};

impl Images {
    /// Sets `n` images aside: (training, validation).
    ///
    /// Which ones depends only on `seed`, `n` and the number of images; both parts keep the order
    /// of the whole.
    ///
    /// # Errors
    ///
    /// [`DataError::Split`] when `n` is 0 or would leave no image to train with.
    pub fn split_validation(mut self, n: usize, seed: u64) -> Result<(Self, Self), DataError> {
        let len = self.len();
        if n == 0 || n >= len {
            return Err(DataError::Split { len, found: n });
        }
        // Knuth's selection sampling (TAOCP 3.4.2, algorithm S): every subset equally likely, in
        // order.
        let mut source = rng(seed, Stream::Validation, 0, 0);
        let (mut chosen, mut kept) = (Vec::with_capacity(n), Vec::with_capacity(len - n));
        for index in 0..len {
            let missing = n - chosen.len();
            if below(&mut source, (len - index) as u64) < missing as u64 {
                chosen.push(index);
            } else {
                kept.push(index);
            }
        }
        let labels = |indices: &[usize]| indices.iter().map(|&i| self.labels[i]).collect();
        let (chosen_labels, kept_labels) = (labels(&chosen), labels(&kept));
        let size = self.image_size();
        let set_aside = match &mut self.pixels {
            Pixels::Memory(pixels) => {
                let mut set_aside = Vec::with_capacity(n * size);
                for &index in &chosen {
                    set_aside.extend_from_slice(&pixels[index * size..][..size]);
                }
                // What is not chosen moves up in place, so that no second copy is held.
                for (to, &from) in kept.iter().enumerate() {
                    pixels.copy_within(from * size..(from + 1) * size, to * size);
                }
                pixels.truncate(kept.len() * size);
                Pixels::Memory(set_aside)
            }
            Pixels::Files(folders) => {
                let set_aside = folders.select(&chosen);
                folders.keep(&kept);
                Pixels::Files(set_aside)
            }
        };
        self.labels = kept_labels;
        let validation = Self {
            class_names: self.class_names.clone(),
            pixels: set_aside,
            labels: chosen_labels,
            ..self
        };
        Ok((self, validation))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbered;

    #[test]
    fn a_validation_split_is_a_partition_that_the_seed_decides() {
        let split = |seed| numbered(200).split_validation(50, seed).unwrap();
        let (train, validation) = split(3);
        assert_eq!((train.len(), validation.len()), (150, 50));
        let mut all: Vec<u8> = (0..150).map(|i| train.image(i)[0]).collect();
        all.extend((0..50).map(|i| validation.image(i)[0]));
        assert!((0..150).all(|i| u16::from(train.image(i)[0] % 2) == train.label(i)));
        all.sort_unstable();
        assert_eq!(all, (0..200).collect::<Vec<u8>>());
        assert_eq!(split(3), (train, validation.clone()));
        assert_ne!(split(4).1, validation);
    }

    #[test]
    fn a_split_that_empties_one_side_is_refused() {
        for n in [0, 5, 6] {
            let error = numbered(5).split_validation(n, 0).unwrap_err().to_string();
            assert!(
                error.contains("1 to 4") && error.contains(&format!("{n} of 5")),
                "{error}"
            );
        }
    }

    #[test]
    fn every_image_is_as_likely_to_be_chosen() {
        let mut counts = [0u32; 20];
        for seed in 0..8000 {
            let (_, validation) = numbered(20).split_validation(5, seed).unwrap();
            (0..5).for_each(|i| counts[usize::from(validation.image(i)[0])] += 1);
        }
        // Each count is binomial: 8000 draws with probability 1/4. Five standard deviations.
        let bound = 5.0 * (8000.0f64 * 0.25 * 0.75).sqrt();
        assert!(
            counts
                .iter()
                .all(|&c| (f64::from(c) - 2000.0).abs() < bound),
            "{counts:?}"
        );
    }
}
