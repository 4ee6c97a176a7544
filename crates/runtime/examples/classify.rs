//! An image file in, its class out:
//!
//! ```text
//! cargo run --release -p onebit-runtime --example classify -- net.onebit picture.png
//! ```

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Engine, Model, Options, Preprocessing, printable};

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
    let (orientation, bytes) = (image.orientation, &image.bytes);
    let picture = Picture::new(
        bytes,
        image.width,
        image.height,
        image.channels,
        orientation,
    )?;
    let model = for_any_size(model, &picture)?;
    let mut pixels = vec![0; model.image_len()];
    model.see(&picture, &mut pixels)?;

    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut engine = Engine::new(&model, Options::default().with_threads(threads))?;
    let logits = engine.logits(&pixels)?;

    let mut ranked: Vec<(usize, f32)> = softmax(logits).into_iter().enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    // Names come out of the file.
    let name = |class: usize| printable(&model.class_names()[class]);
    match model.answer(logits) {
        Some(class) => println!("{}", name(class)),
        None => println!("none of these"),
    }
    for &(class, probability) in ranked.iter().take(5) {
        println!("{:6.2} %  {}", 100.0 * probability, name(class));
    }
    Ok(())
}

/// A decoded picture, as it is stored, and how cameras say that it was held.
struct Decoded {
    width: u32,
    height: u32,
    channels: Channels,
    orientation: Orientation,
    bytes: Vec<u8>,
}

fn decode(path: &Path) -> Result<Decoded, Box<dyn Error>> {
    let mut decoder = ImageReader::open(path)?
        .with_guessed_format()?
        .into_decoder()?;
    // A small file can claim any size.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = Orientation::from_exif(decoder.orientation()?.to_exif().into())?;
    let image = DynamicImage::from_decoder(decoder)?;
    let (width, height) = (image.width(), image.height());
    // 16 bits become 8.
    let (channels, bytes) = match (image.color().has_color(), image.color().has_alpha()) {
        (false, false) => (Channels::Grey, image.into_luma8().into_raw()),
        (false, true) => (Channels::GreyAlpha, image.into_luma_alpha8().into_raw()),
        (true, false) => (Channels::Rgb, image.into_rgb8().into_raw()),
        (true, true) => (Channels::Rgba, image.into_rgba8().into_raw()),
    };
    Ok(Decoded {
        width,
        height,
        channels,
        orientation,
        bytes,
    })
}

/// The network itself, or one that takes the middle of a picture of another size, where its file says nothing of such.
fn for_any_size(model: Model, picture: &Picture) -> Result<Model, Box<dyn Error>> {
    let ([_, rows, columns], [height, width]) = (model.input(), picture.size());
    let same = [rows, columns] == [height as usize, width as usize];
    if same || model.preprocessing() != Preprocessing::None {
        return Ok(model);
    }
    eprintln!(
        "picture: {width} x {height}; the network says nothing of other sizes than {columns} x {rows}, so the middle is scaled"
    );
    Ok(model.with_preprocessing(Preprocessing::Fit(Fit::Crop))?)
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
