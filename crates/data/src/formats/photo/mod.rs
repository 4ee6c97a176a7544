//! One picture's file, and the square of 224×224 pixels that a network sees of a photograph.
//!
//! Of ImageNet's files most are JPEGs in colour, some are grey or CMYK, and one is a PNG under the
//! name of a JPEG: the content decides, and everything becomes RGB. EXIF orientation is obeyed.

mod claims;
mod decode;
mod decoder;
mod extras;
mod gaps;
mod huffman;
mod view;

pub use decode::Decoded;
pub(crate) use decode::Header;
pub use decoder::Decoder;
pub use view::{CENTRE_SCALE, CROP_SCALES, SIDE};

/// The largest file that is read, in bytes; ImageNet's largest has 16 MB.
pub const MAX_FILE: u64 = 64 << 20;
/// The maximum number of pixels in a row or column; the largest of ImageNet has 9,331.
pub const MAX_SIDE: u32 = 20_000;
/// The maximum number of pixels of a photograph. A file of some hundred bytes can claim so many; decoding takes 9
/// bytes a pixel for a progressive JPEG and 11 for a PNG of 16 bits, so at most 1.1 GB a thread.
pub const MAX_PIXELS: u64 = 100_000_000;
/// The maximum memory for the decoded pixels as they are in the file: 8 bytes each in a PNG.
const MAX_DECODED: u64 = 8 * MAX_PIXELS;
/// The maximum ratio of a side to the other, so that scaling stays within memory.
const MAX_ASPECT: u32 = 100;

/// Height and width as the header of a file's content has them, before EXIF orientation.
///
/// # Errors
///
/// What was found in place of a picture within bounds, as a phrase.
pub fn size(file: &[u8]) -> Result<[u32; 2], String> {
    let (width, height) = Header::read(file)?.dimensions();
    Ok([height, width])
}

/// A decoded photograph.
pub struct Photo {
    width: u32,
    height: u32,
    /// Height×width×3 bytes.
    rgb: Vec<u8>,
}

impl Photo {
    /// Decodes a file's content.
    ///
    /// # Errors
    ///
    /// What was found in place of a picture within bounds, as a phrase.
    pub fn decode(file: &[u8]) -> Result<Self, String> {
        let header = Header::read(file)?;
        let (width, height) = header.dimensions();
        if width.max(height) / width.min(height) > MAX_ASPECT {
            return Err(format!("a picture of {width}x{height} pixels"));
        }
        let (width, height, rgb) = header.decode()?.into_upright_rgb();
        Ok(Self { width, height, rgb })
    }

    /// Height and width in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.height, self.width]
    }
}

/// Whether a JPEG lacks its end marker. The decoder paints what is missing grey, and a network
/// would learn from it; Pillow, with which others train on ImageNet, refuses such files as we do.
///
/// Headers are passed over by their lengths: a thumbnail among them has an end marker of its own.
fn is_cut_short(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        match *rest {
            // Bytes that fill up, and markers that stand alone.
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, 0x01 | 0xd0..=0xd8, ..] => rest = &rest[2..],
            // The first scan, behind which an end marker can be nothing else.
            [0xff, 0xda, ..] => return !rest.windows(2).any(|pair| pair == [0xff, 0xd9]),
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                match rest.get(2 + length..) {
                    Some(after) => rest = after,
                    None => return true,
                }
            }
            // Ends within a header.
            [] | [0xff] | [0xff, _] | [0xff, _, _] => return true,
            // Something that the decoder has to judge.
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_cut_short;

    #[test]
    fn the_end_marker_of_a_thumbnail_does_not_count() {
        let thumbnail = b"\xff\xe1\x00\x08\xff\xda\xff\xd9ab";
        let scan = b"\xff\xff\xda\x00\x03x12\xff\x0034";
        let file = |end: &[u8]| [b"\xff\xd8", &thumbnail[..], scan, end].concat();
        assert!(is_cut_short(&file(b"")));
        assert!(is_cut_short(&file(b"\xff")));
        assert!(!is_cut_short(&file(b"\xff\xd9")));
        // Some programs append to their files.
        assert!(!is_cut_short(&file(b"\xff\xd9\0\0more")));
        for length in 0..file(b"\xff\xd9").len() {
            assert!(is_cut_short(&file(b"\xff\xd9")[..length]), "{length}");
        }
    }
}
