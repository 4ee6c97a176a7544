//! A run on a user's own images goes on where they lie in another place, and not on others.

mod common;

use std::fs;
use std::path::Path;

use common::{failure, success, trainer};

/// Two classes of ten small pictures; `shift` makes others of them.
fn draw(folder: &Path, shift: u8) {
    for class in 0..2_u8 {
        let class_folder = folder.join(["dark", "light"][usize::from(class)]);
        fs::create_dir_all(&class_folder).unwrap();
        for number in 0..10_u8 {
            let pixel = image::Luma([120 * class + 9 * number + shift]);
            let picture = image::GrayImage::from_pixel(16, 16, pixel);
            picture
                .save(class_folder.join(format!("{number}.png")))
                .unwrap();
        }
    }
}

#[test]
fn images_that_were_moved_are_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let [images, moved, others, run] =
        ["my images", "elsewhere", "others", "run"].map(|name| dir.path().join(name));
    draw(&images, 0);
    let mut train = trainer();
    train.args([
        "train",
        "--net",
        "wrn-8-1",
        "--epochs",
        "1",
        "--dashboard",
        "none",
    ]);
    train
        .args(["--set", "batch_size=4", "--dataset"])
        .arg(&images);
    success(train.arg("--out").arg(&run));

    fs::rename(&images, &moved).unwrap();
    let resume = |place: Option<&Path>| {
        let mut resume = trainer();
        resume
            .args(["train", "--epochs", "2", "--dashboard", "none", "--resume"])
            .arg(&run);
        if let Some(place) = place {
            resume.arg("--dataset").arg(place);
        }
        resume
    };
    let message = failure(&mut resume(None), 1);
    assert!(message.contains("my images"), "{message}");
    draw(&others, 3);
    let message = failure(&mut resume(Some(&others)), 2);
    assert!(message.contains("--accept-data"), "{message}");
    let message = failure(&mut resume(Some(Path::new("glyphs"))), 2);
    assert!(message.contains("my-images"), "{message}");
    let said = success(&mut resume(Some(&moved)));
    assert!(said.contains("test error"), "{said}");
    // From now on it is known where they are.
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("elsewhere"), "{config}");
    let about = fs::read_to_string(run.join("network.json")).unwrap();
    assert!(about.contains("\"name\": \"elsewhere\""), "{about}");
}
