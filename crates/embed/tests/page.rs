//! The page in headless Chromium: a digit is drawn, pictures are chosen, and the answer is read.

#[path = "../../trainer/tests/common/chromium.rs"]
mod chromium;
mod common;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromium::Chromium;
use common::{Case, Random, wide};
use embed::web::page::{Example, Options};
use embed::web::{Tested, page};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use runtime::integer::{Forward, Network};
use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Model, Preprocessing, Rejection};
use serde_json::Value;

/// Draws as a person would.
const DRAWING: &str = r#"(() => {
const box = canvas.getBoundingClientRect();
const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
  pointerId: 1, bubbles: true, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
send("pointerdown", .35, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .35 + .3 * i / 20, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .65 - .2 * i / 20, .3 + .45 * i / 20);
send("pointerup", .45, .75);
})()"#;
/// What the page says, and what it is of.
const ANSWER: &str = "({ pixels: answer && Array.from(answer.image), logits: answer && Array.from(answer.logits), \
    sure: answer?.sure, says: document.getElementById('class').textContent, note: document.getElementById('note').textContent })";
/// Elements that are wider than the page.
const OVERFLOWING: &str = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5) \
    .map(e => e.outerHTML.slice(0, 120)).join('\\n')";

/// Opens the page of `model` from a folder, and waits for its network.
fn open(browser: &mut Chromium, folder: &Path, model: &Model, options: &Options) {
    open_at(browser, folder, model, options, 1280, false);
}

fn open_at(
    browser: &mut Chromium,
    folder: &Path,
    model: &Model,
    options: &Options,
    width: u32,
    dark: bool,
) {
    let out = folder.join("page");
    embed::folder::replace(&out, &page::files(model, options).unwrap()).unwrap();
    browser.load(&out.join("index.html"), width, dark);
    browser.eval("ready");
}

/// Chooses a file as a person would, and returns what the page says.
fn taken(browser: &mut Chromium, name: &str, file: &[u8]) -> Value {
    let encoded = STANDARD.encode(file);
    browser.eval(&format!(
        "take(new File([unpacked(\"{encoded}\")], \"{name}\"))"
    ));
    browser.eval(ANSWER)
}

fn integers(value: &Value) -> Vec<i32> {
    let numbers = value.as_array().unwrap().iter();
    numbers
        .map(|number| number.as_i64().unwrap() as i32)
        .collect()
}

fn pixels(value: &Value) -> Vec<u8> {
    let bytes = integers(value).into_iter();
    bytes.map(|byte| byte.try_into().unwrap()).collect()
}

#[test]
fn a_drawn_digit_is_classified_with_the_same_integers() {
    let Some(mut browser) = Chromium::start("the page in a browser") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut parts = wide(61, [1, 28, 28], 8, 1, 10);
    parts.class_names = (0..10)
        .map(|digit| format!("</script><b>{digit}"))
        .collect();
    let case = Case::new("digits", parts, 2);
    open(&mut browser, dir.path(), &case.model, &Options::default());
    browser.eval(DRAWING);
    let answer = browser.eval(ANSWER);
    let pixels = pixels(&answer["pixels"]);
    let network = Network::new(&case.model).unwrap();
    let mut forward = Forward::new(&network);
    let expected = forward.logits(&pixels).unwrap().to_vec();
    assert_eq!(integers(&answer["logits"]), expected);
    let class = forward.classify(&pixels).unwrap();
    assert_eq!(answer["says"], format!("</script><b>{class}"));
    let time = browser.eval("document.getElementById('time').textContent");
    assert!(time.as_str().unwrap().ends_with(" ms"), "{time}");
    // The stroke was brought to the size of MNIST's digits, 20 of 28 pixels, and its mass to the middle.
    let lit = |index: &usize| pixels[*index] > 64;
    let rows: Vec<usize> = (0..784).filter(lit).map(|index| index / 28).collect();
    let height = rows[rows.len() - 1] - rows[0] + 1;
    let middle = rows.iter().sum::<usize>() / rows.len();
    assert!((18..=22).contains(&height), "{height} rows");
    assert!((12..=15).contains(&middle), "row {middle}");
    assert_eq!(browser.faults(), Vec::<String>::new());
}

/// A hundred images of a network with a residual map of 16 bits, and of 8, by the page's module.
#[test]
fn a_hundred_images_have_the_same_integers() {
    let Some(mut browser) = Chromium::start("a hundred images in the page") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let case = Case::new("8x8", wide(65, [3, 9, 11], 12, 1, 10), 100);
    for case in [case.narrow(), case] {
        open(&mut browser, dir.path(), &case.model, &Options::default());
        let images = STANDARD.encode(case.images.concat());
        let size = case.model.image_len();
        let found = browser.eval(&format!(
            "(() => {{ const all = unpacked(\"{images}\"), found = [];
            for (let i = 0; i < all.length; i += {size}) found.push(...network.classifyImage(all.subarray(i, i + {size})).logits);
            return found; }})()"
        ));
        let expected = case.expected().into_iter();
        let expected: Vec<i32> = expected.flat_map(|(_, logits)| logits).collect();
        assert_eq!(expected.len(), 1000);
        assert_eq!(integers(&found), expected, "{}", case.name);
    }
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
    let Some(mut browser) = Chromium::start("pictures in the page") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
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
        open(&mut browser, dir.path(), &model, &Options::default());
        let answer = taken(&mut browser, "picture.png", png.get_ref());

        let own = match preprocessing {
            Preprocessing::None => Preprocessing::Fit(Fit::Crop),
            other => other,
        };
        let expected = seen(&model.clone().with_preprocessing(own).unwrap(), &rgb, 1);
        assert!(
            pixels(&answer["pixels"]) == expected,
            "{preprocessing} to {input:?}"
        );
        let network = Network::new(&model).unwrap();
        let mut forward = Forward::new(&network);
        let logits = forward.logits(&expected).unwrap().to_vec();
        assert_eq!(integers(&answer["logits"]), logits);
        let expected = network.answer(&logits);
        assert_eq!(answer["sure"], expected.is_some());
        assert_eq!(expected.is_none(), threshold > 0.0);
        let class = expected.map_or("not sure", |class| &model.class_names()[class]);
        assert_eq!(answer["says"], class);
        // What the file does not say is said, and not where it does.
        let caption = browser.eval("document.getElementById('caption').textContent");
        let said = caption.as_str().unwrap().contains("does not say how");
        let about = browser.eval("network.about.preprocessing");
        assert_eq!(about, preprocessing.name());
        assert_eq!(said, preprocessing == Preprocessing::None, "{caption}");
        let seen = browser.eval("[seen.width, seen.height, sight.hidden]");
        assert_eq!(
            seen,
            serde_json::json!([input[2], input[1], false]),
            "what is seen is shown"
        );
    }
}

/// Browsers decode a JPEG by their own arithmetic, so of this one the colours are nearly the same.
#[test]
fn photographs_are_turned_as_they_say() {
    let Some(mut browser) = Chromium::start("photographs in the page") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let case = Case::new("photographs", wide(64, [3, 16, 12], 4, 1, 5), 2);
    let model = case
        .model
        .with_preprocessing(Preprocessing::Fit(Fit::Stretch))
        .unwrap();
    open(&mut browser, dir.path(), &model, &Options::default());
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
        let answer = taken(&mut browser, "photo.jpg", &jpeg);
        let expected = seen(&model, &rgb, orientation.into());
        let far = pixels(&answer["pixels"])
            .iter()
            .zip(&expected)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(far <= Some(6), "orientation {orientation}: {far:?} apart");
    }
}

/// Another packed file, a damaged one, and what is no picture.
#[test]
fn files_of_strangers_are_told_of() {
    let Some(mut browser) = Chromium::start("files of strangers in the page") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let case = Case::new("strangers", wide(66, [3, 12, 10], 4, 1, 5), 2);
    open(&mut browser, dir.path(), &case.model, &Options::default());
    let says = |answer: &Value| answer["note"].as_str().unwrap().to_owned();

    let note = says(&taken(&mut browser, "picture.png", b"no picture"));
    assert!(
        note.contains("no image that the browser can read"),
        "{note}"
    );
    let mut damaged = case.model.write().unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for (file, word) in [
        (&damaged[..], "checksum"),
        (&damaged[..100], "header"),
        (b"", "header"),
    ] {
        let note = says(&taken(&mut browser, "damaged.onebit", file));
        assert!(
            note.contains("cannot be opened") && note.contains(word),
            "{note}"
        );
    }
    let uncalibrated = {
        let mut parts = case.model.clone().into_parts();
        parts.activation_scales = None;
        Model::new(parts).unwrap().write().unwrap()
    };
    let note = says(&taken(&mut browser, "steps.onebit", &uncalibrated));
    assert!(note.contains("activation_scales"), "{note}");

    // The first network is still there; then a good one takes its place.
    let rgb = RgbImage::from_pixel(30, 30, [9, 99, 199].into());
    let mut png = std::io::Cursor::new(Vec::new());
    rgb.write_to(&mut png, ImageFormat::Png).unwrap();
    assert_eq!(
        integers(&taken(&mut browser, "p.png", png.get_ref())["logits"]).len(),
        5
    );
    // Without a camera that is said, and no answer of before stands beside it.
    browser.eval("start()");
    let said = browser.eval(ANSWER);
    assert!(says(&said).starts_with("No camera"), "{said}");
    assert_eq!(said["pixels"], Value::Null);
    let left = browser.eval("[sight.hidden, ...rows.map(row => row.bar.value)]");
    assert_eq!(left, serde_json::json!([true, 0, 0, 0, 0, 0]));
    let untouched =
        "pen.getImageData(0, 0, 320, 320).data.every((v, i) => v === (i % 4 === 3 ? 255 : 0))";
    assert_eq!(browser.eval(untouched), true);

    let mut parts = wide(67, [3, 8, 8], 4, 1, 7);
    parts.class_names[0] = "<img src=x onerror=alert(1)>".into();
    let other = Case::new("another", parts, 2).model;
    taken(&mut browser, "other.onebit", &other.write().unwrap());
    assert_eq!(
        integers(&taken(&mut browser, "p.png", png.get_ref())["logits"]).len(),
        7
    );
    assert_eq!(browser.eval("document.images.length"), 0);
    assert_eq!(browser.faults(), Vec::<String>::new());
}

#[test]
fn the_page_looks_well_at_every_width_and_theme() {
    let Some(mut browser) = Chromium::start("the look of the page") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut parts = wide(68, [3, 24, 32], 8, 1, 12);
    parts.class_names = [
        "airplane",
        "automobile",
        "a bird of a very long name that goes on and on",
    ]
    .map(String::from)
    .to_vec();
    parts
        .class_names
        .extend((3..12).map(|class| format!("class {class}")));
    let case = Case::new("looks", parts, 6);
    let mut parts = case.model.clone().into_parts();
    let words = [
        ("net", "wrn-8-1"),
        (
            "dataset",
            "https://example.org/of/a/very/long/address/without/any/space/in/it/at/all.zip",
        ),
    ];
    parts.provenance = words.map(|(key, value)| (key.into(), value.into())).into();
    let model = Model::new(parts).unwrap();
    let names = model.class_names().iter().zip(&case.images);
    let examples: Vec<_> = names
        .map(|(name, image)| Example::new(name, image.clone()))
        .collect();
    let tested = Some(Tested {
        wrong: 149,
        images: 1000,
    });
    let options = Options::default()
        .with_examples(examples.clone())
        .with_tested(tested);
    for width in [1280, 800, 390] {
        for dark in [false, true] {
            open_at(&mut browser, dir.path(), &model, &options, width, dark);
            let name = format!("web-{width}-{}", if dark { "dark" } else { "light" });
            let title = browser.eval("[document.title, document.querySelector('h1').textContent]");
            let expected = format!("{}: wrn-8-1 with one bit per weight", words[1].1);
            assert_eq!(title, serde_json::json!([expected, expected]));
            let facts = browser.eval("document.getElementById('facts').innerText");
            let facts = facts.as_str().unwrap();
            assert!(
                facts.starts_with("85.1 %") && facts.contains("KB"),
                "{facts}"
            );
            // An example is an image of the network's own size.
            browser.eval("document.querySelectorAll('#examples button')[1].click()");
            let answer = browser.eval(ANSWER);
            assert!(pixels(&answer["pixels"]) == examples[1].image, "{name}");
            browser.eval("document.querySelector('details').open = true");
            assert_eq!(browser.eval(OVERFLOWING), "", "{name}");
            for (selector, min) in [
                ("#examples canvas", 6),
                ("#classes progress", 10),
                ("#seen", 1),
                ("dl dd", 6),
            ] {
                let visible = format!(
                    "[...document.querySelectorAll('{selector}')].filter(e => e.getBoundingClientRect().width > 8).length"
                );
                let found = browser.eval(&visible).as_u64().unwrap();
                assert!(found >= min, "{name}: {found} of {selector}");
            }
            let paper = browser.eval("getComputedStyle(document.body).backgroundColor");
            let expected = if dark {
                "rgb(20, 23, 26)"
            } else {
                "rgb(251, 251, 249)"
            };
            assert_eq!(paper, expected, "{name}");
            browser.screenshot(&name);
            assert_eq!(browser.faults(), Vec::<String>::new(), "{name}");
        }
    }
    // What is not in the page does not run in it.
    let injected = "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s); return window.ran === true; })()";
    assert_eq!(browser.eval(injected), false);
}
