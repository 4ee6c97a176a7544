//! The example that people copy: pictures in, classes out, and what it says to files that are none.
#![cfg(feature = "std")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{Random, wide};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, RgbImage};
use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::reference::argmax;
use runtime::{Engine, Model, Options, Preprocessing, Rejection};

/// Cargo builds the examples with the tests, beside them.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    let name = format!("examples/classify{}", std::env::consts::EXE_SUFFIX);
    profile.join(name)
}

fn run(arguments: &[&Path]) -> Option<Output> {
    let program = example();
    if !program.exists() {
        let way = "run `cargo test -p onebit-runtime`, or build it with `--example classify`";
        let reason = format!("{} is not built; {way}", program.display());
        testkit::skipped("the example classify", &reason);
        return None;
    }
    Some(Command::new(program).args(arguments).output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A network of this input in a folder, whose class names would blank a terminal.
fn network(folder: &Path, input: [usize; 3]) -> (PathBuf, Model) {
    let mut parts = wide(11, input, 4, 1, 7);
    for name in &mut parts.class_names {
        name.insert_str(0, "\u{1b}[2J");
    }
    let model = parts.model().unwrap();
    let path = folder.join(format!("{}.onebit", input[0]));
    model.save(&path).unwrap();
    (path, model)
}

#[test]
fn pictures_of_the_networks_size() {
    let folder = tempfile::tempdir().unwrap();
    for channels in [1, 3] {
        let (net, model) = network(folder.path(), [channels, 12, 20]);
        let pixels = Random(3).image(&model);
        // Interleaved, as picture files have them.
        let bytes = (0..12 * 20).flat_map(|at| (0..channels).map(move |c| c * 240 + at));
        let bytes: Vec<u8> = bytes.map(|place| pixels[place]).collect();
        let image: DynamicImage = match channels {
            1 => GrayImage::from_raw(20, 12, bytes).unwrap().into(),
            _ => RgbImage::from_raw(20, 12, bytes).unwrap().into(),
        };
        let picture = folder.path().join("picture.png");
        image.save(&picture).unwrap();
        let Some(output) = run(&[&net, &picture]) else {
            return;
        };
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "", "nothing is scaled");

        let options = Options::default();
        let mut engine = Engine::new(&model, options).unwrap();
        let class = engine.classify(&pixels).unwrap();
        let sum: f32 = engine
            .logits(&pixels)
            .unwrap()
            .iter()
            .map(|l| l.exp())
            .sum();
        let probability = engine.logits(&pixels).unwrap()[class].exp() / sum;
        let printed = text(&output.stdout);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), 6, "{printed}");
        assert_eq!(lines[0], format!("\\u{{1b}}[2Jclass {class}"));
        let found: f32 = lines[1].split('%').next().unwrap().trim().parse().unwrap();
        assert!((found - 100.0 * probability).abs() < 0.02, "{printed}");
        assert!(lines[1].ends_with(lines[0]), "{printed}");
    }
}

#[test]
fn pictures_of_other_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let (net, _) = network(folder.path(), [3, 12, 20]);
    for (width, height) in [(40, 24), (60, 24), (1, 900), (900, 1)] {
        let image = RgbImage::from_fn(width, height, |x, y| [x as u8, y as u8, 9].into());
        let picture = folder.path().join("other.jpg");
        image.save(&picture).unwrap();
        let Some(output) = run(&[&net, &picture]) else {
            return;
        };
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        for words in [format!("{width} x {height}"), "than 20 x 12".into()] {
            assert!(said.contains(&words), "no `{words}` in: {said}");
        }
    }
}

/// A JPEG that says how its camera was held.
fn photograph(path: &Path, image: &RgbImage, orientation: u8) {
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).encode_image(image).unwrap();
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let head = [&[0xff, 0xe1], &length[..], &exif].concat();
    jpeg.splice(2..2, head);
    std::fs::write(path, jpeg).unwrap();
}

#[test]
fn photographs_are_seen_as_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("photograph.jpg");
    let image = RgbImage::from_fn(50, 34, |x, y| {
        [5 * x as u8, 7 * y as u8, (x * y) as u8].into()
    });
    for (fit, orientation) in [
        (Fit::Crop, 1),
        (Fit::Crop, 6),
        (Fit::Pad, 8),
        (Fit::Stretch, 2),
    ] {
        for threshold in [0.0, 1e9] {
            let (net, model) = network(folder.path(), [3, 12, 20]);
            let rejection = Rejection::new(threshold, 0.5, 10);
            let model = model
                .with_preprocessing(Preprocessing::Fit(fit))
                .and_then(|model| model.with_rejection(Some(rejection)))
                .unwrap();
            model.save(&net).unwrap();
            photograph(&picture, &image, orientation);
            let Some(output) = run(&[&net, &picture]) else {
                return;
            };
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert_eq!(text(&output.stderr), "", "the file says what becomes of it");

            let decoded = image::open(&picture).unwrap().into_rgb8().into_raw();
            let turned = Orientation::from_exif(orientation.into()).unwrap();
            let stored = Picture::new(&decoded, 50, 34, Channels::Rgb, turned).unwrap();
            let mut pixels = vec![0; model.image_len()];
            model.see(&stored, &mut pixels).unwrap();
            let mut engine = Engine::new(&model, Options::default()).unwrap();
            let logits = engine.logits(&pixels).unwrap();
            let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
            let class = argmax(logits);
            let printed = text(&output.stdout);
            let lines: Vec<&str> = printed.lines().collect();
            match threshold {
                0.0 => assert!(lines[0].ends_with(&format!("class {class}")), "{printed}"),
                _ => assert_eq!(lines[0], "none of these"),
            }
            let best = format!("{:6.2} %", 100.0 * logits[class].exp() / sum);
            assert!(
                lines[1].starts_with(&best),
                "{fit} {orientation}: {best} in {printed}"
            );
        }
    }
}

#[test]
fn what_it_cannot_do_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let (net, _) = network(folder.path(), [3, 12, 20]);
    let (two, _) = network(folder.path(), [2, 12, 20]);
    let picture = folder.path().join("good.png");
    RgbImage::new(20, 12).save(&picture).unwrap();
    let png = std::fs::read(&picture).unwrap();
    // A head that claims 60000 x 60000 pixels; with a wrong checksum it is no picture either.
    let mut large = png.clone();
    large[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (large, cut) = (
        write("large.png", &large),
        write("cut.png", &png[..png.len() / 2]),
    );
    let (words, empty) = (write("words.png", b"no picture"), write("empty.jpg", b""));
    let missing = folder.path().join("missing");
    for (arguments, code, words) in [
        (vec![], 2, "usage"),
        (vec![net.as_path()], 2, "usage"),
        (vec![missing.as_path(), &picture], 1, "missing"),
        (vec![picture.as_path(), &picture], 1, "found a PNG picture"),
        (
            vec![net.as_path(), &missing],
            1,
            "missing: expected a PNG or JPEG",
        ),
        (
            vec![net.as_path(), folder.path()],
            1,
            "expected a PNG or JPEG",
        ),
        (
            vec![net.as_path(), &words],
            1,
            "words.png: expected a PNG or JPEG",
        ),
        (
            vec![net.as_path(), &empty],
            1,
            "empty.jpg: expected a PNG or JPEG",
        ),
        (
            vec![net.as_path(), &cut],
            1,
            "cut.png: expected a PNG or JPEG",
        ),
        (
            vec![net.as_path(), &large],
            1,
            "large.png: expected a PNG or JPEG",
        ),
        (vec![two.as_path(), &picture], 1, "expected 2 channels"),
    ] {
        let Some(output) = run(&arguments) else {
            return;
        };
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "no `{words}` in: {said}");
        assert!(output.stdout.is_empty());
    }
}
