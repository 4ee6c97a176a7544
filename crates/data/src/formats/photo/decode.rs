//! From the bytes of a picture's file to its pixels.
//!
//! Content decides the format: JPEG, PNG, WebP, BMP, GIF (its first frame), TIFF or QOI. Channels
//! of 16 bits become 8, as `round(x / 257)`. Alpha and orientation are kept for [`pixels`], which
//! says what becomes of them.

use std::io::Cursor;

use image::metadata::Orientation as Turn;
use image::{
    ColorType, DynamicImage, ExtendedColorType, ImageBuffer, ImageDecoder, ImageFormat,
    ImageReader, Limits,
};
use pixels::{Channels, Orientation, Picture};

use super::{MAX_DECODED, MAX_PIXELS, MAX_SIDE, claims, extras, gaps};
use crate::caught::caught;
use crate::memory;

/// A decoded picture as its file has it.
pub struct Decoded {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
    channels: Channels,
    turn: Turn,
    mode: &'static str,
}

/// A picture whose header is read.
pub(crate) struct Header<'a> {
    file: &'a [u8],
    format: ImageFormat,
    decoder: Box<dyn ImageDecoder + 'a>,
}

impl<'a> Header<'a> {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// What was found in place of a picture within bounds, as a phrase.
    pub(crate) fn read(file: &'a [u8]) -> Result<Self, String> {
        if file.is_empty() {
            return Err("an empty file".into());
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODED);
        let reader = ImageReader::new(Cursor::new(extras::without(file))).with_guessed_format();
        let mut reader = reader.map_err(|e| e.to_string())?;
        reader.limits(limits);
        let Some(format) = reader.format().filter(ImageFormat::reading_enabled) else {
            return Err("no picture in a format that is read".into());
        };
        let decoder = reader.into_decoder().map_err(|e| phrase(&e))?;
        // Before anything is set aside for the pixels.
        let (width, height) = decoder.dimensions();
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
            return Err(format!("a picture of {width}x{height} pixels"));
        }
        if claims::too_many(file, format, [width, height]) {
            return Err(format!(
                "a {} that claims {width}x{height} pixels and has {} bytes",
                name(format),
                file.len()
            ));
        }
        if format == ImageFormat::Jpeg && super::is_cut_short(file) {
            return Err(format!(
                "a JPEG that ends early, after {} bytes",
                file.len()
            ));
        }
        Ok(Self {
            file,
            format,
            decoder: Box::new(decoder),
        })
    }

    /// Width and height as stored.
    pub(crate) fn dimensions(&self) -> (u32, u32) {
        self.decoder.dimensions()
    }

    /// About the most bytes that decoding takes: of a progressive JPEG 9 for each pixel, and what it is
    /// turned into.
    pub(crate) fn cost(&self) -> u64 {
        let (width, height) = self.dimensions();
        12 * u64::from(width) * u64::from(height)
    }

    /// Decodes the pixels.
    ///
    /// # Errors
    ///
    /// What is wrong with them, as a phrase.
    pub(crate) fn decode(mut self) -> Result<Decoded, String> {
        let mode = mode(self.file, self.format, self.decoder.original_color_type());
        // A tag that cannot be read says nothing, as viewers have it.
        let turn = self.decoder.orientation().unwrap_or(Turn::NoTransforms);
        let (width, height) = self.dimensions();
        let (channels, wide) = match self.decoder.color_type() {
            ColorType::L8 => (Channels::Grey, false),
            ColorType::L16 => (Channels::Grey, true),
            ColorType::La8 => (Channels::GreyAlpha, false),
            ColorType::La16 => (Channels::GreyAlpha, true),
            ColorType::Rgb8 => (Channels::Rgb, false),
            ColorType::Rgb16 => (Channels::Rgb, true),
            ColorType::Rgba8 => (Channels::Rgba, false),
            ColorType::Rgba16 => (Channels::Rgba, true),
            _ => return Err("a picture of floating-point numbers".into()),
        };
        if self.format == ImageFormat::Jpeg && gaps::has_gaps(self.file) {
            return Err("a JPEG of which a part is missing".into());
        }
        let short = |shortage| format!("a picture of {width}x{height} pixels: {shortage}");
        memory::must_have(self.cost()).map_err(short)?;
        let len = usize::try_from(self.decoder.total_bytes()).unwrap_or(usize::MAX);
        let mut bytes = memory::zeros(len).map_err(short)?;
        let decoded = caught(|| self.decoder.read_image_boxed(&mut bytes));
        let decoded = decoded.ok_or("a picture whose claims contradict each other")?;
        decoded.map_err(|e| phrase(&e))?;
        if wide {
            narrow(&mut bytes);
        }
        Ok(Decoded {
            width,
            height,
            bytes,
            channels,
            turn,
            mode,
        })
    }
}

/// From 16 bits, in the machine's order, to 8, as `round(x / 257)`, in the room that they take.
fn narrow(bytes: &mut Vec<u8>) {
    let count = bytes.len() / 2;
    for at in 0..count {
        let wide = u16::from_ne_bytes([bytes[2 * at], bytes[2 * at + 1]]);
        bytes[at] = ((u32::from(wide) + 128) / 257) as u8;
    }
    bytes.truncate(count);
}

impl Decoded {
    /// Decodes a file's content.
    ///
    /// # Errors
    ///
    /// What was found in place of a picture within bounds, as a phrase.
    pub fn decode(file: &[u8]) -> Result<Self, String> {
        Header::read(file)?.decode()
    }

    /// The picture.
    pub fn picture(&self) -> Picture<'_> {
        let orientation = Orientation::from_exif(self.turn.to_exif().into()).unwrap_or_default();
        let (width, height) = (self.width, self.height);
        Picture::new(&self.bytes, width, height, self.channels, orientation)
            .expect("a decoder gives as many bytes as its header says, and sides are checked")
    }

    /// How its pixels are stored, such as `RGB` or `grey, 16 bits`.
    pub fn mode(&self) -> &'static str {
        self.mode
    }

    /// The pixels as stored, the channels of a pixel beside each other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Upright, in the form that [`Photo`](super::Photo) has.
    pub(super) fn into_upright_rgb(self) -> (u32, u32, Vec<u8>) {
        let (width, height, bytes) = (self.width, self.height, self.bytes);
        let image = match self.channels {
            Channels::Grey => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8)
            }
            Channels::GreyAlpha => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8)
            }
            Channels::Rgb => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
            }
            Channels::Rgba => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
            }
        };
        let image = image.expect("a decoder gives as many bytes as its header says");
        let mut image = DynamicImage::ImageRgb8(image.into_rgb8());
        image.apply_orientation(self.turn);
        (image.width(), image.height(), image.into_bytes())
    }
}

/// What a format is called.
fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Qoi => "QOI",
        ImageFormat::Gif => "GIF",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Tiff => "TIFF",
        _ => "picture",
    }
}

/// How a file stores its pixels.
fn mode(file: &[u8], format: ImageFormat, colour: ExtendedColorType) -> &'static str {
    // The decoder does not say that of a PNG; it stands in the header.
    let png_palette = format == ImageFormat::Png && file.get(25) == Some(&3);
    if png_palette || format == ImageFormat::Gif {
        return "palette";
    }
    use ExtendedColorType as Type;
    match colour {
        Type::L1 | Type::L2 | Type::L4 | Type::L8 => "grey",
        Type::La1 | Type::La2 | Type::La4 | Type::La8 => "grey with alpha",
        Type::L16 => "grey, 16 bits",
        Type::La16 => "grey with alpha, 16 bits",
        Type::Rgb1 | Type::Rgb2 | Type::Rgb4 | Type::Rgb5x1 | Type::Rgb8 | Type::Bgr8 => "RGB",
        Type::Rgba1 | Type::Rgba2 | Type::Rgba4 | Type::Rgba8 | Type::Bgra8 => "RGB with alpha",
        Type::Rgb16 => "RGB, 16 bits",
        Type::Rgba16 => "RGB with alpha, 16 bits",
        Type::Cmyk8 | Type::Cmyk16 => "CMYK",
        Type::Unknown(_) => "palette",
        _ => "other",
    }
}

/// An error of a decoder on one line.
fn phrase(error: &image::ImageError) -> String {
    let text = error.to_string();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_become_eight_as_documented() {
        let wide: Vec<u16> = (0..=u16::MAX).collect();
        let mut bytes: Vec<u8> = wide.iter().flat_map(|x| x.to_ne_bytes()).collect();
        narrow(&mut bytes);
        let expected: Vec<u8> = wide
            .iter()
            .map(|&x| (f64::from(x) / 257.0).round() as u8)
            .collect();
        assert_eq!(bytes, expected);
    }
}
