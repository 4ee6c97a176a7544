//! Pictures in C: the bytes of `runtime::pixels`, on this machine and on an emulated microcontroller.

#[path = "device/board.rs"]
mod board;
mod common;

use std::path::Path;
use std::process::Command;

use board::{Board, CORTEX_M4, tools};
use common::{Case, Random, success, wide};
use runtime::integer::Network;
use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Model, Preprocessing, Rejection};
use testkit::ready;

const FLAGS: [&str; 9] = [
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

const BOARDS: [Board; 1] = [CORTEX_M4];

/// A network of this input.
fn model(input: [usize; 3], preprocessing: Preprocessing) -> Model {
    let case = Case::new("pixels", wide(71, input, 4, 1, 3), 2);
    case.model.with_preprocessing(preprocessing).unwrap()
}

struct Pixels {
    width: u32,
    height: u32,
    channels: u32,
    bytes: Vec<u8>,
}

impl Pixels {
    fn new(random: &mut Random, width: u32, height: u32, channels: u32) -> Self {
        let len = width as usize * height as usize * channels as usize;
        Self {
            width,
            height,
            channels,
            bytes: (0..len).map(|_| random.next() as u8).collect(),
        }
    }

    /// As the programs read it.
    fn written(&self) -> Vec<u8> {
        let head = [self.width, self.height, self.channels].map(u32::to_le_bytes);
        [&head.concat(), &self.bytes[..]].concat()
    }

    /// What the programs print: 0, and what the network sees.
    fn expected(&self, model: &Model) -> String {
        let channels = Channels::from_count(self.channels as usize).unwrap();
        let upright = Orientation::UPRIGHT;
        let picture =
            Picture::new(&self.bytes, self.width, self.height, channels, upright).unwrap();
        let mut image = vec![0; model.image_len()];
        model.see(&picture, &mut image).unwrap();
        let hexadecimal: String = image.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0 {hexadecimal}")
    }
}

/// Pictures of every number of channels, some of them long, of one pixel, or of the network's size.
fn pictures(
    random: &mut Random,
    [_, height, width]: [usize; 3],
    max: u64,
    count: usize,
) -> Vec<Pixels> {
    let mut side = || 1 + (random.next() % max) as u32;
    let mut sizes: Vec<[u32; 2]> = (0..count).map(|_| [side(), side()]).collect();
    sizes.extend([[1, 1], [1, 97], [97, 1], [width as u32, height as u32]]);
    let channels = (1..=4).cycle();
    let sizes = sizes.into_iter().zip(channels);
    sizes
        .map(|([width, height], channels)| Pixels::new(random, width, height, channels))
        .collect()
}

fn kinds() -> Vec<([usize; 3], Preprocessing)> {
    let mut kinds = Vec::new();
    for fit in Fit::ALL {
        for input in [[1, 12, 20], [3, 12, 20], [3, 17, 7], [1, 1, 1]] {
            kinds.push((input, Preprocessing::Fit(fit)));
        }
    }
    kinds.push(([3, 224, 224], Preprocessing::CentreCrop));
    kinds
}

/// Compiles an export for this machine, and has it see pictures.
fn host(folder: &Path, model: &Model, compiler: &str, pictures: &[Pixels]) -> Vec<String> {
    let (files, _) = embed::files(model, &embed::Options::default()).unwrap();
    let export = folder.join("export");
    embed::folder::replace(&export, &files).unwrap();
    let export = export.join("src");
    let program = folder.join("pixels");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pixels.c");
    let mut compile = Command::new(compiler);
    compile.args(FLAGS).args(["-O1", "-I"]).arg(&export);
    compile
        .arg(source)
        .arg(export.join("onebit_pixels.c"))
        .arg("-o")
        .arg(&program);
    success(&mut compile, &[]);
    let written: Vec<u8> = pictures.iter().flat_map(Pixels::written).collect();
    let printed = success(&mut Command::new(&program), &written);
    printed.lines().map(str::to_owned).collect()
}

fn compare(compiler: &'static str, install: &str) {
    if !ready(
        "pictures in C",
        &[testkit::compiler(compiler, &FLAGS, install)],
    ) {
        return;
    }
    let mut random = Random(72);
    for (input, preprocessing) in kinds() {
        let model = model(input, preprocessing);
        let (max, count) = match preprocessing {
            Preprocessing::CentreCrop => (400, 4),
            _ => (90, 40),
        };
        let pictures = pictures(&mut random, input, max, count);
        let dir = tempfile::tempdir().unwrap();
        let printed = host(dir.path(), &model, compiler, &pictures);
        assert_eq!(printed.len(), pictures.len());
        for (picture, line) in pictures.iter().zip(&printed) {
            let Pixels {
                width,
                height,
                channels,
                ..
            } = picture;
            let what = format!("{width} x {height} x {channels}, {preprocessing} to {input:?}");
            assert!(*line == picture.expected(&model), "{what}");
        }
    }
}

#[test]
fn gcc_gives_the_same_bytes() {
    compare("gcc", "install Debian's gcc");
}

#[test]
fn clang_gives_the_same_bytes() {
    compare("clang", "install Debian's clang and libclang-rt-dev");
}

#[test]
fn the_longest_side_and_what_is_refused() {
    let compiler = testkit::compiler("gcc", &FLAGS, "install Debian's gcc");
    if !ready("pictures that C refuses", &[compiler]) {
        return;
    }
    let mut random = Random(73);
    let dir = tempfile::tempdir().unwrap();
    let model = model([1, 1, 1], Preprocessing::Fit(Fit::Stretch));
    let mut pictures: Vec<Pixels> = [[8192, 3], [3, 8192]]
        .map(|[width, height]| Pixels::new(&mut random, width, height, 1))
        .into();
    // All white: the greatest sums that there are.
    let mut white = Pixels::new(&mut random, 8192, 8192, 1);
    white.bytes.fill(255);
    pictures.push(white);
    let expected: Vec<String> = pictures
        .iter()
        .map(|picture| picture.expected(&model))
        .collect();
    for (width, height, channels) in [
        (8193, 1, 1),
        (1, 8193, 1),
        (0, 5, 1),
        (5, 0, 1),
        (2, 2, 5),
        (2, 2, 0),
    ] {
        pictures.push(Pixels::new(&mut random, width, height, channels));
    }
    let printed = host(dir.path(), &model, "gcc", &pictures);
    assert_eq!(printed[..3], expected);
    assert_eq!(
        printed[3..],
        ["-1 a5", "-1 a5", "-1 a5", "-1 a5", "-2 a5", "-2 a5"]
    );
}

#[test]
fn without_a_preprocessing_pictures_have_the_networks_size() {
    let compiler = testkit::compiler("gcc", &FLAGS, "install Debian's gcc");
    if !ready("pictures of the network's size in C", &[compiler]) {
        return;
    }
    let mut random = Random(74);
    for input in [[1, 5, 6], [3, 5, 6]] {
        let dir = tempfile::tempdir().unwrap();
        let model = model(input, Preprocessing::None);
        let mut pictures: Vec<Pixels> = (1..=4)
            .map(|channels| Pixels::new(&mut random, 6, 5, channels))
            .collect();
        let expected: Vec<String> = pictures
            .iter()
            .map(|picture| picture.expected(&model))
            .collect();
        pictures.push(Pixels::new(&mut random, 5, 6, 3));
        let printed = host(dir.path(), &model, "gcc", &pictures);
        assert_eq!(printed[..4], expected);
        assert!(printed[4].starts_with("-3 a5a5"), "{}", printed[4]);
    }
    let dir = tempfile::tempdir().unwrap();
    let two = model([2, 5, 6], Preprocessing::None);
    let printed = host(
        dir.path(),
        &two,
        "gcc",
        &[Pixels::new(&mut random, 6, 5, 3)],
    );
    assert!(printed[0].starts_with("-2 a5a5"), "{}", printed[0]);
}

#[test]
fn a_microcontroller_gives_the_same_bytes() {
    if !tools("pictures on an emulated microcontroller", &BOARDS) {
        return;
    }
    let mut random = Random(75);
    for fit in Fit::ALL {
        for input in [[1, 12, 20], [3, 17, 7]] {
            let model = model(input, Preprocessing::Fit(fit));
            let pictures = pictures(&mut random, input, 60, 8);
            let written: Vec<u8> = pictures.iter().flat_map(Pixels::written).collect();
            let dir = tempfile::tempdir().unwrap();
            let (files, _) = embed::files(&model, &embed::Options::default()).unwrap();
            embed::folder::replace(&dir.path().join("export"), &files).unwrap();
            let export = dir.path().join("export");
            let (answers, stack) = board::pictures(&export, &written, CORTEX_M4);
            assert_eq!(answers.len(), pictures.len());
            for (picture, answer) in pictures.iter().zip(&answers) {
                let Pixels {
                    width,
                    height,
                    channels,
                    ..
                } = picture;
                assert!(
                    *answer == picture.expected(&model),
                    "{width} x {height} x {channels}, {fit}"
                );
            }
            // What the board's own program takes is among them.
            assert!(stack < 1024, "{stack} bytes of the stack");
        }
    }
}

/// The program that comes with an export says which images are none of the classes.
#[test]
fn images_that_are_none_of_the_classes() {
    let flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"];
    if !ready(
        "none of the classes in C",
        &[testkit::compiler("gcc", &flags, "install Debian's gcc")],
    ) {
        return;
    }
    let case = Case::new("rejecting", wide(76, [1, 8, 8], 4, 1, 4), 40);
    let bits = Network::new(&case.model).unwrap().logit_bits;
    let margin = |logits: &[i32]| {
        let mut sorted = logits.to_vec();
        sorted.sort();
        (f64::from(sorted[3]) - f64::from(sorted[2])) * 2f64.powi(-bits)
    };
    let answers = case.expected();
    let mut margins: Vec<f64> = answers.iter().map(|(_, logits)| margin(logits)).collect();
    margins.sort_by(f64::total_cmp);
    for (threshold, none) in [
        (0.0, 0..=0),
        (margins[10] as f32, 9..=11),
        (f32::MAX, 40..=40),
    ] {
        let rejection = Rejection::new(threshold, 0.75, 40);
        let model = case.model.clone().with_rejection(Some(rejection)).unwrap();
        let network = Network::new(&model).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let export = dir.path().join("export");
        embed::folder::replace(
            &export,
            &embed::files(&model, &embed::Options::default()).unwrap().0,
        )
        .unwrap();
        let mut compile = Command::new("gcc");
        compile
            .args(flags)
            .args(["-Isrc", "examples/computer/main.c", "src/onebit.c"])
            .args(["src/onebit_selftest.c", "-o", "classify"]);
        success(compile.current_dir(&export), &[]);
        let printed = success(
            &mut Command::new(export.join("classify")),
            &case.images.concat(),
        );
        let mut rejected = 0;
        for (line, (class, logits)) in printed.lines().zip(&answers) {
            let answer = match network.answer(logits) {
                Some(found) => {
                    assert_eq!(found, *class);
                    format!("{class} class {class}: ")
                }
                None => "-1 none of these: ".into(),
            };
            rejected += usize::from(network.answer(logits).is_none());
            assert!(line.starts_with(&answer), "{answer}in {line}");
        }
        assert_eq!(printed.lines().count(), 40);
        assert!(none.contains(&rejected), "{rejected} at {threshold}");
    }
}
