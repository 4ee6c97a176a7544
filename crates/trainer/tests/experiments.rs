//! Every file under `experiments/` trains: two steps, on the small fixtures of `data`.

mod common;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::{failure, success, trainer};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The configs under `experiments/`, sorted.
fn experiments() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(workspace().join("experiments"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    found.sort();
    found
}

/// Two steps of two images, moments over as many batches, and two test images.
fn smoke(config: &Path, out: &Path, data: &Path) -> std::process::Command {
    let mut command = trainer();
    command.arg("train").arg("--config").arg(config);
    command.arg("--data").arg(data).arg("--out").arg(out);
    command.args([
        "--max-steps",
        "2",
        "--batch-size",
        "2",
        "--limit-train",
        "4",
    ]);
    command.args(["--limit-test", "2", "--dashboard", "none"]);
    command
}

/// Whether a setting is what was given; a network's table says more than that.
fn holds(ran: &toml::Value, given: &toml::Value) -> bool {
    match (ran, given) {
        (toml::Value::Table(ran), toml::Value::Table(given)) => given
            .iter()
            .all(|(key, value)| ran.get(key).is_some_and(|ran| holds(ran, value))),
        _ => ran == given,
    }
}

/// Ten classes of three grey pictures.
fn draw_folder(folder: &Path) {
    for class in 0..10_u8 {
        let class_folder = folder.join(class.to_string());
        fs::create_dir_all(&class_folder).unwrap();
        for number in 0..3 {
            let pixel = image::Luma([20 * class + 9 * number]);
            let picture = image::GrayImage::from_pixel(50, 50, pixel);
            picture
                .save(class_folder.join(format!("{number}.png")))
                .unwrap();
        }
    }
}

/// What an experiment gave stays what it was when the recipe of its dataset is another one day.
#[test]
fn each_names_its_recipe() {
    let experiments = experiments();
    assert!(experiments.len() > 60, "{}", experiments.len());
    for config in experiments {
        let given: toml::Table = fs::read_to_string(&config).unwrap().parse().unwrap();
        let recipe = given.get("recipe").and_then(toml::Value::as_str);
        let known = recipe.is_some_and(|word| run::config::Recipe::WORDS.contains(&word));
        assert!(known, "{}: recipe {recipe:?}", config.display());
    }
}

#[test]
fn each_trains_two_steps_on_fixtures() {
    let experiments = experiments();
    assert!(experiments.len() > 60, "{}", experiments.len());
    let fixtures = workspace().join("crates/data/tests/fixtures");
    let all = std::env::var_os("ONEBIT_LONG").is_some_and(|value| value == "1");
    let (mut trained, mut left) = (HashSet::new(), 0);
    for config in experiments {
        let start = Instant::now();
        let given: toml::Table = fs::read_to_string(&config).unwrap().parse().unwrap();
        // A wide one takes many seconds: one of each network and its weights.
        let kind = ["net", "weights"].map(|key| given.get(key).map(ToString::to_string));
        let wide = ["-10", "-15", "-20"].iter().any(|width| {
            given["net"]
                .as_str()
                .is_some_and(|net| net.ends_with(width))
        });
        if !trained.insert(kind) && wide && !all {
            left += 1;
            continue;
        }
        let run = tempfile::tempdir().unwrap();
        let out = run.path().join("run");
        let mut command = smoke(&config, &out, &fixtures);
        let dataset = given["dataset"].as_str().unwrap();
        if dataset.contains('/') {
            // A folder of one's own, of which four images are too few to hold one of each class out.
            draw_folder(&run.path().join(dataset));
            command.current_dir(run.path()).args(["--validation", "0"]);
        }
        let printed = success(&mut command);
        let name = config.file_name().unwrap().to_str().unwrap();
        // The fixture of SVHN has one test image, as MATLAB writes a single one.
        let one = name.contains("svhn");
        let last = printed.lines().last().unwrap();
        assert!(
            last.starts_with("test error: ")
                && (last.ends_with(" of 2)") || one && last.ends_with(" of 1)")),
            "{name}: {last}"
        );
        let steps = fs::read_to_string(out.join("steps.jsonl")).unwrap();
        assert_eq!(steps.lines().count(), 2, "{name}");
        // What the file asks for is what ran.
        let ran: toml::Table = fs::read_to_string(out.join("config.toml"))
            .unwrap()
            .parse()
            .unwrap();
        for (key, value) in &given {
            let same = holds(&ran[key], value) || key == "limit_train" || key == "drops";
            assert!(same, "{name}: {key} = {value}, ran {}", ran[key]);
        }
        let result = fs::read_to_string(out.join("result.json")).unwrap();
        let crops = given.contains_key("test_crops");
        assert_eq!(result.contains("crops"), crops, "{name}: {result}");
        println!("{name}: {:.1} s", start.elapsed().as_secs_f64());
    }
    if left > 0 {
        let what = format!("{left} more configs of wide networks");
        testkit::skipped(&what, "they take minutes; set ONEBIT_LONG=1");
    }
}

/// The flags that make a smoke run of any config, without naming a batch size; such a run is over
/// when it ends.
#[test]
fn a_part_of_the_data_makes_a_smaller_batch_and_a_smoke_run_is_not_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let fixtures = workspace().join("crates/data/tests/fixtures");
    let mut command = trainer();
    command.args([
        "train",
        "--dataset",
        "cifar10",
        "--net",
        "wrn-8-1",
        "--limit-train",
        "4",
    ]);
    command.args([
        "--limit-test",
        "2",
        "--max-steps",
        "2",
        "--dashboard",
        "none",
    ]);
    command.arg("--data").arg(&fixtures).arg("--out").arg(&out);
    assert!(success(&mut command).contains(" of 2)"));
    let steps = fs::read_to_string(out.join("steps.jsonl")).unwrap();
    assert_eq!(steps.lines().count(), 2);
    let message = failure(trainer().arg("train").arg("--resume").arg(&out), 2);
    assert!(message.contains("--max-steps"), "{message}");
}

/// A photograph that turns out damaged in the middle of an epoch ends the run with its name.
#[test]
fn a_damaged_photograph_stops_the_training() {
    let root = tempfile::tempdir().unwrap();
    let fixtures = workspace().join("crates/data/tests/fixtures/imagenet");
    for split in ["train", "val"] {
        for class in fs::read_dir(fixtures.join(split)).unwrap() {
            let class = class.unwrap();
            let to = root
                .path()
                .join("imagenet")
                .join(split)
                .join(class.file_name());
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(class.path()).unwrap() {
                let file = file.unwrap();
                let damaged = split == "train" && file.file_name() == "n01443537_0.JPEG";
                let bytes = if damaged {
                    b"damaged".to_vec()
                } else {
                    fs::read(file.path()).unwrap()
                };
                fs::write(to.join(file.file_name()), bytes).unwrap();
            }
        }
    }
    let config = root.path().join("small.toml");
    fs::write(&config, "dataset = 'imagenet'\nnet = 'resnet-18-0.5'\n").unwrap();
    let mut command = smoke(&config, &root.path().join("run"), root.path());
    command.args(["--limit-train", "9", "--max-steps", "9"]);
    let error = failure(&mut command, 1);
    assert!(error.contains("n01443537_0.JPEG"), "{error}");
}
