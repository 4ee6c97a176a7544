//! The settings of a recipe for small networks: each trains, is deployed as it was trained, and goes on
//! from a checkpoint to the same bits.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{failure, success, tiny, trainer};
use data::{Dataset, GlyphsOptions};
use run::checkpoints::Position;
use run::{About, RunDir};
use runtime::reference::argmax;
use runtime::{Engine, Model, Options};
use serde_json::Value;
use tempfile::tempdir;
use trainer::dashboard::Dashboard;
use trainer::init::Teacher;
use trainer::train::Training;

const EPOCHS: usize = 3;
/// Test images of `tiny`.
const IMAGES: usize = 60;

/// Every setting of a recipe, one by one; a teacher has a test of its own.
const LEVERS: [&[&str]; 13] = [
    &["average=ema", "average_decay=0.9", "average_from=0.25"],
    &["average=swa", "average_from=0.5"],
    &["latent_norm=centre"],
    &["latent_norm=standardise"],
    &["estimator=clip"],
    &["estimator=ede"],
    &["estimator=reste"],
    &["schedule=cosine"],
    &["warm_up=12"],
    &["decay_latent=0.01"],
    &["decay_norms=true"],
    &["label_smoothing=0.1"],
    &["first_last=8bit"],
];

fn with<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    settings.iter().flat_map(|&set| ["--set", set]).collect()
}

fn lines(run: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(run.join(name)).unwrap();
    let line = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("images_per_second");
        value
    };
    text.lines().map(line).collect()
}

fn packed(run: &Path) -> Vec<u8> {
    let file = run.with_extension("onebit");
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(run);
    success(export.arg("--out").arg(&file));
    fs::read(file).unwrap()
}

/// What a run leaves that another of the same settings has to the bit.
fn outcome(run: &Path) -> (Vec<u8>, Vec<Value>, Vec<Value>, Vec<u8>) {
    (
        packed(run),
        lines(run, "metrics.jsonl"),
        lines(run, "weights.jsonl"),
        fs::read(run.join("predictions.csv")).unwrap(),
    )
}

/// The engine predicts with the packed file what the run kept as its predictions.
fn must_be_deployed_as_trained(run: &Path, what: &str) {
    let model = Model::read(&packed(run)).unwrap();
    let mut engine = Engine::new(&model, Options::default()).unwrap();
    let options = GlyphsOptions::default().with_train(1).with_test(IMAGES);
    let glyphs = Dataset::Glyphs.load(Path::new("unused"), &options);
    let test = glyphs.unwrap().test;
    let kept = run::read_predictions(run, model.classes())
        .unwrap()
        .unwrap();
    for line in kept {
        let image = test.image(line.index as usize).to_vec();
        let logits = engine.logits(&image).unwrap();
        assert_eq!(argmax(logits), line.prediction as usize, "{what}: {line:?}");
    }
}

#[test]
fn each_setting_trains_and_is_deployed_as_it_was_trained() {
    let dir = tempdir().unwrap();
    let plain = dir.path().join("plain");
    success(&mut tiny(&plain, EPOCHS));
    let (plain, latent) = (packed(&plain), lines(&plain, "weights.jsonl"));
    for (number, settings) in LEVERS.iter().enumerate() {
        let run = dir.path().join(format!("lever-{number}"));
        success(tiny(&run, EPOCHS).args(with(settings)));
        let what = settings.join(", ");
        must_be_deployed_as_trained(&run, &what);
        // Few steps change the sizes of weights, and perhaps no sign.
        let differs = packed(&run) != plain || lines(&run, "weights.jsonl") != latent;
        assert!(differs, "{what}: a run as without it");
        let losses = lines(&run, "metrics.jsonl");
        let loss = |line: &Value| line["loss"].as_f64().unwrap();
        let train: Vec<f64> = losses
            .iter()
            .filter(|line| line["split"] == "train")
            .map(loss)
            .collect();
        assert_eq!(train.len(), EPOCHS);
        assert!(train[EPOCHS - 1] < train[0], "{what}: {train:?}");
    }
}

/// The settings at their defaults are no settings at all. That runs without them are as before, `old_runs.rs` tests.
#[test]
fn defaults_change_nothing() {
    let dir = tempdir().unwrap();
    let [plain, told] = ["plain", "told"].map(|name| dir.path().join(name));
    success(&mut tiny(&plain, 2));
    success(tiny(&told, 2).args(with(&[
        "average=none",
        "latent_norm=none",
        "estimator=straight",
        "schedule=cosine-restarts",
        "warm_up=0",
        "decay_norms=false",
        "label_smoothing=0",
    ])));
    assert!(outcome(&plain) == outcome(&told));
}

/// A teacher of another width, and settings all at once.
fn all(dir: &Path) -> (PathBuf, Vec<String>) {
    let teacher = dir.join("teacher");
    success(tiny(&teacher, 2).args(["--net", "wrn-8-2", "--weights", "32bit"]));
    let settings = [
        "teacher_temperature=2",
        "teacher_share=0.75",
        "average_from=0.4",
        "latent_norm=standardise",
        "estimator=reste",
        "schedule=cosine",
        "warm_up=5",
        "decay_latent=0.0001",
        "decay_norms=true",
        "label_smoothing=0.1",
        "first_last=8bit",
        "clear_momentum=true",
    ];
    let mut arguments = vec!["--teacher".into(), teacher.display().to_string()];
    arguments.extend(with(&settings).into_iter().map(String::from));
    (teacher, arguments)
}

#[test]
fn a_run_with_all_of_them_goes_on_to_the_same_bits() {
    let dir = tempdir().unwrap();
    let (teacher, arguments) = all(dir.path());
    let more = [
        "--augment",
        "crop,mixup",
        "--validation",
        "50",
        "--accumulate",
        "2",
    ];
    for average in ["average=ema", "average=swa"] {
        let set = ["--set", average];
        let unbroken = dir.path().join(format!("unbroken-{average}"));
        let mut command = tiny(&unbroken, EPOCHS);
        success(command.args(&arguments).args(more).args(set));
        let expected = outcome(&unbroken);
        must_be_deployed_as_trained(&unbroken, average);
        let (_, config) = RunDir::open(&unbroken).unwrap();
        let steps = 8;
        for stop in [1, steps, 2 * steps + 3] {
            let run = dir.path().join(format!("{average}-{stop}"));
            let folder = RunDir::create(&run, &config, "test").unwrap();
            let training = Training::prepare(config.clone(), Path::new("unused")).unwrap();
            training.stop().after_steps(stop);
            assert!(training.run(&folder, Dashboard::None).unwrap().is_none());
            let at: Position = folder.checkpoints().unwrap().newest().unwrap();
            assert_eq!(at.epoch * steps + at.step, stop);
            drop((training, folder));
            let mut resume = trainer();
            resume
                .args(["train", "--dashboard", "none", "--resume"])
                .arg(&run);
            success(&mut resume);
            assert!(
                outcome(&run) == expected,
                "{average}, stopped after {stop} steps"
            );
        }
        // The checkpoint of the last epoch is scored as the average that it has.
        let mut eval = trainer();
        eval.args(["eval", "--checkpoint", "3", "--run"])
            .arg(&unbroken);
        let said = success(&mut eval);
        assert!(said.contains('%'), "{said}");
    }
    let about = About::read(&dir.path().join("unbroken-average=ema"));
    let taught = about.unwrap().unwrap().teacher.unwrap();
    assert_eq!(taught.name, "teacher");
    assert_eq!(taught.sha256.len(), 64);

    // Somewhere else it is the same teacher; another one is refused, and so are more epochs.
    let run = dir.path().join("average=swa-1");
    fs::remove_file(run.join("result.json")).unwrap();
    let moved = dir.path().join("moved");
    fs::rename(&teacher, &moved).unwrap();
    let resume = |more: &[&str]| {
        let mut resume = trainer();
        resume
            .args(["train", "--dashboard", "none", "--resume"])
            .arg(&run);
        resume.args(more);
        resume
    };
    let error = failure(&mut resume(&[]), 1);
    assert!(
        error.contains("--teacher") && error.contains("teacher"),
        "{error}"
    );
    success(&mut resume(&["--teacher", moved.to_str().unwrap()]));
    let other = unbroken_of(dir.path());
    let error = failure(&mut resume(&["--teacher", other.to_str().unwrap()]), 2);
    assert!(
        error.contains("expected the run's") && error.contains("sha256"),
        "{error}"
    );
    let error = failure(&mut resume(&["--epochs", "4"]), 2);
    assert!(
        error.contains("`schedule`") && error.contains("3 epochs"),
        "{error}"
    );
}

fn unbroken_of(dir: &Path) -> PathBuf {
    dir.join("unbroken-average=ema")
}

/// Files teach as the run does that they were exported from.
#[test]
fn a_teacher_may_be_a_file_and_has_to_fit() {
    let dir = tempdir().unwrap();
    let teacher = dir.path().join("teacher");
    success(&mut tiny(&teacher, 2));
    packed(&teacher);
    let mut losses = Vec::new();
    for (name, place) in [("of-run", "teacher"), ("of-file", "teacher.onebit")] {
        let run = dir.path().join(name);
        let place = dir.path().join(place);
        let said = success(tiny(&run, 1).arg("--teacher").arg(&place));
        assert!(said.contains("teacher: learning from"), "{said}");
        losses.push(lines(&run, "metrics.jsonl")[0]["loss"].as_f64().unwrap());
    }
    assert!(
        (losses[0] - losses[1]).abs() < 1e-3 * losses[0],
        "{losses:?}"
    );

    let names: Vec<String> = ["a", "b"].map(String::from).into();
    let digits: Vec<String> = (0..10).map(|digit| format!("no {digit}")).collect();
    for (input, names, expected) in [
        (
            [3, 28, 28],
            &digits,
            "expected images of 3x28x28, found images of 1x28x28",
        ),
        ([1, 28, 28], &names, "expected 2 classes, found 10"),
    ] {
        let error = Teacher::read(&teacher, input, names).err().unwrap();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let refused = |more: &[&str], status: i32| {
        let mut command = tiny(&dir.path().join("refused"), 1);
        failure(command.arg("--teacher").arg(&teacher).args(more), status)
    };
    let error = refused(&["--teacher", "Cargo.toml"], 1);
    assert!(error.contains("--teacher Cargo.toml: expected"), "{error}");
    let error = refused(&["--set", "teacher_share=2"], 2);
    assert!(
        error.contains("--set teacher_share=2: expected 0 to 1"),
        "{error}"
    );
    let mut alone = tiny(&dir.path().join("refused"), 1);
    let error = failure(alone.args(["--set", "teacher_share=0.9"]), 2);
    assert!(error.contains("`teacher` beside it"), "{error}");
    let mut long = tiny(&dir.path().join("refused"), 1);
    let error = failure(long.args(["--set", "warm_up=100"]), 2);
    assert!(
        error.contains("`warm_up`") && error.contains("10 steps"),
        "{error}"
    );
}
