//! Setting images aside to choose by, so that the test split is for reporting only.

use rand::Rng;

use super::{Images, Pixels};
use crate::rng::{Stream, below, rng};
use crate::{DataError, Part};

impl Images {
    /// Sets `n` images aside: (training, validation).
    ///
    /// Which ones depends only on `seed`, `n` and the number of images; both parts keep the order
    /// of the whole.
    ///
    /// # Errors
    ///
    /// [`DataError::Split`] when `n` is 0 or would leave no image to train with.
    pub fn split_validation(self, n: usize, seed: u64) -> Result<(Self, Self), DataError> {
        let len = self.len();
        if n == 0 || n >= len {
            return Err(DataError::Split {
                len,
                min: 1,
                max: len.saturating_sub(1),
                found: n,
            });
        }
        let mut source = rng(seed, Stream::Validation, 0, 0);
        let (mut chosen, mut kept) = (Vec::with_capacity(n), Vec::with_capacity(len - n));
        select(len, n, &mut source, |index, is_chosen| match is_chosen {
            true => chosen.push(index),
            false => kept.push(index),
        });
        Ok(self.divide(&chosen, &kept))
    }

    /// Sets a part of each class aside: (training, validation).
    ///
    /// Of every class at least one image comes into each of the two. Which ones depends only on
    /// `seed`, `part` and the labels; both keep the order of the whole.
    ///
    /// # Errors
    ///
    /// [`DataError::ClassSize`] when a class has only one image, and [`DataError::Split`] when
    /// `part` is less than one image of each class, or would not leave one.
    pub fn split_by_class(self, part: Part, seed: u64) -> Result<(Self, Self), DataError> {
        let (kept, chosen) = by_class(
            &self.labels,
            &self.class_names,
            part,
            seed,
            Stream::ValidationByClass,
        )?;
        Ok(self.divide(&chosen, &kept))
    }

    /// Those of `kept`, and those of `chosen`, which both ascend.
    fn divide(mut self, chosen: &[usize], kept: &[usize]) -> (Self, Self) {
        let labels = |indices: &[usize]| indices.iter().map(|&i| self.labels[i]).collect();
        let (chosen_labels, kept_labels) = (labels(chosen), labels(kept));
        let size = self.image_size();
        let set_aside = match &mut self.pixels {
            Pixels::Memory(pixels) => {
                let mut set_aside = Vec::with_capacity(chosen.len() * size);
                for &index in chosen {
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
                let set_aside = folders.select(chosen);
                folders.keep(kept);
                Pixels::Files(set_aside)
            }
            Pixels::Own(pictures) => {
                let set_aside = pictures.select(chosen);
                *pictures = pictures.select(kept);
                Pixels::Own(set_aside)
            }
        };
        self.labels = kept_labels;
        let validation = Self {
            class_names: self.class_names.clone(),
            pixels: set_aside,
            labels: chosen_labels,
            ..self
        };
        (self, validation)
    }
}

/// Chooses `n` of `len`, every subset equally likely, and tells of each in order whether it is
/// chosen: Knuth's selection sampling (TAOCP 3.4.2, algorithm S).
fn select(len: usize, n: usize, source: &mut impl Rng, mut tell: impl FnMut(usize, bool)) {
    let mut missing = n;
    for index in 0..len {
        let chosen = below(source, (len - index) as u64) < missing as u64;
        missing -= usize::from(chosen);
        tell(index, chosen);
    }
}

/// Sets a part of each class aside: the indices that are kept, and those that are set aside.
pub(crate) fn by_class(
    labels: &[u16],
    class_names: &[String],
    part: Part,
    seed: u64,
    stream: Stream,
) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let mut members = vec![Vec::new(); class_names.len()];
    for (index, &label) in labels.iter().enumerate() {
        members[usize::from(label)].push(index);
    }
    if let Some(class) = members.iter().position(|of_class| of_class.len() == 1) {
        return Err(DataError::ClassSize {
            class: class_names[class].clone(),
            expected: 2,
            found: 1,
            part: match stream {
                Stream::TestByClass => "test",
                _ => "validation",
            },
        });
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let mut is_chosen = vec![false; labels.len()];
    for (class, (of_class, n)) in members.iter().zip(shares(&sizes, part)?).enumerate() {
        let mut source = rng(seed, stream, class as u64, 0);
        select(of_class.len(), n, &mut source, |index, chosen| {
            is_chosen[of_class[index]] = chosen
        });
    }
    Ok((0..labels.len()).partition(|&index| !is_chosen[index]))
}

/// How many of each class are set aside, where classes are empty or have two images or more. A
/// number is shared out as the sizes are: rounded down, and the rest to those that lost most.
fn shares(sizes: &[usize], part: Part) -> Result<Vec<usize>, DataError> {
    let all: usize = sizes.iter().sum();
    // An empty class keeps none and gives none.
    let bounds = |size: usize| (size.min(1), size.saturating_sub(1));
    let clamp = |n: usize, size| n.clamp(bounds(size).0, bounds(size).1);
    let n = match part {
        Part::Fraction(_) => {
            return Ok(sizes
                .iter()
                .map(|&size| clamp(part.of(size), size))
                .collect());
        }
        Part::Count(n) => n,
    };
    let present = sizes.iter().filter(|&&size| size > 0).count();
    if n < present.max(1) || n > all - present {
        return Err(DataError::Split {
            len: all,
            min: present.max(1),
            max: all - present,
            found: n,
        });
    }
    let ideal = |size: usize| n as u128 * size as u128;
    let mut shares: Vec<usize> = sizes
        .iter()
        .map(|&size| clamp((ideal(size) / all.max(1) as u128) as usize, size))
        .collect();
    // How much more a class should give, in parts of one image.
    let lack = |class: usize, share: usize| {
        ideal(sizes[class]) as i128 - (share as u128 * all as u128) as i128
    };
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    loop {
        let given: usize = shares.iter().sum();
        if given == n {
            return Ok(shares);
        }
        let more = given < n;
        order.sort_by_key(|&class| match more {
            true => -lack(class, shares[class]),
            false => lack(class, shares[class]),
        });
        let mut left = given.abs_diff(n);
        for &class in &order {
            let (min, max) = bounds(sizes[class]);
            let share = &mut shares[class];
            if left > 0 && if more { *share < max } else { *share > min } {
                *share = if more { *share + 1 } else { *share - 1 };
                left -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbered;
    use super::*;

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

    /// Images of these classes, in order.
    fn of_classes(labels: &[u16]) -> Images {
        let classes = usize::from(labels.iter().copied().max().unwrap_or(0)) + 1;
        let names = (0..classes).map(|class| format!("class {class}")).collect();
        let pixels = (0..labels.len()).map(|index| index as u8).collect();
        Images::new(1, 1, 1, names, pixels, labels.to_vec()).unwrap()
    }

    #[test]
    fn every_class_is_on_both_sides() {
        let labels: Vec<u16> = (0..200)
            .map(|i| [0, 1, 1, 2, 2, 2, 2, 2, 2, 2][i % 10])
            .collect();
        for part in [Part::Fraction(0.1), Part::Count(20)] {
            let (train, held) = of_classes(&labels).split_by_class(part, 1).unwrap();
            assert_eq!(
                (held.counts(), train.counts()),
                (vec![2, 4, 14], vec![18, 36, 126])
            );
            let mut all: Vec<u8> = [&train, &held]
                .iter()
                .flat_map(|part| (0..part.len()).map(|i| part.image(i)[0]))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..200).collect::<Vec<u8>>());
            assert!((1..held.len()).all(|i| held.image(i - 1)[0] < held.image(i)[0]));
            assert_eq!(of_classes(&labels).split_by_class(part, 1).unwrap().1, held);
            assert_ne!(of_classes(&labels).split_by_class(part, 2).unwrap().1, held);
        }
        // A class of three: one each for test, validation and training.
        let (rest, test) = of_classes(&[0, 0, 0, 1, 1, 1])
            .split_by_class(Part::Fraction(0.2), 0)
            .unwrap();
        let (train, validation) = rest.split_by_class(Part::Fraction(0.1), 0).unwrap();
        assert_eq!(
            [test.counts(), validation.counts(), train.counts()],
            [[1, 1], [1, 1], [1, 1]]
        );
        let error = train
            .split_by_class(Part::Fraction(0.1), 0)
            .unwrap_err()
            .to_string();
        assert!(error.contains("class 0") && error.contains('1'), "{error}");
        for n in [0, 1, 5, 9] {
            assert!(
                of_classes(&[0, 0, 0, 1, 1, 1])
                    .split_by_class(Part::Count(n), 0)
                    .is_err()
            );
        }
    }

    #[test]
    fn a_number_is_shared_out_as_the_classes_are_large() {
        for (sizes, n, expected) in [
            (&[10, 10, 10][..], 10, &[4, 3, 3][..]),
            (&[2, 2, 96], 3, &[1, 1, 1]),
            (&[2, 2, 96], 97, &[1, 1, 95]),
            (&[50, 30, 20], 10, &[5, 3, 2]),
            (&[0, 5, 5], 4, &[0, 2, 2]),
            (&[2; 7], 7, &[1; 7]),
        ] {
            assert_eq!(
                shares(sizes, Part::Count(n)).unwrap(),
                expected,
                "{n} of {sizes:?}"
            );
        }
        let many = vec![3; 65_536];
        let shares = shares(&many, Part::Count(100_000)).unwrap();
        assert_eq!(shares.iter().sum::<usize>(), 100_000);
        assert!(shares.iter().all(|share| (1..=2).contains(share)));
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
