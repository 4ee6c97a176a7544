//! The product of 8-bit activations, exact in integers.

use super::{CHUNK, ENTRIES, PIXELS, SignMatrix, TABLES};
use crate::Isa;
use crate::isa::per_isa;

type Vector = [i16; PIXELS];

#[repr(align(64))]
struct Tables([[Vector; ENTRIES]; TABLES]);

/// The largest magnitude of an input. Four of them make a table's entry, 32 a chunk's sum, and
/// four chunks are added in 16 bits: 4 · 32 · 255 = 32,640 < 2¹⁵.
pub const MAX_INPUT: i16 = 255;
/// Chunks that are added in 16 bits before the sums move on to 32.
const CHUNKS: usize = 4;

/// Signed sums of the rows of a block of pixels: the same integers on every machine.
///
/// `rows` is `[padded_inputs][PIXELS]` of values from −255 to 255, of which the rows after
/// `inputs` are 0; `sums` is `[outputs][PIXELS]` and is overwritten; `scratch` has its length.
/// Larger inputs give other sums, but nothing worse.
///
/// # Panics
///
/// When a slice has another length.
pub fn sign_product_i16(
    isa: Isa,
    matrix: &SignMatrix,
    rows: &[i16],
    scratch: &mut [i16],
    sums: &mut [i32],
) {
    assert_eq!(rows.len(), matrix.padded_inputs() * PIXELS, "rows");
    assert_eq!(sums.len(), matrix.outputs() * PIXELS, "sums");
    assert_eq!(scratch.len(), sums.len(), "scratch");
    product(isa, matrix.words(), matrix.outputs(), rows, scratch, sums);
}

per_isa! {
    fn product(words: &[u32], outputs: usize, rows: &[i16], scratch: &mut [i16], sums: &mut [i32]) {
        let mut tables = Tables([[[0; PIXELS]; ENTRIES]; TABLES]);
        sums.fill(0);
        if outputs == 0 {
            return;
        }
        let parts = rows
            .chunks(CHUNKS * CHUNK * PIXELS)
            .zip(words.chunks(CHUNKS * outputs));
        for (rows, words) in parts {
            scratch.fill(0);
            for (rows, words) in rows.chunks_exact(CHUNK * PIXELS).zip(words.chunks_exact(outputs)) {
                for (table, rows) in tables.0.iter_mut().zip(rows.chunks_exact(4 * PIXELS)) {
                    fill(table, rows);
                }
                for (&word, sum) in words.iter().zip(scratch.as_chunks_mut::<PIXELS>().0) {
                    let mut total = *sum;
                    for (index, table) in tables.0.iter().enumerate() {
                        let entry = &table[(word >> (4 * index)) as usize % ENTRIES];
                        for (total, &value) in total.iter_mut().zip(entry) {
                            *total = total.wrapping_add(value);
                        }
                    }
                    *sum = total;
                }
            }
            for (sum, &part) in sums.iter_mut().zip(scratch.iter()) {
                *sum += i32::from(part);
            }
        }
    }
}

/// The 16 signed sums of four rows: bit r of an entry's number says that row r is added.
#[inline(always)]
fn fill(table: &mut [Vector; ENTRIES], rows: &[i16]) {
    let (rows, _) = rows.as_chunks::<PIXELS>();
    let [a, b, c, d] = [rows[0], rows[1], rows[2], rows[3]];
    for (entry, out) in table.iter_mut().enumerate() {
        let sign = |bit: usize, value: i16| match entry >> bit & 1 {
            1 => value,
            _ => value.wrapping_neg(),
        };
        for p in 0..PIXELS {
            let left = sign(0, a[p]).wrapping_add(sign(1, b[p]));
            let right = sign(2, c[p]).wrapping_add(sign(3, d[p]));
            out[p] = left.wrapping_add(right);
        }
    }
}
