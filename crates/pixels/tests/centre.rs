//! The middle of a photograph: what a crate for scaling makes of it, which training has always used.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use pixels::{Channels, Orientation, Picture, centre};

/// Pixels that seem drawn at random.
fn noise(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(i) ^ i.wrapping_mul(2_654_435_761)).rotate_left(9) as u8)
        .collect()
}

fn expected(rgb: &[u8], width: u32, height: u32) -> Vec<u8> {
    let shorter = width.min(height);
    let per_pixel = f64::from(shorter) / 256.0;
    let side = (224.0 * per_pixel)
        .min(f64::from(width))
        .min(f64::from(height));
    let [left, top] = [width, height].map(|length| {
        let scaled = (u64::from(length) * 256 + u64::from(shorter) / 2) / u64::from(shorter);
        let corner = (scaled as u32).saturating_sub(224) / 2;
        (f64::from(corner) * per_pixel).clamp(0.0, f64::from(length) - side)
    });
    let source = ImageRef::new(width, height, rgb, PixelType::U8x3).unwrap();
    let mut seen = Image::new(224, 224, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(left, top, side, side);
    Resizer::new().resize(&source, &mut seen, &options).unwrap();
    let seen = seen.into_vec();
    (0..3)
        .flat_map(|channel| seen.iter().skip(channel).step_by(3))
        .copied()
        .collect()
}

fn seen(picture: &Picture) -> Vec<u8> {
    let mut image = vec![0xA5; 3 * 224 * 224];
    centre(picture, &mut image);
    image
}

#[test]
fn the_bytes_are_those_of_training() {
    for (width, height) in [
        (500, 375),
        (375, 500),
        (256, 256),
        (224, 224),
        (512, 512),
        (60, 40),
        (1, 1),
        (900, 10),
        (2, 180),
        (1023, 769),
        (333, 334),
        (3000, 1999),
        (640, 480),
        (481, 321),
        (257, 256),
        (255, 300),
        (700, 259),
    ] {
        let rgb = noise((3 * width * height) as usize);
        let picture =
            Picture::new(&rgb, width, height, Channels::Rgb, Orientation::UPRIGHT).unwrap();
        assert!(
            seen(&picture) == expected(&rgb, width, height),
            "{width}×{height}"
        );
    }
}

#[test]
fn turned_pictures_and_other_channels() {
    let (width, height) = (331, 270);
    let rgba = noise((4 * width * height) as usize);
    let over = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    // Turned clockwise by hand, over white.
    let mut turned = Vec::new();
    for y in 0..width {
        for x in 0..height {
            let place = 4 * ((height - 1 - x) * width + y) as usize;
            turned.extend((0..3).map(|channel| over(rgba[place + channel], rgba[place + 3])));
        }
    }
    let orientation = Orientation::from_exif(6).unwrap();
    let picture = Picture::new(&rgba, width, height, Channels::Rgba, orientation).unwrap();
    assert!(seen(&picture) == expected(&turned, height, width));

    let grey = &rgba[..(width * height) as usize];
    let rgb: Vec<u8> = grey.iter().flat_map(|&level| [level; 3]).collect();
    let picture = Picture::new(grey, width, height, Channels::Grey, Orientation::UPRIGHT).unwrap();
    assert!(seen(&picture) == expected(&rgb, width, height));
}
