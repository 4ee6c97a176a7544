//! How an image is cut into tiles of vectors.

use crate::choice;

/// The window of a convolution and the image it slides over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Step between outputs.
    pub stride: usize,
    /// Rows and columns of padding before the image; behind it, as many as the last output needs.
    pub before: [usize; 2],
}

impl Window {
    /// Rows and columns of the output: ⌈size / stride⌉.
    pub fn output(&self) -> [usize; 2] {
        [self.height, self.width].map(|size| size.div_ceil(self.stride))
    }
}

/// The tiles of an image: `rows` vectors, each of which joins `segments` runs of `width` pixels.
///
/// Segment s of the image is `rows` high and stands in column `s % across`, row `s / across` of the
/// segments; tile t holds the segments from `t · segments` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Outputs of a segment, in a row.
    pub width: usize,
    /// Rows of a segment, and vectors of a tile.
    pub rows: usize,
    /// Segments in a vector.
    pub segments: usize,
    /// Segments side by side in the image.
    pub across: usize,
    /// Segments one under the other in the image.
    pub down: usize,
}

impl Tiling {
    /// The cheapest tiling of `output` rows and columns into vectors of `lanes`. `rows`, 2 or 4, limits the choice where
    /// it is not 0.
    ///
    /// # Panics
    ///
    /// When a size is 0, `lanes` is not a power of two from 4 on, or `rows` is another number.
    pub fn new(output: [usize; 2], lanes: usize, rows: usize) -> Self {
        choice::tiling(output, lanes, rows)
    }

    /// Tiles of the image.
    pub fn tiles(&self) -> usize {
        (self.across * self.down).div_ceil(self.segments)
    }

    /// Vectors of all tiles.
    pub(crate) fn vectors(&self) -> usize {
        self.tiles() * self.rows
    }

    /// Row and column of the first output of a tile's segment. A tile at the end has segments past the
    /// last: `None`.
    pub fn segment(&self, tile: usize, segment: usize) -> Option<[usize; 2]> {
        let index = tile * self.segments + segment;
        let place = [
            index / self.across * self.rows,
            index % self.across * self.width,
        ];
        (index < self.across * self.down).then_some(place)
    }

    /// Rows and columns of a padded plane: all that any segment reads.
    pub fn padded(&self, window: &Window) -> [usize; 2] {
        let size = |outputs: usize, axis: usize, inside: usize| {
            ((outputs - 1) * window.stride + window.kernel).max(window.before[axis] + inside)
        };
        [
            size(self.down * self.rows, 0, window.height),
            size(self.across * self.width, 1, window.width),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn every_output_is_in_one_segment() {
        for lanes in [16, 32] {
            for (height, width) in [
                (1, 1),
                (7, 7),
                (8, 8),
                (16, 16),
                (32, 32),
                (5, 70),
                (28, 28),
            ] {
                let tiling = Tiling::new([height, width], lanes, 0);
                let mut seen = vec![0; height * width];
                for tile in 0..tiling.tiles() {
                    for segment in 0..tiling.segments {
                        let Some([top, left]) = tiling.segment(tile, segment) else {
                            continue;
                        };
                        for y in top..(top + tiling.rows).min(height) {
                            for x in left..(left + tiling.width).min(width) {
                                seen[y * width + x] += 1;
                            }
                        }
                    }
                }
                assert!(seen.iter().all(|&n| n == 1), "{tiling:?}");
            }
        }
    }

    #[test]
    fn the_sizes_of_cifar_leave_no_lane_empty() {
        for lanes in [16, 32] {
            for side in [32, 16, 8] {
                let tiling = Tiling::new([side, side], lanes, 0);
                assert_eq!(tiling.vectors() * lanes, side * side, "{tiling:?}");
            }
        }
    }
}
