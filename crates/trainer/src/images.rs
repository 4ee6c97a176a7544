//! The images that a network is tested on.

use std::path::Path;
use std::sync::Arc;

use data::{AugmentSpec, DataError, Images, Loader, LoaderConfig, Source, Splits};
use run::images::load_whole_watched;
pub use run::images::{limit, limited, load_whole, must_be_readable};

use pixels::Fit;
use run::TrainConfig;
use runtime::{Model, Preprocessing};
use word_list::Counted;

use crate::allocator::Reads;
use crate::{Error, Reading};

/// As [`run::images::load`], and tells how far it is where there are many.
///
/// # Errors
///
/// When they are not there or damaged.
pub fn load(config: &TrainConfig, root: &Path) -> Result<Splits, DataError> {
    let _reads = Reads::begin();
    let (whole, _) = load_whole_watched(config, root, &Reading::default())?;
    Ok(limit(config, whole))
}

/// Images a batch in evaluation, where it changes no result.
const EVALUATION_BATCH: usize = 250;
/// Five places at each of five scales.
const MAX_CROPS: usize = 25;
/// The most values of a batch in evaluation: photographs come in smaller batches.
const EVALUATION_PIXELS: usize = 4 << 20;

/// Refuses the place of a run's own images where nothing is; `flag` is the one that can name another.
///
/// # Errors
///
/// [`Error::Failed`] that names the place.
pub fn must_be_there(dataset: &Source, flag: &str) -> Result<(), Error> {
    match dataset.path() {
        Some(path) if !path.exists() => Err(Error::Failed(format!(
            "{}: expected the images of the run, found nothing there; name their new place with {flag} PATH",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// A loader of every image once, in order, as it is; of photographs `views` crops (1 or 25), whose
/// places `seed` decides.
///
/// # Errors
///
/// When there is no image, or when it has no such views.
pub fn evaluation_loader(
    images: &Arc<Images>,
    views: usize,
    seed: u64,
    workers: usize,
) -> Result<Loader, Error> {
    if !(1..=MAX_CROPS).contains(&views) {
        return Err(Error::Usage(format!(
            "{views} crops of each test image: expected 1 to {MAX_CROPS}"
        )));
    }
    if views != 1 && !images.are_photos() {
        return Err(Error::Usage(format!(
            "{views} crops of each test image: expected 1, since these images are seen as they are; only photographs (imagenet) have several"
        )));
    }
    let pixels: usize = images.shape().iter().product::<usize>() * views;
    let config = LoaderConfig::default()
        .with_batch_size(EVALUATION_BATCH.min(EVALUATION_PIXELS / pixels).max(1))
        .with_views(views)
        .with_seed(seed)
        .with_shuffle(false)
        .with_drop_last(false)
        .with_augment(AugmentSpec::NONE)
        .with_workers(workers);
    Ok(Loader::new(images.clone(), config)?)
}

/// The recipe of a dataset, its own images brought to what a network takes.
pub fn as_seen_by(model: &Model, source: Source) -> TrainConfig {
    let own = source.path().is_some();
    let [channels, height, width] = model.input();
    TrainConfig {
        size: own.then_some([height, width]),
        channels: own.then_some(channels),
        fit: match model.preprocessing() {
            Preprocessing::Fit(fit) => fit,
            _ => Fit::default(),
        },
        ..TrainConfig::recipe(source)
    }
}

/// Whether a network's classes have names; networks from elsewhere have numbers in place of them.
pub fn has_names(model: &Model) -> bool {
    let mut names = model.class_names().iter().enumerate();
    names.any(|(number, name)| *name != number.to_string())
}

/// Refuses a network that does not take a dataset's images, or does not know its classes.
///
/// # Errors
///
/// [`Error::Usage`] that says what either has.
pub fn must_fit(model: &Model, images: &Images, dataset: &Source) -> Result<(), Error> {
    let (input, classes) = (model.input(), model.classes());
    if input == images.shape() && classes == images.classes() {
        let (ours, theirs) = (model.class_names(), images.class_names());
        if !has_names(model) || ours == theirs {
            return Ok(());
        }
        let different = ours
            .iter()
            .zip(theirs)
            .find(|(ours, theirs)| ours != theirs);
        let (ours, theirs) = different.unwrap_or((&ours[0], &theirs[0]));
        return Err(Error::Usage(format!(
            "dataset `{dataset}`: expected the classes that the network was made for, `{}` among them, found `{}` in its place; choose another dataset",
            runtime::brief(ours),
            runtime::brief(theirs)
        )));
    }
    let text = |[c, h, w]: [usize; 3], classes: usize| {
        format!("{c}x{h}x{w} and {}", Counted(classes, "class"))
    };
    Err(Error::Usage(format!(
        "dataset `{dataset}`: expected images of {}, which the network was made for, found {}; choose another dataset",
        text(input, classes),
        text(images.shape(), images.classes())
    )))
}
