//! A decoded picture.

use crate::{MAX_SIDE, Orientation, PixelsError};

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Grey.
    Grey = 1,
    /// Grey and opacity.
    GreyAlpha = 2,
    /// Red, green, blue.
    Rgb = 3,
    /// Red, green, blue and opacity, which the colours are not multiplied with.
    Rgba = 4,
}

impl Channels {
    /// What a pixel of `count` bytes is.
    ///
    /// # Errors
    ///
    /// Refused is any count but 1 to 4.
    pub fn from_count(count: usize) -> Result<Self, PixelsError> {
        match count {
            1 => Ok(Self::Grey),
            2 => Ok(Self::GreyAlpha),
            3 => Ok(Self::Rgb),
            4 => Ok(Self::Rgba),
            _ => Err(PixelsError::Channels {
                what: "the picture",
                expected: "1 to 4",
                found: count as u64,
            }),
        }
    }

    /// The bytes of a pixel.
    pub fn count(self) -> usize {
        self as usize
    }
}

/// A decoded picture: rows of pixels from above, 8 bits for each channel, and how it is turned
/// before it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    pub(crate) pixels: &'a [u8],
    /// As stored: rows, columns.
    pub(crate) stored: [u32; 2],
    pub(crate) channels: Channels,
    pub(crate) orientation: Orientation,
}

impl<'a> Picture<'a> {
    /// A picture whose pixels are stored in rows of `width` from above, the channels of a pixel
    /// beside each other.
    ///
    /// # Errors
    ///
    /// A side is 0 or greater than [`MAX_SIDE`], or the bytes are not `height × width × channels`.
    pub fn new(
        pixels: &'a [u8],
        width: u32,
        height: u32,
        channels: Channels,
        orientation: Orientation,
    ) -> Result<Self, PixelsError> {
        check_side("the picture's width", u64::from(width))?;
        check_side("the picture's height", u64::from(height))?;
        let expected = u64::from(width) * u64::from(height) * channels.count() as u64;
        let found = pixels.len() as u64;
        if found != expected {
            return Err(PixelsError::Bytes { expected, found });
        }
        Ok(Self {
            pixels,
            stored: [height, width],
            channels,
            orientation,
        })
    }

    /// Height and width, as viewers show it.
    pub fn size(&self) -> [u32; 2] {
        self.orientation.sides(self.stored)
    }

    /// What the bytes of a pixel are.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// How it is turned before it is shown.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }
}

pub(crate) fn check_side(what: &'static str, found: u64) -> Result<(), PixelsError> {
    if (1..=u64::from(MAX_SIDE)).contains(&found) {
        Ok(())
    } else {
        Err(PixelsError::Side { what, found })
    }
}
