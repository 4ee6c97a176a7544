//! Data that are no longer what a run was trained on are told of by name.

mod common;

use std::fs;
use std::path::Path;

use common::inputs::{
    cats_and_dogs, copy, export, idx, page, photographs, resume, train, with_run,
};
use common::{failure, success, trainer};

/// What a command says on the standard error.
fn notes(command: &mut std::process::Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// Renamed, added, removed.
#[test]
fn data_with_other_classes_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    let file = dir.path().join("before.onebit");
    success(&mut export(&run, "onebit", &file));
    for (number, (classes, words)) in [
        // Renamed, with the order of the classes changed by it, and not.
        (&["ant", "cat"][..], ["cat, dog", "ant, cat"]),
        (&["cat", "eel"], ["cat, dog", "cat, eel"]),
        (&["Cat", "dog"], ["cat, dog", "Cat, dog"]),
        // Added before, between and behind.
        (
            &["ant", "cat", "dog"],
            ["2 classes (cat, dog)", "3 in the data (ant, cat, dog)"],
        ),
        (
            &["cat", "cow", "dog"],
            ["2 classes (cat, dog)", "3 in the data (cat, cow, dog)"],
        ),
        (
            &["cat", "dog", "eel"],
            ["2 classes (cat, dog)", "3 in the data (cat, dog, eel)"],
        ),
        (&["cat"], ["2 classes (cat, dog)", "1 in the data (cat)"]),
    ]
    .into_iter()
    .enumerate()
    {
        let other = dir.path().join(number.to_string());
        photographs(&other, classes, 4);
        let told = |message: String| {
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
            assert!(!message.contains("tensor"), "{message}");
        };
        told(failure(with_run("eval", &run).arg("--data").arg(&other), 2));
        told(failure(&mut resume(&run, 2, &other), 2));
        // No flag makes a network know other classes.
        told(failure(resume(&run, 2, &other).arg("--accept-data"), 2));
        // Other images to calibrate on must be of the same classes.
        let mut calibrate = export(&run, "onebit", &dir.path().join("calibrated"));
        calibrate.args(["--calibration-images", "3", "--data"]);
        let message = failure(calibrate.arg(&other), 2);
        assert!(message.contains("cat, dog"), "{message}");
        // An export that needs no images has the classes of the run.
        let out = dir.path().join("after.onebit");
        success(export(&run, "onebit", &out).arg("--data").arg(&other));
        assert_eq!(fs::read(&out).unwrap(), fs::read(&file).unwrap());
        // So has a page, and a network that is examined anew is not shown images of other classes.
        let kept = page(&run, &other, &[]);
        assert!(kept.contains("dog"));
        let anew = page(&run, &other, &["--limit-test", "2"]);
        assert!(anew.contains("expected the"), "{classes:?}");

        let mut eval = trainer();
        eval.args(["eval", "--dataset", "imagenet", "--model"]);
        let message = failure(eval.arg(&file).arg("--data").arg(&other), 2);
        assert!(message.contains("expected"), "{message}");
    }
    success(with_run("eval", &run).arg("--data").arg(&data));
}

/// The images of two classes change places: the names are the same, and the images are not.
#[test]
fn classes_whose_images_changed_places_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    for split in ["train", "val"] {
        let folder = |name: &str| data.join("imagenet").join(split).join(name);
        fs::rename(folder("cat"), folder("x")).unwrap();
        fs::rename(folder("dog"), folder("cat")).unwrap();
        fs::rename(folder("x"), folder("dog")).unwrap();
    }
    let said = notes(with_run("eval", &run).arg("--data").arg(&data));
    assert!(said.contains("not those of the run"), "{said}");
    let message = failure(&mut resume(&run, 2, &data), 2);
    assert!(message.contains("digest"), "{message}");
}

/// Images added, removed, changed, or in another order: refused with both sides named, unless accepted.
#[test]
fn a_resume_on_other_images_is_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (first, run) = cats_and_dogs(dir.path());
    let change = |name: &str, change: &dyn Fn(&Path)| {
        let data = dir.path().join(name);
        copy(&first, &data);
        change(&data);
        data
    };
    let more = change("more", &|data| photographs(data, &["cat", "dog"], 6));
    let one_less = |data: &Path| {
        fs::remove_file(data.join("imagenet/train/cat/1.png")).unwrap();
        fs::remove_file(data.join("imagenet/val/dog/0.png")).unwrap();
    };
    let fewer = change("fewer", &one_less);
    // As many of each class in all, but not in both parts.
    let other = |data: &Path| {
        let mut picture = image::RgbImage::new(8, 8);
        picture.put_pixel(3, 3, image::Rgb([1, 2, 3]));
        picture.save(data.join("imagenet/train/cat/1.png")).unwrap();
    };
    let changed = change("changed", &other);
    let ours = "8 images to train with and 4 to test";
    for (data, words) in [
        (&more, [ours, "12 images to train with and 6 to test"]),
        (&fewer, [ours, "7 images to train with and 3 to test"]),
        (
            &changed,
            ["the run's images, with the digest", "as many others"],
        ),
    ] {
        let message = failure(&mut resume(&run, 2, data), 2);
        for words in words.into_iter().chain(["--accept-data"]) {
            assert!(message.contains(words), "{message}");
        }
        let said = notes(with_run("eval", &run).arg("--data").arg(data));
        assert!(said.contains(words[1]), "{said}");
    }
    success(resume(&run, 2, &more).arg("--accept-data"));
    // From now on the run's data are these.
    success(&mut resume(&run, 3, &more));
    let message = failure(&mut resume(&run, 4, &first), 2);
    assert!(message.contains(ours), "{message}");
}

/// The same images in another order give other batches.
#[test]
fn a_resume_on_images_in_another_order_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    idx(&data, "mnist", [20, 10], 1);
    success(&mut train(&data, "mnist", &run));
    for (name, size, header) in [("images-idx3", 784, 16), ("labels-idx1", 1, 8)] {
        let path = data.join(format!("mnist/train-{name}-ubyte"));
        let bytes = fs::read(&path).unwrap();
        let (header, items) = bytes.split_at(header);
        let items: Vec<u8> = items.rchunks(size).flatten().copied().collect();
        fs::write(&path, [header, &items].concat()).unwrap();
    }
    let message = failure(&mut resume(&run, 2, &data), 2);
    assert!(message.contains("in their order"), "{message}");
    success(resume(&run, 2, &data).arg("--accept-data"));
}

/// A batch of another size shifts the schedule as other images do.
#[test]
fn a_resume_with_another_batch_size_is_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    // By a flag, which a resumed run does not take,
    let message = failure(resume(&run, 2, &data).args(["--batch-size", "2"]), 2);
    assert!(message.contains("--batch-size"), "{message}");
    // and by hand.
    let config = run.join("config.toml");
    let settings = fs::read_to_string(&config).unwrap();
    let other = settings.replace("batch_size = 4", "batch_size = 2");
    assert_ne!(settings, other);
    fs::write(&config, &other).unwrap();
    let message = failure(&mut resume(&run, 2, &data), 2);
    for words in [
        "batches of 4 images, 2 an epoch",
        "batches of 2, 4 an epoch",
        "--accept-data",
    ] {
        assert!(message.contains(words), "{message}");
    }
    fs::write(&config, &settings).unwrap();
    success(&mut resume(&run, 2, &data));
    fs::write(
        &config,
        fs::read_to_string(&config)
            .unwrap()
            .replace("batch_size = 4", "batch_size = 2"),
    )
    .unwrap();
    success(resume(&run, 3, &data).arg("--accept-data"));
    // From now on that is the run's size.
    success(&mut resume(&run, 4, &data));
}

/// A config that was changed to that of another network is no reason to export, score or train another one.
#[test]
fn a_config_of_another_network_is_refused_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    let config = run.join("config.toml");
    let own = fs::read_to_string(&config).unwrap();
    let about = fs::read(run.join("network.json")).unwrap();
    let net = own.lines().find(|line| line.starts_with("net = ")).unwrap();
    for (setting, other, word) in [
        (net, "net = \"wrn-14-1\"", "network.json"),
        (
            "weights = \"1bit\"",
            "weights = \"ternary\"",
            "`input conv` differs",
        ),
    ] {
        let changed = own.replace(setting, other);
        assert_ne!(changed, own);
        fs::write(&config, &changed).unwrap();
        let commands = [
            with_run("eval", &run).arg("--data").arg(&data).output(),
            resume(&run, 2, &data).output(),
            resume(&run, 2, &data).arg("--accept-data").output(),
            export(&run, "onebit", &dir.path().join("file")).output(),
        ];
        for output in commands {
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(
                said.contains("expected the network that network.json holds"),
                "{said}"
            );
            assert!(said.contains(word) && said.contains("restore"), "{said}");
        }
        assert_eq!(fs::read_to_string(&config).unwrap(), changed);
        assert_eq!(fs::read(run.join("network.json")).unwrap(), about);
        assert!(!dir.path().join("file").exists());
    }
}
