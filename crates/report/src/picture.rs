//! Pixels as a picture that a page can hold: a PNG in a `data:` address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest side of a picture; larger images are made smaller by whole factors.
const MAX_SIDE: usize = 64;
/// The longest side of a picture that is shown as it is.
const MAX_HELD: u32 = 4096;

/// The picture of an image: `pixels` is C×H×W, of which 3 channels are a colour and others shades of the first.
/// Empty where it cannot be encoded.
pub fn data_uri(pixels: &[u8], [channels, height, width]: [usize; 3]) -> String {
    let factor = height.max(width).div_ceil(MAX_SIDE).max(1);
    let (rows, columns) = (height / factor, width / factor);
    let planes = if channels == 3 { 3 } else { 1 };
    let mut samples = Vec::with_capacity(rows * columns * planes);
    for y in 0..rows {
        for x in 0..columns {
            for plane in 0..planes {
                let mut sum = 0;
                for dy in 0..factor {
                    let row = (plane * height + y * factor + dy) * width + x * factor;
                    sum += pixels[row..row + factor]
                        .iter()
                        .map(|&p| u32::from(p))
                        .sum::<u32>();
                }
                samples.push((sum / (factor * factor) as u32) as u8);
            }
        }
    }
    match encode(&samples, columns as u32, rows as u32, planes == 3) {
        Ok(png) => format!("data:image/png;base64,{}", STANDARD.encode(png)),
        Err(_) => String::new(),
    }
}

/// The address that holds a PNG file, with the picture's width and height; `None` for what is no
/// PNG file that a page could show.
pub fn held(png: &[u8]) -> Option<(String, [u32; 2])> {
    let reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .ok()?;
    let (width, height) = reader.info().size();
    let uri = format!("data:image/png;base64,{}", STANDARD.encode(png));
    (width <= MAX_HELD && height <= MAX_HELD).then_some((uri, [width, height]))
}

fn encode(
    samples: &[u8],
    width: u32,
    height: u32,
    colour: bool,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(if colour {
        png::ColorType::Rgb
    } else {
        png::ColorType::Grayscale
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(samples)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(uri: &str) -> (Vec<u8>, u32, u32) {
        let base64 = uri.strip_prefix("data:image/png;base64,").unwrap();
        let png = STANDARD.decode(base64).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut samples).unwrap();
        (samples, info.width, info.height)
    }

    #[test]
    fn a_png_is_held_and_nothing_else_is() {
        let png = encode(&[1, 2, 3, 4, 5, 6], 3, 2, false).unwrap();
        let (uri, size) = held(&png).unwrap();
        assert_eq!(size, [3, 2]);
        assert_eq!(decoded(&uri).0, [1, 2, 3, 4, 5, 6]);
        for damaged in [&[][..], b"<svg>", &png[..10]] {
            assert!(held(damaged).is_none());
        }
        let wide = encode(&vec![0; 5000], 5000, 1, false).unwrap();
        assert!(held(&wide).is_none());
    }

    #[test]
    fn planes_become_colours() {
        // 3×1×2: red, green and blue of two pixels.
        let uri = data_uri(&[1, 2, 3, 4, 5, 6], [3, 1, 2]);
        assert_eq!(decoded(&uri), (vec![1, 3, 5, 2, 4, 6], 2, 1));
    }

    #[test]
    fn photographs_are_made_smaller_by_means() {
        let pixels: Vec<u8> = (0..224 * 224)
            .map(|i| if i / 224 < 112 { 10 } else { 20 })
            .collect();
        let (samples, width, height) = decoded(&data_uri(&pixels, [1, 224, 224]));
        assert_eq!((width, height), (56, 56));
        assert!(
            samples[..56 * 28].iter().all(|&s| s == 10)
                && samples[56 * 28..].iter().all(|&s| s == 20)
        );
    }
}
