//! How many pixels a file can hold: a header of some bytes claims a hundred million, and room is made for
//! them before the decoder finds that they are not there.
//!
//! | format | pixels of a byte, at most |
//! | --- | --- |
//! | PNG | what deflate makes of a byte, 1032 bytes |
//! | BMP | what its rows take; 256 of run lengths |
//! | QOI | 62, a run |
//! | GIF | 2730: a code of 12 bits stands for at most 4095 |
//! | JPEG | 512: each of 8×8 pixels takes a bit or more |
//! | TIFF | what its rows take; packed as by GIF or PNG, or a fax, at most 16 KiB of a byte |
//!
//! A WebP has no such bound: one of a single colour takes no bit for a pixel.

use image::ImageFormat;

use super::extras::SIGNATURE;
use crate::formats::possible;

/// Whether a file claims more pixels than its bytes can hold.
pub(super) fn too_many(file: &[u8], format: ImageFormat, [width, height]: [u32; 2]) -> bool {
    let len = file.len() as u64;
    let pixels = u64::from(width) * u64::from(height);
    match format {
        ImageFormat::Png => png(file),
        ImageFormat::Bmp => bmp(file, [width, height].map(u64::from)),
        ImageFormat::Qoi => pixels > 62 * len,
        ImageFormat::Gif => pixels > 2730 * len,
        ImageFormat::Jpeg => pixels > 512 * len,
        ImageFormat::Tiff => tiff(file).is_some_and(|[bits, times]| {
            pixels.saturating_mul(bits) / 8 > len.saturating_mul(times)
        }),
        _ => false,
    }
}

/// A little-endian number of two or four bytes.
fn number(file: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let bytes = file.get(at..at + bytes)?.iter().rev();
    Some(bytes.fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

fn bmp(file: &[u8], [width, height]: [u64; 2]) -> bool {
    let len = file.len() as u64;
    let field = |at, bytes| number(file, at, bytes).unwrap_or(0);
    // The oldest header has its depth elsewhere, and no compression.
    let (depth, compression) = match field(14, 4) {
        12 => (field(24, 2), 0),
        _ => (field(28, 2), field(30, 4)),
    };
    match compression {
        // Run lengths of one byte: two bytes are a run.
        1 | 2 => width * height > 256 * len,
        _ => {
            let row = (width * depth).div_ceil(32) * 4;
            // The last row's padding may be missing.
            row.saturating_mul(height) > len.saturating_add(4)
        }
    }
}

/// Of a TIFF, bits of a pixel and how many bytes a byte unpacks to, at most; `None` where its first directory does not say.
fn tiff(file: &[u8]) -> Option<[u64; 2]> {
    let little = match file.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let number = |at: usize, bytes: usize| -> Option<u64> {
        let all = file.get(at..at.checked_add(bytes)?)?;
        let add = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        Some(match little {
            true => all.iter().rev().fold(0, add),
            false => all.iter().fold(0, add),
        })
    };
    let directory = usize::try_from(number(4, 4)?).ok()?;
    let (mut bits, mut samples, mut packing) = (1, 1, 1);
    for entry in 0..number(directory, 2)? as usize {
        let at = directory + 2 + 12 * entry;
        let (tag, count) = (number(at, 2)?, number(at + 4, 4)?);
        match tag {
            // One for each sample, elsewhere where there are more than two.
            258 if count > 2 => bits = number(usize::try_from(number(at + 8, 4)?).ok()?, 2)?,
            258 => bits = number(at + 8, 2)?,
            259 => packing = number(at + 8, 2)?,
            277 => samples = number(at + 8, 2)?,
            _ => {}
        }
    }
    let times = match packing {
        // Rows may share their bytes, but no program writes that.
        1 => 1,
        5 => 2730,
        8 | 32946 => 1032,
        32773 => 64,
        _ => 16 << 10,
    };
    // The last row may be cut a little.
    Some([bits * samples, times + u64::from(times == 1)])
}

/// Whether a PNG's pixels take more than its bytes can unpack to.
fn png(file: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u32).to_be_bytes();
        [&length[..], kind, content, b"sum."].concat()
    }

    #[test]
    fn a_png_unpacks_to_so_much() {
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
            assert_eq!(png(&file), too_much, "{width} {depth} {kind}");
        }
        assert!(!png(b"\xff\xd8"));
    }

    #[test]
    fn a_bmp_has_its_rows() {
        let file = |header: u32, depth: u16, compression: u32, len: usize| {
            let mut file = vec![0; len];
            file[14..18].copy_from_slice(&header.to_le_bytes());
            let at = if header == 12 { 24 } else { 28 };
            file[at..at + 2].copy_from_slice(&depth.to_le_bytes());
            file[at + 2..at + 6].copy_from_slice(&compression.to_le_bytes());
            file
        };
        for (header, depth, compression, sides, too_much) in [
            (40, 24, 0, [10, 10], false),
            (40, 24, 0, [10_000, 10_000], true),
            (40, 1, 0, [32, 250], false),
            (40, 1, 0, [32, 252], true),
            (12, 8, 0, [40, 25], false),
            (12, 8, 0, [40, 26], true),
            (124, 32, 3, [25, 11], true),
            (40, 8, 1, [500, 500], false),
            (40, 8, 1, [1000, 1000], true),
        ] {
            let file = file(header, depth, compression, 1000);
            let found = too_many(&file, ImageFormat::Bmp, sides);
            assert_eq!(found, too_much, "{header} {depth} {compression} {sides:?}");
        }
        assert!(too_many(b"BM", ImageFormat::Bmp, [3, 3]) || !bmp(b"BM", [3, 3]));
    }

    #[test]
    fn others_hold_some_pixels_in_a_byte() {
        for (format, most) in [
            (ImageFormat::Qoi, 62_000),
            (ImageFormat::Gif, 2_730_000),
            (ImageFormat::Jpeg, 512_000),
        ] {
            assert!(!too_many(&[0; 1000], format, [most, 1]), "{format:?}");
            assert!(too_many(&[0; 1000], format, [most + 1, 1]), "{format:?}");
        }
        assert!(!too_many(&[0; 10], ImageFormat::WebP, [16_000, 1000]));
    }
}
