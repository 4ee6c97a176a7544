//! The signed sums of a group of vectors.

use crate::vector::Vector;

/// Writes the 2^G sums of `from`'s vectors to `table`: bit i of an entry's number says whether vector
/// i is added or subtracted.
///
/// The sums are made of those of the first two and those of the rest, one addition for each entry; a
/// Gray code, which needs no more, would add rounding errors up along its path.
///
/// # Safety
///
/// `V`'s instructions are there; a vector can be read at each of `from`, 2^G written at `table`; G is
/// 4 or 5.
#[inline(always)]
pub(crate) unsafe fn fill<V: Vector, const G: usize>(
    table: *mut V::Number,
    from: [*const V::Number; G],
) {
    let lanes = V::LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let low = signed_pair(V::load(from[0]), V::load(from[1]));
        let high = signed_pair(V::load(from[2]), V::load(from[3]));
        if G == 4 {
            for (h, &high) in high.iter().enumerate() {
                for (l, &low) in low.iter().enumerate() {
                    low.add(high).store(table.add((4 * h + l) * lanes));
                }
            }
        } else {
            let last = V::load(from[4]);
            for (h, &high) in high.iter().enumerate() {
                let (minus, plus) = (high.sub(last), high.add(last));
                for (l, &low) in low.iter().enumerate() {
                    low.add(minus).store(table.add((4 * h + l) * lanes));
                    low.add(plus).store(table.add((16 + 4 * h + l) * lanes));
                }
            }
        }
    }
}

/// −a − b, a − b, b − a, a + b.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn signed_pair<V: Vector>(a: V, b: V) -> [V; 4] {
    // SAFETY: the caller's promise. x − x is 0 but for NaN, which the sums hold anyway.
    unsafe {
        let zero = [a.sub(a), b.sub(b)];
        [
            zero[0].sub(a).sub(b),
            a.sub(b),
            zero[1].add(b).sub(a),
            a.add(b),
        ]
    }
}
