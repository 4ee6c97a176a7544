//! A folder of pictures, a network from a file, and the C program made of it: it has the bytes that a
//! small board has, and says of every test image what `eval` says in the same arithmetic.

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{success, trainer};
use data::OwnOptions;
use serde_json::Value;
use testkit::{ready, skipped};

/// Grey 48×48 with 64 KiB for everything; the same as in `experiments/sign-digits-grey-48.toml`.
const NETWORK: &str = "version = 1\nname = 'signs'\nstem = { channels = 16, stride = 2 }\n\
    stages = [{ channels = 16, blocks = 2 }, { channels = 32, blocks = 2 }, { channels = 64, blocks = 2 }]\n";
const MAX_BYTES: usize = 64 * 1024;

/// Two classes of pictures of two sizes: a bright bar that lies or stands.
fn draw(folder: &Path) {
    for (class, lies) in [("lies", true), ("stands", false)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for number in 0..20_u32 {
            let (width, height) = if number % 2 == 0 { (60, 50) } else { (48, 70) };
            let picture = image::RgbImage::from_fn(width, height, |x, y| {
                let across = if lies { y } else { x };
                let noise = ((x * 31 + y * 17 + number * 7) % 23) as u8;
                let level = if (18 + number % 9..30 + number % 9).contains(&across) {
                    200
                } else {
                    40
                };
                image::Rgb([level + noise, level, level - noise])
            });
            picture
                .save(folder.join(class).join(format!("{number}.png")))
                .unwrap();
        }
    }
}

fn number_in(header: &str, name: &str) -> usize {
    let line = header.lines().find(|line| line.contains(name)).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn all_say_the_same(images: &Path, dir: &Path) {
    let [run, folder, file, net] =
        ["run", "c", "net.onebit", "net.toml"].map(|name| dir.join(name));
    fs::write(&net, NETWORK).unwrap();
    let mut train = trainer();
    train.args([
        "train",
        "--size",
        "48",
        "--channels",
        "1",
        "--epochs",
        "2",
        "--dashboard",
        "none",
    ]);
    train.args(["--set", "batch_size=8", "--max-steps", "40"]);
    success(
        train
            .arg("--dataset")
            .arg(images)
            .arg("--net")
            .arg(&net)
            .arg("--out")
            .arg(&run),
    );
    for (form, out) in [("c", &folder), ("onebit", &file)] {
        success(
            trainer()
                .args(["export", "--to", form, "--run"])
                .arg(&run)
                .arg("--out")
                .arg(out),
        );
    }
    let header = fs::read_to_string(folder.join("src/onebit.h")).unwrap();
    let sizes = ["ONEBIT_FLASH_BYTES ", "ONEBIT_RAM_BYTES "].map(|name| number_in(&header, name));
    // The code itself is about 5 KB more of flash.
    assert!(
        sizes[0] + 6 * 1024 <= MAX_BYTES && sizes[1] <= MAX_BYTES,
        "{sizes:?}"
    );

    let mut eval = trainer();
    eval.args(["eval", "--json", "--activations", "integer", "--model"])
        .arg(&file);
    let said: Value = serde_json::from_str(&success(eval.arg("--dataset").arg(images))).unwrap();
    let options = OwnOptions::default()
        .with_size(Some([48, 48]))
        .with_channels(Some(1));
    let test = data::load_own(images, &options).unwrap().0.test;
    assert_eq!(said["images"], test.len());
    if !ready(
        "the program made of an export of own images",
        &[testkit::make()],
    ) {
        return;
    }
    success(Command::new("make").arg("-C").arg(&folder));
    let pixels: Vec<u8> = (0..test.len())
        .flat_map(|index| test.image(index).to_vec())
        .collect();
    let raw = dir.join("images");
    fs::write(&raw, pixels).unwrap();
    let printed = success(Command::new(folder.join("classify")).stdin(File::open(&raw).unwrap()));
    let model = runtime::Model::load(&file).unwrap();
    let network = runtime::integer::Network::new(&model).unwrap();
    let mut forward = runtime::integer::Forward::new(&network);
    let mut wrong = 0;
    assert_eq!(printed.lines().count(), test.len());
    for (index, line) in printed.lines().enumerate() {
        let logits = forward.logits(test.image(index)).unwrap();
        let (_, theirs) = line.rsplit_once(": ").unwrap();
        let ours: Vec<String> = logits.iter().map(ToString::to_string).collect();
        assert_eq!(theirs, ours.join(" "), "image {index}");
        let best = (0..logits.len())
            .rev()
            .max_by_key(|&class| logits[class])
            .unwrap();
        wrong += u64::from(best != usize::from(test.label(index)));
    }
    assert_eq!(said["wrong"].as_u64(), Some(wrong));
}

#[test]
fn pictures_that_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let images = dir.path().join("bars");
    draw(&images);
    all_say_the_same(&images, dir.path());
}

#[test]
fn photographs_of_hands() {
    let root = std::env::var_os("ONEBIT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets"),
        PathBuf::from,
    );
    let images = root.join("sign-digits");
    if !images.is_dir() {
        skipped(
            "own_to_c::photographs_of_hands",
            "no sign-digits in the folder of the datasets",
        );
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    all_say_the_same(&images, dir.path());
}
