//! The images that a config asks for.

use std::path::Path;

use data::{
    BadFile, DataError, Dataset, GlyphsOptions, Images, OwnData, OwnOptions, Source, Splits,
    Survey, Watch,
};

use crate::config::TrainConfig;
use crate::memory::available;

/// The images of a config's dataset, as many as it wants; `root` is the folder of all datasets.
///
/// # Errors
///
/// When they are not there or damaged.
pub fn load(config: &TrainConfig, root: &Path) -> Result<Splits, DataError> {
    Ok(limit(config, load_whole(config, root)?.0))
}

/// All images of a config's dataset; of `glyphs`, which has no end, as many as it wants. Of a
/// user's own data comes what was found there.
///
/// # Errors
///
/// As [`load`].
pub fn load_whole(
    config: &TrainConfig,
    root: &Path,
) -> Result<(Splits, Option<Survey>), DataError> {
    load_whole_watched(config, root, &())
}

/// As [`load_whole`]; `watch` is told while own images are read.
///
/// # Errors
///
/// As [`load`].
pub fn load_whole_watched(
    config: &TrainConfig,
    root: &Path,
    watch: &dyn Watch,
) -> Result<(Splits, Option<Survey>), DataError> {
    let wanted = |limit: usize, all: usize| if limit == 0 { all } else { limit };
    let defaults = GlyphsOptions::default();
    let glyphs = defaults
        .with_train(wanted(config.limit_train, defaults.train))
        .with_test(wanted(config.limit_test, defaults.test));
    match &config.dataset {
        Source::Named(dataset) => match dataset.load(root, &glyphs) {
            Ok(splits) => Ok((readable(config, splits), None)),
            // Other data in a dataset's files.
            Err(error) => match dataset.place(root).filter(|_| error.is_of_other_data()) {
                Some(place) => {
                    let read = OwnData::find(&place, &own_options(config));
                    let read = read.and_then(|found| found.load(watch));
                    let (splits, mut survey) = read.map_err(|_| error)?;
                    survey.notes.push(format!(
                        "the files of {dataset} hold other data than the published ones; they are read as they are"
                    ));
                    Ok((splits, Some(survey)))
                }
                None => Err(error),
            },
        },
        Source::Own(path) => {
            let found = OwnData::find(path, &own_options(config))?;
            let (splits, survey) = found.load(watch)?;
            Ok((splits, Some(survey)))
        }
    }
}

/// Without the photographs that cannot be read, if they are to be left out.
fn readable(config: &TrainConfig, splits: Splits) -> Splits {
    if !config.skip_bad {
        return splits;
    }
    let mut splits = splits;
    let [bad_train, bad_test] = [&splits.train, &splits.test].map(|images| images.unreadable(0));
    splits.train = splits.train.without(&bad_train);
    splits.test = splits.test.without(&bad_test);
    splits
}

/// Refuses photographs that cannot be read, all of them at once.
///
/// # Errors
///
/// [`DataError::Unreadable`] that names each.
pub fn must_be_readable(splits: &Splits, path: &Path) -> Result<(), DataError> {
    let files: Vec<_> = [&splits.train, &splits.test]
        .into_iter()
        .flat_map(|images| images.unreadable(0))
        .collect();
    match files.is_empty() {
        true => Ok(()),
        false => Err(DataError::Unreadable {
            path: path.into(),
            left: emptied(&splits.train, &files, path).map(Box::new),
            files,
        }),
    }
}

/// A class that has no photograph to train with once these files are left out.
fn emptied(train: &Images, files: &[BadFile], path: &Path) -> Option<DataError> {
    let before = train.counts();
    let after = train.clone().without(files).counts();
    let mut classes = before.iter().zip(after).zip(train.class_names());
    let ((&files, _), class) = classes.find(|((before, after), _)| **before > 0 && *after == 0)?;
    Some(DataError::EmptyClass {
        path: path.into(),
        class: class.clone(),
        files,
    })
}

/// The part of what memory is left that images may take; the rest is for training.
const SHARE_OF_IMAGES: u64 = 4;

/// How a config's own images become images of one shape, and which are held out. Those that take
/// more than a quarter of the memory that is left stay in their files.
pub fn own_options(config: &TrainConfig) -> OwnOptions {
    OwnOptions::default()
        .with_size(config.size)
        .with_channels(config.channels)
        .with_fit(config.fit)
        .with_split_seed(config.split_seed.unwrap_or(config.seed))
        .with_test_fraction(config.test_fraction)
        .with_skip_bad(config.skip_bad)
        .with_max_memory(available().map(|left| left.bytes / SHARE_OF_IMAGES))
}

/// The recipe of a config's dataset with the settings that decide which images those are, and how
/// they are seen; two configs on the same images have the same.
pub fn data_of(config: &TrainConfig) -> TrainConfig {
    TrainConfig {
        recipe: config.recipe,
        size: config.size,
        channels: config.channels,
        fit: config.fit,
        test_fraction: config.test_fraction,
        validation: config.validation,
        split_seed: config.split_seed,
        skip_bad: config.skip_bad,
        ..TrainConfig::recipe(config.dataset.clone())
    }
}

/// As many of a dataset's images as a config wants.
pub fn limit(config: &TrainConfig, whole: Splits) -> Splits {
    let take = |images: Images, limit: usize| match limit {
        0 => images,
        limit => images.take(limit),
    };
    match config.dataset.named() {
        Some(Dataset::Glyphs) => whole,
        _ => Splits {
            train: take(whole.train, config.limit_train),
            validation: whole.validation,
            test: take(whole.test, config.limit_test),
        },
    }
}

/// The same config, with no more than `limit` test images; 0 means as many as it has.
pub fn limited(config: &TrainConfig, limit: usize) -> TrainConfig {
    let own = match (config.limit_test, config.dataset.named()) {
        (0, Some(Dataset::Glyphs)) => GlyphsOptions::default().test,
        (0, _) => usize::MAX,
        (own, _) => own,
    };
    TrainConfig {
        limit_test: match limit {
            0 => config.limit_test,
            limit => limit.min(own),
        },
        ..config.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_lowers_the_number_of_test_images_and_never_raises_it() {
        let glyphs = TrainConfig::recipe(Dataset::Glyphs);
        let few = TrainConfig {
            limit_test: 60,
            ..glyphs.clone()
        };
        let found = [
            (&few, 0),
            (&few, 10),
            (&few, 70),
            (&glyphs, 10),
            (&glyphs, 9_999),
        ]
        .map(|(config, limit)| limited(config, limit).limit_test);
        assert_eq!(found, [60, 10, 60, 10, 2000]);
    }
}
