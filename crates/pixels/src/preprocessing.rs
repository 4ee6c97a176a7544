//! From a picture to what a network reads.

use crate::axis::Axis;
use crate::fit::Placement;
use crate::picture::check_side;
use crate::resize::{Part, resize};
use crate::{Fit, Picture, PixelsError, colour};

/// What is made of every picture before a network reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Preprocessing {
    /// Channels that the network reads: 1 or 3.
    pub channels: usize,
    /// Rows that it reads.
    pub height: usize,
    /// Columns that it reads.
    pub width: usize,
    /// How a picture of another shape fills them.
    pub fit: Fit,
}

impl Preprocessing {
    /// To `channels × height × width` bytes.
    ///
    /// # Errors
    ///
    /// Channels are 1 or 3, sides from 1 to [`MAX_SIDE`](crate::MAX_SIDE).
    pub fn new(
        channels: usize,
        height: usize,
        width: usize,
        fit: Fit,
    ) -> Result<Self, PixelsError> {
        let preprocessing = Self {
            channels,
            height,
            width,
            fit,
        };
        preprocessing.check()?;
        Ok(preprocessing)
    }

    fn check(&self) -> Result<(), PixelsError> {
        if !matches!(self.channels, 1 | 3) {
            return Err(PixelsError::Channels {
                what: "what the network reads",
                expected: "1 or 3",
                found: self.channels as u64,
            });
        }
        check_side("the height that the network reads", self.height as u64)?;
        check_side("the width that the network reads", self.width as u64)
    }

    /// The bytes that the network reads of a picture.
    pub fn len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Never: there is at least one pixel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes what the network reads of `picture`, channel by channel, each in rows from above.
    ///
    /// # Panics
    ///
    /// `dst` is not [`len`](Self::len) bytes long, or a field is not what [`new`](Self::new) accepts.
    pub fn apply(&self, picture: &Picture, dst: &mut [u8]) {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        assert_eq!(dst.len(), self.len(), "bytes that the network reads");
        let [height, width] = [self.height, self.width];
        let Placement {
            from,
            part,
            to,
            scaled,
        } = self
            .fit
            .place(picture.size(), [height as u32, width as u32]);
        if scaled != [height as u32, width as u32] {
            dst.fill(0);
        }

        // Weights are symmetric, so that turning a picture after scaling gives the same bytes. Then
        // its rows are read as they are stored.
        let orientation = picture.orientation;
        let [stored_part, stored_scaled] = [part, scaled].map(|sides| orientation.sides(sides));
        let mut stored_from = orientation.sides(from);
        for (axis, mirrored) in [orientation.mirrors_rows(), orientation.mirrors_columns()]
            .into_iter()
            .enumerate()
        {
            if mirrored {
                stored_from[axis] = picture.stored[axis] - stored_part[axis] - stored_from[axis];
            }
        }
        let [down, across] = [0, 1].map(|axis| Axis::new(stored_part[axis], stored_scaled[axis]));
        let part = Part {
            picture,
            from: stored_from,
            channels: colour::scaled(picture.channels, self.channels),
        };
        resize(&part, down, across, |v, u, pixel| {
            let v = if orientation.mirrors_rows() {
                down.target() - 1 - v
            } else {
                v
            };
            let u = if orientation.mirrors_columns() {
                across.target() - 1 - u
            } else {
                u
            };
            let [y, x] = orientation.sides([v, u]);
            let place = (to[0] as usize + y) * width + to[1] as usize + x;
            for channel in 0..self.channels {
                let value = pixel[channel.min(pixel.len() - 1)];
                dst[channel * height * width + place] = value;
            }
        });
    }
}
