//! What commands print with `--json` is what the schemas in docs/schema/output say.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use common::{success, tiny, trainer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::tempdir;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/output")
}

/// The commands with `--json`; those under another one count as that one.
fn with_json(command: &clap::Command) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == "json")
        || command.get_subcommands().any(with_json)
}

#[test]
fn every_command_with_json_has_a_schema_and_every_schema_a_command() {
    let cli = trainer::cli::Cli::command();
    let commands = cli.get_subcommands().filter(|command| with_json(command));
    let commands: BTreeSet<String> = commands.map(|command| command.get_name().into()).collect();
    let files = fs::read_dir(schemas()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let found: BTreeSet<String> = files
        .map(|name| name.strip_suffix(".schema.json").expect("a schema").into())
        .collect();
    assert_eq!(
        commands, found,
        "commands with --json, and docs/schema/output"
    );
    let checked: BTreeSet<String> = CHECKED.iter().map(|&name| name.into()).collect();
    assert_eq!(
        commands, checked,
        "commands with --json, and those that this test runs"
    );
}

/// The commands whose output is compared below.
const CHECKED: [&str; 17] = [
    "bench", "config", "data", "devices", "eval", "export", "fetch", "fit", "import", "inspect",
    "models", "predict", "report", "runs", "summary", "sweep", "train",
];

/// Runs a command with these words, and compares each line of its output with the command's schema.
fn check(words: &[&str]) -> Vec<Value> {
    check_all(trainer().args(words), words[0])
}

fn check_all(command: &mut Command, name: &str) -> Vec<Value> {
    let output = command.arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    compare(name, &text, &format!("{command:?}\n{said}"))
}

fn compare(name: &str, text: &str, about: &str) -> Vec<Value> {
    let path = schemas().join(format!("{name}.schema.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let lines = text.lines().map(|line| {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{about}\n{error}: {line}"));
        if let Err(error) = testkit::conforms(&schema, &value) {
            panic!("{about}\n{name}: {error}\n{line}");
        }
        value
    });
    let values: Vec<Value> = lines.collect();
    assert!(!values.is_empty(), "{about}: no line");
    values
}

#[test]
fn facts_of_programs_and_networks() {
    let devices = check(&["devices"]);
    assert_eq!(devices[0][0]["name"], trainer::device::DEFAULT);
    check(&["config"]);
    assert_eq!(check(&["config", "momentum"])[0]["key"], "momentum");
    assert!(check(&["summary", "--net", "wrn-8-1"])[0]["integers"]["flash_bytes"].is_u64());
    // Not for the C code.
    let real = check(&["summary", "--net", "wrn-8-1", "--weights", "32bit"]);
    assert!(real[0]["integers"].is_null());
    let small = [
        "--net",
        "wrn-8-1",
        "--input",
        "1x8x8",
        "--classes",
        "3",
        "--runs",
        "1",
    ];
    check(&[&["bench", "infer"], &small[..]].concat());
    check(&[&["bench", "train", "--batch", "4"], &small[..]].concat());
    let all = check(&["models"]);
    let name = all[0][0]["name"].as_str().unwrap();
    let card = check(&["models", name]);
    assert_eq!(card[0], all[0][0]);
    let inspected = check(&["inspect", name]);
    assert_eq!(inspected[0]["file_bytes"], card[0]["bytes"]);
}

#[test]
fn facts_of_runs_and_files() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (run, net) = (path("runs/one"), path("net.onebit"));
    let trained = check_all(
        tiny(Path::new(&run), 1).args(["--validation", "50"]),
        "train",
    );
    assert_eq!(trained[0]["run"], run.as_str());
    // A line for each seed; what a person reads is elsewhere.
    let seeds = path("seeds");
    let mut two = tiny(Path::new(&seeds), 1);
    let lines = check_all(
        two.args(["--seeds", "1,2", "--dashboard", "plain"]),
        "train",
    );
    assert_eq!(lines.len(), 2);
    success(tiny(Path::new(&path("runs/two")), 1).args(["--seed", "5", "--validation", "50"]));
    fs::create_dir(path("runs/broken")).unwrap();
    fs::write(path("runs/broken/config.toml"), "epochs = 0").unwrap();
    let listed = check(&["runs", &path("runs")]);
    assert_eq!(listed[0]["groups"][0]["seeds"], 2);
    assert_eq!(listed[0]["damaged"].as_array().unwrap().len(), 1);

    // The same of a page; a folder that holds runs stands for them.
    let (page, figures) = (path("page.html"), path("figures"));
    let told = check(&[
        "report",
        &path("runs"),
        &seeds,
        "--out",
        &page,
        "--figures",
        &figures,
    ]);
    assert_eq!(told[0]["page"], page.as_str());
    assert_eq!(
        told[0]["bytes"].as_u64(),
        Some(fs::metadata(&page).unwrap().len())
    );
    assert_eq!(told[0]["runs"].as_array().unwrap().len(), 4);
    assert_eq!(told[0]["groups"][0]["seeds"], 2);
    assert!(
        told[0]["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("left out: ")
    );

    check(&["eval", "--run", &run, "--limit", "20"]);
    let written = check(&["export", "--run", &run, "--to", "onebit", "--out", &net]);
    assert_eq!(
        written[0]["bytes"].as_u64(),
        Some(fs::metadata(&net).unwrap().len())
    );
    let folder = path("c");
    let c = check(&["export", "--model", &net, "--to", "c", "--out", &folder]);
    assert!(c[0]["integers"]["ram_bytes"].is_u64());
    // The other forms in integers compute the same network.
    for to in ["rust", "web", "npm"] {
        let folder = path(to);
        let form = check(&["export", "--model", &net, "--to", to, "--out", &folder]);
        assert_eq!(form[0]["integers"], c[0]["integers"], "{to}");
    }
    let onnx = path("net.onnx");
    let onnx = check(&["export", "--model", &net, "--to", "onnx", "--out", &onnx]);
    assert!(onnx[0]["integers"].is_null());
    check(&["inspect", &net]);
    check(&["inspect", &run]);
    let glyphs = [
        "eval",
        "--model",
        &net,
        "--dataset",
        "glyphs",
        "--limit",
        "20",
    ];
    check(&glyphs);
    check(&[&glyphs[..], &["--flip-bits", "0.01", "--seeds", "2"]].concat());

    let dict = path("net.safetensors");
    check(&[
        "export",
        "--run",
        &run,
        "--to",
        "safetensors",
        "--out",
        &dict,
    ]);
    let back = path("back.onebit");
    check(&["import", &dict, "--from", "safetensors", "--out", &back]);

    let picture = path("picture.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([200, 100, 0]))
        .save(&picture)
        .unwrap();
    let broken = path("broken.png");
    fs::write(&broken, "no picture").unwrap();
    let answers = check(&[
        "predict", "--model", &net, &picture, &broken, "--logits", "--top", "2",
    ]);
    assert!(answers[0]["class"].is_string() || answers[0]["rejected"] == true);
    assert!(answers[1]["error"].is_string());
}

#[test]
fn facts_of_a_sweep() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let text = "seeds = '1-2'\n[settings]\ndataset = 'glyphs'\nnet = 'wrn-8-1'\nlimit_train = 100\nlimit_test = 60\nbatch_size = 25\nepochs = 1\n";
    fs::write(path("s.toml"), text).unwrap();
    let sweep = ["sweep", &path("s.toml"), "--out", &path("runs")];
    let told = check(&sweep);
    assert_eq!(
        (&told[0]["finished"], &told[0]["failed"]),
        (&2.into(), &0.into())
    );
    let run = &told[0]["runs"][1];
    assert_eq!(
        (&run["name"], &run["state"]),
        (&"seed=2".into(), &"finished".into())
    );
    let result = Path::new(run["folder"].as_str().unwrap()).join("result.json");
    let result: Value = serde_json::from_slice(&fs::read(&result).unwrap()).unwrap();
    assert_eq!(run["test_error_percent"], result["test_error_percent"]);
    // A run that fails is told of, and why.
    fs::write(path("runs/seed=2/result.json"), "{").unwrap();
    let output = trainer().args(sweep).arg("--json").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = compare(
        "sweep",
        &String::from_utf8(output.stdout).unwrap(),
        "a failed run",
    );
    assert_eq!(told[0]["failed"], 1);
    assert!(
        told[0]["runs"][1]["error"]
            .as_str()
            .unwrap()
            .contains("result.json")
    );
}

#[test]
fn facts_of_a_search() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("fit").display().to_string();
    let mut words = vec![
        "fit",
        "--flash",
        "18K",
        "--ram",
        "12K",
        "--dataset",
        "glyphs",
    ];
    for set in ["limit_train=100", "limit_test=40", "batch_size=25"] {
        words.extend(["--set", set]);
    }
    words.extend(["--candidates", "2", "--epochs", "2", "--out", &out]);
    let planned = check(&[&words[..], &["--print"]].concat());
    assert!(planned[0]["winner"].is_null());
    assert_eq!(planned[0]["networks"].as_array().unwrap().len(), 2);
    let found = check(&words);
    assert_eq!(found.len(), 1);
    let winner = &found[0]["winner"];
    let networks = found[0]["networks"].as_array().unwrap();
    let best = networks.iter().find(|one| one["net"] == winner["net"]);
    let errors = &best.unwrap()["errors"];
    assert_eq!(errors[0]["epochs"], 2);
    assert_eq!(
        errors[0]["validation_error_percent"],
        winner["validation_error_percent"]
    );
    assert!(Path::new(&out).join("winner.onebit").is_file());
}

#[test]
fn facts_of_own_images_and_downloads() {
    let dir = tempdir().unwrap();
    for class in ["a", "b"] {
        let folder = dir.path().join("own").join(class);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..6u8 {
            image::RgbImage::from_pixel(20, 16, image::Rgb([number, class.as_bytes()[0], 9]))
                .save(folder.join(format!("{number}.png")))
                .unwrap();
        }
    }
    let own = dir.path().join("own").display().to_string();
    let right = check(&["data", &own]);
    assert!(right[0]["train_with"].is_string());
    fs::write(dir.path().join("own/a/bad.png"), "no picture").unwrap();
    fs::write(dir.path().join("own/a/notes.txt"), "a note").unwrap();
    let partly = check(&["data", &own]);
    assert_eq!(partly[0]["bad"][0]["path"], "a/bad.png");
    // Of one image none can be held out.
    for number in 1..6 {
        fs::remove_file(dir.path().join(format!("own/b/{number}.png"))).unwrap();
    }
    let wrong = check(&["data", &own]);
    assert!(wrong[0]["first"].is_string() && wrong[0]["train_with"].is_null());

    // What is there already is not downloaded, whatever the address.
    let root = dir.path().join("data");
    let file = root.join("mnist/there");
    fs::create_dir_all(root.join("mnist")).unwrap();
    fs::write(&file, "abc").unwrap();
    let digest = Sha256::digest(b"abc");
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = dir.path().join("manifest.toml");
    fs::write(&manifest, MANIFEST.replace("DIGEST", &digest)).unwrap();
    let mut fetch = trainer();
    fetch.args(["fetch", "mnist", "--manifest"]).arg(&manifest);
    let fetched = check_all(fetch.arg("--data").arg(&root), "fetch");
    assert_eq!(fetched[0]["files"][0].as_str(), file.to_str());
}

const MANIFEST: &str = "\
[[mnist]]
path = \"mnist/there\"
urls = [\"http://127.0.0.1:9/gone\"]
sha256 = \"DIGEST\"
";
