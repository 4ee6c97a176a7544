//! State dicts of 32-bit numbers: PyTorch loads them strictly and computes the same logits, and what
//! it saves is the same network again.

#[path = "../../runtime/tests/common/mod.rs"]
mod common;
#[path = "common/kinds.rs"]
mod kinds;

use std::path::Path;
use std::process::Command;
use std::{fs, iter};

use common::parts::Pieces;
use common::{Random, variants, wide};
use convert::torch_float::{self, Moments, Trained, Weights};
use convert::{ConvertError, Options};
use kinds::{kernel, with_kinds};
use runtime::pixels::Fit;
use runtime::{
    Affine, Conv, Model, Preprocessing, Rejection, Scale, SequenceParts, Structure, reference,
};
use testkit::pytorch;

fn import(file: &[u8]) -> Result<Model, ConvertError> {
    let imported = torch_float::import_from(Path::new("dict.st"), file, &Options::default())?;
    assert_eq!(imported.notes, [], "our own files leave nothing open");
    Ok(imported.model)
}

/// The kinds that the format knows, and some that PyTorch could see otherwise.
fn networks() -> Vec<(&'static str, SequenceParts)> {
    let mut networks = variants();
    networks.push(("width 1", wide(21, [3, 16, 16], 16, 1, 10)));
    networks.push(("width 2", wide(22, [1, 14, 14], 32, 1, 10)));
    let mut plain = wide(23, [3, 12, 9], 4, 2, 3);
    plain.structure = Structure::Plain;
    plain.padding = runtime::Padding::BottomRight;
    networks.push(("plain, bottom-right", plain));
    networks
}

/// A run that ends with the signs of a network, and the network with what follows from it:
/// the norms of its moments, and scales per channel that are means of its weights.
fn trained(parts: &mut SequenceParts) -> Trained {
    let mut random = Random(77);
    let latent = parts.convs.iter_mut().map(|conv| {
        let size = |random: &mut Random| 0.01 + random.real().abs();
        let rows = (0..conv.out_channels).flat_map(|out| conv.row(out).collect::<Vec<_>>());
        let latent: Vec<f32> = match conv.signs() {
            None => rows.collect(),
            Some(_) => (0..conv.weight_count())
                .map(|at| {
                    let positive = conv.is_positive(at / conv.row_len(), at % conv.row_len());
                    size(&mut random) * if positive { 1.0 } else { -1.0 }
                })
                .collect(),
        };
        let row_len = conv.row_len();
        if let runtime::Weights::Signs { scale, .. } = &mut conv.weights
            && matches!(scale, Scale::Channels(_))
        {
            *scale = Scale::mean_of_rows(&latent, row_len);
        }
        latent
    });
    let latent = latent.collect();
    let mut norms = Vec::new();
    for norm in parts.norms.iter_mut().flatten() {
        let channels = norm.channels();
        let mut numbers = || (0..channels).map(|_| random.real()).collect::<Vec<f32>>();
        let m = Moments {
            gamma: norm.scale.clone(),
            beta: numbers(),
            mean: numbers(),
            variance: numbers().iter().map(|x| x.abs() + 0.5).collect(),
        };
        let numbers =
            (0..channels).map(|c| [m.gamma[c], m.beta[c], m.mean[c], m.variance[c]].map(f64::from));
        *norm = Affine::fold_variance(numbers, 1e-5);
        norms.push(m);
    }
    Trained { latent, norms }
}

/// A network whose signs say what its scales' signs said, since the file has only their product.
fn canonical(model: &Model) -> Model {
    let mut parts = model.clone().into_parts();
    parts.activation_scales = None;
    for conv in &mut parts.convs {
        let Some((Scale::Channels(scales), _)) = conv.signs() else {
            continue;
        };
        let scales = scales.clone();
        let signs = (0..conv.weight_count()).map(|at| {
            let (out, index) = (at / conv.row_len(), at % conv.row_len());
            conv.is_positive(out, index) == (scales[out] > 0.0)
        });
        conv.weights = runtime::Weights::Signs {
            bits: Conv::pack(signs, conv.row_len()),
            scale: Scale::Channels(scales.iter().map(|scale| scale.abs()).collect()),
        };
    }
    Model::new(parts).unwrap()
}

/// Each network as signs of a packed file, and as signs and latent weights of a run.
fn files() -> Vec<(String, Model, Vec<u8>)> {
    let mut files = Vec::new();
    for (name, mut parts) in networks() {
        let model = parts.clone().model().unwrap();
        let file = torch_float::export(&model, None, Weights::Signs).unwrap();
        files.push((format!("{name}, packed"), canonical(&model), file));
        let trained = trained(&mut parts);
        let model = parts.model().unwrap();
        for weights in [Weights::Signs, Weights::Latent] {
            let file = torch_float::export(&model, Some(&trained), weights).unwrap();
            files.push((format!("{name}, {weights:?}"), canonical(&model), file));
        }
    }
    for kind in graph::Weights::ALL {
        let ends = |index| match index % 7 {
            0 => "8bit".parse().unwrap(),
            _ => *kind,
        };
        for (name, (model, trained)) in [
            (
                kind.to_string(),
                with_kinds(wide(24, [3, 9, 12], 5, 1, 4), |_| *kind),
            ),
            (
                format!("{kind} and 8bit"),
                with_kinds(wide(25, [1, 8, 8], 4, 1, 3), ends),
            ),
        ] {
            for (weights, trained) in [
                (Weights::Signs, None),
                (Weights::Signs, Some(&trained)),
                (Weights::Latent, Some(&trained)),
            ] {
                let file = torch_float::export(&model, trained, weights).unwrap();
                files.push((format!("{name}, {weights:?}"), model.clone(), file));
            }
        }
    }
    files
}

/// Written by version 0.1.0, before there were other kinds than signs.
#[test]
fn files_of_version_1_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for (name, kind) in [
        ("float-1-latent.safetensors", graph::Weights::BWN),
        ("float-1-signs.safetensors", graph::Weights::ONE_BIT),
    ] {
        let file = fs::read(folder.join(name)).unwrap();
        let model = import(&file).unwrap();
        let expected = fs::read(folder.join(name.replace("safetensors", "onebit"))).unwrap();
        assert_eq!(model, Model::read(&expected).unwrap(), "{name}");
        assert!(model.graph().kinds().contains(&kind), "{name}");
    }
}

/// Latent weights and moments come back as they were; of a packed file there are the signs times
/// their scale, and norms that compute the same.
#[test]
fn what_training_goes_on_from_comes_back() {
    for kind in graph::Weights::ALL {
        let (model, mut run) = with_kinds(wide(27, [3, 8, 8], 4, 1, 3), |_| *kind);
        // Moments as a run has them: a mean of 0 is what a packed file's norm has in a state dict.
        for norm in &mut run.norms {
            norm.mean.iter_mut().for_each(|mean| *mean += 0.5);
        }
        let read = |trained: Option<&Trained>, weights| {
            let file = torch_float::export(&model, trained, weights).unwrap();
            let options = Options::default();
            torch_float::import_trained(Path::new("dict.st"), &file, &options)
                .unwrap()
                .1
        };
        assert_eq!(read(Some(&run), Weights::Latent), run, "{kind}");
        let deployed = Trained::of(&model);
        for (latent, conv) in deployed.latent.iter().zip(model.convs()) {
            let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
            assert!(latent.iter().copied().eq(rows), "{kind}");
        }
        let signs = read(Some(&run), Weights::Signs);
        assert_eq!(
            (signs.latent, signs.norms),
            (deployed.latent.clone(), run.norms),
            "{kind}"
        );
        assert_eq!(read(None, Weights::Signs), deployed, "{kind}");
    }
}

/// Scales that follow from latent weights are made anew when these have changed; others are kept.
#[test]
fn a_training_may_go_on() {
    for kind in graph::Weights::ALL {
        let (model, mut trained) = with_kinds(wide(26, [1, 8, 8], 4, 1, 3), |_| *kind);
        for weights in &mut trained.latent {
            weights.iter_mut().for_each(|weight| *weight *= 3.0);
        }
        let file = torch_float::export(&model, Some(&trained), Weights::Latent).unwrap();
        let back = import(&file).unwrap();
        for (index, (before, after)) in model.convs().iter().zip(back.convs()).enumerate() {
            let anew = |gain| kind.quantize(&kernel(before, gain), &trained.latent[index]);
            let expected = match (anew(2.0), anew(4.0)) {
                (Some(two), Some(mut four)) => {
                    // A scale of the initialisation is kept.
                    if two.scale != four.scale {
                        four.scale = before.weights.scale().unwrap().clone();
                    }
                    runtime::Weights::of(four, kind.storage(), before.row_len())
                }
                // Real weights are those of the network, whatever the training says.
                _ => before.weights.clone(),
            };
            let expected = Conv {
                weights: expected,
                ..before.clone()
            };
            for out in 0..before.out_channels {
                for (expected, after) in expected.row(out).zip(after.row(out)) {
                    let close = (after - expected).abs() <= 1e-5;
                    assert!(close, "{kind}: {after}, expected {expected}");
                }
            }
        }
    }
}

#[test]
fn a_round_trip_is_exact() {
    for (name, model, file) in files() {
        let back = import(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(back, model, "{name}");
    }
}

/// As PyTorch names the tensors of a network within another module.
#[test]
fn names_may_begin_with_the_same_words() {
    for kind in ["1bit", "ternary"].map(|word| word.parse().unwrap()) {
        let (model, run) = with_kinds(wide(28, [3, 8, 8], 4, 1, 3), |_| kind);
        for weights in [Weights::Signs, Weights::Latent] {
            let file = torch_float::export(&model, Some(&run), weights).unwrap();
            let import = |bytes: &[u8]| {
                let options = Options::default();
                torch_float::import_trained(Path::new("dict.st"), bytes, &options)
            };
            let (expected, trained) = import(&file).unwrap();
            for prefix in [
                "module.",
                "model.",
                "net.",
                "_orig_mod.",
                "_orig_mod.module.",
            ] {
                let mut pieces = Pieces::of(&file);
                for tensor in &mut pieces.tensors {
                    tensor.name.insert_str(0, prefix);
                }
                let found = import(&pieces.file()).unwrap_or_else(|e| panic!("{prefix}: {e}"));
                assert_eq!(found.0.model, expected.model, "{prefix}");
                assert_eq!(found.1, trained, "{prefix}");
                // Names of one kind alone.
                let mut mixed = pieces.clone();
                mixed.tensor(&format!("{prefix}bn.bias")).name = "bn.bias".into();
                let error = import(&mixed.file()).unwrap_err().to_string();
                assert!(error.contains(&format!("`{prefix}bn.bias`")), "{error}");
                // Without the metadata it is said that these are missing, and not of a norm that the port lacks.
                pieces.metadata.clear();
                let error = import(&pieces.file()).unwrap_err();
                match &error {
                    ConvertError::NoMetadata { tensor, .. } => {
                        assert!(tensor.starts_with(&format!("{prefix}bn_in.")), "{tensor}");
                    }
                    other => panic!("{prefix}: {other}"),
                }
            }
        }
    }
}

#[test]
fn preprocessing_and_rejection_come_back() {
    let model = networks()[0].1.clone().model().unwrap();
    let model = model
        .with_preprocessing(Preprocessing::Fit(Fit::Pad))
        .and_then(|model| model.with_rejection(Some(Rejection::new(0.75, 0.9, 30))))
        .unwrap();
    let file = torch_float::export(&model, None, Weights::Signs).unwrap();
    let back = import(&file).unwrap();
    assert_eq!(back.preprocessing(), model.preprocessing());
    assert_eq!(back.rejection(), model.rejection());
}

#[test]
fn pytorch_computes_the_same_logits() {
    let test = "pytorch_computes_the_same_logits";
    let Some(python) = pytorch(test) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run_torch.py");
    let dir = tempfile::tempdir().unwrap();
    // One process for all, since it takes a while to start.
    let mut command = Command::new(&python);
    command.arg(script);
    let mut cases = Vec::new();
    for (number, (name, model, file)) in files().into_iter().enumerate() {
        let folder = dir.path().join(number.to_string());
        let mut random = Random(5);
        let images: Vec<Vec<u8>> = iter::repeat_with(|| random.image(&model)).take(5).collect();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("net"), &file).unwrap();
        let counting = torch_float::export(&model, None, Weights::Signs).unwrap();
        fs::write(folder.join("counting"), counting).unwrap();
        fs::write(folder.join("images"), images.concat()).unwrap();
        command.arg(&folder);
        cases.push((name, model, images, folder));
    }
    let output = command.output().unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trouble}");
    for (name, model, images, folder) in cases {
        let logits = fs::read(folder.join("logits")).unwrap();
        let (logits, _) = logits.as_chunks::<4>();
        assert_eq!(logits.len(), images.len() * model.classes(), "{name}");
        for (image, found) in images.iter().zip(logits.chunks(model.classes())) {
            let expected = reference::logits::<f64>(&model, image).unwrap();
            let largest = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
            for (&found, expected) in found.iter().zip(&expected) {
                let found = f32::from_le_bytes(found);
                // Sums of floats in another order.
                let close = (f64::from(found) - expected).abs() <= 1e-4 * largest.max(1.0);
                assert!(close, "{name}: {found}, expected {expected}");
            }
        }
        // With the counters that PyTorch adds.
        let again = torch_float::import(&folder.join("again"), &Options::default());
        let again = again.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.model, model, "{name}");
    }
}

#[test]
fn what_has_no_such_form() {
    let (_, mut parts) = networks().remove(0);
    let model = parts.clone().model().unwrap();
    let refused = |model: &Model, trained: Option<&Trained>, words: &str| {
        let error = torch_float::export(model, trained, Weights::Latent).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(&model, None, "found the deployed network alone");
    let mut trained = trained(&mut parts);
    trained.latent[1].pop();
    refused(&model, Some(&trained), "expected those of the network");

    parts.structure = Structure::Plain;
    parts.convs.remove(2);
    parts.norms.remove(2);
    let odd = parts.model().unwrap();
    let error = torch_float::export(&odd, None, Weights::Signs).unwrap_err();
    assert!(
        error.to_string().contains("found 7 convolutions"),
        "{error}"
    );

    let mut parts = model.into_parts();
    let mut nodes = parts.graph.nodes().to_vec();
    let relu = nodes.iter().position(|node| node.name == "block 2 relu 1");
    nodes[relu.unwrap()].op = graph::Op::Activation { floor: -2.0 };
    parts.graph = graph::Graph::new(parts.graph.input(), nodes).unwrap();
    let other = Model::new(parts).unwrap();
    let error = torch_float::export(&other, None, Weights::Signs).unwrap_err();
    assert!(
        error.to_string().contains("node `block 2 relu 1`"),
        "{error}"
    );
}
