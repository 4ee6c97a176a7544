//! What becomes of a tile's sums: scaled, out to the feature map, and on into the padded planes that the
//! next convolution reads. A pass over the map between two convolutions would move more than it computes.

use core::ops::Range;

use super::pack::{Frame, Prologue};
use super::{SEGMENTS, Tiling};
use crate::SharedSlice;
use crate::isa::per_isa;

/// What becomes of an output's sum.
#[derive(Clone, Copy)]
pub struct Epilogue<'a> {
    /// A factor for each output.
    pub scales: &'a [f32],
    /// What is added to integer sums before the factor, for each output; not used with `f32`.
    pub biases: &'a [i32],
    /// What happens to the feature map.
    pub map: Map,
    /// The next convolution's input, written along with the map.
    pub next: Option<Next<'a>>,
}

/// What happens to the feature map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// It becomes the result.
    Set,
    /// The result is added to it: the skip connection.
    Add,
    /// Nothing: only the next convolution reads the result.
    Leave,
}

/// The next convolution's input: what a feature map becomes there. Its padding is left as it is.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    /// The map's place in the padded planes.
    pub frame: &'a Frame,
    /// One for each output of this convolution.
    pub prologues: &'a [Prologue],
    /// Where to.
    pub input: Input<'a>,
}

/// Padded planes.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// Of floats.
    F32(&'a SharedSlice<'a, f32>),
    /// Of 8-bit integers.
    I16(&'a SharedSlice<'a, i16>),
}

/// The sums of some outputs in a tile.
pub(super) struct Finished<'a> {
    pub tiling: &'a Tiling,
    /// Rows and columns of the image.
    pub image: [usize; 2],
    pub tile: usize,
    pub outputs: Range<usize>,
    pub epilogue: &'a Epilogue<'a>,
    pub out: &'a SharedSlice<'a>,
}

impl Finished<'_> {
    /// # Panics
    ///
    /// When there is not one of everything for each of so many outputs.
    pub fn check(&self, outputs: usize) {
        assert_eq!(self.epilogue.scales.len(), outputs, "scales");
        if let Some(next) = &self.epilogue.next {
            assert_eq!(next.prologues.len(), outputs, "prologues");
            assert_eq!(next.frame.image, self.image, "the image that comes next");
        }
    }
}

per_isa! {
    /// `scale · sum` of each pixel.
    pub(super) fn finish_f32(tile: &Finished<'_>, sums: &[f32]) {
        finish(tile, sums, |output| {
            let scale = tile.epilogue.scales[output];
            move |sum| scale * sum
        });
    }
}

per_isa! {
    /// `scale · (sum + bias)` of each pixel.
    pub(super) fn finish_i32(tile: &Finished<'_>, sums: &[i32]) {
        finish(tile, sums, |output| {
            let (scale, bias) = (tile.epilogue.scales[output], tile.epilogue.biases[output]);
            move |sum: i32| scale * sum.wrapping_add(bias) as f32
        });
    }
}

/// Finishes all outputs of a tile.
#[inline(always)]
fn finish<S: Copy, R: Fn(S) -> f32>(tile: &Finished<'_>, sums: &[S], result: impl Fn(usize) -> R) {
    // Segments of known width become registers.
    match tile.tiling.width {
        32 => segments::<S, R, 32>(tile, sums, result),
        16 => segments::<S, R, 16>(tile, sums, result),
        8 => segments::<S, R, 8>(tile, sums, result),
        4 => segments::<S, R, 4>(tile, sums, result),
        width => unreachable!("no tiling has segments of {width} pixels"),
    }
}

/// Row by row of the tile's segments, of N pixels each.
#[inline(always)]
fn segments<S: Copy, R: Fn(S) -> f32, const N: usize>(
    tile: &Finished<'_>,
    sums: &[S],
    result: impl Fn(usize) -> R,
) {
    let (tiling, [height, width]) = (tile.tiling, tile.image);
    let lanes = tiling.segments * N;
    let mut places = [None; SEGMENTS];
    for (segment, place) in places.iter_mut().enumerate().take(tiling.segments) {
        *place = tiling.segment(tile.tile, segment);
    }
    let outputs = tile.outputs.clone();
    for (output, sums) in outputs.zip(sums.chunks_exact(tiling.rows * lanes)) {
        let result = result(output);
        for (segment, place) in places[..tiling.segments].iter().enumerate() {
            let &Some([top, left]) = place else {
                continue;
            };
            let run = N.min(width - left);
            for row in 0..tiling.rows.min(height - top) {
                let from = &sums[row * lanes + segment * N..][..N];
                if run == N {
                    pixels::<S, N>(tile, [output, top + row, left], from, &result);
                    continue;
                }
                // At the right end of the image: in eights, fours, and ones.
                let place = |x: usize| [output, top + row, left + x];
                let mut x = 0;
                while x + 8 <= run {
                    pixels::<S, 8>(tile, place(x), &from[x..], &result);
                    x += 8;
                }
                while x + 4 <= run {
                    pixels::<S, 4>(tile, place(x), &from[x..], &result);
                    x += 4;
                }
                while x < run {
                    pixels::<S, 1>(tile, place(x), &from[x..], &result);
                    x += 1;
                }
            }
        }
    }
}

/// N pixels side by side, from an output, row and column on.
#[inline(always)]
fn pixels<S: Copy, const N: usize>(
    tile: &Finished<'_>,
    [output, row, column]: [usize; 3],
    sums: &[S],
    result: &impl Fn(S) -> f32,
) {
    let [height, width] = tile.image;
    let sums: &[S; N] = array(sums);
    let at = (output * height + row) * width + column;
    // SAFETY: whoever asked for this tile keeps others away from its pixels: see `SignConv::run_f32`.
    let map = || unsafe { tile.out.slice(at, N) };
    match (tile.epilogue.map, &tile.epilogue.next) {
        (Map::Leave, None) => {}
        (Map::Leave, Some(next)) => put(next, output, [row, column], sums, result),
        (how, next) => {
            let map: &mut [f32; N] = array_mut(map());
            match how {
                Map::Add => each(sums, map, |sum, old| old + result(sum)),
                _ => each(sums, map, |sum, _| result(sum)),
            }
            if let Some(next) = next {
                put(next, output, [row, column], map, &|value| value);
            }
        }
    }
}

/// What becomes of N pixels in the next convolution's input.
#[inline(always)]
fn put<S: Copy, const N: usize>(
    next: &Next<'_>,
    output: usize,
    place: [usize; 2],
    from: &[S; N],
    result: &impl Fn(S) -> f32,
) {
    let at = next.frame.place(output, place);
    let prologue: Prologue = next.prologues[output];
    match next.input {
        Input::F32(planes) => {
            // SAFETY: as for the map; the pixels of a tile have places of their own in the next input.
            let to: &mut [f32; N] = array_mut(unsafe { planes.slice(at, N) });
            each(from, to, |value, _| prologue.float(result(value)));
        }
        Input::I16(planes) => {
            // SAFETY: as above.
            let to: &mut [i16; N] = array_mut(unsafe { planes.slice(at, N) });
            each(from, to, |value, _| prologue.integer(result(value)));
        }
    }
}

/// A loop of its own, whose arguments cannot overlap: so it becomes instructions on whole registers.
#[inline(always)]
fn each<A: Copy, B: Copy, const N: usize>(
    from: &[A; N],
    to: &mut [B; N],
    value: impl Fn(A, B) -> B,
) {
    for x in 0..N {
        to[x] = value(from[x], to[x]);
    }
}

#[inline(always)]
fn array<T, const N: usize>(slice: &[T]) -> &[T; N] {
    slice.first_chunk().expect("a run of N pixels")
}

#[inline(always)]
fn array_mut<T, const N: usize>(slice: &mut [T]) -> &mut [T; N] {
    slice.first_chunk_mut().expect("a run of N pixels")
}
