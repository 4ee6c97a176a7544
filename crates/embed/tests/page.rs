//! The page in headless Chromium: a digit is drawn, and the answer is read.

mod common;

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Case, Random, success, wide};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use runtime::integer::{Forward, Network};
use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Model, Preprocessing, Rejection};
use testkit::{browser, ready, webassembly};

/// Draws as a person would, once the page is there.
const DRAWING: &str = r#"<script>
const box = canvas.getBoundingClientRect();
const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
  pointerId: 1, bubbles: true, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
send("pointerdown", .35, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .35 + .3 * i / 20, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .65 - .2 * i / 20, .3 + .45 * i / 20);
send("pointerup", .45, .75);
</script>"#;

/// The page as it is after its scripts have run.
fn browsed(page: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.html");
    fs::write(&file, page).unwrap();
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
    ]);
    chromium.args([
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    chromium.arg(format!(
        "--user-data-dir={}",
        dir.path().join("profile").display()
    ));
    chromium.args(["--virtual-time-budget=5000", "--dump-dom"]);
    success(chromium.arg(format!("file://{}", file.display())), &[])
}

fn attribute(dom: &str, name: &str) -> Vec<i64> {
    let start = dom
        .find(&format!("{name}=\""))
        .unwrap_or_else(|| panic!("no {name} in {dom}"));
    let text = &dom[start + name.len() + 2..];
    let text = &text[..text.find('"').unwrap()];
    text.split(' ').map(|word| word.parse().unwrap()).collect()
}

#[test]
fn a_drawn_digit_is_classified_with_the_same_integers() {
    if !ready("the page in a browser", &[webassembly(), browser()]) {
        return;
    }
    let mut parts = wide(61, [1, 28, 28], 8, 1, 10);
    parts.class_names = (0..10)
        .map(|digit| format!("</script><b>{digit}"))
        .collect();
    let case = Case::new("digits", parts, 2);
    let page = embed::web::page(&case.model).unwrap();
    for outside in ["http:", "https:", "//cdn"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let dom = browsed(&page.replace("</body>", &format!("{DRAWING}</body>")));
    let pixels = attribute(&dom, "data-pixels");
    let pixels: Vec<u8> = pixels
        .into_iter()
        .map(|pixel| pixel.try_into().unwrap())
        .collect();
    let network = Network::new(&case.model).unwrap();
    let mut forward = Forward::new(&network);
    let expected: Vec<i64> = forward
        .logits(&pixels)
        .unwrap()
        .iter()
        .map(|&l| l.into())
        .collect();
    assert_eq!(attribute(&dom, "data-logits"), expected);
    let class = forward.classify(&pixels).unwrap();
    let answer = format!("<div id=\"class\">&lt;/script&gt;&lt;b&gt;{class}</div>");
    assert!(dom.contains(&answer), "no {answer} in {dom}");
    assert!(dom.contains(" ms an image</div>"), "{dom}");
    // The stroke was brought to the size of MNIST's digits, 20 of 28 pixels, and its mass to the middle.
    let lit = |index: &usize| pixels[*index] > 64;
    let rows: Vec<usize> = (0..784).filter(lit).map(|index| index / 28).collect();
    let height = rows[rows.len() - 1] - rows[0] + 1;
    let middle = rows.iter().sum::<usize>() / rows.len();
    assert!((18..=22).contains(&height), "{height} rows");
    assert!((12..=15).contains(&middle), "row {middle}");
}

/// A hundred images of a network with a residual map of 16 bits, and of 8, by the page's WebAssembly.
#[test]
fn a_hundred_images_have_the_same_integers() {
    if !ready("a hundred images in the page", &[webassembly(), browser()]) {
        return;
    }
    let case = Case::new("8x8", wide(65, [3, 9, 11], 12, 1, 10), 100);
    for case in [case.narrow(), case] {
        let images = STANDARD.encode(case.images.concat());
        let (size, classes) = (case.model.image_len(), case.model.classes());
        let script = format!(
            "<script>
const all = Uint8Array.from(atob(\"{images}\"), letter => letter.charCodeAt(0)), found = [];
for (let i = 0; i < all.length; i += {size}) {{
  new Uint8Array(code.memory.buffer).set(all.subarray(i, i + {size}), code.image());
  code.classify();
  found.push(...new Int32Array(code.memory.buffer, code.logits(), {classes}));
}}
document.body.dataset.all = found.join(\" \");
</script></body>"
        );
        let page = embed::web::page(&case.model).unwrap();
        let dom = browsed(&page.replace("</body>", &script));
        let expected = case.expected().into_iter();
        let expected: Vec<i64> = expected
            .flat_map(|(_, logits)| logits)
            .map(i64::from)
            .collect();
        assert_eq!(expected.len(), 1000);
        assert_eq!(attribute(&dom, "data-all"), expected, "{}", case.name);
    }
}

/// Chooses a picture as a person would, once the page is there.
fn choosing(file: &[u8]) -> String {
    let encoded = STANDARD.encode(file);
    format!(
        "<script>show(new Blob([Uint8Array.from(atob(\"{encoded}\"), letter => letter.charCodeAt(0))]));</script></body>"
    )
}

/// What the page says of a picture: the image that the network sees, its logits, and the answer.
fn answered(model: &Model, file: &[u8]) -> (Vec<u8>, Vec<i64>, String) {
    let page = embed::web::page(model).unwrap();
    let dom = browsed(&page.replace("</body>", &choosing(file)));
    let pixels = attribute(&dom, "data-pixels");
    let pixels = pixels.into_iter().map(|pixel| pixel.try_into().unwrap());
    let (_, rest) = dom.split_once("<div id=\"class\">").unwrap();
    let answer = rest.split_once('<').unwrap().0.to_owned();
    assert!(
        dom.contains("<figure id=\"sight\">"),
        "what is seen is shown: {dom}"
    );
    (pixels.collect(), attribute(&dom, "data-logits"), answer)
}

/// What `runtime` makes of a decoded picture.
fn seen(model: &Model, rgb: &RgbImage, orientation: u16) -> Vec<u8> {
    let orientation = Orientation::from_exif(orientation).unwrap();
    let (width, height) = rgb.dimensions();
    let picture = Picture::new(rgb, width, height, Channels::Rgb, orientation).unwrap();
    let mut image = vec![0; model.image_len()];
    model.see(&picture, &mut image).unwrap();
    image
}

#[test]
fn pictures_of_any_size_are_seen_as_everywhere_else() {
    if !ready("pictures in the page", &[webassembly(), browser()]) {
        return;
    }
    let mut random = Random(62);
    for (input, preprocessing, threshold) in [
        ([3, 12, 20], Preprocessing::Fit(Fit::Crop), 0.0),
        ([3, 12, 20], Preprocessing::Fit(Fit::Pad), 1e6),
        ([1, 17, 9], Preprocessing::Fit(Fit::Stretch), 0.0),
        // Nothing is said of other sizes: the middle.
        ([3, 12, 20], Preprocessing::None, 0.0),
        ([3, 224, 224], Preprocessing::CentreCrop, 0.0),
    ] {
        let case = Case::new("pictures", wide(63, input, 4, 1, 5), 2);
        let model = case
            .model
            .with_preprocessing(preprocessing)
            .and_then(|model| model.with_rejection(Some(Rejection::new(threshold, 0.9, 10))))
            .unwrap();
        let rgb = RgbImage::from_fn(331, 257, |_, _| [0; 3].map(|_| random.next() as u8).into());
        let mut png = std::io::Cursor::new(Vec::new());
        rgb.write_to(&mut png, ImageFormat::Png).unwrap();
        let (pixels, logits, answer) = answered(&model, png.get_ref());

        let own = match preprocessing {
            Preprocessing::None => Preprocessing::Fit(Fit::Crop),
            other => other,
        };
        let expected = seen(&model.clone().with_preprocessing(own).unwrap(), &rgb, 1);
        assert!(pixels == expected, "{preprocessing} to {input:?}");
        let network = Network::new(&model).unwrap();
        let mut forward = Forward::new(&network);
        let integers = forward.logits(&expected).unwrap().to_vec();
        assert_eq!(
            logits,
            integers.iter().map(|&l| i64::from(l)).collect::<Vec<_>>()
        );
        let expected = match network.answer(&integers) {
            Some(class) => model.class_names()[class].clone(),
            None => "none of these".into(),
        };
        assert_eq!(answer, expected);
        assert_eq!(answer == "none of these", threshold > 0.0);
    }
}

/// Browsers decode a JPEG by their own arithmetic, so of this one the colours are nearly the same.
#[test]
fn photographs_are_turned_as_they_say() {
    if !ready("photographs in the page", &[webassembly(), browser()]) {
        return;
    }
    let case = Case::new("photographs", wide(64, [3, 16, 12], 4, 1, 5), 2);
    let model = case
        .model
        .with_preprocessing(Preprocessing::Fit(Fit::Stretch))
        .unwrap();
    let rgb = RgbImage::from_fn(96, 64, |x, y| [x as u8 * 2, y as u8 * 3, 80].into());
    for orientation in [1, 3, 6] {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        encoder.set_exif_metadata(exif).unwrap();
        encoder
            .write_image(&rgb, 96, 64, ExtendedColorType::Rgb8)
            .unwrap();
        let (pixels, _, _) = answered(&model, &jpeg);
        let expected = seen(&model, &rgb, orientation.into());
        let far = pixels
            .iter()
            .zip(&expected)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(far <= Some(6), "orientation {orientation}: {far:?} apart");
    }
}
