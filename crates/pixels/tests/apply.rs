//! What can be said of the bytes without the formulas, and sizes that those are too slow for.

use pixels::{Channels, Fit, MAX_SIDE, Orientation, Picture, PixelsError, Preprocessing};

fn picture(pixels: &[u8], width: u32, height: u32, channels: Channels) -> Picture<'_> {
    Picture::new(pixels, width, height, channels, Orientation::UPRIGHT).unwrap()
}

fn apply(preprocessing: &Preprocessing, picture: &Picture) -> Vec<u8> {
    // Any byte that is left out shows.
    let mut image = vec![0xA5; preprocessing.len()];
    preprocessing.apply(picture, &mut image);
    image
}

fn some_bytes(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[test]
fn the_same_size_changes_nothing() {
    let pixels = some_bytes(31 * 40 * 3);
    for fit in Fit::ALL {
        let colour = apply(
            &Preprocessing::new(3, 31, 40, fit).unwrap(),
            &picture(&pixels, 40, 31, Channels::Rgb),
        );
        for (place, pixel) in pixels.chunks(3).enumerate() {
            for channel in 0..3 {
                assert_eq!(colour[channel * 31 * 40 + place], pixel[channel]);
            }
        }
        let grey = &pixels[..31 * 40];
        let image = apply(
            &Preprocessing::new(1, 31, 40, fit).unwrap(),
            &picture(grey, 40, 31, Channels::Grey),
        );
        assert_eq!(image, grey);
    }
}

#[test]
fn one_colour_stays_one_colour() {
    for level in [0, 1, 127, 254, 255] {
        for [width, height] in [[1, 1], [3, 700], [1300, 2], [97, 101]] {
            let pixels = vec![level; (width * height) as usize];
            for [h, w] in [[1, 1], [5, 9], [64, 64], [200, 3]] {
                for fit in [Fit::Crop, Fit::Stretch] {
                    let image = apply(
                        &Preprocessing::new(3, h, w, fit).unwrap(),
                        &picture(&pixels, width, height, Channels::Grey),
                    );
                    assert!(image.iter().all(|&byte| byte == level));
                }
            }
        }
    }
}

#[test]
fn shrinking_averages() {
    // Two columns to one: both weigh the same.
    let image = apply(
        &Preprocessing::new(1, 1, 1, Fit::Stretch).unwrap(),
        &picture(&[10, 21], 2, 1, Channels::Grey),
    );
    assert_eq!(image, [16], "15.5 goes up");
    // A chessboard turns grey.
    let board: Vec<u8> = (0..64 * 64)
        .map(|i| if (i / 64 + i) % 2 == 0 { 255 } else { 0 })
        .collect();
    let image = apply(
        &Preprocessing::new(1, 8, 8, Fit::Crop).unwrap(),
        &picture(&board, 64, 64, Channels::Grey),
    );
    assert!(
        image.iter().all(|byte| (126..=129).contains(byte)),
        "{image:?}"
    );
}

#[test]
fn growing_interpolates() {
    let image = apply(
        &Preprocessing::new(1, 1, 4, Fit::Stretch).unwrap(),
        &picture(&[0, 100], 2, 1, Channels::Grey),
    );
    assert_eq!(image, [0, 25, 75, 100]);
}

/// The picture as viewers show it, by turning it as EXIF's numbers say in words.
fn turned(orientation: u8, pixels: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mirrored = |rows: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        rows.into_iter()
            .map(|row| row.into_iter().rev().collect())
            .collect()
    };
    let transposed = |rows: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        (0..rows[0].len())
            .map(|x| rows.iter().map(|row| row[x]).collect())
            .collect()
    };
    let upside_down = |rows: Vec<Vec<u8>>| -> Vec<Vec<u8>> { rows.into_iter().rev().collect() };
    match orientation {
        1 => pixels,
        2 => mirrored(pixels),
        3 => mirrored(upside_down(pixels)),
        4 => upside_down(pixels),
        5 => transposed(pixels),
        // Clockwise: what was below is on the left.
        6 => transposed(upside_down(pixels)),
        7 => transposed(mirrored(upside_down(pixels))),
        8 => upside_down(transposed(pixels)),
        _ => unreachable!(),
    }
}

#[test]
fn orientations_turn_the_picture_before_all_else() {
    let (width, height) = (7, 4);
    let pixels = some_bytes(width * height);
    for number in 1..=8 {
        let rows = turned(number, pixels.chunks(width).map(<[u8]>::to_vec).collect());
        let upright: Vec<u8> = rows.concat();
        let orientation = Orientation::from_exif(number.into()).unwrap();
        let stored = Picture::new(
            &pixels,
            width as u32,
            height as u32,
            Channels::Grey,
            orientation,
        )
        .unwrap();
        assert_eq!(stored.size(), [rows.len() as u32, rows[0].len() as u32]);
        let shown = picture(
            &upright,
            rows[0].len() as u32,
            rows.len() as u32,
            Channels::Grey,
        );
        for fit in Fit::ALL {
            for [h, w] in [[4, 7], [7, 4], [3, 3], [2, 11], [16, 16]] {
                let preprocessing = Preprocessing::new(3, h, w, fit).unwrap();
                assert_eq!(
                    apply(&preprocessing, &stored),
                    apply(&preprocessing, &shown),
                    "{number} {fit} {h}×{w}"
                );
            }
        }
    }
}

#[test]
fn padding_is_black() {
    let white = vec![255; 20 * 10];
    let image = apply(
        &Preprocessing::new(1, 8, 8, Fit::Pad).unwrap(),
        &picture(&white, 20, 10, Channels::Grey),
    );
    let rows: Vec<u8> = image.chunks(8).map(|row| row[0]).collect();
    assert_eq!(rows, [0, 0, 255, 255, 255, 255, 0, 0]);
    assert!(
        image
            .chunks(8)
            .all(|row| row.iter().all(|&byte| byte == row[0]))
    );
}

#[test]
fn the_longest_sides() {
    let long = some_bytes(MAX_SIDE as usize * 2);
    let high = picture(&long, 2, MAX_SIDE, Channels::Grey);
    let wide = picture(&long, MAX_SIDE, 2, Channels::Grey);
    for (fit, sizes) in [
        (Fit::Stretch, [[1, 1], [2, 3], [1, MAX_SIDE as usize]]),
        (Fit::Crop, [[1, 1], [2, 3], [1, MAX_SIDE as usize]]),
        (Fit::Pad, [[1, 1], [2, 3], [MAX_SIDE as usize, 1]]),
    ] {
        for [h, w] in sizes {
            for picture in [&high, &wide] {
                apply(&Preprocessing::new(1, h, w, fit).unwrap(), picture);
            }
        }
    }
    // Nearly the mean of all, since the triangle is as wide as the picture on each side.
    let ramp: Vec<u8> = (0..MAX_SIDE)
        .map(|x| (x * 256 / (MAX_SIDE + 1)) as u8)
        .collect();
    let image = apply(
        &Preprocessing::new(1, 1, 1, Fit::Stretch).unwrap(),
        &picture(&ramp, MAX_SIDE, 1, Channels::Grey),
    );
    assert!((127..=128).contains(&image[0]));
}

#[test]
fn sums_beyond_64_bits() {
    // 14,000 rows and columns to one pixel: the weights add up to more than 2⁵⁶.
    let side = 14_000;
    let mut pixels = vec![255; side * side];
    let one = Preprocessing::new(1, 1, 1, Fit::Crop).unwrap();
    assert_eq!(
        apply(
            &one,
            &picture(&pixels, side as u32, side as u32, Channels::Grey)
        ),
        [255]
    );
    pixels[..side * side / 2].fill(0);
    assert_eq!(
        apply(
            &one,
            &picture(&pixels, side as u32, side as u32, Channels::Grey)
        ),
        [128]
    );
}

#[test]
fn what_is_refused() {
    let upright = Orientation::UPRIGHT;
    let error = Picture::new(&[0; 12], 2, 3, Channels::Rgb, upright).unwrap_err();
    assert_eq!(
        error,
        PixelsError::Bytes {
            expected: 18,
            found: 12
        }
    );
    assert_eq!(
        error.to_string(),
        "the picture's pixels: expected 18 bytes, found 12"
    );
    let error = Picture::new(&[], 0, 3, Channels::Rgb, upright).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the picture's width: expected 1 to 65535 pixels, found 0"
    );
    let error = Picture::new(&[], 1, 65_536, Channels::Grey, upright).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the picture's height: expected 1 to 65535 pixels, found 65536"
    );
    let error = Picture::new(&[], u32::MAX, u32::MAX, Channels::Rgba, upright).unwrap_err();
    assert!(matches!(error, PixelsError::Side { .. }));
    let error = Channels::from_count(5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the picture: expected 1 to 4 channels, found 5"
    );
    let error = Preprocessing::new(2, 32, 32, Fit::Crop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "what the network reads: expected 1 or 3 channels, found 2"
    );
    for [h, w] in [[0, 32], [32, 0], [70_000, 32], [32, 70_000]] {
        assert!(Preprocessing::new(1, h, w, Fit::Crop).is_err());
    }
}
