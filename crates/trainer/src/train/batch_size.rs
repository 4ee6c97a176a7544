//! A batch that fits the training images, and what is said of those that no batch takes.

use run::TrainConfig;
use run::config::BatchFit;
use word_list::Counted;

use crate::Error;

/// Fits the batch of a config to so many training images, and returns what a user should know of it.
///
/// # Errors
///
/// [`Error::Usage`] when a size that was chosen does not fit.
pub fn fit(
    config: &mut TrainConfig,
    images: usize,
    devices: usize,
) -> Result<Option<String>, Error> {
    let asked = config.batch_size;
    // Without images something else is wrong, and said where they are read.
    if images == 0 {
        return Ok(None);
    }
    if config.limit_train > 0 && images < asked {
        // A smoke run of a part of the data: one batch of what there is.
        take(config, images);
        return Ok(None);
    }
    let recipe = TrainConfig::with_recipe(config.recipe, config.dataset.clone());
    let own = config.dataset.path().is_some();
    let small = BatchFit::small(asked, images, devices);
    if asked == recipe.batch_size && (own || images < asked) && small.steps > 0 {
        take(config, small.batch_size);
        return Ok((small.batch_size != asked).then(|| {
            format!(
                "batches of {} in place of the recipe's {asked}: {images} to train with, {} an epoch{}",
                Counted(small.batch_size, "image"),
                Counted(small.steps, "step"),
                unused(&small, images)
            )
        }));
    }
    let now = BatchFit::of(asked, images);
    if now.steps == 0 {
        return Err(Error::Usage(format!(
            "`batch_size` = {asked}: the {} to train with do not fill one batch; expected at most {images}, such as --batch-size {}",
            Counted(images, "image"),
            small.batch_size.min(images)
        )));
    }
    Ok(now.wastes().then(|| {
        let better = BatchFit::small(asked, images, devices);
        let better = match better.unused < now.unused {
            true => format!(
                "; --batch-size {} leaves out {}",
                better.batch_size, better.unused
            ),
            false => String::new(),
        };
        format!(
            "{} to train with make {} of {asked}{}{better}",
            Counted(images, "image"),
            Counted(now.steps, "batch"),
            unused(&now, images)
        )
    }))
}

/// Refuses a batch that the devices and its parts do not share alike.
///
/// # Errors
///
/// [`Error::Usage`] when they do not.
pub fn must_be_shared(config: &TrainConfig, devices: usize) -> Result<(), Error> {
    let parts = devices * config.accumulate;
    match config.batch_size.is_multiple_of(devices) && config.batch_size >= parts {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "`batch_size` = {}: expected a multiple of the {}, {parts} or more; change it with --batch-size",
            config.batch_size,
            Counted(devices, "device")
        ))),
    }
}

fn take(config: &mut TrainConfig, batch_size: usize) {
    config.batch_size = batch_size;
    config.accumulate = config.accumulate.min(batch_size);
}

fn unused(fit: &BatchFit, images: usize) -> String {
    match fit.unused {
        0 => String::new(),
        unused => format!(
            "; each epoch leaves out {unused} of them ({:.0} %), different ones each time",
            100.0 * unused as f64 / images as f64
        ),
    }
}

#[cfg(test)]
mod tests {
    use data::{Dataset, Source};

    use super::*;

    fn named(batch_size: usize) -> TrainConfig {
        TrainConfig {
            batch_size,
            ..TrainConfig::recipe(Dataset::Mnist)
        }
    }

    #[test]
    fn a_recipe_s_batch_gives_way_and_this_is_said() {
        let mut config = named(125);
        let note = fit(&mut config, 90, 1).unwrap().unwrap();
        assert_eq!(config.batch_size, 18);
        assert!(
            note.contains("batches of 18") && note.contains("90"),
            "{note}"
        );
        let mut own = TrainConfig::recipe(Source::Own("./photos".into()));
        let recipe = own.batch_size;
        assert_eq!(fit(&mut own, 100 * recipe, 1).unwrap(), None);
        assert_eq!(own.batch_size, recipe);
        let note = fit(&mut own, 2 * recipe - 1, 1).unwrap().unwrap();
        assert!(
            own.batch_size < recipe && note.contains("in place of"),
            "{note}"
        );
    }

    #[test]
    fn a_chosen_batch_is_kept_or_refused_in_plain_words() {
        let mut config = named(100);
        let error = fit(&mut config, 90, 1).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(
            error.to_string(),
            "`batch_size` = 100: the 90 images to train with do not fill one batch; expected at most 90, such as --batch-size 18"
        );
        assert_eq!(fit(&mut named(60), 60, 1).unwrap(), None);
    }

    #[test]
    fn images_that_no_batch_takes_are_counted() {
        let mut config = named(125);
        let note = fit(&mut config, 249, 1).unwrap().unwrap();
        assert_eq!(config.batch_size, 125, "a named dataset keeps the paper's");
        assert_eq!(
            note,
            "249 images to train with make 1 batch of 125; each epoch leaves out 124 of them (50 %), different ones each time; --batch-size 62 leaves out 1"
        );
        assert_eq!(fit(&mut named(125), 60_000, 1).unwrap(), None);
        assert_eq!(fit(&mut named(128), 60_000, 1).unwrap(), None, "0.2 %");
    }

    #[test]
    fn a_limit_makes_one_batch_of_what_there_is() {
        let mut config = TrainConfig {
            limit_train: 64,
            accumulate: 100,
            ..named(125)
        };
        assert_eq!(fit(&mut config, 64, 1).unwrap(), None);
        assert_eq!((config.batch_size, config.accumulate), (64, 64));
    }
}
