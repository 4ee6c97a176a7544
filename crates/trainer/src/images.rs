//! The images that a config asks for.

use std::path::Path;
use std::sync::Arc;

use data::{AugmentSpec, Dataset, GlyphsOptions, Images, Loader, LoaderConfig, Splits};

use crate::Error;
use crate::config::TrainConfig;

/// Images a batch in evaluation, where it changes no result.
const EVALUATION_BATCH: usize = 250;

/// A loader of every image once, in order, as it is.
///
/// # Errors
///
/// When there is no image.
pub fn evaluation_loader(images: &Arc<Images>, workers: usize) -> Result<Loader, Error> {
    let config = LoaderConfig {
        batch_size: EVALUATION_BATCH,
        shuffle: false,
        drop_last: false,
        augment: AugmentSpec::NONE,
        workers,
        ..LoaderConfig::default()
    };
    Ok(Loader::new(images.clone(), config)?)
}

/// The images of a config's dataset, as many as it wants.
///
/// # Errors
///
/// When they are not there or damaged.
pub fn load(config: &TrainConfig, root: &Path) -> Result<Splits, Error> {
    let wanted = |limit: usize, all: usize| if limit == 0 { all } else { limit };
    let defaults = GlyphsOptions::default();
    let glyphs = GlyphsOptions {
        train: wanted(config.limit_train, defaults.train),
        test: wanted(config.limit_test, defaults.test),
        ..defaults
    };
    let Splits { train, test } = config.dataset.load(root, &glyphs)?;
    if config.dataset == Dataset::Glyphs {
        return Ok(Splits { train, test });
    }
    Ok(Splits {
        train: train.take(wanted(config.limit_train, usize::MAX)),
        test: test.take(wanted(config.limit_test, usize::MAX)),
    })
}
