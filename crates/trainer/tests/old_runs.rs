//! Runs of an earlier program open, go on and are exported with the numbers that it gave them, to the last bit; and new
//! runs give the numbers that it gave. `fixtures/runs/README.md` tells what the files are.

#[path = "../../embed/tests/device/board.rs"]
mod board;
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use board::CORTEX_M4;
use common::frozen::{
    ISAS, check, digest, images, multiset, outcome, packed, place, trainer_on, unpack,
};
use common::{success, trainer};
use runtime::format::Container;
use serde_json::{Value, json};
use tempfile::tempdir;
use testkit::{onnxruntime, ready, skipped};

/// What became of runs, and what was exported.
const TRAINED: &str = "runs/trained.json";
const EXPORTED: &str = "runs/exported.json";
const CIFAR10: &str = "cifar10-wrn-20-1-200-steps.json";

/// The unfinished runs, and the epochs that they shall have in the end.
const UNFINISHED: [(&str, usize); 7] = [
    ("1bit", 3),
    ("32bit", 3),
    ("bwn", 3),
    ("plain", 3),
    ("srelu", 3),
    ("learned-norms", 3),
    ("bottom-right", 3),
];

/// New runs of an epoch of two steps: what is said beside the dataset and its limits.
const NEW: [(&str, &str); 22] = [
    ("1bit", "--net wrn-8-1"),
    ("32bit", "--net wrn-8-1 --weights 32bit"),
    ("bwn", "--net wrn-8-1 --weights bwn"),
    ("bwn-layer", "--net wrn-8-1 --weights bwn-layer"),
    ("binaryconnect", "--net wrn-8-1 --weights binaryconnect"),
    ("deeper", "--net wrn-14-1 --seed 9"),
    ("wider", "--net wrn-8-2 --seed 10"),
    ("plain", "--net plain-8-1"),
    ("plain-32bit", "--net plain-8-1 --weights 32bit"),
    (
        "plain-bottom-right",
        "--net plain-8-1 --set padding=bottom-right",
    ),
    ("srelu", "--net srelu-8-1 --set temperature=7"),
    ("srelu-32bit", "--net srelu-8-1 --weights 32bit"),
    (
        "srelu-bwn-bottom-right",
        "--net srelu-8-1 --weights bwn --set padding=bottom-right",
    ),
    ("resnet-18", "--net resnet-18-0.5"),
    (
        "resnet-18-32bit",
        "--net resnet-18-0.5 --weights 32bit --set learn_norms=true",
    ),
    (
        "learned-norms",
        "--net wrn-8-1 --set learn_norms=true --set input_norm=fixed",
    ),
    (
        "learned-relu",
        "--net wrn-8-1 --set input_norm=learned-relu --set padding=bottom-right",
    ),
    (
        "32bit-bottom-right",
        "--net wrn-8-1 --weights 32bit --set padding=bottom-right",
    ),
    ("parts", "--net wrn-8-1 --accumulate 3"),
    (
        "cutout",
        "--net wrn-8-1 --augment crop-flip-cutout --set schedule=steps --set drops=[0.5]",
    ),
    ("validation", "--net wrn-8-1 --validation 16 --augment crop"),
    (
        "cleared",
        "--net wrn-8-1 --epochs 3 --set first_cycle=1 --set clear_momentum=true",
    ),
];

fn go_on(isa: &str) {
    let Some(place) = place(TRAINED, isa) else {
        return;
    };
    let dir = tempdir().unwrap();
    for (name, epochs) in UNFINISHED {
        let run = dir.path().join(name);
        unpack(name, &run);
        let mut resume = trainer_on(isa);
        resume.args(["train", "--dashboard", "none", "--resume"]);
        success(resume.arg(&run));
        let mut found = outcome(&run, epochs);
        if name != "32bit" {
            let file = dir.path().join("net.onebit");
            success(&mut export(&run, "onebit", &file));
            found["packed"] = packed(&file);
        }
        check(TRAINED, &format!("{place}/resumed/{name}"), &found);
    }
}

#[test]
fn unfinished_runs_go_on_without_vector_instructions() {
    go_on("portable");
}

#[test]
fn unfinished_runs_go_on_with_avx2() {
    go_on("avx2");
}

#[test]
fn unfinished_runs_go_on_with_avx512() {
    go_on("avx512");
}

/// A finished run that is made longer.
#[test]
fn a_finished_run_goes_on() {
    let dir = tempdir().unwrap();
    for isa in ISAS {
        let Some(place) = place(TRAINED, isa) else {
            continue;
        };
        let run = dir.path().join(isa);
        unpack("finished", &run);
        let mut resume = trainer_on(isa);
        resume.args(["train", "--dashboard", "none", "--epochs", "4", "--resume"]);
        success(resume.arg(&run));
        check(TRAINED, &format!("{place}/longer"), &outcome(&run, 4));
    }
}

/// The same run anew, with the validation part as versions without `split_seed` drew it.
fn split_by_seed(run: &Path, isa: &str) -> PathBuf {
    let old = run.with_extension("old");
    fs::create_dir(&old).unwrap();
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    let lines = config
        .lines()
        .filter(|line| !line.starts_with("split_seed"));
    let lines: Vec<&str> = lines.collect();
    fs::write(old.join("config.toml"), lines.join("\n")).unwrap();
    let mut resume = trainer_on(isa);
    resume.args(["train", "--dashboard", "none", "--resume"]);
    success(resume.arg(&old));
    old
}

fn train(isa: &str) {
    let Some(place) = place(TRAINED, isa) else {
        return;
    };
    let dir = tempdir().unwrap();
    for (name, more) in NEW {
        let run = dir.path().join(name);
        let mut train = trainer_on(isa);
        train.args("train --dataset glyphs --dashboard none --epochs 1 --batch-size 16".split(' '));
        train.args("--limit-train 32 --limit-test 20".split(' '));
        success(train.args(more.split(' ')).arg("--out").arg(&run));
        let run = match more.contains("--validation") {
            true => split_by_seed(&run, isa),
            false => run,
        };
        let epochs = if more.contains("--epochs 3") { 3 } else { 1 };
        check(
            TRAINED,
            &format!("{place}/new/{name}"),
            &outcome(&run, epochs),
        );
    }
}

#[test]
fn new_runs_are_as_they_were_without_vector_instructions() {
    train("portable");
}

#[test]
fn new_runs_are_as_they_were_with_avx2() {
    train("avx2");
}

#[test]
fn new_runs_are_as_they_were_with_avx512() {
    train("avx512");
}

#[test]
fn a_finished_run_scores_as_it_did() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    unpack("finished", &run);
    for isa in ISAS {
        let Some(place) = place(TRAINED, isa) else {
            continue;
        };
        let eval = |more: &[&str]| {
            let mut eval = trainer_on(isa);
            eval.args(["eval", "--run"]).arg(&run).args(more);
            // What there is by class, versions before did not tell.
            let said = success(&mut eval);
            let last = said.lines().last().unwrap_or_default();
            match last.split_once(",\"balanced_accuracy_percent\"") {
                Some((score, _)) => format!("{score}}}"),
                None => last.to_owned(),
            }
        };
        let found = json!({
            "line": eval(&[]),
            "json": eval(&["--json"]),
            "checkpoint": eval(&["--checkpoint", "2", "--json"]),
        });
        check(TRAINED, &format!("{place}/score"), &found);
    }
}

/// `export` of a run.
fn export(run: &Path, to: &str, out: &Path) -> Command {
    let mut command = trainer();
    command.args(["export", "--to", to, "--run"]).arg(run);
    command.arg("--out").arg(out);
    command
}

#[test]
fn a_finished_run_is_packed_as_it_was() {
    let dir = tempdir().unwrap();
    let [run, file] = ["run", "net.onebit"].map(|name| dir.path().join(name));
    unpack("finished", &run);
    success(&mut export(&run, "onebit", &file));
    check(EXPORTED, "/onebit", &packed(&file));
}

#[test]
fn a_finished_run_gives_pytorch_the_same_tensors() {
    let dir = tempdir().unwrap();
    let [run, file] = ["run", "net.safetensors"].map(|name| dir.path().join(name));
    unpack("finished", &run);
    for weights in ["signs", "latent"] {
        success(export(&run, "safetensors", &file).args(["--weights", weights]));
        let bytes = fs::read(&file).unwrap();
        let container = Container::new(&bytes).unwrap();
        let tensor = |name: String| {
            let (info, bytes) = container.tensor(&name).unwrap();
            let word = format!("{:?} {:?} {}", info.dtype, info.shape, digest(bytes));
            (name, Value::from(word))
        };
        let found = container.names().into_iter().map(tensor).collect();
        let pointer = format!("/safetensors/{weights}");
        check(EXPORTED, &pointer, &Value::Object(found));
    }
}

#[test]
fn a_finished_run_gives_c_the_same_integers() {
    let dir = tempdir().unwrap();
    let [run, folder] = ["run", "c"].map(|name| dir.path().join(name));
    unpack("finished", &run);
    success(&mut export(&run, "c", &folder));
    let digest_of = |lines: String| Value::from(digest(lines.as_bytes()));
    if board::tools("an old run on an emulated Cortex-M4", &[CORTEX_M4]) {
        let outcome = board::run(&folder, &images().concat(), CORTEX_M4, &[]);
        let line = |(_, logits): &(usize, Vec<i32>)| {
            let words: Vec<String> = logits.iter().map(i32::to_string).collect();
            words.join(" ") + "\n"
        };
        let found = digest_of(outcome.answers.iter().map(line).collect());
        check(EXPORTED, "/onebit/integers", &found);
    }
    if !ready("the integers of an old run in C", &[testkit::make()]) {
        return;
    }
    success(Command::new("make").arg("-C").arg(&folder));
    let file = dir.path().join("images");
    fs::write(&file, images().concat()).unwrap();
    let mut classify = Command::new(folder.join("classify"));
    let printed = success(classify.stdin(fs::File::open(file).unwrap()));
    // `class name: logits`, as many lines as images.
    let logits = |line: &str| line.split_once(": ").unwrap().1.to_owned() + "\n";
    let found = digest_of(printed.lines().map(logits).collect());
    check(EXPORTED, "/onebit/integers", &found);
}

mod onnx {
    //! What is needed of ONNX's messages.

    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    pub struct Model {
        #[prost(message, optional, tag = "7")]
        pub graph: Option<Graph>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub struct Graph {
        #[prost(message, repeated, tag = "5")]
        pub initializers: Vec<Tensor>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub struct Tensor {
        #[prost(int64, repeated, packed = "false", tag = "1")]
        pub dims: Vec<i64>,
        #[prost(bytes = "vec", tag = "9")]
        pub raw_data: Vec<u8>,
    }
}

#[test]
fn a_finished_run_gives_onnx_the_same_numbers() {
    let dir = tempdir().unwrap();
    let [run, file, packed] = ["run", "net", "net.onebit"].map(|name| dir.path().join(name));
    unpack("finished", &run);
    success(&mut export(&run, "onebit", &packed));
    for weights in ["float", "packed"] {
        success(export(&run, "onnx", &file).args(["--weights", weights]));
        let bytes = fs::read(&file).unwrap();
        let model: onnx::Model = prost::Message::decode(bytes.as_slice()).unwrap();
        let tensors = model.graph.unwrap().initializers.into_iter().map(|tensor| {
            let dims = tensor.dims.iter().map(|&size| size as usize);
            (dims.collect(), tensor.raw_data)
        });
        let found = Value::from(multiset(tensors));
        check(EXPORTED, &format!("/onnx/{weights}"), &found);
        onnxruntime_agrees(dir.path(), &packed);
    }
}

/// The file `net` of the folder computes the logits of the packed file, where there is an onnxruntime.
fn onnxruntime_agrees(folder: &Path, packed: &Path) {
    let Some(python) = onnxruntime("the ONNX file of an old run") else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convert/tests/run_onnx.py");
    fs::write(folder.join("images"), images().concat()).unwrap();
    success(Command::new(python).arg(script).arg("all").arg(folder));
    let logits = fs::read(folder.join("logits")).unwrap();
    let (found, _) = logits.as_chunks::<4>();
    let model = runtime::Model::load(packed).unwrap();
    assert_eq!(found.len(), images().len() * model.classes());
    for (image, found) in images().iter().zip(found.chunks(model.classes())) {
        let expected = runtime::reference::logits::<f64>(&model, image).unwrap();
        let largest = expected.iter().fold(1.0, |max: f64, x| max.max(x.abs()));
        for (&found, expected) in found.iter().zip(expected) {
            let found = f64::from(f32::from_le_bytes(found));
            // Sums of floats in another order.
            assert!(
                (found - expected).abs() <= 1e-4 * largest,
                "{found}, expected {expected}"
            );
        }
    }
}

/// Prints what became of a run, for a file of fixtures: of the folder ONEBIT_RUN, after ONEBIT_EPOCHS epochs.
#[test]
#[ignore = "it writes down the numbers of another version's run"]
fn numbers_of_a_run() {
    let run = std::env::var_os("ONEBIT_RUN").expect("ONEBIT_RUN names a run");
    let epochs = std::env::var("ONEBIT_EPOCHS").expect("ONEBIT_EPOCHS tells how many it has");
    println!("{:#}", outcome(Path::new(&run), epochs.parse().unwrap()));
}

/// 200 steps of 20-1 on CIFAR-10.
#[test]
fn two_hundred_steps_on_cifar10_are_as_they_were() {
    let test = "two_hundred_steps_on_cifar10_are_as_they_were";
    if std::env::var_os("ONEBIT_LONG").is_none_or(|value| value != "1") {
        skipped(test, "it takes minutes; set ONEBIT_LONG=1");
        return;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = std::env::var_os("ONEBIT_DATA");
    let root = root.map_or_else(|| workspace.join("../shared/datasets"), PathBuf::from);
    if !root.join("cifar-10-binary.tar.gz").exists() {
        skipped(test, "no cifar-10-binary.tar.gz; set ONEBIT_DATA");
        return;
    }
    let dir = tempdir().unwrap();
    for isa in ["avx2", "avx512"] {
        let Some(place) = place(CIFAR10, isa) else {
            continue;
        };
        let run = dir.path().join(isa);
        let mut train = trainer_on(isa);
        train.arg("train").arg("--config");
        train.arg(workspace.join("experiments/cifar10-wrn-20-1.toml"));
        train.args("--max-steps 200 --epochs 1 --limit-test 1000 --dashboard none".split(' '));
        success(train.arg("--data").arg(&root).arg("--out").arg(&run));
        check(CIFAR10, &place, &outcome(&run, 1));
    }
}
