//! What a PNG holds besides its picture: profiles and texts, packed so well that a megabyte of them can
//! unpack to gigabytes. Nobody reads them here, so the decoder does not see them. And what it claims to
//! hold, and cannot.

use std::borrow::Cow;

use crate::formats::possible;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Chunks that hold something packed, or any length of text.
const LEFT_OUT: [&[u8]; 4] = [b"iCCP", b"zTXt", b"iTXt", b"tEXt"];

/// The content of a file without them; of any other file all.
pub(super) fn without(file: &[u8]) -> Cow<'_, [u8]> {
    if !file.starts_with(SIGNATURE) || !chunks(file).any(|chunk| is_left_out(&file[chunk])) {
        return Cow::Borrowed(file);
    }
    let mut kept = Vec::with_capacity(file.len());
    kept.extend_from_slice(SIGNATURE);
    let mut end = SIGNATURE.len();
    for chunk in chunks(file) {
        end = chunk.end;
        if !is_left_out(&file[chunk.clone()]) {
            kept.extend_from_slice(&file[chunk]);
        }
    }
    // What is no whole chunk is for the decoder to judge.
    kept.extend_from_slice(&file[end..]);
    Cow::Owned(kept)
}

/// Whether a PNG's pixels take more than its bytes can unpack to.
pub(super) fn claims_too_much(file: &[u8]) -> bool {
    let Some(head) = file.get(16..26).filter(|_| file.starts_with(SIGNATURE)) else {
        return false;
    };
    let side = |at: usize| {
        u64::from(u32::from_be_bytes([
            head[at],
            head[at + 1],
            head[at + 2],
            head[at + 3],
        ]))
    };
    // Of grey, colour, a palette, and grey and colour with alpha.
    let channels = match head[9] {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    let row = side(0)
        .saturating_mul(channels * u64::from(head[8]))
        .div_ceil(8);
    row.saturating_mul(side(4)) > possible(u64::MAX, file.len() as u64)
}

fn is_left_out(chunk: &[u8]) -> bool {
    LEFT_OUT.contains(&&chunk[4..8])
}

/// Where the whole chunks lie: length, type, content, checksum.
fn chunks(file: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = SIGNATURE.len();
    std::iter::from_fn(move || {
        let length = file.get(start..start + 4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        let end = start.checked_add(length)?.checked_add(12)?;
        let chunk = start..end;
        file.get(chunk.clone())?;
        start = end;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u32).to_be_bytes();
        [&length[..], kind, content, b"sum."].concat()
    }

    #[test]
    fn claims_are_bounded_by_what_is_there() {
        let file = |width: u32, height: u32, depth: u8, kind: u8, len: usize| {
            let head = [
                &width.to_be_bytes()[..],
                &height.to_be_bytes(),
                &[depth, kind],
            ]
            .concat();
            [SIGNATURE, &chunk(b"IHDR", &head), &vec![0; len][..]].concat()
        };
        let len = 1000 - file(1, 1, 1, 0, 0).len();
        // 1000 bytes unpack to at most 1,032,000.
        for (width, depth, kind, too_much) in [
            (1032 * 8, 1, 0, false),
            (1032 * 8 + 8, 1, 3, true),
            (1032, 8, 3, false),
            (1032 / 3, 8, 2, false),
            (1032 / 3 + 1, 8, 2, true),
            (1032 / 8, 16, 6, false),
            (1032 / 8 + 1, 16, 6, true),
            (u32::MAX, 16, 6, true),
        ] {
            let file = file(width, 1000, depth, kind, len);
            assert_eq!(claims_too_much(&file), too_much, "{width} {depth} {kind}");
        }
        assert!(!claims_too_much(b"\xff\xd8"));
    }

    #[test]
    fn profiles_and_texts_are_left_out_and_nothing_else() {
        let file = |chunks: &[Vec<u8>]| [SIGNATURE, &chunks.concat()[..]].concat();
        let (head, data, end) = (
            chunk(b"IHDR", b"13"),
            chunk(b"IDAT", b"x"),
            chunk(b"IEND", b""),
        );
        let plain = file(&[head.clone(), data.clone(), end.clone()]);
        assert!(matches!(without(&plain), Cow::Borrowed(_)));
        let texts = [
            chunk(b"tEXt", b"a"),
            chunk(b"zTXt", b"b"),
            chunk(b"iTXt", b"c"),
        ]
        .concat();
        let full = [head, chunk(b"iCCP", &[7; 300]), texts, data, end];
        assert_eq!(*without(&file(&full)), plain);
        // What stands behind is kept, a chunk that is cut short too.
        let mut cut = file(&full);
        cut.extend_from_slice(b"\0\0\0\x09iCCPab");
        assert_eq!(*without(&cut), [&plain[..], b"\0\0\0\x09iCCPab"].concat());
        for len in 0..cut.len() {
            without(&cut[..len]);
        }
        assert!(matches!(without(b"\xff\xd8 iCCP"), Cow::Borrowed(_)));
    }
}
