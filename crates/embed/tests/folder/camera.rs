//! A camera's pixels of 16 bits: the bytes of `runtime::pixels` for the colours that they stand for.

use std::path::Path;
use std::process::Command;

use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Model, Preprocessing};
use testkit::ready;

use crate::STRICT;
use crate::common::{Case, Random, success, wide};

const SANITIZED: [&str; 9] = [
    STRICT[0],
    STRICT[1],
    STRICT[2],
    STRICT[3],
    STRICT[4],
    STRICT[5],
    STRICT[6],
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

/// A picture of words, and which byte of each comes first.
struct Frame {
    width: u32,
    height: u32,
    words: Vec<u16>,
    upper_first: bool,
}

impl Frame {
    fn new(random: &mut Random, [width, height]: [u32; 2], upper_first: bool) -> Self {
        let words = (0..width * height).map(|_| random.next() as u16).collect();
        Self {
            width,
            height,
            words,
            upper_first,
        }
    }

    /// As the program reads it.
    fn written(&self) -> Vec<u8> {
        let head = [self.width, self.height, self.upper_first.into()].map(u32::to_le_bytes);
        let pixels = self.words.iter().flat_map(|word| match self.upper_first {
            true => word.to_be_bytes(),
            false => word.to_le_bytes(),
        });
        head.concat().into_iter().chain(pixels).collect()
    }

    /// What the network sees of its colours in eight bits.
    fn expected(&self, model: &Model) -> String {
        let colours = self.words.iter().flat_map(|word| {
            let wide = |bits: u16, count: u32| (u32::from(bits) * 255 / ((1 << count) - 1)) as u8;
            let [red, green, blue] = [word >> 11, word >> 5 & 63, word & 31];
            // The upper bits repeated are the nearest but for rounding; at both ends they are exact.
            let repeated = |bits: u16, count: u32| {
                let upper = bits << (8 - count);
                let byte = (upper | upper >> count) as u8;
                assert!(byte.abs_diff(wide(bits, count)) <= 1);
                byte
            };
            [repeated(red, 5), repeated(green, 6), repeated(blue, 5)]
        });
        let colours: Vec<u8> = colours.collect();
        let channels = Channels::from_count(3).unwrap();
        let upright = Orientation::UPRIGHT;
        let picture = Picture::new(&colours, self.width, self.height, channels, upright).unwrap();
        let mut image = vec![0; model.image_len()];
        model.see(&picture, &mut image).unwrap();
        let hexadecimal: String = image.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0 {hexadecimal}")
    }
}

fn seen(folder: &Path, model: &Model, frames: &[Frame]) -> Vec<String> {
    let (files, _) = embed::files(model, &embed::Options::default()).unwrap();
    embed::folder::replace(&folder.join("export"), &files).unwrap();
    let src = folder.join("export/src");
    let program = folder.join("camera");
    let mut compile = Command::new("gcc");
    compile
        .args(SANITIZED)
        .args(["-DCAMERA", "-O1", "-I"])
        .arg(&src);
    compile.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pixels.c"));
    // With the other file of pictures beside it, as in a program that has both kinds.
    compile.args(["onebit_camera.c", "onebit_pixels.c"].map(|file| src.join(file)));
    success(compile.arg("-o").arg(&program), &[]);
    let written: Vec<u8> = frames.iter().flat_map(Frame::written).collect();
    let printed = success(&mut Command::new(&program), &written);
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn rgb565_gives_the_bytes_of_its_colours() {
    let need = testkit::compiler("gcc", &SANITIZED, "install Debian's gcc");
    if !ready("pictures of a camera in C", &[need]) {
        return;
    }
    let mut random = Random(85);
    let mut kinds = vec![
        ([3, 224, 224], Preprocessing::CentreCrop),
        ([3, 12, 16], Preprocessing::None),
        ([1, 12, 16], Preprocessing::None),
    ];
    for fit in Fit::ALL {
        kinds.extend([[1, 12, 20], [3, 17, 7]].map(|input| (input, Preprocessing::Fit(fit))));
    }
    for (input, preprocessing) in kinds {
        let model = Case::new("camera", wide(86, input, 4, 1, 3), 2).model;
        let model = model.with_preprocessing(preprocessing).unwrap();
        let sizes: &[[u32; 2]] = match preprocessing {
            Preprocessing::None => &[[16, 12]],
            Preprocessing::CentreCrop => &[[320, 240]],
            _ => &[[32, 24], [24, 31], [20, 12], [1, 9], [7, 17]],
        };
        let frames: Vec<Frame> = sizes
            .iter()
            .flat_map(|&size| [true, false].map(|first| Frame::new(&mut random, size, first)))
            .collect();
        let dir = tempfile::tempdir().unwrap();
        let printed = seen(dir.path(), &model, &frames);
        assert_eq!(printed.len(), frames.len());
        for (frame, line) in frames.iter().zip(&printed) {
            let [width, height] = [frame.width, frame.height];
            assert!(
                *line == frame.expected(&model),
                "{width} x {height}, {preprocessing} to {input:?}"
            );
        }
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let need = testkit::compiler("gcc", &SANITIZED, "install Debian's gcc");
    if !ready("pictures of a camera that C refuses", &[need]) {
        return;
    }
    let mut random = Random(87);
    let model = |input| Case::new("camera", wide(88, input, 4, 1, 3), 2).model;
    for (input, size, word) in [
        ([3, 5, 6], [5, 6], "-3 a5"),
        ([3, 5, 6], [0, 6], "-1 a5"),
        ([3, 5, 6], [8193, 1], "-1 a5"),
        ([2, 5, 6], [6, 5], "-2 a5"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let frame = Frame::new(&mut random, size, true);
        let printed = seen(dir.path(), &model(input), &[frame]);
        assert!(
            printed[0].starts_with(word),
            "{input:?} {size:?}: {printed:?}"
        );
    }
}
