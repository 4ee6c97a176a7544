//! From the bytes of a picture's file to its pixels.
//!
//! Content decides the format: JPEG, PNG, WebP, BMP, GIF (its first frame), TIFF or QOI. Channels
//! of 16 bits become 8, as `round(x / 257)`. Alpha and orientation are kept for [`pixels`], which
//! says what becomes of them.

use std::io::Cursor;

use image::metadata::Orientation as Turn;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
use pixels::{Channels, Orientation, Picture};

use super::{MAX_DECODED, MAX_PIXELS, MAX_SIDE};

/// A decoded picture as its file has it.
pub struct Decoded {
    image: DynamicImage,
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
        let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
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

    /// About the most bytes that decoding takes.
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
        let image = DynamicImage::from_decoder(self.decoder).map_err(|e| phrase(&e))?;
        let image = match image {
            DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(image.into_luma8()),
            DynamicImage::ImageLumaA16(_) => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
            DynamicImage::ImageRgb16(_) => DynamicImage::ImageRgb8(image.into_rgb8()),
            DynamicImage::ImageRgba16(_) => DynamicImage::ImageRgba8(image.into_rgba8()),
            image => image,
        };
        let channels = match image {
            DynamicImage::ImageLuma8(_) => Channels::Grey,
            DynamicImage::ImageLumaA8(_) => Channels::GreyAlpha,
            DynamicImage::ImageRgb8(_) => Channels::Rgb,
            DynamicImage::ImageRgba8(_) => Channels::Rgba,
            _ => return Err("a picture of floating-point numbers".into()),
        };
        Ok(Decoded {
            image,
            channels,
            turn,
            mode,
        })
    }
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
        let (width, height) = (self.image.width(), self.image.height());
        Picture::new(
            self.image.as_bytes(),
            width,
            height,
            self.channels,
            orientation,
        )
        .expect("a decoder gives as many bytes as its header says, and sides are checked")
    }

    /// How its pixels are stored, such as `RGB` or `grey, 16 bits`.
    pub fn mode(&self) -> &'static str {
        self.mode
    }

    /// The pixels as stored, the channels of a pixel beside each other.
    pub fn bytes(&self) -> &[u8] {
        self.image.as_bytes()
    }

    /// Upright, in the form that [`Photo`](super::Photo) has.
    pub(super) fn into_upright_rgb(self) -> (u32, u32, Vec<u8>) {
        let mut image = DynamicImage::ImageRgb8(self.image.into_rgb8());
        image.apply_orientation(self.turn);
        (image.width(), image.height(), image.into_bytes())
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
