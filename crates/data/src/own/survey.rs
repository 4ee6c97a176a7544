//! What is told of a user's data before anything is trained.

use std::collections::BTreeMap;

use serde::Serialize;

use super::found::{Found, Parts};
use super::look::{Look, Seen};
use super::{Brings, OwnOptions, PassedOver};
use crate::images::by_class;
use crate::rng::Stream;
use crate::{DataError, Part};

/// How many sizes, pairs of equal images and the like are told one by one.
const MAX_EXAMPLES: usize = 20;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Survey {
    /// What it is, such as `class folders in a zip archive`.
    pub format: String,
    /// The classes by label, with their images. Files that cannot be read do not count.
    pub classes: Vec<ClassCounts>,
    /// The commonest sizes, the commonest first.
    pub sizes: Vec<SizeCount>,
    /// How many different sizes there are.
    pub different_sizes: usize,
    /// The smallest height, and the smallest width.
    pub min_size: [u32; 2],
    /// The greatest height, and the greatest width.
    pub max_size: [u32; 2],
    /// A size, height and width, that suits pictures of these sizes; their own, if all are equal.
    pub suggested_size: [usize; 2],
    /// 3 if any picture is stored in colour, else 1.
    pub channels: usize,
    /// How pixels are stored, such as `RGB`, the commonest first.
    pub modes: Vec<Count>,
    /// Every file that cannot be read.
    pub bad: Vec<BadFile>,
    /// Files and folders that are no part of the data.
    pub passed_over: Vec<PassedOver>,
    /// Images that are equal once they are decoded.
    pub duplicates: Duplicates,
    /// Where the parts come from.
    pub split: String,
    /// The parts that the data bring; the others are made of their training images.
    pub brings: Brings,
    /// How many times as many images the largest class has as the smallest, all parts together.
    pub imbalance: f64,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// A class with the number of its images in each part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClassCounts {
    /// Its name.
    pub name: String,
    /// Images to train with. Where `validation` is 0, some of these may be set aside.
    pub train: usize,
    /// Images of a validation part that the data bring.
    pub validation: usize,
    /// Images of the test part.
    pub test: usize,
}

/// How many images have a size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SizeCount {
    /// Rows of pixels, upright.
    pub height: u32,
    /// Columns of pixels, upright.
    pub width: u32,
    /// How many.
    pub count: usize,
}

/// How many there are of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// Of what.
    pub name: String,
    /// How many.
    pub count: usize,
}

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BadFile {
    /// Its path within the data.
    pub path: String,
    /// Why it cannot be read, as a phrase.
    pub reason: String,
}

/// Images that are equal once they are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicates {
    /// Images that have an equal one before them.
    pub images: usize,
    /// Images of the test or validation part that have an equal one in another part.
    pub across_parts: usize,
    /// Images that have an equal one in another class.
    pub across_classes: usize,
    /// Some groups of equal images: those across parts first, then across classes.
    pub examples: Vec<Vec<String>>,
}

/// Which images are in which part: indices into all looks.
pub(super) type Split = Parts<Vec<usize>>;

/// What was found, and how the images are split, if they can be.
pub(super) fn survey(
    found: &Found,
    looked: &[Look],
    options: &OwnOptions,
) -> (Survey, Result<Split, DataError>) {
    let items = items(found);
    let mut notes = found.notes.clone();
    let (split, how) = split(found, looked, options);
    let shown = match &split {
        Ok(split) => [
            Some(&split.train),
            split.validation.as_ref(),
            split.test.as_ref(),
        ],
        Err(_) => [None; 3],
    };
    let mut counts = vec![[0; 3]; found.classes.len()];
    let mut part_of = vec![0u8; items.len()];
    for (part, indices) in shown.into_iter().enumerate() {
        for &index in indices.into_iter().flatten() {
            counts[usize::from(items[index].1)][part] += 1;
            part_of[index] = part as u8;
        }
    }
    if let Err(error) = &split {
        notes.push(error.to_string());
        for (index, &(_, label)) in items.iter().enumerate() {
            counts[usize::from(label)][0] += usize::from(looked[index].is_ok());
        }
    }
    let seen = || looked.iter().filter_map(|look| look.as_ref().ok());
    let sizes = sizes(seen());
    let colours = seen().filter(|seen| seen.colour).count();
    if colours > 0
        && seen()
            .filter(|seen| seen.colour)
            .all(|seen| seen.grey_content)
    {
        notes.push("all pictures that are stored in colour are grey: one channel would do".into());
    }
    if found.classes.len() == 1 {
        notes.push("there is one class alone, so there is nothing to tell apart".into());
    }
    let (duplicates, mislabelled) = duplicates(found, &items, looked, &part_of);
    notes.extend(mislabelled);
    let bad = looked
        .iter()
        .zip(&items)
        .filter_map(|(look, &(picture, _))| {
            let reason = look.as_ref().err()?.clone();
            Some(BadFile {
                path: found.pictures.name(picture),
                reason,
            })
        });
    let per_class = counts.iter().map(|counts| counts.iter().sum::<usize>());
    let [min, max] = [
        per_class.clone().min().unwrap_or(0),
        per_class.max().unwrap_or(0),
    ];
    let side = |pick: fn([u32; 2]) -> u32, smallest: bool| {
        let sides = seen().map(|seen| pick(seen.size));
        if smallest { sides.min() } else { sides.max() }.unwrap_or(0)
    };
    let both = |smallest| {
        [
            side(|size| size[0], smallest),
            side(|size| size[1], smallest),
        ]
    };
    let survey = Survey {
        format: found.format.clone(),
        classes: found
            .classes
            .iter()
            .zip(&counts)
            .map(|(name, &[train, validation, test])| ClassCounts {
                name: name.clone(),
                train,
                validation,
                test,
            })
            .collect(),
        different_sizes: sizes.len(),
        suggested_size: suggested(&sizes),
        sizes: sizes.into_iter().take(MAX_EXAMPLES).collect(),
        min_size: both(true),
        max_size: both(false),
        channels: if colours > 0 { 3 } else { 1 },
        modes: modes(seen()),
        bad: bad.collect(),
        passed_over: found.passed.clone(),
        duplicates,
        split: how,
        brings: Brings {
            validation: found.parts.validation.is_some(),
            test: found.parts.test.is_some(),
        },
        imbalance: max as f64 / min.max(1) as f64,
        notes,
    };
    (survey, split)
}

/// All pictures with their labels: train, then validation, then test.
pub(super) fn items(found: &Found) -> Vec<(usize, u16)> {
    let parts = [
        Some(&found.parts.train),
        found.parts.validation.as_ref(),
        found.parts.test.as_ref(),
    ];
    parts.into_iter().flatten().flatten().copied().collect()
}

/// The parts that the data bring, and a test part by class if they bring none.
fn split(
    found: &Found,
    looked: &[Look],
    options: &OwnOptions,
) -> (Result<Split, DataError>, String) {
    let parts = &found.parts;
    let train = parts.train.len();
    let validation = parts.validation.as_ref().map_or(0, Vec::len);
    let readable =
        |range: std::ops::Range<usize>| range.filter(|&index| looked[index].is_ok()).collect();
    let mut split: Split = Parts {
        train: readable(0..train),
        validation: parts
            .validation
            .as_ref()
            .map(|_| readable(train..train + validation)),
        test: parts
            .test
            .as_ref()
            .map(|_| readable(train + validation..looked.len())),
    };
    let brought = match (&parts.validation, &parts.test) {
        (Some(_), Some(_)) => "train, validation and test come with the data",
        (Some(_), None) => "train and validation come with the data",
        (None, Some(_)) => "train and test come with the data",
        (None, None) => "",
    };
    if split.test.is_some() {
        return (Ok(split), brought.into());
    }
    let (fraction, seed) = (options.test_fraction, options.split_seed);
    let own = format!(
        "{fraction} of each class of the training images are held out as test, with split seed {seed}"
    );
    let how = match brought {
        "" => own,
        _ => format!("{brought}; {own}"),
    };
    let labels: Vec<u16> = split
        .train
        .iter()
        .map(|&index| parts.train[index].1)
        .collect();
    let part = Part::Fraction(fraction);
    let (kept, held) = match by_class(&labels, &found.classes, part, seed, Stream::TestByClass) {
        Ok(both) => both,
        Err(error) => return (Err(error), how),
    };
    split.test = Some(held.iter().map(|&index| split.train[index]).collect());
    split.train = kept.iter().map(|&index| split.train[index]).collect();
    (Ok(split), how)
}

fn sizes<'a>(seen: impl Iterator<Item = &'a Seen>) -> Vec<SizeCount> {
    let mut counts = BTreeMap::new();
    seen.for_each(|seen| *counts.entry(seen.size).or_insert(0) += 1);
    let size = |([height, width], count): ([u32; 2], usize)| SizeCount {
        height,
        width,
        count,
    };
    let mut sizes: Vec<SizeCount> = counts.into_iter().map(size).collect();
    sizes.sort_by_key(|size| std::cmp::Reverse(size.count));
    sizes
}

/// Their own size if it is one; else a square of which half of the pictures have no less, within
/// what networks are used to.
fn suggested(sizes: &[SizeCount]) -> [usize; 2] {
    if let [SizeCount { height, width, .. }] = *sizes {
        return [height as usize, width as usize];
    }
    let mut sides: Vec<(u32, usize)> = sizes
        .iter()
        .map(|size| (size.height.min(size.width), size.count))
        .collect();
    sides.sort_unstable();
    let half = sizes.iter().map(|size| size.count).sum::<usize>() / 2;
    let mut below = 0;
    let middle = sides.iter().find(|(_, count)| {
        below += count;
        below > half
    });
    let middle = middle.map_or(32, |&(side, _)| side as usize);
    [(middle / 8 * 8).clamp(8, 224); 2]
}

fn modes<'a>(seen: impl Iterator<Item = &'a Seen>) -> Vec<Count> {
    let mut counts = BTreeMap::new();
    seen.for_each(|seen| *counts.entry(seen.mode).or_insert(0) += 1);
    let count = |(name, count): (&str, usize)| Count {
        name: name.to_owned(),
        count,
    };
    let mut modes: Vec<Count> = counts.into_iter().map(count).collect();
    modes.sort_by_key(|mode| std::cmp::Reverse(mode.count));
    modes
}

/// What is equal, and a note where an image stands in more than one class.
fn duplicates(
    found: &Found,
    items: &[(usize, u16)],
    looked: &[Look],
    part_of: &[u8],
) -> (Duplicates, Option<String>) {
    // Equal ones stand beside each other, in their order: that takes less than a table of digests.
    let mut order: Vec<usize> = (0..looked.len())
        .filter(|&index| looked[index].is_ok())
        .collect();
    let digest = |index: usize| looked[index].as_ref().ok().map(|seen| seen.digest);
    order.sort_unstable_by_key(|&index| (digest(index), index));
    let groups = order.chunk_by(|&a, &b| digest(a) == digest(b));
    let mut groups: Vec<&[usize]> = groups.filter(|group| group.len() > 1).collect();
    let parts = |group: &[usize]| {
        group
            .iter()
            .any(|&index| part_of[index] != part_of[group[0]])
    };
    let classes = |group: &[usize]| {
        group
            .iter()
            .any(|&index| items[index].1 != items[group[0]].1)
    };
    let within = |group: &[usize]| {
        if parts(group) {
            0
        } else {
            1 + usize::from(!classes(group))
        }
    };
    groups.sort_unstable_by_key(|group| (within(group), group[0]));
    let mut all = Duplicates::default();
    for group in groups.iter().copied() {
        all.images += group.len() - 1;
        if parts(group) {
            // Those that are judged by an image that is learned from, or chosen by.
            let first = group.iter().map(|&index| part_of[index]).min();
            all.across_parts += group
                .iter()
                .filter(|&&index| Some(part_of[index]) != first)
                .count();
        }
        if classes(group) {
            all.across_classes += group.len();
        }
    }
    const PARTS: [&str; 3] = ["train", "validation", "test"];
    let name = |&index: &usize| {
        format!(
            "{} ({})",
            found.pictures.name(items[index].0),
            PARTS[usize::from(part_of[index])]
        )
    };
    let example = |group: &&[usize]| group.iter().take(MAX_EXAMPLES).map(name).collect();
    all.examples = groups.iter().take(MAX_EXAMPLES).map(example).collect();
    let of_classes = || groups.iter().filter(|group| classes(group));
    let mislabelled = of_classes().next().map(|first| {
        let mut labels: Vec<u16> = first.iter().map(|&index| items[index].1).collect();
        labels.sort_unstable();
        labels.dedup();
        let names = first
            .iter()
            .map(|&index| found.pictures.name(items[index].0));
        let names: Vec<String> = names.collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        mislabelled(of_classes().count(), labels.len(), &shortened(&names))
    });
    (all, mislabelled)
}

/// A sentence about images that stand in more than one class; of the first one, in how many and under which names.
fn mislabelled(images: usize, classes: usize, names: &str) -> String {
    match (images, classes) {
        (1, 2) => format!("1 image stands in two classes, one of them wrong: {names}"),
        (1, classes) => {
            format!("1 image stands in {classes} classes, which cannot all be right: {names}")
        }
        (images, _) => format!(
            "{images} images stand in more than one class, which cannot all be right, such as {names}"
        ),
    }
}

/// Names one after the other, of many only some.
pub(super) fn shortened(names: &[&str]) -> String {
    match names.len() {
        0..=8 => names.join(", "),
        all => format!("{} and {} more", names[..8].join(", "), all - 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suggested_size_suits_half_of_the_pictures() {
        let of = |sizes: &[(u32, u32, usize)]| {
            let size = |&(height, width, count)| SizeCount {
                height,
                width,
                count,
            };
            suggested(&sizes.iter().map(size).collect::<Vec<_>>())
        };
        assert_eq!(of(&[(17, 40, 3)]), [17, 40]);
        assert_eq!(of(&[(100, 90, 9), (3000, 4000, 1)]), [88, 88]);
        assert_eq!(of(&[(3000, 4000, 9), (10, 10, 2)]), [224, 224]);
        assert_eq!(of(&[(5, 6, 1), (7, 9, 1)]), [8, 8]);
        assert_eq!(of(&[(9, 64, 1), (130, 67, 2)]), [64, 64]);
        assert_eq!(of(&[]), [32, 32]);
    }
}
