//! Products of points: of some tiles' with the kernels', one point at a time.

use crate::Isa;
use crate::isa::per_isa;
use crate::tile::{self, VECTORS};
use crate::vector::{MulAdd, Vector};

/// `out[v][tile][lane] = Σ_{b,l} tiles[b][tile][l] · kernels[b · lanes + l][v · lanes + lane]`: the channels of the
/// input are summed, those of the output lie side by side.
pub(super) struct Product<'a> {
    /// Blocks of `lanes` channels, the first at the start, the next `block` floats on.
    pub(super) tiles: &'a [f32],
    pub(super) block: usize,
    pub(super) blocks: usize,
    /// How many tiles, a multiple of `tile::rows`.
    pub(super) count: usize,
    /// `[blocks · lanes][pitch]`
    pub(super) kernels: &'a [f32],
    pub(super) pitch: usize,
}

impl Product<'_> {
    /// The output channels' vectors go to `out`, `spread` floats apart.
    pub(super) fn compute(&self, isa: Isa, out: &mut [f32], spread: usize) {
        let (lanes, rows) = (tile::lanes(isa), tile::rows(isa));
        let vectors = self.pitch / lanes;
        assert!(self.blocks > 0 && vectors > 0 && self.pitch.is_multiple_of(lanes));
        assert!(self.count.is_multiple_of(rows));
        assert!((self.blocks - 1) * self.block + self.count * lanes <= self.tiles.len());
        assert!(self.blocks * lanes * self.pitch <= self.kernels.len());
        assert!((vectors - 1) * spread + self.count * lanes <= out.len());
        for (vector, count) in tile::tiles(vectors) {
            let mut first = 0;
            while first < self.count {
                let part = Part {
                    product: self,
                    first,
                    vector,
                    spread,
                };
                let to = out.as_mut_ptr();
                // One vector leaves registers for twice the rows.
                let tall = count == 1 && first + 2 * rows <= self.count;
                first += if tall { 2 * rows } else { rows };
                // SAFETY: the assertions above bound every address: of tiles by the last block, of kernels by the last
                // channel, of the output by the last vector.
                unsafe {
                    match count {
                        1 if tall => multiply_tall::<1>(isa, &part, to),
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

/// A few tiles by a few vectors: what is summed in registers.
struct Part<'a> {
    product: &'a Product<'a>,
    first: usize,
    vector: usize,
    spread: usize,
}

per_isa! {
    /// The sum over `N` vectors, with as many rows as `tile::rows` says.
    ///
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

per_isa! {
    /// As `multiply` with twice the rows.
    ///
    /// # Safety
    ///
    /// The bounds that `compute` asserts hold, with twice the rows.
    unsafe fn multiply_tall<Set; const N: usize>(part: &Part<'_>, out: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            match const { tile::rows_of(<Set::Floats as Vector>::LANES) } {
                4 => accumulate::<Set::Floats, 8, N>(part, out),
                8 => accumulate::<Set::Floats, 16, N>(part, out),
                _ => unreachable!("no vector has another number of rows"),
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, `ROWS` is `tile::rows` or twice as many, and the bounds that `compute` asserts hold.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "constant bounds, unrolled whole into registers"
)]
unsafe fn accumulate<V: MulAdd, const ROWS: usize, const N: usize>(part: &Part<'_>, out: *mut f32) {
    let product = part.product;
    // SAFETY: the caller's promise covers each address below.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; ROWS];
        let mut kernels = product.kernels.as_ptr().add(part.vector * V::LANES);
        for block in 0..product.blocks {
            let tiles = product.tiles.as_ptr();
            let tiles = tiles.add(block * product.block + part.first * V::LANES);
            for lane in 0..V::LANES {
                let mut loaded = [V::splat(0.0); N];
                for v in 0..N {
                    loaded[v] = V::load(kernels.add(v * V::LANES));
                }
                for i in 0..ROWS {
                    let value = V::splat(*tiles.add(i * V::LANES + lane));
                    for v in 0..N {
                        sums[i][v] = value.mul_add(loaded[v], sums[i][v]);
                    }
                }
                kernels = kernels.add(product.pitch);
            }
        }
        for i in 0..ROWS {
            for v in 0..N {
                let place = (part.vector + v) * part.spread + (part.first + i) * V::LANES;
                sums[i][v].store(out.add(place));
            }
        }
    }
}
