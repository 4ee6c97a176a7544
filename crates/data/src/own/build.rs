//! From pictures to images of one shape.

use std::sync::Mutex;

use pixels::{Picture, Preprocessing};

use super::found::{Found, Parts, Pictures};
use super::look::Look;
use super::survey::{Split, Survey, items};
use super::watch::Counter;
use super::{OwnOptions, Plan, Watch, parallel};
use crate::{DataError, Images, Splits, memory};

/// Refuses arrays whose images would take more memory than they may, before a look at any.
pub(super) fn must_fit(found: &Found, options: &OwnOptions) -> Result<(), DataError> {
    let Some([own, height, width]) = found.pictures.shape() else {
        return Ok(());
    };
    let [height, width] = options.size.unwrap_or([height, width]);
    let channels = options.channels.unwrap_or(if own < 3 { 1 } else { 3 });
    let sides = [channels, height, width];
    let bytes = sides
        .iter()
        .fold(items(found).len() as u64, |bytes, &side| {
            bytes.saturating_mul(side as u64)
        });
    let expected = options.memory();
    match bytes > expected {
        true => Err(DataError::Memory {
            path: found.root.clone(),
            expected,
            found: bytes,
        }),
        false => Ok(()),
    }
}

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
    // Arrays have no files to stay in, and fit.
    let is_array = found.pictures.shape().is_some();
    let in_memory = is_array || bytes <= max_bytes;
    watch.planned(&Plan {
        images: all,
        shape: [channels, height, width],
        bytes,
        max_bytes,
        in_memory,
    });
    let tell = |done, all| watch.made(done, all);
    let counter = Counter::new(all, &tell);
    let parts = [
        Some(&split.train),
        split.validation.as_ref(),
        split.test.as_ref(),
    ];
    let numbers = |indices: Option<&Vec<usize>>| -> Vec<usize> {
        let indices = indices.into_iter().flatten();
        indices.map(|&index| items[index].0).collect()
    };
    let labels = |indices: Option<&Vec<usize>>| -> Vec<u16> {
        let indices = indices.into_iter().flatten();
        indices.map(|&index| items[index].1).collect()
    };
    let names = found.classes.clone();
    let [train, validation, test] = match &found.pictures {
        Pictures::Files(files) if !in_memory => {
            let stay = |part| {
                let pictures = numbers(part).into_iter().map(|file| file as u32).collect();
                Images::own(
                    preprocessing,
                    names.clone(),
                    files.clone(),
                    pictures,
                    labels(part),
                )
            };
            [stay(parts[0])?, stay(parts[1])?, stay(parts[2])?]
        }
        _ => {
            let make = Make {
                size: preprocessing.len(),
                threads: options.threads,
                make: &|picture, _, dst| preprocessing.apply(picture, dst),
                made: &|| counter.tick(),
            };
            let pixels = make.all(found, parts.map(numbers))?;
            let [a, b, c] = pixels;
            let images = |pixels, part| {
                Images::new(channels, height, width, names.clone(), pixels, labels(part))
            };
            [
                images(a, parts[0])?,
                images(b, parts[1])?,
                images(c, parts[2])?,
            ]
        }
    };
    Ok(Splits {
        train,
        validation: split.validation.is_some().then_some(validation),
        test,
    })
}

/// Makes images of arrays as they are.
pub(super) fn plain(found: Found) -> Result<Splits, DataError> {
    let [channels, height, width] = found.pictures.shape().unwrap_or_default();
    let names = found.classes.clone();
    let Parts {
        train,
        validation,
        test,
    } = &found.parts;
    let has_validation = validation.is_some();
    let parts = [Some(train), validation.as_ref(), test.as_ref()];
    let items = parts.map(|part| part.into_iter().flatten().copied().collect::<Vec<_>>());
    let [a, b, c] = items
        .each_ref()
        .map(|items| items.iter().map(|item| item.1).collect::<Vec<u16>>());
    let numbers = items.map(|items| items.iter().map(|item| item.0).collect::<Vec<usize>>());
    let make = Make {
        size: channels * height * width,
        threads: 1,
        make: &|_, bytes, dst| {
            for (channel, plane) in dst.chunks_exact_mut(height * width).enumerate() {
                let bytes = bytes.iter().skip(channel).step_by(channels);
                plane
                    .iter_mut()
                    .zip(bytes)
                    .for_each(|(to, &byte)| *to = byte);
            }
        },
        made: &|| (),
    };
    let [train, validation, test] = make.all(found, numbers)?;
    let images =
        |pixels, labels| Images::new(channels, height, width, names.clone(), pixels, labels);
    Ok(Splits {
        train: images(train, a)?,
        validation: match has_validation {
            true => Some(images(validation, b)?),
            false => None,
        },
        test: images(test, c)?,
    })
}

/// How an image is made of a picture, whose bytes are at hand too.
type MakeOne<'a> = &'a (dyn Fn(&Picture, &[u8], &mut [u8]) + Sync);

/// Makes the pixels of images.
struct Make<'a> {
    /// Bytes of an image.
    size: usize,
    threads: usize,
    make: MakeOne<'a>,
    /// Told of each.
    made: &'a (dyn Fn() + Sync),
}

impl Make<'_> {
    /// The pixels of the pictures with these numbers, which ascend in each part. What arrays hold is
    /// given back block by block, so that there is hardly more than one copy at any time.
    fn all(&self, mut found: Found, parts: [Vec<usize>; 3]) -> Result<[Vec<u8>; 3], DataError> {
        let mut pixels = [Vec::new(), Vec::new(), Vec::new()];
        for (pixels, part) in pixels.iter_mut().zip(&parts) {
            let bytes = part.len().saturating_mul(self.size);
            memory::reserve(pixels, bytes).map_err(DataError::short(&found.root))?;
        }
        let blocks = match &found.pictures {
            Pictures::Array { pixels, .. } => pixels.blocks(),
            Pictures::Files(_) => 1,
        };
        let mut next = [0; 3];
        for block in 0..blocks {
            let end = match &found.pictures {
                Pictures::Array { pixels, .. } => pixels.end(block),
                Pictures::Files(_) => usize::MAX,
            };
            for ((pixels, part), next) in pixels.iter_mut().zip(&parts).zip(&mut next) {
                let here = part[*next..]
                    .iter()
                    .take_while(|&&picture| picture < end)
                    .count();
                self.some(&found, &part[*next..*next + here], pixels)?;
                *next += here;
            }
            if let Pictures::Array { pixels, .. } = &mut found.pictures {
                pixels.give_back(block);
            }
        }
        Ok(pixels)
    }

    /// Appends those of some pictures.
    fn some(&self, found: &Found, pictures: &[usize], to: &mut Vec<u8>) -> Result<(), DataError> {
        let start = to.len();
        to.resize(start + pictures.len() * self.size, 0);
        let failed = Mutex::new(None);
        parallel::fill(&mut to[start..], self.size, self.threads, |at, dst| {
            let picture = pictures[at];
            let made = found.pictures.with(picture, |picture, bytes, _| {
                (self.make)(picture, bytes, dst)
            });
            (self.made)();
            if let Err(reason) = made {
                // It could be read a moment ago.
                let path = found.root.join(found.pictures.name(picture));
                *failed.lock().unwrap_or_else(|e| e.into_inner()) = Some((path, reason));
            }
        });
        match failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
            Some((path, found)) => Err(DataError::Malformed {
                path,
                place: "picture".into(),
                expected: "the picture that was read before".into(),
                found,
            }),
            None => Ok(()),
        }
    }
}
