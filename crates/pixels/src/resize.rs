//! Scaling a part of a picture, as it is stored.
//!
//! Rows are added up first, since neighbouring pixels of a row are added alike; then the columns of
//! their sums. Outputs of a row are computed in groups whose columns fit in a buffer of fixed size.

use core::ops::{AddAssign, Mul, Range};

use crate::axis::Axis;
use crate::colour;
use crate::picture::Picture;

/// Columns that are added up at once.
const BLOCK: usize = 1024;
/// Outputs that are computed at once.
const GROUP: usize = 16;

/// A part of a picture, in coordinates of what is stored.
pub(crate) struct Part<'a> {
    pub picture: &'a Picture<'a>,
    /// Its first row and column.
    pub from: [u32; 2],
    /// How many channels are scaled.
    pub channels: usize,
}

impl Part<'_> {
    /// Some pixels of a row.
    fn row<'a>(&'a self, row: usize, columns: Range<usize>, space: &'a mut [u8]) -> &'a [u8] {
        let Picture {
            pixels,
            stored,
            channels,
            ..
        } = *self.picture;
        let [top, left] = self.from.map(|place| place as usize);
        let begin = (top + row) * stored[1] as usize + left + columns.start;
        let bytes = begin * channels.count()..(begin + columns.len()) * channels.count();
        colour::converted(&pixels[bytes], channels, self.channels, space)
    }
}

/// Scales a part along both axes, and hands each pixel to `write`: row, column, channels.
pub(crate) fn resize(
    part: &Part,
    down: Axis,
    across: Axis,
    write: impl FnMut(usize, usize, &[u8]),
) {
    let rows = u128::from(down.max_total());
    let all = rows * u128::from(across.max_total());
    // A sum of pixels, and with half of its weights.
    if 256 * all > u64::MAX.into() {
        resize_in::<u64, u128>(part, down, across, write);
    } else if 255 * rows > u32::MAX.into() {
        resize_in::<u64, u64>(part, down, across, write);
    } else {
        resize_in::<u32, u64>(part, down, across, write);
    }
}

/// An integer for sums.
trait Sum: Copy + Default + AddAssign + Mul<Output = Self> {}
impl Sum for u32 {}
impl Sum for u64 {}
impl Sum for u128 {}

/// An integer for the sum of all.
trait Total: Sum + From<u64> {
    /// The quotient, rounded.
    fn mean(self, weights: Self) -> u8;
}
impl Total for u64 {
    fn mean(self, weights: Self) -> u8 {
        ((self + weights / 2) / weights) as u8
    }
}
impl Total for u128 {
    fn mean(self, weights: Self) -> u8 {
        ((self + weights / 2) / weights) as u8
    }
}

/// The same with sums of rows in `V`, and of all in `T`.
fn resize_in<V, T>(
    part: &Part,
    down: Axis,
    across: Axis,
    mut write: impl FnMut(usize, usize, &[u8]),
) where
    V: Sum + From<u32> + From<u8> + Into<u64>,
    T: Total,
{
    let channels = part.channels;
    let mut space = [0; 3 * BLOCK];
    let mut columns = [V::default(); 3 * BLOCK];
    for v in 0..down.target() {
        let rows = down.span(v);
        let row_weights = down.total(v);
        let mut u = 0;
        while u < across.target() {
            let group = group(across, u);
            let wanted = across.span(u).start..across.span(group.end - 1).end;
            let mut sums = [[T::default(); 3]; GROUP];
            let mut weights = [0; GROUP];
            for start in wanted.clone().step_by(BLOCK) {
                let block = start..wanted.end.min(start + BLOCK);
                let columns = &mut columns[..channels * block.len()];
                columns.fill(V::default());
                for j in rows.clone() {
                    let weight = V::from(down.weight(v, j));
                    let row = part.row(j, block.clone(), &mut space);
                    for (sum, &pixel) in columns.iter_mut().zip(row) {
                        *sum += weight * V::from(pixel);
                    }
                }
                for ((i, sums), weights) in group.clone().zip(&mut sums).zip(&mut weights) {
                    let span = across.span(i);
                    for j in span.start.max(block.start)..span.end.min(block.end) {
                        let weight = u64::from(across.weight(i, j));
                        *weights += weight;
                        let column = &columns[channels * (j - block.start)..][..channels];
                        for (sum, &column) in sums.iter_mut().zip(column) {
                            *sum += T::from(weight) * T::from(column.into());
                        }
                    }
                }
            }
            for ((i, sums), weights) in group.clone().zip(sums).zip(weights) {
                let weights = T::from(row_weights) * T::from(weights);
                let pixel = sums.map(|sum| sum.mean(weights));
                write(v, i, &pixel[..channels]);
            }
            u = group.end;
        }
    }
}

/// Outputs from `first` on whose columns fit in a block: at least one, whose columns may not.
fn group(across: Axis, first: usize) -> Range<usize> {
    let start = across.span(first).start;
    let max = across.target().min(first + GROUP);
    let more = (first + 1..max).take_while(|&i| across.span(i).end - start <= BLOCK);
    first..first + 1 + more.count()
}
