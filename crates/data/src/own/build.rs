//! From pictures to images of one shape.

use std::sync::Mutex;

use pixels::Preprocessing;

use super::found::{Found, Pictures};
use super::look::Look;
use super::survey::{Split, Survey, items};
use super::watch::Counter;
use super::{OwnOptions, Plan, Watch, parallel};
use crate::{DataError, Images, Splits};

/// Makes images of the pictures of each part.
pub(super) fn build(
    found: Found,
    looked: &[Look],
    survey: &Survey,
    split: Split,
    options: &OwnOptions,
    watch: &dyn Watch,
) -> Result<Splits, DataError> {
    let path = || found.root.clone();
    let [height, width] = match (options.size, survey.different_sizes) {
        (Some(size), _) => size,
        // Where no picture can be read, there is nothing to differ.
        (None, 0 | 1) => survey.suggested_size,
        _ => {
            return Err(DataError::Sizes {
                path: path(),
                found: survey
                    .sizes
                    .iter()
                    .map(|size| ([size.height, size.width], size.count))
                    .collect(),
                different: survey.different_sizes,
                min: survey.min_size,
                max: survey.max_size,
                suggested: survey.suggested_size,
            });
        }
    };
    let channels = options.channels.unwrap_or(survey.channels);
    let preprocessing =
        Preprocessing::new(channels, height, width, options.fit).map_err(|error| {
            DataError::Images {
                expected: "a size within bounds".into(),
                found: error.to_string(),
            }
        })?;
    let items = items(&found);
    let all = looked.iter().filter(|look| look.is_ok()).count();
    let bytes = (all as u64).saturating_mul(preprocessing.len() as u64);
    let max_bytes = options.memory();
    // Arrays are in memory already.
    let is_array = found.pictures.shape().is_some();
    let in_memory = is_array || bytes <= max_bytes;
    if in_memory && bytes > max_bytes {
        return Err(DataError::Memory {
            path: path(),
            expected: max_bytes,
            found: bytes,
        });
    }
    watch.planned(&Plan {
        images: all,
        shape: [channels, height, width],
        bytes,
        max_bytes,
        in_memory,
    });
    let tell = |done, all| watch.made(done, all);
    let counter = Counter::new(all, &tell);
    let images = |indices: &[usize]| -> Result<Images, DataError> {
        let labels = indices.iter().map(|&index| items[index].1).collect();
        let names = found.classes.clone();
        match &found.pictures {
            Pictures::Files(files) if !in_memory => {
                let pictures = indices.iter().map(|&index| items[index].0 as u32).collect();
                Images::own(preprocessing, names, files.clone(), pictures, labels)
            }
            pictures => {
                let mut pixels = vec![0; indices.len() * preprocessing.len()];
                let failed = Mutex::new(None);
                parallel::fill(
                    &mut pixels,
                    preprocessing.len(),
                    options.threads,
                    |at, dst| {
                        let picture = items[indices[at]].0;
                        let made = pictures
                            .with(picture, |picture, _, _| preprocessing.apply(picture, dst));
                        counter.tick();
                        if let Err(reason) = made {
                            // It could be read a moment ago.
                            let path = found.root.join(pictures.name(picture));
                            *failed.lock().unwrap_or_else(|e| e.into_inner()) =
                                Some((path, reason));
                        }
                    },
                );
                match failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
                    Some((path, found)) => Err(DataError::Malformed {
                        path,
                        place: "picture".into(),
                        expected: "the one that was read before".into(),
                        found,
                    }),
                    None => Images::new(channels, height, width, names, pixels, labels),
                }
            }
        }
    };
    Ok(Splits {
        train: images(&split.train)?,
        validation: split.validation.as_deref().map(images).transpose()?,
        test: images(split.test.as_deref().unwrap_or_default())?,
    })
}

/// Makes images of arrays as they are.
pub(super) fn plain(found: Found) -> Result<Splits, DataError> {
    let [channels, height, width] = found.pictures.shape().unwrap_or_default();
    let size = channels * height * width;
    let images = |items: &[(usize, u16)]| {
        let mut pixels = Vec::with_capacity(items.len() * size);
        for &(picture, _) in items {
            // A picture in memory can be read.
            let _ = found.pictures.with(picture, |_, bytes, _| {
                for channel in 0..channels {
                    pixels.extend(bytes.iter().skip(channel).step_by(channels));
                }
            });
        }
        let labels = items.iter().map(|(_, label)| *label).collect();
        Images::new(
            channels,
            height,
            width,
            found.classes.clone(),
            pixels,
            labels,
        )
    };
    Ok(Splits {
        train: images(&found.parts.train)?,
        validation: found.parts.validation.as_deref().map(images).transpose()?,
        test: images(found.parts.test.as_deref().unwrap_or_default())?,
    })
}
