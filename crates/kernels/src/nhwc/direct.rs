//! Rows of pixels by plain sums: where tiles of Winograd do not apply.

use crate::Isa;
use crate::isa::per_isa;
use crate::tile::{self, VECTORS};
use crate::vector::{MulAdd, Vector};

/// `out[v · spread + i · out_step + lane] = Σ_{t,c} source[base + taps[t] + i · step + c] · weights[t · channels + c][v · lanes + lane]`
/// for every pixel `i`.
pub(super) struct Direct<'a> {
    pub(super) source: &'a [f32],
    /// Where each tap reads, from the pixel on.
    pub(super) taps: &'a [usize],
    /// Numbers side by side that belong to a tap.
    pub(super) channels: usize,
    /// `[taps · channels][pitch]`
    pub(super) weights: &'a [f32],
    /// Output channels, whole vectors of them.
    pub(super) pitch: usize,
}

/// Some pixels in a row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Where the first reads.
    pub(super) base: usize,
    /// From one pixel to the next in the source.
    pub(super) step: usize,
    pub(super) pixels: usize,
    /// From one vector of channels to the next in the output.
    pub(super) spread: usize,
    /// From one pixel to the next in the output.
    pub(super) out_step: usize,
}

impl Direct<'_> {
    pub(super) fn compute(&self, isa: Isa, row: Row, out: &mut [f32]) {
        let (lanes, rows) = (tile::lanes(isa), tile::rows(isa));
        let vectors = self.pitch / lanes;
        assert!(vectors > 0 && self.pitch.is_multiple_of(lanes) && row.pixels > 0);
        let furthest = self.taps.iter().copied().max().unwrap_or(0) + self.channels;
        assert!(row.base + (row.pixels - 1) * row.step + furthest <= self.source.len());
        assert!(self.taps.len() * self.channels * self.pitch <= self.weights.len());
        assert!((vectors - 1) * row.spread + (row.pixels - 1) * row.out_step + lanes <= out.len());
        for (vector, count) in tile::tiles(vectors) {
            for first in (0..row.pixels).step_by(rows) {
                let part = Part {
                    direct: self,
                    row,
                    first,
                    vector,
                };
                let to = out.as_mut_ptr();
                // SAFETY: the assertions above bound every address: of the source by the last pixel and the furthest tap, of the
                // weights by the last tap, of the output by the last pixel of the last vector.
                unsafe {
                    match count {
                        1 => multiply::<1>(isa, &part, to),
                        2 => multiply::<2>(isa, &part, to),
                        VECTORS => multiply::<VECTORS>(isa, &part, to),
                        _ => unreachable!("tiles cuts into at most {VECTORS}"),
                    }
                }
            }
        }
    }
}

/// A few pixels by a few vectors: what is summed in registers.
struct Part<'a> {
    direct: &'a Direct<'a>,
    row: Row,
    first: usize,
    vector: usize,
}

per_isa! {
    /// # Safety
    ///
    /// The bounds that `compute` asserts hold.
    unsafe fn multiply<Set; const N: usize>(part: &Part<'_>, out: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            match const { tile::rows_of(<Set::Floats as Vector>::LANES) } {
                4 => accumulate::<Set::Floats, 4, N>(part, out),
                8 => accumulate::<Set::Floats, 8, N>(part, out),
                _ => unreachable!("no vector has another number of rows"),
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, `ROWS` is `tile::rows`, and the bounds that `compute` asserts hold.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "constant bounds, unrolled whole into registers"
)]
unsafe fn accumulate<V: MulAdd, const ROWS: usize, const N: usize>(part: &Part<'_>, out: *mut f32) {
    let (direct, row) = (part.direct, part.row);
    // SAFETY: the caller's promise covers each address below.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; ROWS];
        let mut weights = direct.weights.as_ptr().add(part.vector * V::LANES);
        // Past the last pixel the last is read again.
        let pixels = (row.pixels - part.first).min(ROWS);
        let mut places = [0; ROWS];
        for i in 0..ROWS {
            places[i] = row.base + (part.first + i.min(pixels - 1)) * row.step;
        }
        for &tap in direct.taps {
            let mut sources = [direct.source.as_ptr(); ROWS];
            for i in 0..ROWS {
                sources[i] = sources[i].add(places[i] + tap);
            }
            for channel in 0..direct.channels {
                let mut loaded = [V::splat(0.0); N];
                for v in 0..N {
                    loaded[v] = V::load(weights.add(v * V::LANES));
                }
                for i in 0..ROWS {
                    let value = V::splat(*sources[i].add(channel));
                    for v in 0..N {
                        sums[i][v] = value.mul_add(loaded[v], sums[i][v]);
                    }
                }
                weights = weights.add(direct.pitch);
            }
        }
        for i in 0..ROWS {
            if i < pixels {
                for v in 0..N {
                    let place = (part.vector + v) * row.spread + (part.first + i) * row.out_step;
                    sums[i][v].store(out.add(place));
                }
            }
        }
    }
}
