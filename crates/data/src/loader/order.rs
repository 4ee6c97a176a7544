//! Which images an epoch has, and in which order.

use rand::Rng;

use super::LoaderConfig;
use crate::rng::{Stream, below, rng};
use crate::{Balance, Images};

/// An image's turn in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Which image.
    pub index: u32,
    /// How many turns it had in this epoch before; 0 but for [`Balance::Sample`].
    pub repeat: u32,
}

impl Turn {
    /// The image's first turn.
    pub fn first(index: u32) -> Self {
        Self { index, repeat: 0 }
    }

    /// What the turn's random numbers are addressed by: the index, where it is the first.
    pub fn address(self) -> u64 {
        u64::from(self.repeat) << 32 | u64::from(self.index)
    }
}

/// The turns of an epoch: as many as there are images, in the dataset's own order, or in a uniform
/// permutation from (seed, `epoch`).
pub(super) fn order(images: &Images, config: &LoaderConfig, epoch: u64) -> Vec<Turn> {
    let mut order: Vec<Turn> = match config.balance {
        Balance::Sample => balanced(images, config.seed, epoch),
        // `Images` has no more than u32::MAX.
        Balance::None | Balance::Weight => (0..images.len() as u32).map(Turn::first).collect(),
    };
    if config.shuffle {
        shuffle(&mut order, &mut rng(config.seed, Stream::Order, epoch, 0));
    }
    order
}

/// The indices of each class that has an image.
pub(super) fn by_class(images: &Images) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); images.classes()];
    for (index, &label) in (0..).zip(images.labels()) {
        members[usize::from(label)].push(index);
    }
    members.retain(|members| !members.is_empty());
    members
}

/// Whom images are mixed with.
pub(super) enum Partners {
    /// Any of so many images.
    OfAll(usize),
    /// Any image of a class, of classes equally often.
    OfClasses(Vec<Vec<u32>>),
}

impl Partners {
    /// One of them.
    pub fn draw<R: Rng + ?Sized>(&self, source: &mut R) -> u32 {
        match self {
            Self::OfAll(images) => below(source, *images as u64) as u32,
            Self::OfClasses(classes) => {
                let class = &classes[below(source, classes.len() as u64) as usize];
                class[below(source, class.len() as u64) as usize]
            }
        }
    }
}

/// As many turns as there are images, and of each class as many, or one more. A class's images are
/// permuted and dealt out, and again, until there are enough.
fn balanced(images: &Images, seed: u64, epoch: u64) -> Vec<Turn> {
    let mut classes = by_class(images);
    let mut turns = Vec::with_capacity(images.len());
    if classes.is_empty() {
        return turns;
    }
    let (each, rest) = (images.len() / classes.len(), images.len() % classes.len());
    let mut ranks: Vec<usize> = (0..classes.len()).collect();
    shuffle(&mut ranks, &mut rng(seed, Stream::Balance, epoch, u64::MAX));
    for (class, (members, rank)) in classes.iter_mut().zip(ranks).enumerate() {
        let mut source = rng(seed, Stream::Balance, epoch, class as u64);
        let mut left = each + usize::from(rank < rest);
        for repeat in 0.. {
            if left == 0 {
                break;
            }
            shuffle(members, &mut source);
            let dealt = members.iter().take(left);
            turns.extend(dealt.map(|&index| Turn { index, repeat }));
            left = left.saturating_sub(members.len());
        }
    }
    turns
}

/// Fisher-Yates.
fn shuffle<T, R: Rng + ?Sized>(items: &mut [T], source: &mut R) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(source, last as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(counts: &[usize]) -> Images {
        let labels: Vec<u16> = (0..)
            .zip(counts)
            .flat_map(|(class, &count)| vec![class; count])
            .collect();
        let names = (0..counts.len()).map(|class| class.to_string()).collect();
        Images::new(1, 1, 1, names, vec![0; labels.len()], labels).unwrap()
    }

    fn sampled(images: &Images, epoch: u64) -> Vec<Turn> {
        let config = LoaderConfig::default().with_balance(Balance::Sample);
        order(images, &config, epoch)
    }

    #[test]
    fn classes_come_equally_often_and_the_epoch_stays_as_long() {
        for counts in [
            &[90, 9, 1][..],
            &[1, 100],
            &[5, 0, 5],
            &[7, 7, 7],
            &[1],
            &[3, 2, 2, 1, 1, 1],
            &[0, 0],
        ] {
            let images = images(counts);
            let present = counts.iter().filter(|&&count| count > 0).count();
            let mut more = vec![0; counts.len()];
            for epoch in 0..50 {
                let turns = sampled(&images, epoch);
                assert_eq!(turns.len(), images.len());
                let mut found = vec![0; counts.len()];
                for turn in &turns {
                    found[usize::from(images.label(turn.index as usize))] += 1;
                }
                for (class, &count) in counts.iter().enumerate() {
                    let each = images.len() / present.max(1) * usize::from(count > 0);
                    assert!(
                        (each..=each + 1).contains(&found[class]),
                        "{counts:?}: {found:?}"
                    );
                    more[class] += found[class] - each;
                }
            }
            // The one that is left over goes to every class in its turn.
            if present > 0 && !images.len().is_multiple_of(present) {
                let present = counts.iter().zip(more).filter(|(count, _)| **count > 0);
                assert!(present.clone().all(|(_, more)| more > 0), "{counts:?}");
            }
        }
    }

    #[test]
    fn images_of_a_class_come_equally_often_and_no_turn_twice() {
        let images = images(&[40, 3, 7]);
        for epoch in 0..5 {
            let turns = sampled(&images, epoch);
            let mut addresses: Vec<u64> = turns.iter().map(|turn| turn.address()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), turns.len());
            let times = |index: u32| turns.iter().filter(|turn| turn.index == index).count();
            assert!((0..40).all(|index| times(index) <= 1));
            assert!((40..43).all(|index| (5..=6).contains(&times(index))));
            assert!((43..50).all(|index| (2..=3).contains(&times(index))));
        }
    }

    #[test]
    fn an_epoch_can_be_repeated_and_no_two_are_alike() {
        let images = images(&[30, 5]);
        assert_eq!(sampled(&images, 3), sampled(&images, 3));
        assert_ne!(sampled(&images, 3), sampled(&images, 4));
        let seen: std::collections::HashSet<u32> = (0..10)
            .flat_map(|epoch| sampled(&images, epoch))
            .map(|turn| turn.index)
            .collect();
        assert_eq!(seen.len(), 35, "over some epochs every image has its turn");
    }

    #[test]
    fn without_balance_each_image_has_one_turn() {
        let images = images(&[30, 5]);
        for balance in [Balance::None, Balance::Weight] {
            let config = LoaderConfig::default().with_balance(balance);
            let mut turns = order(&images, &config, 2);
            turns.sort_unstable_by_key(|turn| turn.index);
            assert!(turns.into_iter().eq((0..35).map(Turn::first)));
        }
    }
}
