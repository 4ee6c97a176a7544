//! From a picture to the bytes that a network sees.

use alloc::format;
use alloc::string::String;

use graph::Shape;
use pixels::{Channels, Fit, Picture};

use crate::{Model, RuntimeError};

/// What becomes of a picture before the network sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preprocessing {
    /// Pictures have the network's size.
    #[default]
    None,
    /// Pictures of any size are fitted, as [`pixels`] specifies it.
    Fit(Fit),
    /// Of a picture whose shorter side is scaled to 256 pixels, the 224 × 224 in the middle.
    CentreCrop,
}

impl Preprocessing {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Fit(Fit::Crop),
        Self::Fit(Fit::Pad),
        Self::Fit(Fit::Stretch),
        Self::CentreCrop,
    ];

    /// The word for it in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fit(fit) => fit.name(),
            Self::CentreCrop => "centre-crop",
        }
    }

    /// That of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entry| entry.name() == name)
    }

    /// Whether it makes an input of this shape; if not, what it makes.
    pub(crate) fn check(self, [channels, height, width]: Shape) -> Result<(), &'static str> {
        match self {
            Self::None => Ok(()),
            Self::Fit(fit) => match pixels::Preprocessing::new(channels, height, width, fit) {
                Ok(_) => Ok(()),
                Err(_) => Err("1 or 3 channels, with sides of at most 65535"),
            },
            Self::CentreCrop if [channels, height, width] == [3, 224, 224] => Ok(()),
            Self::CentreCrop => Err("3 x 224 x 224"),
        }
    }
}

impl core::fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

impl Model {
    /// What the network sees of a picture, as the model's own [`Preprocessing`] has it: writes the
    /// [`image_len`](Self::image_len) bytes that the engine reads. The picture is turned as its orientation
    /// says, stands over white, and is made grey or coloured, whatever the preprocessing.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when `image` is not of that length, [`RuntimeError::Picture`] when the picture
    /// should have the network's size and has another, or the network reads other channels than a picture has.
    pub fn see(&self, picture: &Picture, image: &mut [u8]) -> Result<(), RuntimeError> {
        let [channels, height, width] = self.input();
        self.must_be_image(image)?;
        let fit = match self.preprocessing() {
            Preprocessing::Fit(fit) => fit,
            Preprocessing::CentreCrop => {
                pixels::centre(picture, image);
                return Ok(());
            }
            Preprocessing::None => {
                let [rows, columns] = picture.size().map(|side| side as usize);
                if [rows, columns] != [height, width] {
                    return Err(RuntimeError::Picture {
                        expected: size(width, height),
                        found: size(columns, rows),
                    });
                }
                Fit::Stretch
            }
        };
        let preprocessing = pixels::Preprocessing::new(channels, height, width, fit);
        let preprocessing = preprocessing.map_err(|_| RuntimeError::Picture {
            expected: format!("{channels} channels of {}", size(width, height)),
            found: match picture.channels() {
                Channels::Grey | Channels::GreyAlpha => "1 (grey)".into(),
                _ => "3 (red, green, blue)".into(),
            },
        })?;
        preprocessing.apply(picture, image);
        Ok(())
    }

    /// That these are as many bytes as an image has.
    pub(crate) fn must_be_image(&self, image: &[u8]) -> Result<(), RuntimeError> {
        let [channels, height, width] = self.input();
        match image.len() == self.image_len() {
            true => Ok(()),
            false => Err(RuntimeError::Image {
                expected: self.image_len(),
                shape: format!("{channels} x {height} x {width}"),
                found: image.len(),
            }),
        }
    }
}

fn size(width: usize, height: usize) -> String {
    format!("{width} x {height} pixels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_both_ways() {
        for preprocessing in Preprocessing::ALL {
            let name = preprocessing.name();
            assert_eq!(Preprocessing::from_name(name), Some(preprocessing));
        }
        assert_eq!(Preprocessing::from_name("zoom"), None);
    }
}
