//! From files to what the network sees of them, on all threads.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use data::photo::{Decoded, Decoder, MAX_FILE};
use pixels::Fit;
use runtime::{Model, Preprocessing, RuntimeError};

use super::inputs::{Found, Place};
use crate::Error;

/// What decoding may take on all threads together; a picture that takes more is decoded alone.
const MAX_DECODED: u64 = 2 << 30;

/// Why a file could not be looked at.
pub enum Failure {
    /// It is no picture, and does not claim to be one: perhaps something that holds many.
    NoPicture(Option<String>),
    /// Something else.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPicture(None) => f.write_str("no picture in a format that is read"),
            Self::NoPicture(Some(found)) => write!(
                f,
                "expected a picture, found {found}; unpack it, or save its images as PNG, and name their folder; where it has classes too, `onebit eval --dataset PATH` scores a network on it"
            ),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// Looks at pictures as a network does.
pub struct Looker<'a> {
    model: &'a Model,
    decoder: Decoder,
    resized: AtomicUsize,
}

impl<'a> Looker<'a> {
    /// For a network that reads pictures.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] where no picture becomes what the network reads.
    pub fn new(model: &'a Model) -> Result<Self, Error> {
        let [channels, height, width] = model.input();
        pixels::Preprocessing::new(channels, height, width, Fit::Crop)
            .map_err(|why| Error::Failed(format!("the network reads no pictures: {why}")))?;
        Ok(Self {
            model,
            decoder: Decoder::new(MAX_DECODED),
            resized: AtomicUsize::new(0),
        })
    }

    /// How many pictures were resized although the network does not say how.
    pub fn resized(&self) -> usize {
        self.resized.load(Ordering::Relaxed)
    }

    /// Writes what the network sees of each file, one behind the other, into `pixels`.
    pub fn look(
        &self,
        files: &[Found],
        pixels: &mut [u8],
        threads: usize,
    ) -> Vec<Result<(), Failure>> {
        let size = self.model.image_len();
        let looked = Mutex::new(Vec::new());
        // A thread takes the next one; which it is makes no difference to the result.
        let work = Mutex::new(files.iter().zip(pixels.chunks_mut(size)).enumerate());
        let next = || match work.lock() {
            Ok(mut work) => work.next(),
            Err(_) => None,
        };
        crate::threads::share(threads.min(files.len()), || {
            while let Some((at, (file, pixels))) = next() {
                let result = self.look_at(file, pixels);
                if let Ok(mut looked) = looked.lock() {
                    looked.push((at, result));
                }
            }
        });
        let mut looked = looked.into_inner().unwrap_or_default();
        looked.sort_unstable_by_key(|(at, _)| *at);
        looked.into_iter().map(|(_, result)| result).collect()
    }

    fn look_at(&self, found: &Found, pixels: &mut [u8]) -> Result<(), Failure> {
        let bytes = match &found.place {
            Place::Missing(why) => return Err(Failure::Other(why.clone())),
            Place::StandardInput => read(std::io::stdin().lock()),
            Place::File(path) => open(path).and_then(read),
        };
        let (bytes, all) = bytes.map_err(Failure::Other)?;
        let is_none = || !data::claims_picture(&found.name) && !data::is_picture(&bytes);
        if !all {
            return Err(match is_none() {
                true => Failure::NoPicture(data::collection(&bytes)),
                false => Failure::Other(format!("more than {MAX_FILE} bytes")),
            });
        }
        let seen = self
            .decoder
            .decode(&bytes, |decoded| self.see(decoded, pixels));
        let seen = seen.map_err(|why| match is_none() {
            true => Failure::NoPicture(data::collection(&bytes)),
            false => Failure::Other(why),
        })?;
        seen.map_err(|e| Failure::Other(e.to_string()))
    }

    /// What the network sees, as its file or run says; where that says nothing, of the size's ratio the middle.
    fn see(&self, decoded: &Decoded, pixels: &mut [u8]) -> Result<(), Box<dyn std::error::Error>> {
        let picture = decoded.picture();
        match self.model.see(&picture, pixels) {
            Err(RuntimeError::Picture { .. })
                if self.model.preprocessing() == Preprocessing::None =>
            {
                let [channels, height, width] = self.model.input();
                let fit = pixels::Preprocessing::new(channels, height, width, Fit::Crop)?;
                fit.apply(&picture, pixels);
                self.resized.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            result => Ok(result?),
        }
    }
}

fn open(path: &Path) -> Result<File, String> {
    // Before opening, because opening a pipe waits for its other end.
    let kind = std::fs::metadata(path).map_err(|e| aside::words(&e))?;
    match kind.is_file() {
        true => File::open(path).map_err(|e| aside::words(&e)),
        false => Err("no regular file".into()),
    }
}

/// The bytes of a file, up to the most that a picture has, and whether these are all.
fn read(file: impl Read) -> Result<(Vec<u8>, bool), String> {
    let mut bytes = Vec::new();
    let mut file = file.take(MAX_FILE + 1);
    file.read_to_end(&mut bytes).map_err(|e| aside::words(&e))?;
    let all = bytes.len() as u64 <= MAX_FILE;
    Ok((bytes, all))
}
