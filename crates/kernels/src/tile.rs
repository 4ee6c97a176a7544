//! The one hot loop: a small tile of a matrix product, held in registers.
//!
//! `out[i][v] (+)= Σ_k weights[k][i] · source[bases[v] + offsets[k] ..]`, with up to [`rows`] rows `i` and up to
//! three vectors `v` of [`lanes`] floats. The offsets let the same loop read a packed panel, a padded image in
//! place, or the pixels of a channel block.

use crate::Isa;
use crate::isa::per_isa;
use crate::vector::{MulAdd, Vector};

/// The maximum of vectors side by side in a tile.
pub(crate) const VECTORS: usize = 3;

/// Floats in a vector.
pub(crate) const fn lanes(isa: Isa) -> usize {
    isa.facts().lanes
}

/// Rows of a tile: `rows · 3` sums, three vectors and a weight fill the registers (16, or 32 of AVX-512).
pub(crate) const fn rows(isa: Isa) -> usize {
    rows_of(lanes(isa))
}

/// As [`rows`], with vectors of so many floats.
pub(crate) const fn rows_of(lanes: usize) -> usize {
    if lanes == 16 { 8 } else { 4 }
}

/// Where each step of the sum lies in the source, relative to the base of a vector.
pub(crate) struct Offsets {
    values: Vec<u32>,
    max: usize,
}

impl Offsets {
    /// # Panics
    ///
    /// If an offset does not fit in 32 bits: four thousand million floats of scratch for one image.
    pub(crate) fn new(offsets: impl Iterator<Item = usize>) -> Self {
        let values: Vec<u32> = offsets
            .map(|offset| u32::try_from(offset).expect("an image under 2³² floats"))
            .collect();
        let max = values.iter().copied().max().unwrap_or(0) as usize;
        Self { values, max }
    }
}

/// One tile to compute.
pub(crate) struct Tile<'a> {
    /// `depth × rows(isa)`, the depth being at most the number of offsets.
    pub(crate) weights: &'a [f32],
    /// From one step's weights to the next, `rows(isa)` or more.
    pub(crate) weights_pitch: usize,
    pub(crate) source: &'a [f32],
    pub(crate) offsets: &'a Offsets,
    /// Where the vectors start in `source`.
    pub(crate) bases: [usize; VECTORS],
    /// How many of the bases count: 1 to [`VECTORS`].
    pub(crate) vectors: usize,
    /// How many rows to write: 1 to `rows(isa)`.
    pub(crate) rows: usize,
    /// Where the vectors of row 0 start in `out`.
    pub(crate) out_bases: [usize; VECTORS],
    /// From one row to the next in `out`.
    pub(crate) out_pitch: usize,
    /// Whether to add to what is in `out`.
    pub(crate) accumulate: bool,
}

impl Tile<'_> {
    /// Steps of the sum.
    #[inline(always)]
    fn depth(&self) -> usize {
        self.weights.len().div_ceil(self.weights_pitch)
    }

    pub(crate) fn compute(&self, isa: Isa, out: &mut [f32]) {
        let (lanes, rows) = (lanes(isa), rows(isa));
        assert!((1..=VECTORS).contains(&self.vectors) && (1..=rows).contains(&self.rows));
        let (depth, pitch) = (self.depth(), self.weights_pitch);
        assert!(pitch >= rows && depth <= self.offsets.values.len());
        assert!(depth == 0 || (depth - 1) * pitch + rows <= self.weights.len());
        for vector in 0..self.vectors {
            assert!(self.bases[vector] + self.offsets.max + lanes <= self.source.len());
            let last_row = (self.rows - 1) * self.out_pitch;
            assert!(self.out_bases[vector] + last_row + lanes <= out.len());
        }
        let to = out.as_mut_ptr();
        // SAFETY: the assertions above bound every address: weights by the depth, loads by the largest offset, stores by
        // the last row.
        unsafe {
            match self.vectors {
                1 => multiply::<1>(isa, self, to),
                2 => multiply::<2>(isa, self, to),
                _ => multiply::<VECTORS>(isa, self, to),
            }
        }
    }
}

per_isa! {
    /// # Safety
    ///
    /// `N` is `tile.vectors`, and the bounds that `compute` asserts hold.
    unsafe fn multiply<Set; const N: usize>(tile: &Tile<'_>, out: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            match const { rows_of(<Set::Floats as Vector>::LANES) } {
                4 => accumulate::<Set::Floats, 4, N>(tile, out),
                8 => accumulate::<Set::Floats, 8, N>(tile, out),
                _ => unreachable!("no vector has another number of rows"),
            }
        }
    }
}

/// `ROWS` is `rows(isa)`, `N` is `tile.vectors`.
///
/// # Safety
///
/// `V`'s instructions are there, and the bounds that `compute` asserts hold.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "constant bounds, unrolled whole into registers"
)]
unsafe fn accumulate<V: MulAdd, const ROWS: usize, const N: usize>(tile: &Tile, out: *mut f32) {
    // SAFETY: the caller's promise covers each address below.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; ROWS];
        let row = |i: usize, v: usize| out.add(tile.out_bases[v] + i * tile.out_pitch);
        if tile.accumulate {
            for i in 0..ROWS {
                if i < tile.rows {
                    for v in 0..N {
                        sums[i][v] = V::load(row(i, v));
                    }
                }
            }
        }
        let mut source = [tile.source.as_ptr(); N];
        for v in 0..N {
            source[v] = source[v].add(tile.bases[v]);
        }
        let weights = tile.weights.as_ptr();
        let offsets = tile.offsets.values.as_ptr();
        for k in 0..tile.depth() {
            let offset = *offsets.add(k) as usize;
            let mut loaded = [V::splat(0.0); N];
            for v in 0..N {
                loaded[v] = V::load(source[v].add(offset));
            }
            for i in 0..ROWS {
                let weight = V::splat(*weights.add(k * tile.weights_pitch + i));
                for v in 0..N {
                    sums[i][v] = weight.mul_add(loaded[v], sums[i][v]);
                }
            }
        }
        for i in 0..ROWS {
            if i < tile.rows {
                for v in 0..N {
                    sums[i][v].store(row(i, v));
                }
            }
        }
    }
}

/// Cuts `vectors` into as few tiles as will hold them, as even as can be: `(start, length)` each.
pub(crate) fn tiles(vectors: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = vectors.div_ceil(VECTORS);
    (0..count).map(move |index| {
        let (start, end) = (index * vectors / count, (index + 1) * vectors / count);
        (start, end - start)
    })
}
