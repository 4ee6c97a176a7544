//! The product in `f32`.

use super::{CHUNK, ENTRIES, PIXELS, SignMatrix, TABLES};
use crate::Isa;
use crate::isa::per_isa;

type Vector = [f32; PIXELS];

#[repr(align(64))]
struct Tables([[Vector; ENTRIES]; TABLES]);

/// Signed sums of the rows of a block of pixels.
///
/// `rows` is `[padded_inputs][PIXELS]`, of which the rows after `inputs` are 0; `sums` is
/// `[outputs][PIXELS]` and is overwritten.
///
/// # Panics
///
/// When a slice has another length.
pub fn sign_product(isa: Isa, matrix: &SignMatrix, rows: &[f32], sums: &mut [f32]) {
    assert_eq!(rows.len(), matrix.padded_inputs() * PIXELS, "rows");
    assert_eq!(sums.len(), matrix.outputs() * PIXELS, "sums");
    product(isa, matrix.words(), matrix.outputs(), rows, sums);
}

per_isa! {
    fn product(words: &[u32], outputs: usize, rows: &[f32], sums: &mut [f32]) {
        let mut tables = Tables([[[0.0; PIXELS]; ENTRIES]; TABLES]);
        sums.fill(0.0);
        if outputs == 0 {
            return;
        }
        for (rows, words) in rows.chunks_exact(CHUNK * PIXELS).zip(words.chunks_exact(outputs)) {
            for (table, rows) in tables.0.iter_mut().zip(rows.chunks_exact(4 * PIXELS)) {
                fill(table, rows);
            }
            for (&word, sum) in words.iter().zip(sums.as_chunks_mut::<PIXELS>().0) {
                let mut total = *sum;
                for (index, table) in tables.0.iter().enumerate() {
                    let entry = &table[(word >> (4 * index)) as usize % ENTRIES];
                    for (total, &value) in total.iter_mut().zip(entry) {
                        *total += value;
                    }
                }
                *sum = total;
            }
        }
    }
}

/// The 16 signed sums of four rows: bit r of an entry's number says that row r is added.
#[inline(always)]
fn fill(table: &mut [Vector; ENTRIES], rows: &[f32]) {
    let (rows, _) = rows.as_chunks::<PIXELS>();
    let [a, b, c, d] = [rows[0], rows[1], rows[2], rows[3]];
    for (entry, out) in table.iter_mut().enumerate() {
        let sign = |bit: usize| if entry >> bit & 1 == 1 { 1.0f32 } else { -1.0 };
        let (sa, sb, sc, sd) = (sign(0), sign(1), sign(2), sign(3));
        for p in 0..PIXELS {
            out[p] = (sa * a[p] + sb * b[p]) + (sc * c[p] + sd * d[p]);
        }
    }
}
