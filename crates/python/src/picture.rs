//! A picture as Python has it, and what a network sees of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use data::photo::{Decoder, MAX_FILE};
use pixels::{Channels, Fit, Orientation, Picture};
use pyo3::pybacked::PyBackedBytes;
use runtime::{Model, Preprocessing, RuntimeError};

/// What decoding may take on all threads together; a picture that takes more is decoded alone.
const MAX_DECODED: u64 = 2 << 30;

/// One of a list.
pub enum Item {
    /// An image as the network reads it.
    Image(Vec<u8>),
    /// A picture's file.
    File(PathBuf),
    /// A decoded picture.
    Decoded {
        pixels: Pixels,
        width: u32,
        height: u32,
        channels: Channels,
        orientation: Orientation,
    },
}

impl Item {
    /// The bytes that it holds.
    pub fn held(&self) -> usize {
        match self {
            Self::Image(bytes) => bytes.len(),
            Self::File(_) => 0,
            Self::Decoded { pixels, .. } => pixels.as_ref().len(),
        }
    }
}

/// Bytes of Python's, or ours.
pub enum Pixels {
    Python(PyBackedBytes),
    Own(Vec<u8>),
}

impl AsRef<[u8]> for Pixels {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Python(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

/// Why there is nothing to see.
pub enum Unseen {
    File(PathBuf, io::Error),
    Picture(String),
}

/// Looks at pictures as a network does, and counts those that it resized although the network does not say how.
pub struct Looker<'a> {
    model: &'a Model,
    decoder: Decoder,
    resized: AtomicUsize,
}

impl<'a> Looker<'a> {
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            decoder: Decoder::new(MAX_DECODED),
            resized: AtomicUsize::new(0),
        }
    }

    /// How many pictures were resized although the network does not say how.
    pub fn resized(&self) -> usize {
        self.resized.load(Ordering::Relaxed)
    }

    /// Writes what the network sees of each item, one behind the other, into `images`.
    ///
    /// # Errors
    ///
    /// The number of the first that cannot be seen, and why.
    pub fn look(
        &self,
        items: &[Item],
        images: &mut [u8],
        threads: usize,
    ) -> Result<(), (usize, Unseen)> {
        let size = self.model.image_len();
        // A thread takes the next one; which it is makes no difference to the result.
        let work = Mutex::new(items.iter().zip(images.chunks_mut(size)).enumerate());
        let first: Mutex<Option<(usize, Unseen)>> = Mutex::new(None);
        let next = || work.lock().ok()?.next();
        let all = || {
            while let Some((at, (item, image))) = next() {
                if let Err(why) = self.see(item, image)
                    && let Ok(mut first) = first.lock()
                    && first.as_ref().is_none_or(|(before, _)| at < *before)
                {
                    *first = Some((at, why));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(items.len()) {
                scope.spawn(all);
            }
            all();
        });
        match first.into_inner() {
            Ok(Some(found)) => Err(found),
            _ => Ok(()),
        }
    }

    fn see(&self, item: &Item, image: &mut [u8]) -> Result<(), Unseen> {
        let text = |error: &dyn std::fmt::Display| Unseen::Picture(error.to_string());
        match item {
            Item::Image(bytes) => {
                image.copy_from_slice(bytes);
                Ok(())
            }
            Item::File(path) => {
                let file = read(path).map_err(|error| Unseen::File(path.clone(), error))?;
                let Some(file) = file else {
                    return Err(Unseen::Picture(format!("more than {MAX_FILE} bytes")));
                };
                let seen = self
                    .decoder
                    .decode(&file, |decoded| self.fit(&decoded.picture(), image));
                seen.map_err(|why| text(&format!("expected a picture, found {why}")))?
            }
            Item::Decoded {
                pixels,
                width,
                height,
                channels,
                orientation,
            } => {
                let picture =
                    Picture::new(pixels.as_ref(), *width, *height, *channels, *orientation);
                self.fit(&picture.map_err(|error| text(&error))?, image)
            }
        }
    }

    /// What the network sees, as its file says; where that says nothing, of the size's ratio the middle, as `onebit predict`
    /// has it.
    fn fit(&self, picture: &Picture, image: &mut [u8]) -> Result<(), Unseen> {
        let text = |error: &dyn std::fmt::Display| Unseen::Picture(error.to_string());
        match self.model.see(picture, image) {
            Err(RuntimeError::Picture { .. })
                if self.model.preprocessing() == Preprocessing::None =>
            {
                let [channels, height, width] = self.model.input();
                let fit = pixels::Preprocessing::new(channels, height, width, Fit::Crop);
                fit.map_err(|error| text(&error))?.apply(picture, image);
                self.resized.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            result => result.map_err(|error| text(&error)),
        }
    }
}

/// A file's bytes; `None` where it has more than a picture.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Before opening, because opening a pipe waits for its other end.
    let kind = std::fs::metadata(path)?;
    if kind.is_dir() {
        let what = "it is a folder; name its files, as Path(…).glob(\"*.png\") does";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, what));
    }
    if !kind.is_file() {
        let what = "it is no regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MAX_FILE).then_some(bytes))
}
