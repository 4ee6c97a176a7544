//! Starting from trained weights: of a run, a state dict, a packed file; and the layers that do not
//! learn.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use burn::tensor::{Device, Tensor};
use common::{failure, success, tiny, trainer};
use convert::torch_float::Trained;
use graph::Graph;
use model::{Network, NetworkConfig};
use run::{About, RunDir};
use trainer::checkpoint::load_model;
use trainer::config::Freeze;
use trainer::init::{Init, InitError};
use trainer::{deploy, device, network};

/// A trained run of `wrn-8-1` on glyphs, with its state dicts and its packed file.
fn trained() -> &'static Path {
    static TRAINED: OnceLock<tempfile::TempDir> = OnceLock::new();
    let dir = TRAINED.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        success(&mut tiny(&run, 1));
        for (to, weights, file) in [
            ("safetensors", Some("latent"), "latent.safetensors"),
            ("safetensors", Some("signs"), "signs.safetensors"),
            ("onebit", None, "net.onebit"),
        ] {
            let mut export = trainer();
            export.arg("export").arg("--run").arg(&run);
            export.args(["--to", to]).args(
                weights
                    .map(|word| ["--weights", word])
                    .into_iter()
                    .flatten(),
            );
            success(export.arg("--out").arg(dir.path().join(file)));
        }
        dir
    });
    dir.path()
}

fn cpu() -> Device {
    device::find(device::DEFAULT).unwrap()
}

/// The trained network of a run.
fn finished(folder: &Path) -> (Network, About) {
    let (run, config) = RunDir::open(folder).unwrap();
    let about = run.about().unwrap().unwrap();
    let (input, classes) = (about.graph.input(), about.class_names.len());
    let net = network::of(&config, input, classes)
        .init(config.seed, &cpu())
        .unwrap();
    (load_model(&run, net).unwrap(), about)
}

fn values(folder: &Path) -> Trained {
    deploy::trained(&finished(folder).0).unwrap()
}

fn fresh(input: [usize; 3], classes: usize) -> Network {
    let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), input, classes);
    config.init(9, &cpu()).unwrap()
}

fn read(path: &Path, graph: &Graph) -> Result<Init, InitError> {
    let names: Vec<String> = (0..graph.classes())
        .map(|class| class.to_string())
        .collect();
    Init::read(path, graph, &names, Freeze::None)
}

fn logits(net: &Network, input: [usize; 3]) -> Vec<f32> {
    let [channels, height, width] = input;
    let pixels: Vec<f32> = (0..3 * channels * height * width)
        .map(|n| (n * 37 % 251) as f32)
        .collect();
    let images = Tensor::<1>::from_data(pixels.as_slice(), &cpu());
    let logits = net.forward(images.reshape([3, channels, height, width]));
    logits.into_data().try_to_vec().unwrap()
}

#[test]
fn a_network_begins_as_the_one_that_it_starts_from() {
    let dir = trained();
    let (own, about) = finished(&dir.join("run"));
    let expected = logits(&own, [1, 28, 28]);
    // Signs count alike, whatever the sizes; norms have their moments in a state dict.
    for name in ["run", "latent.safetensors", "signs.safetensors"] {
        let init = read(&dir.join(name), &about.graph).unwrap();
        let net = init.apply(fresh([1, 28, 28], 10)).unwrap();
        assert_eq!(logits(&net, [1, 28, 28]), expected, "{name}");
        let same = deploy::trained(&net).unwrap() == deploy::trained(&own).unwrap();
        assert_eq!(same, name != "signs.safetensors", "{name}");
    }
    let init = read(&dir.join("net.onebit"), &about.graph).unwrap();
    let net = init.apply(fresh([1, 28, 28], 10)).unwrap();
    for (found, expected) in logits(&net, [1, 28, 28]).iter().zip(&expected) {
        // Moments of folded norms are rounded once more.
        assert!(
            (found - expected).abs() < 1e-3 * (1.0 + expected.abs()),
            "{found} {expected}"
        );
    }
    let (ours, theirs) = (
        deploy::trained(&net).unwrap(),
        deploy::trained(&own).unwrap(),
    );
    for (ours, theirs) in ours.latent.iter().zip(&theirs.latent) {
        // Their sizes are those of weights that are drawn: not all the same.
        assert!(ours.iter().any(|weight| weight.abs() != ours[0].abs()));
        let same = |(ours, theirs): (&f32, &f32)| (*ours >= 0.0) == (*theirs >= 0.0);
        assert!(ours.iter().zip(theirs).all(same));
    }
    // A fixed batch norm has the scale and offset that it had, so that it treats a batch as before.
    for norm in &ours.norms[1..] {
        assert!(norm.gamma.iter().all(|&gamma| (gamma - 1.0).abs() < 1e-6));
        assert!(norm.beta.iter().all(|&beta| beta == 0.0));
    }
}

#[test]
fn what_becomes_of_the_weights_is_said() {
    let dir = trained();
    let (_, about) = finished(&dir.join("run"));
    let notes = |name: &str| {
        read(&dir.join(name), &about.graph)
            .unwrap()
            .notes()
            .join("\n")
    };
    assert!(notes("run").starts_with("init: starting from the weights of run (sha256 "));
    for name in ["run", "latent.safetensors"] {
        assert!(!notes(name).contains("are lost"), "{}", notes(name));
    }
    for name in ["signs.safetensors", "net.onebit"] {
        let notes = notes(name);
        assert!(
            notes.contains("8 of 8 convolutions start from signs"),
            "{notes}"
        );
        assert!(notes.contains("are lost"), "{notes}");
    }
    // Of another kind, and for classes of other names.
    let full = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 28, 28], 10)
        .with_weights(model::Weights::FULL);
    let names: Vec<String> = (0..10).map(|class| format!("sign {class}")).collect();
    let graph = full.graph().unwrap();
    let init = Init::read(&dir.join("run"), &graph, &names, Freeze::None).unwrap();
    let notes = init.notes().join("\n");
    assert!(
        notes.contains("weights of another kind, 1bit, and go on with 32bit"),
        "{notes}"
    );
    assert!(notes.contains("the last layer is kept"), "{notes}");
    assert!(notes.contains("sign 0, sign 1, sign 2, …"), "{notes}");
}

/// Layers that are drawn anew are those of the seed, and all others are the trained ones.
#[test]
fn other_classes_and_channels_get_new_layers() {
    let dir = trained();
    let own = values(&dir.join("run"));
    for (input, classes, new_convs, new_norms) in [
        ([1, 28, 28], 3, vec![7], vec![8]),
        ([3, 28, 28], 10, vec![0], vec![0]),
        // Another size alone changes nothing.
        ([1, 40, 17], 10, vec![], vec![]),
        ([3, 32, 32], 12, vec![0, 7], vec![0, 8]),
    ] {
        let drawn = fresh(input, classes);
        let before = deploy::trained(&drawn).unwrap();
        let init = read(&dir.join("run"), drawn.graph()).unwrap();
        let net = init.apply(drawn).unwrap();
        let found = deploy::trained(&net).unwrap();
        for (number, latent) in found.latent.iter().enumerate() {
            let expected = if new_convs.contains(&number) {
                &before
            } else {
                &own
            };
            assert_eq!(
                latent, &expected.latent[number],
                "{input:?} {classes} {number}"
            );
        }
        for (number, norm) in found.norms.iter().enumerate() {
            let expected = if new_norms.contains(&number) {
                &before
            } else {
                &own
            };
            assert_eq!(
                norm, &expected.norms[number],
                "{input:?} {classes} {number}"
            );
        }
        assert_eq!(logits(&net, input).len(), 3 * classes);
        let notes = init.notes().join("\n");
        let said = |words: &str| notes.contains(words);
        assert_eq!(
            said("the last layer is drawn anew"),
            classes != 10,
            "{notes}"
        );
        assert_eq!(
            said("the first layer is drawn anew"),
            input[0] != 1,
            "{notes}"
        );
    }
}

/// `train` from trained weights, for so many epochs.
fn start(from: &Path, out: &Path, epochs: usize, more: &[&str]) -> std::process::Command {
    let mut command = tiny(out, epochs);
    command.arg("--init").arg(from).args(more);
    command.args(["--seed", "5"]);
    command
}

#[test]
fn frozen_layers_keep_their_bytes_and_moments() {
    let source = trained().join("run");
    let own = values(&source);
    let dir = tempfile::tempdir().unwrap();
    // The input's norm learns its scale in this recipe; wrn-8-1 has norms in, 1.1, 1.2, …, out, logits.
    for (freeze, convs, norms) in [("none", 0, 0), ("last-stage", 5, 5), ("head-only", 7, 8)] {
        let out = dir.path().join(freeze);
        success(&mut start(&source, &out, 1, &["--freeze", freeze]));
        let found = values(&out);
        for (number, latent) in found.latent.iter().enumerate() {
            let same = *latent == own.latent[number];
            assert_eq!(same, number < convs, "{freeze}: convolution {number}");
        }
        for (number, norm) in found.norms.iter().enumerate() {
            let same = *norm == own.norms[number];
            assert_eq!(same, number < norms, "{freeze}: norm {number}");
        }
        let result = fs::read_to_string(out.join("result.json")).unwrap();
        let result: serde_json::Value = serde_json::from_str(&result).unwrap();
        let learned: usize = found.latent[convs..].iter().map(Vec::len).sum();
        // Scale and offset of the one channel of the input.
        let affine = if freeze == "none" { 2 } else { 0 };
        assert_eq!(result["trainable_weights"], learned + affine, "{freeze}");
    }
}

/// Three classes of one's own, of pictures of another size and channels.
#[test]
fn own_images_start_from_a_network_of_other_classes() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own");
    for (class, name) in ["cat", "dog", "fish"].iter().enumerate() {
        let folder = own.join(name);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..10 {
            let level = [60 * class as u8, 9 * number, 90];
            let picture = image::RgbImage::from_fn(16, 16, |x, y| {
                let wave = ((x * (class as u32 + 1) + y) * 16 % 256) as u8;
                image::Rgb([level[0] ^ wave, level[1], level[2]])
            });
            picture.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
    let out = dir.path().join("out");
    let mut command = trainer();
    command.args([
        "train",
        "--net",
        "wrn-8-1",
        "--channels",
        "1",
        "--epochs",
        "1",
    ]);
    command.args(["--batch-size", "6", "--dashboard", "none", "--dataset"]);
    command.arg(&own).arg("--out").arg(&out);
    command.arg("--init").arg(trained().join("net.onebit"));
    let said = success(command.args(["--freeze", "last-stage"]));
    assert!(
        said.contains("net.onebit has 10 classes, these data 3"),
        "{said}"
    );
    let source = Init::read(
        &trained().join("net.onebit"),
        &finished(&out).1.graph,
        &[],
        Freeze::None,
    );
    let start = deploy::trained(&source.unwrap().apply(fresh([1, 16, 16], 3)).unwrap()).unwrap();
    let found = values(&out);
    // The sizes are those that another seed draws; the signs are the file's.
    let signs = |latent: &[Vec<f32>]| -> Vec<Vec<bool>> {
        let sign = |layer: &Vec<f32>| layer.iter().map(|weight| *weight >= 0.0).collect();
        latent.iter().map(sign).collect()
    };
    assert_eq!(signs(&found.latent[..5]), signs(&start.latent[..5]));
    assert_eq!(found.norms[..5], start.norms[..5]);
    assert_ne!(signs(&found.latent[5..]), signs(&start.latent[5..]));
}

/// The checkpoint has all, and the source may be gone; what the run started from is still told.
#[test]
fn a_resumed_run_ends_as_an_unbroken_one_and_does_not_read_the_source_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source.onebit");
    fs::copy(trained().join("net.onebit"), &source).unwrap();
    let [whole, broken] = ["whole", "broken"].map(|name| dir.path().join(name));
    success(&mut start(&source, &whole, 2, &["--freeze", "last-stage"]));
    success(&mut start(&source, &broken, 1, &["--freeze", "last-stage"]));
    fs::remove_file(&source).unwrap();
    let mut resume = trainer();
    resume.args(["train", "--dashboard", "none", "--epochs", "2", "--resume"]);
    success(resume.arg(&broken));
    assert!(values(&whole) == values(&broken));

    let [whole, broken] = [whole, broken].map(|run| About::read(&run).unwrap().unwrap());
    assert_eq!(whole.init, broken.init);
    let init = broken.init.unwrap();
    assert_eq!(init.name, "source.onebit");
    assert_eq!(init.sha256.len(), 64);
    let packed = fs::read(trained().join("net.onebit")).unwrap();
    let again = Init::read(
        &trained().join("net.onebit"),
        &whole.graph,
        &[],
        Freeze::None,
    )
    .unwrap();
    assert_eq!(
        again.about().sha256,
        init.sha256,
        "of {} bytes",
        packed.len()
    );
}

#[test]
fn a_run_names_its_start_and_its_place_stands_in_the_config_alone() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run-2");
    let said = success(&mut start(&trained().join("run"), &out, 1, &[]));
    assert!(
        said.contains("init: starting from the weights of run"),
        "{said}"
    );
    let place = trained().display().to_string();
    let mut files: Vec<PathBuf> = fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|file| file.is_file());
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let expected = file.ends_with("config.toml");
        assert_eq!(text.contains(&place), expected, "{}", file.display());
    }
    let about = fs::read_to_string(out.join("network.json")).unwrap();
    assert!(about.contains("\"init\""), "{about}");
    // A run that starts from drawn weights says nothing.
    let about = fs::read_to_string(trained().join("run/network.json")).unwrap();
    assert!(!about.contains("\"init\""), "{about}");
}

#[test]
fn weights_that_do_not_fit_are_refused_before_a_folder_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let text = dir.path().join("text.onebit");
    fs::write(&text, "no network").unwrap();
    let damaged = dir.path().join("damaged.onebit");
    let mut bytes = fs::read(trained().join("net.onebit")).unwrap();
    bytes.truncate(bytes.len() - 7);
    fs::write(&damaged, bytes).unwrap();
    let one_stage = dir.path().join("one.toml");
    fs::write(
        &one_stage,
        "version = 1\nstem.channels = 4\nstages = [{ channels = 4, blocks = 1 }]\n",
    )
    .unwrap();
    let one_stage = one_stage.to_str().unwrap();
    let run = trained().join("run");
    let missing = dir.path().join("missing");
    let cases: [(&Path, &[&str], i32, &[&str]); 8] = [
        (
            &run,
            &["--net", "wrn-8-2"],
            2,
            &["`input conv`", "of 32 channels", "of 16 channels", "--net"],
        ),
        (&run, &["--net", "plain-8-1"], 2, &["node `block 2 norm 1`"]),
        (&missing, &[], 1, &["missing", "check the path"]),
        (dir.path(), &[], 1, &["no config.toml"]),
        (
            &text,
            &[],
            1,
            &["text.onebit", "a packed file", "onebit import"],
        ),
        (&damaged, &[], 1, &["damaged.onebit"]),
        (
            &run,
            &["--net", one_stage, "--freeze", "last-stage"],
            2,
            &["several stages", "head-only"],
        ),
        (
            &run,
            &["--freeze", "everything"],
            2,
            &["everything", "last-stage"],
        ),
    ];
    for (from, more, status, words) in cases {
        let message = failure(&mut start(from, &out, 1, more), status);
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
        assert!(!out.exists(), "{message}");
    }
    // A first layer that is drawn anew has to learn.
    let graph = fresh([3, 28, 28], 10).graph().clone();
    let names = vec![String::new(); 10];
    let Err(error) = Init::read(&run, &graph, &names, Freeze::HeadOnly) else {
        panic!("a new first layer that does not learn");
    };
    assert!(error.to_string().contains("`input conv`"), "{error}");
    assert!(
        error
            .to_string()
            .contains("1 channels of an image there, 3 here"),
        "{error}"
    );
}
