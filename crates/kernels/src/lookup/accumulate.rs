//! The heart: tables of one group of channels, and what every output adds of them.

use super::tables;
use crate::vector::Join;

/// Where a tile's pixels lie in the padded input planes.
pub(crate) struct Source<'a, T> {
    /// Padded planes, one behind the other.
    pub planes: &'a [T],
    /// Where each input channel's plane begins, or, for a kernel taken apart, each tap of each channel.
    pub channels: &'a [usize],
    /// Where each segment begins within a plane.
    pub segments: &'a [usize],
    /// Pixels of a padded row.
    pub row: usize,
    /// Pixels of a segment.
    pub width: usize,
    /// Step from one output's pixel to the next.
    pub stride: usize,
}

/// Memory of one thread: `slots << G` vectors of tables, G + 1 vectors of pixels, `rows` vectors of sums for
/// each output.
pub(crate) struct Memory<T> {
    pub tables: *mut T,
    pub pixels: *mut T,
    pub sums: *mut T,
}

/// Adds to each output's sums what `words` choose from the tables of the groups from `groups.start`
/// on; `words[i]` is those of a group. K is the kernel's side, S the stride and R the rows of a tile.
///
/// # Safety
///
/// `V`'s instructions are there, `memory` is as large as it says, and every pixel lies in the planes.
#[inline(always)]
pub(crate) unsafe fn accumulate<
    V: Join,
    const G: usize,
    const K: usize,
    const S: usize,
    const R: usize,
>(
    source: &Source<'_, V::Number>,
    first_channel: usize,
    words: &[u64],
    memory: &Memory<V::Number>,
) {
    let lanes = V::LANES;
    let entries = 1usize << G;
    // Rows of the input that a column of the kernel meets, and with it tables of a column.
    let rows = (R - 1) * S + K;
    // SAFETY: the caller's promise, for all that follows.
    unsafe {
        for column in 0..K {
            for row in 0..rows {
                let table = memory.tables.add((column * rows + row) * entries * lanes);
                // A kernel taken apart has its step between rows here, in place of S.
                let step = if K == 1 { source.stride } else { 1 };
                let from = gather::<V, G>(
                    source,
                    first_channel,
                    row * step * source.row + column,
                    memory.pixels,
                );
                tables::fill::<V, G>(table, from);
            }
        }
        let mut sums = memory.sums;
        for &word in words {
            let mut total = [V::load(sums); R];
            for (r, total) in total.iter_mut().enumerate() {
                *total = V::load(sums.add(r * lanes));
            }
            for y in 0..K {
                for x in 0..K {
                    let entry = (word >> (G * (y * K + x))) as usize & (entries - 1);
                    let table = memory.tables.add(entry * lanes);
                    for (r, total) in total.iter_mut().enumerate() {
                        let slot = x * rows + r * S + y;
                        *total = total.add(V::load(table.add(slot * entries * lanes)));
                    }
                }
            }
            for (r, total) in total.into_iter().enumerate() {
                total.store(sums.add(r * lanes));
            }
            sums = sums.add(R * lanes);
        }
    }
}

/// A vector of pixels for each of G channels, joined of segments in `pixels` where it is not already one in
/// the plane. Channels after the last are 0.
///
/// # Safety
///
/// There is room for G + 1 vectors in `pixels`, and every pixel lies in the planes.
#[inline(always)]
unsafe fn gather<V: Join, const G: usize>(
    source: &Source<'_, V::Number>,
    first_channel: usize,
    offset: usize,
    pixels: *mut V::Number,
) -> [*const V::Number; G] {
    let lanes = V::LANES;
    let zero: *const V::Number = pixels;
    let mut from = [zero; G];
    // SAFETY: the caller's promise.
    unsafe {
        let planes = source.planes.as_ptr();
        for (index, from) in from.iter_mut().enumerate() {
            let Some(&channel) = source.channels.get(first_channel + index) else {
                core::slice::from_raw_parts_mut(pixels, lanes).fill(V::Number::default());
                break;
            };
            let start = planes.add(channel + offset);
            if source.stride == 1 && source.width == lanes {
                *from = start.add(source.segments[0]);
                continue;
            }
            let to = pixels.add((index + 1) * lanes);
            *from = to;
            match (source.stride, source.segments) {
                // Stored whole: a load of what was written in parts would wait for the last of them.
                (1, &[a, b]) => V::join([start.add(a), start.add(b)]).store(to),
                (1, &[a, b, c, d]) => {
                    V::join([start.add(a), start.add(b), start.add(c), start.add(d)]).store(to);
                }
                (stride, segments) => {
                    for (segment, &place) in segments.iter().enumerate() {
                        let (start, to) = (start.add(place), to.add(segment * source.width));
                        for x in 0..source.width {
                            to.add(x).write(start.add(x * stride).read());
                        }
                    }
                }
            }
        }
    }
    from
}
