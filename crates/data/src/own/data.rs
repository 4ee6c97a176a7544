//! A user's data, found and not yet read: what can be said of them before minutes go by.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::found::{self, Found};
use super::survey::{Split, items};
use super::{OwnOptions, Survey, Watch, build, look, survey};
use crate::{DataError, Splits};

/// The parts that data bring besides the one to train with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Brings {
    /// Images to choose by.
    pub validation: bool,
    /// Images for the end.
    pub test: bool,
}

/// A user's data, found and not yet read.
pub struct OwnData {
    path: PathBuf,
    options: OwnOptions,
    found: Found,
}

impl OwnData {
    /// Finds out what lies at a path, without a look at any picture.
    ///
    /// # Errors
    ///
    /// When there is nothing to train on, or when what is there contradicts itself.
    pub fn find(path: &Path, options: &OwnOptions) -> Result<Self, DataError> {
        options.check()?;
        Ok(Self {
            path: path.into(),
            options: options.clone(),
            found: found::find(path, options)?,
        })
    }

    /// The parts that they bring.
    pub fn brings(&self) -> Brings {
        Brings {
            validation: self.found.parts.validation.is_some(),
            test: self.found.parts.test.is_some(),
        }
    }

    /// How many pictures there are of all parts, those among them that cannot be read.
    pub fn pictures(&self) -> usize {
        items(&self.found).len()
    }

    /// How many there are of the training part, which parts that the data do not bring come from.
    pub fn training(&self) -> usize {
        self.found.parts.train.len()
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.found.classes
    }

    /// Channels, height and width of the images: at least as many channels, and exactly these sides.
    /// `None` where only a look at the pictures tells.
    pub fn min_shape(&self) -> Option<[usize; 3]> {
        let own = self.found.pictures.shape();
        let [height, width] = self.options.size.or(own.map(|[_, h, w]| [h, w]))?;
        let own = own.map_or(1, |[channels, ..]| if channels < 3 { 1 } else { 3 });
        Some([self.options.channels.unwrap_or(own), height, width])
    }

    /// The bytes that images may take in memory.
    pub fn max_bytes(&self) -> u64 {
        self.options.memory()
    }

    /// Looks at every picture and keeps no pixels. A file that cannot be read is no error here.
    pub fn survey(&self, watch: &dyn Watch) -> Survey {
        let looked = look::look(&self.found, &self.options, watch);
        survey::survey(&self.found, &looked, &self.options).0
    }

    /// Reads them, and tells what is there.
    ///
    /// # Errors
    ///
    /// [`DataError::Unreadable`] names every file that cannot be read, unless they are to be left
    /// out, [`DataError::EmptyClass`] a class of which no file can be, and [`DataError::Sizes`] the
    /// sizes of the pictures if they differ and none is asked for.
    pub fn load(self, watch: &dyn Watch) -> Result<(Splits, Survey), DataError> {
        let Self {
            path,
            options,
            found,
        } = self;
        build::must_fit(&found, &options)?;
        let looked = look::look(&found, &options, watch);
        let (survey, split) = survey::survey(&found, &looked, &options);
        let split = split.and_then(|split| {
            must_be_enough(&path, &found, &survey, &split)?;
            Ok(split)
        });
        if !survey.bad.is_empty() && !options.skip_bad {
            return Err(DataError::Unreadable {
                path,
                files: survey.bad,
                left: split.err().map(Box::new),
            });
        }
        let split = split?;
        let splits = build::build(found, &looked, &survey, split, &options, watch)?;
        Ok((splits, survey))
    }
}

/// Refuses images of which, once those are left out that cannot be read, a part or a class has none.
fn must_be_enough(
    path: &Path,
    found: &Found,
    survey: &Survey,
    split: &Split,
) -> Result<(), DataError> {
    // Of a part that the data bring, every file may be one that cannot be read.
    let parts = [
        ("train", split.train.len()),
        ("test", split.test.as_ref().map_or(0, Vec::len)),
    ];
    if let Some((part, _)) = parts.iter().find(|(_, images)| *images == 0) {
        return Err(DataError::Malformed {
            path: path.into(),
            place: format!("part {part}"),
            expected: "at least one picture that can be read".into(),
            found: "none".into(),
        });
    }
    let files = |class: usize| {
        let labels = found
            .parts
            .train
            .iter()
            .map(|(_, label)| usize::from(*label));
        labels.filter(|label| *label == class).count()
    };
    // A class that a list names may have no file at all.
    let empty = |class: &usize| survey.classes[*class].train == 0 && files(*class) > 0;
    if let Some(class) = (0..survey.classes.len()).find(empty) {
        return Err(DataError::EmptyClass {
            path: path.into(),
            class: survey.classes[class].name.clone(),
            files: files(class),
        });
    }
    Ok(())
}
