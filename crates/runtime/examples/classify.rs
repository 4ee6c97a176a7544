//! An image file in, its class out:
//!
//! ```text
//! cargo run --release -p onebit-runtime --example classify -- net.onebit picture.png
//! ```

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use runtime::{Engine, Model, Options, printable};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [net, picture] = arguments.as_slice() else {
        eprintln!("usage: classify NET.onebit PICTURE");
        return ExitCode::from(2);
    };
    match classify(net.as_ref(), picture.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn classify(net: &Path, picture: &Path) -> Result<(), Box<dyn Error>> {
    let model = Model::load(net)?;
    let image = decode(picture).map_err(|error| {
        let picture = picture.display();
        format!("{picture}: expected a PNG or JPEG, found: {error}; give another picture")
    })?;
    let pixels = fit(image, model.input())?;

    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut engine = Engine::new(&model, Options::default().with_threads(threads))?;
    let logits = engine.logits(&pixels)?;

    let mut ranked: Vec<(usize, f32)> = softmax(logits).into_iter().enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    // Names come out of the file.
    let name = |class: usize| printable(&model.class_names()[class]);
    println!("{}", name(ranked[0].0));
    for &(class, probability) in ranked.iter().take(5) {
        println!("{:6.2} %  {}", 100.0 * probability, name(class));
    }
    Ok(())
}

/// The picture as a viewer shows it: cameras note how they were held.
fn decode(path: &Path) -> Result<DynamicImage, Box<dyn Error>> {
    let mut decoder = ImageReader::open(path)?
        .with_guessed_format()?
        .into_decoder()?;
    // A small file can claim any size.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The bytes that a network of this input reads: channel by channel, row by row. Where the picture is of another
/// shape, its middle is taken; where that is of another size, it is scaled.
fn fit(image: DynamicImage, input: [usize; 3]) -> Result<Vec<u8>, Box<dyn Error>> {
    let [channels, rows, columns] = input;
    let (height, width) = (u32::try_from(rows)?, u32::try_from(columns)?);
    let found = (image.width(), image.height());
    let mut image = image;
    if found != (width, height) {
        let [x, y, w, h] = middle(found, (width, height));
        image = image
            .crop_imm(x, y, w, h)
            .resize_exact(width, height, FilterType::Triangle);
        let (from, to) = (
            format!("{}x{}", found.0, found.1),
            format!("{width}x{height}"),
        );
        eprintln!("picture: {from}; its middle {w}x{h} is scaled to the network's {to}");
    }
    match channels {
        1 => Ok(image.into_luma8().into_raw()),
        3 => {
            let pixels = image.into_rgb8().into_raw();
            let plane = |channel| pixels.iter().skip(channel).step_by(3);
            Ok((0..3).flat_map(plane).copied().collect())
        }
        _ => Err(format!(
            "the network reads {channels} channels, a picture has 1 or 3; give another network"
        )
        .into()),
    }
}

/// The largest middle of a picture that is as wide for its height as the network's input: left, top, width, height.
fn middle((width, height): (u32, u32), (to_width, to_height): (u32, u32)) -> [u32; 4] {
    let [w, h, to_w, to_h] = [width, height, to_width, to_height].map(u64::from);
    // The products fit: sides have 32 bits, and each quotient is smaller than the side that it replaces.
    let (w, h) = match w * to_h > h * to_w {
        true => ((h * to_w / to_h).max(1) as u32, height),
        false => (width, (w * to_h / to_w).max(1) as u32),
    };
    [(width - w) / 2, (height - h) / 2, w, h]
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits
        .iter()
        .map(|logit| (logit - greatest).exp())
        .collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
