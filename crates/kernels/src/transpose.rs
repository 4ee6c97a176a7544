//! Rows to columns: from one row for each channel to one group of channels for each pixel, and back.

use crate::Isa;

/// `out[pixel · group + row] = rows[row · pitch + pixel]` for every `pixel < len`; rows from `count` up to
/// `group` are zero.
pub(crate) fn interleave(
    isa: Isa,
    group: usize,
    rows: &[f32],
    pitch: usize,
    count: usize,
    len: usize,
    out: &mut [f32],
) {
    assert!(count <= group && (count == 0 || (count - 1) * pitch + len <= rows.len()));
    let out = &mut out[..len * group];
    if let Some(transpose) = isa.facts().transpose.filter(|_| count == group) {
        // SAFETY: an `Isa` exists only where its instructions were detected; the lengths are checked above.
        return unsafe { (transpose.interleave)(group, rows, pitch, len, out) };
    }
    for (pixel, out) in out.chunks_exact_mut(group).enumerate() {
        for (row, out) in out.iter_mut().enumerate() {
            *out = if row < count {
                rows[row * pitch + pixel]
            } else {
                0.0
            };
        }
    }
}

/// The way back: `rows[row · pitch + pixel] = groups[pixel · group + row]` for every `pixel < len` and `row < count`.
///
/// `groups` holds whole vectors of pixels: `len` to a multiple of `group`.
pub(crate) fn deinterleave(
    isa: Isa,
    group: usize,
    groups: &[f32],
    len: usize,
    count: usize,
    pitch: usize,
    rows: &mut [f32],
) {
    assert!(count <= group && (count == 0 || (count - 1) * pitch + len <= rows.len()));
    let groups = &groups[..len.next_multiple_of(group) * group];
    let facts = isa.facts();
    if let Some(transpose) = facts.transpose.filter(|_| group == facts.lanes) {
        // SAFETY: an `Isa` exists only where its instructions were detected; the lengths are checked above.
        return unsafe { (transpose.deinterleave)(groups, len, count, pitch, rows) };
    }
    for row in 0..count {
        let pixels = groups.chunks_exact(group).map(|pixel| pixel[row]);
        for (out, pixel) in rows[row * pitch..][..len].iter_mut().zip(pixels) {
            *out = pixel;
        }
    }
}
