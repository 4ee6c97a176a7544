//! Transposing within AVX-512 registers: sixteen pixels at a time.

use std::arch::x86_64::*;
use std::array::from_fn;

/// Rows to columns, for groups of sixteen and of eight.
///
/// # Safety
///
/// AVX-512F is there, `rows` holds `(group − 1) · pitch + len` floats and `out` `group · len`.
pub(super) unsafe fn interleave(
    group: usize,
    rows: &[f32],
    pitch: usize,
    len: usize,
    out: &mut [f32],
) {
    // SAFETY: the caller's promise.
    unsafe {
        match group {
            16 => interleave_16(rows, pitch, len, out),
            8 => interleave_8(rows, pitch, len, out),
            _ => unreachable!("a group is the lanes or the rows of a tile"),
        }
    }
}

/// Sixteen rows to sixteen floats for each pixel: `out[pixel · 16 + row] = rows[row · pitch + pixel]`.
///
/// # Safety
///
/// AVX-512F is there, `rows` holds `15 · pitch + len` floats and `out` `16 · len`.
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn interleave_16(rows: &[f32], pitch: usize, len: usize, out: &mut [f32]) {
    for start in (0..len).step_by(16) {
        let pixels = (len - start).min(16);
        // SAFETY: `rows` reaches to the end of its last row.
        let columns = unsafe { square(rows.as_ptr().add(start), pitch, pixels) };
        for (pixel, &column) in columns.iter().enumerate() {
            if pixel < pixels {
                // SAFETY: `start + pixel < len`, and each pixel has sixteen floats in `out`.
                unsafe { _mm512_storeu_ps(out.as_mut_ptr().add((start + pixel) * 16), column) };
            }
        }
    }
}

/// Eight rows to eight floats for each pixel: `out[pixel · 8 + row] = rows[row · pitch + pixel]`.
///
/// # Safety
///
/// AVX-512F is there, `rows` holds `7 · pitch + len` floats and `out` `8 · len`.
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn interleave_8(rows: &[f32], pitch: usize, len: usize, out: &mut [f32]) {
    for start in (0..len).step_by(16) {
        let pixels = (len - start).min(16);
        // SAFETY: `rows` reaches to the end of its last row.
        let quads: [[__m512; 4]; 2] =
            from_fn(|g| unsafe { quad(rows.as_ptr().add(4 * g * pitch + start), pitch, pixels) });
        let mut pairs = [_mm512_setzero_ps(); 8];
        for p in [0, 2] {
            let low = |p: usize| _mm512_shuffle_f32x4::<0x44>(quads[0][p], quads[1][p]);
            let high = |p: usize| _mm512_shuffle_f32x4::<0xee>(quads[0][p], quads[1][p]);
            pairs[p / 2] = _mm512_shuffle_f32x4::<0x88>(low(p), low(p + 1));
            pairs[p / 2 + 2] = _mm512_shuffle_f32x4::<0xdd>(low(p), low(p + 1));
            pairs[p / 2 + 4] = _mm512_shuffle_f32x4::<0x88>(high(p), high(p + 1));
            pairs[p / 2 + 6] = _mm512_shuffle_f32x4::<0xdd>(high(p), high(p + 1));
        }
        for (index, &pair) in pairs.iter().enumerate() {
            let floats = (pixels * 8).saturating_sub(index * 16).min(16);
            // SAFETY: the mask keeps to the pixels under `len`, of eight floats each.
            unsafe {
                let to = out.as_mut_ptr().add((start * 8 + index * 16).min(len * 8));
                _mm512_mask_storeu_ps(to, first(floats), pair);
            }
        }
    }
}

/// Back from sixteen floats for each pixel: `rows[row · pitch + pixel] = groups[pixel · 16 + row]`.
///
/// # Safety
///
/// AVX-512F is there, `groups` holds `16 · len` floats with `len` taken to a multiple of 16, `rows` holds
/// `(count − 1) · pitch + len`, and `count` is at most 16.
#[target_feature(enable = "avx2,fma,avx512f")]
pub(super) unsafe fn deinterleave_16(
    groups: &[f32],
    len: usize,
    count: usize,
    pitch: usize,
    rows: &mut [f32],
) {
    for start in (0..len).step_by(16) {
        let pixels = (len - start).min(16);
        // SAFETY: sixteen whole groups are there.
        let columns = unsafe { square(groups.as_ptr().add(start * 16), 16, 16) };
        for (row, &column) in columns.iter().enumerate().take(count) {
            // SAFETY: the mask keeps to the pixels under `len` of a row under `count`.
            unsafe {
                let to = rows.as_mut_ptr().add(row * pitch + start);
                _mm512_mask_storeu_ps(to, first(pixels), column);
            }
        }
    }
}

/// Sixteen rows of up to sixteen floats to sixteen columns.
///
/// # Safety
///
/// AVX-512F is there, and `pixels` floats can be read in each row.
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn square(rows: *const f32, pitch: usize, pixels: usize) -> [__m512; 16] {
    // `quads[g][p]` holds in its 128-bit lane `l` the rows `4g..4g+4` of pixel `4l + p`.
    // SAFETY: the caller's promise.
    let quads: [[__m512; 4]; 4] =
        from_fn(|g| unsafe { quad(rows.add(4 * g * pitch), pitch, pixels) });
    let mut columns = [_mm512_setzero_ps(); 16];
    for p in 0..4 {
        let even = |g: usize| _mm512_shuffle_f32x4::<0x88>(quads[g][p], quads[g + 1][p]);
        let odd = |g: usize| _mm512_shuffle_f32x4::<0xdd>(quads[g][p], quads[g + 1][p]);
        let (low, high) = (even(0), even(2));
        columns[p] = _mm512_shuffle_f32x4::<0x88>(low, high);
        columns[p + 8] = _mm512_shuffle_f32x4::<0xdd>(low, high);
        let (low, high) = (odd(0), odd(2));
        columns[p + 4] = _mm512_shuffle_f32x4::<0x88>(low, high);
        columns[p + 12] = _mm512_shuffle_f32x4::<0xdd>(low, high);
    }
    columns
}

/// Four rows of up to sixteen pixels, transposed within each 128-bit lane.
///
/// # Safety
///
/// AVX-512F is there, and `pixels` floats can be read in each row.
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn quad(rows: *const f32, pitch: usize, pixels: usize) -> [__m512; 4] {
    // SAFETY: the mask keeps to the pixels that the caller vouches for.
    let [a, b, c, d]: [__m512; 4] =
        from_fn(|i| unsafe { _mm512_maskz_loadu_ps(first(pixels), rows.add(i * pitch)) });
    let (ab, cd) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
    let (ab_high, cd_high) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
    let double = _mm512_castps_pd;
    let low = |x, y| _mm512_castpd_ps(_mm512_unpacklo_pd(double(x), double(y)));
    let high = |x, y| _mm512_castpd_ps(_mm512_unpackhi_pd(double(x), double(y)));
    [
        low(ab, cd),
        high(ab, cd),
        low(ab_high, cd_high),
        high(ab_high, cd_high),
    ]
}

/// A mask of the first `count` of sixteen lanes.
fn first(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}
