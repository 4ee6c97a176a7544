//! `wrn-20-1` whose first and last convolution have weights of 8 bits: one network in every arithmetic.

#[path = "../../embed/tests/device/board.rs"]
mod board;
mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use board::CORTEX_M4;
use common::{success, tiny, trainer};
use data::{Dataset, GlyphsOptions};
use runtime::integer::{Forward, Network};
use runtime::reference::argmax;
use runtime::{Engine, Model, Options, Storage};
use tempfile::TempDir;
use testkit::{onnxruntime, ready};

/// As many test images as [`tiny`] has.
const IMAGES: usize = 60;
/// As many of them as an emulated processor classifies.
const FEW: usize = 3;

struct Trained {
    dir: TempDir,
    run: PathBuf,
    model: Model,
    images: Vec<Vec<u8>>,
}

impl Trained {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        success(tiny(&run, 1).args(["--net", "wrn-20-1", "--first-last", "8bit"]));
        let options = GlyphsOptions::default().with_train(1).with_test(IMAGES);
        let glyphs = Dataset::Glyphs.load(Path::new("unused"), &options);
        let test = glyphs.unwrap().test;
        let images = (0..IMAGES).map(|index| test.image(index).to_vec());
        let images = images.collect();
        let file = dir.path().join("net.onebit");
        export(&run, "onebit", &file);
        let model = Model::load(&file).unwrap();
        let storage = |index: usize| model.convs()[index].weights.storage();
        let last = model.convs().len() - 1;
        assert_eq!((storage(0), storage(last)), (Storage::Int8, Storage::Int8));
        assert!((1..last).all(|index| storage(index) == Storage::Signs));
        Self {
            dir,
            run,
            model,
            images,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn export(run: &Path, to: &str, out: &Path) {
    let mut command = trainer();
    command.args(["export", "--to", to, "--run"]).arg(run);
    success(command.arg("--out").arg(out));
}

#[test]
fn burn_the_engine_and_onnx_predict_the_same() {
    let trained = Trained::new();
    let model = &trained.model;
    let options = Options::default().with_threads(2);
    let mut engine = Engine::new(model, options).unwrap();
    let logits = |image: &Vec<u8>| engine.logits(image).unwrap().to_vec();
    let engine: Vec<Vec<f32>> = trained.images.iter().map(logits).collect();
    // The run kept what Burn predicts.
    let burn = run::read_predictions(&trained.run, model.classes());
    let burn = burn.unwrap().unwrap();
    assert_eq!(burn.len(), IMAGES);
    for line in burn {
        let logits = &engine[line.index as usize];
        assert_eq!(argmax(logits), line.prediction as usize, "{line:?}");
    }

    let Some(python) = onnxruntime("8-bit ends in onnxruntime") else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convert/tests/run_onnx.py");
    fs::write(trained.path("images"), trained.images.concat()).unwrap();
    for weights in ["float", "packed"] {
        let mut command = trainer();
        command.args(["export", "--to", "onnx", "--weights", weights]);
        command.arg("--run").arg(&trained.run);
        success(command.arg("--out").arg(trained.path("net")));
        let mut command = Command::new(&python);
        success(command.arg(&script).arg("all").arg(trained.dir.path()));
        let onnx = fs::read(trained.path("logits")).unwrap();
        let (onnx, _) = onnx.as_chunks::<4>();
        let onnx: Vec<f32> = onnx.iter().copied().map(f32::from_le_bytes).collect();
        assert_eq!(onnx.len(), IMAGES * model.classes());
        for (index, (onnx, engine)) in onnx.chunks(model.classes()).zip(&engine).enumerate() {
            assert_eq!(argmax(onnx), argmax(engine), "{weights}, image {index}");
        }
    }
}

#[test]
fn the_host_and_a_microcontroller_compute_the_integers_of_the_runtime() {
    let trained = Trained::new();
    let network = Network::new(&trained.model).unwrap();
    let mut forward = Forward::new(&network);
    let answer = |image: &Vec<u8>| {
        let class = forward.classify(image).unwrap();
        (class, forward.logits(image).unwrap().to_vec())
    };
    let expected: Vec<(usize, Vec<i32>)> = trained.images.iter().map(answer).collect();
    let folder = trained.path("c");
    export(&trained.run, "c", &folder);

    if ready("8-bit ends in C", &[testkit::make()]) {
        success(Command::new("make").arg("-C").arg(&folder));
        let raw = trained.path("images");
        fs::write(&raw, trained.images.concat()).unwrap();
        let mut classify = Command::new(folder.join("classify"));
        let printed = success(classify.stdin(File::open(raw).unwrap()));
        // `class name: logits`
        let answer = |line: &str| {
            let (class, logits) = line.split_once(": ").unwrap();
            let class = class.split(' ').next().unwrap().parse().unwrap();
            let logits = logits.split(' ').map(|logit| logit.parse().unwrap());
            (class, logits.collect())
        };
        let found: Vec<(usize, Vec<i32>)> = printed.lines().map(answer).collect();
        assert_eq!(found, expected);
    }
    if board::tools("8-bit ends on an emulated Cortex-M4", &[CORTEX_M4]) {
        let images = trained.images[..FEW].concat();
        let outcome = board::run(&folder, &images, CORTEX_M4, &[]);
        assert_eq!(outcome.answers, expected[..FEW]);
        let cost = outcome.counts();
        println!("wrn-20-1 with 8-bit ends on {}: {cost}", CORTEX_M4.0);
    }
}
