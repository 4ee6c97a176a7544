//! What a PNG holds besides its picture: profiles and texts, packed so well that a megabyte of them can
//! unpack to gigabytes. Nobody reads them here, so the decoder does not see them.

use std::borrow::Cow;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
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
