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

#[test]
fn a_run_knows_its_images_from_any_folder() {
    let dir = tempfile::tempdir().unwrap();
    let [here, elsewhere, run] = ["here", "elsewhere", "run"].map(|name| dir.path().join(name));
    draw(&here.join("my images"), 0);
    // Others of the same name, where the program works later.
    draw(&elsewhere.join("my images"), 3);
    let command = |folder: &Path, words: &[&str]| {
        let mut command = trainer();
        command.current_dir(folder).args(words);
        command
    };
    let begin = [
        "train",
        "--net",
        "wrn-8-1",
        "--epochs",
        "1",
        "--dashboard",
        "none",
    ];
    let mut train = command(&here, &begin);
    train.args(["--dataset", "./my images", "--set", "batch_size=4", "--out"]);
    success(train.arg(&run));
    let config = || fs::read_to_string(run.join("config.toml")).unwrap();
    let given = "dataset = \"./my images\"";
    assert!(config().contains(given), "{}", config());
    let about = fs::read_to_string(run.join("network.json")).unwrap();
    let whole = here.join("my images").canonicalize().unwrap();
    assert!(
        about.contains(&format!("\"place\": \"{}\"", whole.display())),
        "{about}"
    );

    let output = command(&elsewhere, &["eval", "--run"])
        .arg(&run)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && !said.contains("not those of the run"),
        "{said}"
    );
    let go_on = ["train", "--epochs", "2", "--dashboard", "none", "--resume"];
    success(command(&elsewhere, &go_on).arg(&run));
    assert!(
        config().contains(given),
        "the config stays portable: {}",
        config()
    );
    // The same command again knows the run that is there.
    let mut again = command(&here, &begin);
    again.args([
        "--epochs",
        "2",
        "--dataset",
        "my images/",
        "--set",
        "batch_size=4",
    ]);
    let said = success(again.args(["--or-resume", "--out"]).arg(&run));
    assert!(said.contains("test error"), "{said}");
    // What leaves the machine does not name the place.
    let file = dir.path().join("net.onebit");
    let mut export = command(&elsewhere, &["export", "--to", "onebit", "--run"]);
    success(export.arg(&run).arg("--out").arg(&file));
    let bytes = fs::read(&file).unwrap();
    let place = here.display().to_string();
    assert!(
        !bytes
            .windows(place.len())
            .any(|part| part == place.as_bytes())
    );

    fs::rename(&here, dir.path().join("gone")).unwrap();
    let message = failure(command(dir.path(), &["eval", "--run"]).arg(&run), 1);
    assert!(message.contains("with --dataset PATH"), "{message}");
    let message = failure(command(dir.path(), &go_on).arg(&run), 1);
    assert!(message.contains("with --dataset PATH"), "{message}");
    let mut eval = command(
        dir.path(),
        &["eval", "--dataset", "gone/my images", "--run"],
    );
    success(eval.arg(&run));
    // A page that could not look at them does not say where they were.
    let page = dir.path().join("page.html");
    let mut report = command(dir.path(), &["report", "--limit-test", "2"]);
    success(report.arg(&run).arg("--out").arg(&page));
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("my-images: no such file or folder"), "{page}");
    assert!(!page.contains(&place) && !page.contains(whole.to_str().unwrap()));
    // No image of the run is needed to say what is in others.
    let mut predict = command(dir.path(), &["predict", "--run"]);
    success(predict.arg(&run).arg("gone/my images/dark/1.png"));
}
