//! `onebit predict`: what is in pictures.

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::inputs::with_run;
use common::{failure, success, tiny, trainer};
use data::{Dataset, GlyphsOptions};
use image::{DynamicImage, GrayImage, ImageFormat};
use pixels::{Channels, Fit, Orientation, Picture, Preprocessing};
use runtime::integer::{Forward, Network};
use runtime::{Activations, Engine, Model, Options, reference::argmax};
use serde_json::Value;

/// Pictures of this many test images.
const PICTURES: usize = 12;

struct Setup {
    dir: tempfile::TempDir,
    model: Model,
    /// The pixels of each picture.
    images: Vec<Vec<u8>>,
}

impl Setup {
    /// A run of `glyphs` with validation images, its packed file, and a folder with pictures.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        success(tiny(&run, 2).args(["--validation", "40"]));
        let file = dir.path().join("net.onebit");
        let mut export = with_run("export", &run);
        success(export.args(["--to", "onebit", "--out"]).arg(&file));
        let glyphs = GlyphsOptions::default().with_train(1).with_test(PICTURES);
        let test = Dataset::Glyphs
            .load(Path::new("unused"), &glyphs)
            .unwrap()
            .test;
        let images: Vec<Vec<u8>> = (0..PICTURES).map(|n| test.image(n).to_vec()).collect();
        fs::create_dir(dir.path().join("pictures")).unwrap();
        let setup = Self {
            model: Model::load(&file).unwrap(),
            dir,
            images,
        };
        for (number, image) in setup.images.iter().enumerate() {
            let picture = GrayImage::from_raw(28, 28, image.clone()).unwrap();
            // QOI has no grey.
            DynamicImage::ImageLuma8(picture)
                .into_rgb8()
                .save(setup.picture(number))
                .unwrap();
        }
        setup
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Of several formats that lose nothing.
    fn picture(&self, number: usize) -> PathBuf {
        let ending = ["png", "bmp", "tiff", "qoi"][number % 4];
        self.path(&format!("pictures/{number:02}.{ending}"))
    }

    /// `predict` with the packed file.
    fn predict(&self) -> Command {
        let mut predict = trainer();
        predict
            .args(["predict", "--model"])
            .arg(self.path("net.onebit"));
        predict
    }

    /// The logits of each picture.
    fn logits(&self, activations: &str) -> Vec<Vec<f64>> {
        let network;
        let images = self.images.iter();
        match activations {
            "integer" => {
                network = Network::new(&self.model).unwrap();
                let mut forward = Forward::new(&network);
                let step = f64::powi(2.0, -network.logit_bits);
                let mut logits = |image: &Vec<u8>| {
                    let found = forward.logits(image).unwrap();
                    found.iter().map(|&logit| f64::from(logit) * step).collect()
                };
                images.map(&mut logits).collect()
            }
            word => {
                let activations = match word {
                    "int8" => Activations::Int8,
                    _ => Activations::F32,
                };
                let options = Options::default().with_activations(activations);
                let mut engine = Engine::new(&self.model, options).unwrap();
                let mut logits = |image: &Vec<u8>| {
                    let found = engine.logits(image).unwrap();
                    found.iter().map(|&logit| f64::from(logit)).collect()
                };
                images.map(&mut logits).collect()
            }
        }
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Standard output and error of a command that may fail.
fn both(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    (output, stdout, stderr)
}

#[test]
fn answers_are_those_of_the_engine_in_every_arithmetic_and_form() {
    let setup = Setup::new();
    let folder = setup.path("pictures");
    for activations in ["f32", "int8", "integer"] {
        let expected = setup.logits(activations);
        let best = |logits: &[f64]| {
            let singles: Vec<f32> = logits.iter().map(|&logit| logit as f32).collect();
            argmax(&singles)
        };
        let command = || {
            let mut command = setup.predict();
            command
                .args(["--activations", activations, "--threshold", "off"])
                .arg(&folder);
            command
        };
        let found = lines(&success(
            command().args(["--json", "--logits", "--top", "3"]),
        ));
        assert_eq!(found.len(), PICTURES);
        for (number, (found, logits)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found["file"], *setup.picture(number).to_string_lossy());
            // The last bit of a number is not what this JSON parser keeps.
            let said = found["logits"].as_array().unwrap();
            let said: Vec<f32> = said
                .iter()
                .map(|logit| logit.as_f64().unwrap() as f32)
                .collect();
            let ours: Vec<f32> = logits.iter().map(|&logit| logit as f32).collect();
            assert_eq!(said, ours, "{activations} {number}");
            let class = best(logits);
            assert_eq!(found["class"], setup.model.class_names()[class]);
            let sum: f64 = logits
                .iter()
                .map(|logit| (logit - logits[class]).exp())
                .sum();
            let first = &found["top"][0];
            assert_eq!(
                (found["top"].as_array().unwrap().len(), &first["index"]),
                (3, &class.into())
            );
            assert!((first["probability"].as_f64().unwrap() - 1.0 / sum).abs() < 1e-9);
        }
        // A table has the same, whatever the threads.
        let table = success(command().args(["--csv", "--threads", "3"]));
        let mut table = csv::Reader::from_reader(table.as_bytes());
        assert_eq!(table.headers().unwrap().iter().next(), Some("file"));
        for (row, found) in table.records().zip(&found) {
            let row = row.unwrap();
            assert_eq!(
                (&row[0], &row[1]),
                (
                    found["file"].as_str().unwrap(),
                    found["class"].as_str().unwrap()
                )
            );
            let margins = [
                row[2].parse::<f64>().unwrap(),
                found["margin"].as_f64().unwrap(),
            ];
            assert!((margins[0] - margins[1]).abs() < 1e-9, "{margins:?}");
        }
        let text = success(&mut command());
        for (line, found) in text.lines().zip(&found) {
            let begin = format!(
                "{}: {} ",
                found["file"].as_str().unwrap(),
                found["class"].as_str().unwrap()
            );
            assert!(line.starts_with(&begin) && line.ends_with(" %"), "{line}");
        }
    }
    // The run says the same as the file that it is exported to.
    let mut of_run = with_run("predict", &setup.path("run"));
    let of_run = success(of_run.args(["--json", "--logits"]).arg(&folder));
    assert_eq!(
        of_run,
        success(setup.predict().args(["--json", "--logits"]).arg(&folder))
    );
}

#[test]
fn pictures_come_from_patterns_lists_and_the_standard_input() {
    let setup = Setup::new();
    let pattern = setup.path("pictures/*.png");
    let files = |text: &str| -> Vec<String> {
        let lines = lines(text).into_iter();
        lines
            .map(|line| line["file"].as_str().unwrap().to_owned())
            .collect()
    };
    let pngs: Vec<String> = (0..PICTURES)
        .step_by(4)
        .map(|number| setup.picture(number).display().to_string())
        .collect();
    assert_eq!(
        files(&success(setup.predict().arg("--json").arg(&pattern))),
        pngs
    );
    let list = setup.path("list.txt");
    fs::write(&list, format!("{}\n\n{}\r\n", pngs[2], pngs[0])).unwrap();
    let said = success(setup.predict().args(["--json", "--files-from"]).arg(&list));
    assert_eq!(files(&said), [&*pngs[2], &*pngs[0]]);

    let mut predict = setup.predict();
    predict
        .args(["--json", "-"])
        .stdin(File::open(&pngs[1]).unwrap());
    let found = lines(&success(&mut predict));
    let by_name = lines(&success(setup.predict().arg("--json").arg(&pngs[1])));
    assert_eq!(
        (&found[0]["file"], &found[0]["top"]),
        (&"-".into(), &by_name[0]["top"])
    );
    let mut predict = setup.predict();
    predict
        .args(["--json", "--files-from", "-"])
        .stdin(File::open(&list).unwrap());
    assert_eq!(files(&success(&mut predict)), [&*pngs[2], &*pngs[0]]);

    for twice in [&["-", "-"][..], &["-", "--files-from", "-"]] {
        let message = failure(setup.predict().args(twice).stdin(Stdio::null()), 2);
        assert!(message.contains("standard input"), "{message}");
    }
    failure(&mut setup.predict(), 2);
}

/// Whatever a name has, it is one line of text, a field of a table, a string of JSON.
#[cfg(unix)]
#[test]
fn names_do_not_steer_a_terminal_or_break_a_line() {
    let setup = Setup::new();
    let name = "a\nb: c\u{1b}[2J, \"d\" 猫.png";
    let path = setup.path(name);
    fs::copy(setup.picture(0), &path).unwrap();
    let path_text = path.display().to_string();
    let missing = setup.path("no\nwhere.png");
    let predict = |form: &[&str]| {
        let mut predict = setup.predict();
        predict.args(form).arg(&path).arg(&missing);
        let (output, found, said) = both(&mut predict);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
        assert!(said.contains("no\\nwhere.png: "), "{said}");
        found
    };
    let text = predict(&[]);
    assert_eq!(text.lines().count(), 1, "{text}");
    let shown = r#"a\nb: c\u{1b}[2J, "d" 猫.png: "#;
    assert!(text.contains(shown), "{text}");
    let json = lines(&predict(&["--json"]));
    assert_eq!(json[0]["file"], path_text);
    let table = predict(&["--csv", "--top", "2"]);
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(
        (&rows[0][0], &rows[0][1]),
        (&*path_text, json[0]["class"].as_str().unwrap())
    );
    let last = rows[0].len() - 1;
    assert_eq!(&rows[1][0], missing.display().to_string());
    assert!(rows[0][last].is_empty() && !rows[1][last].is_empty());
    assert!((1..last).all(|column| rows[1][column].is_empty()));
}

/// Finite numbers that overflow on the way: no class comes out of them.
#[test]
fn a_network_whose_numbers_grow_too_large_has_no_answer() {
    use runtime::{Affine, Model, Parts};

    let setup = Setup::new();
    let net = setup.path("large.onebit");
    let model = Model::load(&setup.path("net.onebit")).unwrap();
    let norms = model.norms().iter().map(|norm| Affine {
        scale: norm.scale.iter().map(|scale| scale * 1e8).collect(),
        offset: norm.offset.clone(),
    });
    let large = Parts::new(
        model.graph().clone(),
        norms.collect(),
        model.convs().to_vec(),
    );
    Model::new(large).unwrap().save(&net).unwrap();
    for form in [&[][..], &["--csv"], &["--json"], &["--logits"]] {
        let mut predict = trainer();
        predict.arg("predict").arg("--model").arg(&net).args(form);
        let (output, out, said) = both(predict.arg(setup.path("pictures")));
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("the network's numbers are too large"),
            "{said}"
        );
        assert!(!out.contains('%') && !out.contains(".png"), "{out}");
    }
}

/// What no picture becomes is told before memory is taken for it.
#[cfg(target_os = "linux")]
#[test]
fn a_network_of_images_that_no_picture_becomes_is_refused_first() {
    use runtime::{Model, Parts};

    let setup = Setup::new();
    let model = Model::load(&setup.path("net.onebit")).unwrap();
    let graph = serde_json::to_value(model.graph()).unwrap();
    let mut graph = graph;
    let [channels, ..] = model.input();
    graph["input"] = serde_json::json!([channels, 1, 1_000_000]);
    let graph = serde_json::from_value(graph).unwrap();
    let parts = Parts::new(graph, model.norms().to_vec(), model.convs().to_vec());
    let net = setup.path("wide.onebit");
    Model::new(parts).unwrap().save(&net).unwrap();
    let mut predict = trainer();
    predict.arg("predict").arg("--model").arg(&net);
    let message = failure(predict.arg(setup.path("pictures")), 1);
    assert!(
        message.contains("the network reads no pictures: "),
        "{message}"
    );
    assert!(message.contains("65535"), "{message}");
    assert!(!message.contains("memory"), "{message}");
}

/// `predict … | head -1` ends when nobody reads any more, without a word.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let setup = Setup::new();
    let mut predict = setup.predict();
    predict.args(["--threads", "1"]);
    // More than a chunk.
    predict.args((0..30).map(|_| setup.path("pictures")));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = predict.stdout(writer).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""));
}

/// Of something that holds many images, what it is, and what can be done.
#[test]
fn archives_are_refused_by_what_they_are() {
    let setup = Setup::new();
    let zip = [
        b"PK\x03\x04".to_vec(),
        vec![0; 22],
        b"\x05\0\0\0a.npy".to_vec(),
    ]
    .concat();
    for (name, bytes, found) in [
        ("photos.zip", &zip[..20], "found a zip archive"),
        ("arrays.npz", &zip, "found a file of numpy arrays"),
        ("photos.tar.gz", b"\x1f\x8b\x08", "compressed with gzip"),
    ] {
        fs::write(setup.path(name), bytes).unwrap();
        let message = failure(setup.predict().arg(setup.path(name)), 1);
        assert!(
            message.contains(found) && message.contains("unpack it"),
            "{message}"
        );
    }
}

#[test]
fn bad_pictures_are_told_and_the_others_are_predicted() {
    let setup = Setup::new();
    let folder = setup.path("pictures");
    fs::write(folder.join("notes.txt"), "no picture").unwrap();
    fs::write(folder.join(".hidden.png"), "hidden").unwrap();
    fs::create_dir(folder.join("@eaDir")).unwrap();
    let (output, _, said) = both(setup.predict().arg(&folder));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("no pictures, passed over: 1"), "{said}");
    assert!(said.contains("folders, passed over: 2"), "{said}");
    assert!(said.contains(&format!("{PICTURES} pictures in ")), "{said}");

    // A picture by its name, one that is cut short, one that is named, and one that is not there.
    fs::write(folder.join("13.jpg"), "text").unwrap();
    let whole = fs::read(setup.picture(0)).unwrap();
    fs::write(folder.join("14"), &whole[..whole.len() / 2]).unwrap();
    let mut predict = setup.predict();
    predict
        .arg("--json")
        .arg(&folder)
        .arg(folder.join("notes.txt"))
        .arg(setup.path("nowhere.png"));
    let (output, found, said) = both(&mut predict);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let found = lines(&found);
    let bad: Vec<&Value> = found
        .iter()
        .filter(|line| line["error"].is_string())
        .collect();
    assert_eq!((found.len(), bad.len()), (PICTURES + 4, 4), "{said}");
    for name in ["13.jpg: ", "14: ", "notes.txt: ", "nowhere.png: "] {
        assert!(said.contains(name), "{said}");
    }
    assert!(
        said.contains(&format!("4 of {} pictures could not be read", PICTURES + 4)),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");

    let empty = setup.path("empty");
    fs::create_dir(&empty).unwrap();
    let message = failure(setup.predict().arg(&empty), 2);
    assert!(message.contains("expected pictures"), "{message}");
    let message = failure(setup.predict().arg(setup.path("pictures/*.gif")), 1);
    assert!(message.contains("pattern"), "{message}");
}

/// A network for images of one size says nothing of others, so it is said what becomes of them.
#[test]
fn pictures_of_another_size_are_scaled_with_a_word() {
    let setup = Setup::new();
    let wide = GrayImage::from_fn(76, 56, |x, y| image::Luma([(x * 3 + y * y) as u8]));
    let picture = Picture::new(&wide, 76, 56, Channels::Grey, Orientation::default()).unwrap();
    let mut seen = vec![0; 28 * 28];
    let crop = Preprocessing::new(1, 28, 28, Fit::Crop).unwrap();
    crop.apply(&picture, &mut seen);
    let mut engine = Engine::new(&setup.model, Options::default()).unwrap();
    let expected: Vec<f64> = engine
        .logits(&seen)
        .unwrap()
        .iter()
        .map(|&l| l.into())
        .collect();

    // In colour, which becomes grey again.
    let path = setup.path("wide.png");
    let wide = DynamicImage::ImageLuma8(wide).to_rgb8();
    wide.save_with_format(&path, ImageFormat::Png).unwrap();
    let (output, found, said) = both(setup.predict().args(["--json", "--logits"]).arg(&path));
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("1 picture of another size") && said.contains("28x28"),
        "{said}"
    );
    assert_eq!(lines(&found)[0]["logits"], serde_json::json!(expected));
    let (_, _, said) = both(setup.predict().arg(setup.picture(0)));
    assert!(!said.contains("another size"), "{said}");
}

#[test]
fn a_small_margin_is_none_of_these() {
    let setup = Setup::new();
    let folder = setup.path("pictures");
    let rejected = |command: &mut Command| {
        let found = lines(&success(command.arg("--json").arg(&folder)));
        let rejected = |line: &&Value| line["rejected"].as_bool().unwrap();
        let nameless = found.iter().filter(|line| line["class"].is_null()).count();
        let count = found.iter().filter(rejected).count();
        assert_eq!(count, nameless);
        (count, found)
    };
    let (none, found) = rejected(setup.predict().args(["--threshold", "off"]));
    assert_eq!(none, 0);
    assert_eq!(
        rejected(setup.predict().args(["--threshold", "1e9"])).0,
        PICTURES
    );
    // One of the pictures' own margins is not below itself.
    let mut margins: Vec<f64> = found
        .iter()
        .map(|line| line["margin"].as_f64().unwrap())
        .collect();
    margins.sort_by(f64::total_cmp);
    let threshold = margins[5].to_string();
    let below = margins
        .iter()
        .filter(|&&margin| margin < margins[5])
        .count();
    assert_eq!(
        rejected(setup.predict().args(["--threshold", &threshold])).0,
        below
    );
    let text = success(setup.predict().args(["--threshold", "1e9"]).arg(&folder));
    assert!(
        text.lines()
            .all(|line| line.contains("none of these (nearest: ")),
        "{text}"
    );
    for wrong in ["-1", "nan", "much"] {
        let message = failure(setup.predict().args(["--threshold", wrong]).arg(&folder), 2);
        assert!(message.contains("--threshold"), "{message}");
    }
}

/// What a run with validation images keeps becomes the threshold of its file, and of its answers.
#[test]
fn the_threshold_of_a_run_keeps_its_share_of_the_validation_images() {
    let setup = Setup::new();
    let margins = run::Margins::read(&setup.path("run")).unwrap().unwrap();
    assert_eq!(margins.images, 40);
    let rejection = setup.model.rejection().unwrap();
    assert_eq!(
        (rejection.threshold, rejection.images),
        (margins.threshold(0.95), 40)
    );
    let export = |keep: &str| {
        let mut export = with_run("export", &setup.path("run"));
        export.args(["--to", "onebit", "--keep", keep, "--out"]);
        export.arg(setup.path("again.onebit"));
        export
    };
    let exported = |keep: &str| {
        success(&mut export(keep));
        Model::load(&setup.path("again.onebit"))
            .unwrap()
            .rejection()
    };
    assert_eq!(exported("off"), None);
    let all = exported("1").unwrap();
    assert_eq!((all.threshold, all.kept), (margins.threshold(1.0), 1.0));
    let half = exported("0.5").unwrap();
    assert!(all.threshold <= rejection.threshold && rejection.threshold <= half.threshold);
    for wrong in ["1.5", "-0.1", "most"] {
        let message = failure(&mut export(wrong), 2);
        assert!(message.contains("--keep"), "{message}");
    }
    // The answers of the file, and those with the same margin given by hand.
    let folder = setup.path("pictures");
    let found = lines(&success(setup.predict().arg("--json").arg(&folder)));
    for line in &found {
        let below = line["margin"].as_f64().unwrap() < f64::from(rejection.threshold);
        assert_eq!(line["rejected"].as_bool().unwrap(), below, "{line}");
    }
    // Without validation images there is none.
    let run = setup.path("plain");
    success(&mut tiny(&run, 1));
    assert_eq!(run::Margins::read(&run).unwrap(), None);
    let mut export = with_run("export", &run);
    export
        .args(["--to", "onebit", "--keep", "0.9", "--out"])
        .arg(setup.path("x"));
    let message = failure(&mut export, 2);
    assert!(message.contains("--validation"), "{message}");
}

/// Pictures of many sizes are seen as in training, by a run and by its file: the errors are those of `eval`.
#[test]
fn own_pictures_are_seen_as_in_training() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let classes = ["dark red", "grün"];
    for (part, count) in [("train", 12), ("test", 7)] {
        for (class, name) in classes.iter().enumerate() {
            let folder = path("own").join(part).join(name);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..count {
                let (width, height) = (20 + number * 3 % 11, 20 + number * 5 % 13);
                let picture = image::RgbImage::from_fn(width, height, |x, y| {
                    let level = (60 + x * 7 + y * 3 + number * 11) as u8;
                    match class {
                        0 => image::Rgb([level, 40, y as u8]),
                        _ => image::Rgb([40, level / 2 + 30 * (number % 3) as u8, x as u8]),
                    }
                });
                picture.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    let mut train = trainer();
    train.args(["train", "--net", "wrn-8-1", "--size", "16", "--fit", "pad"]);
    train.args(["--epochs", "2", "--batch-size", "4", "--dashboard", "none"]);
    train
        .arg("--dataset")
        .arg(path("own"))
        .arg("--out")
        .arg(path("run"));
    success(&mut train);
    let mut export = with_run("export", &path("run"));
    success(export.args(["--to", "onebit", "--out"]).arg(path("net")));
    let json = |command: &mut Command| -> Value {
        serde_json::from_str(&success(command.arg("--json"))).unwrap()
    };
    let of_run = json(&mut with_run("eval", &path("run")));
    let mut eval = trainer();
    eval.args(["eval", "--dataset"])
        .arg(path("own"))
        .arg("--model")
        .arg(path("net"));
    assert_eq!(json(&mut eval)["classes"], of_run["classes"]);
    for (from, what) in [("--run", "run"), ("--model", "net")] {
        let mut predict = trainer();
        predict
            .args(["predict", "--json", "--threshold", "off", from])
            .arg(path(what));
        let (output, found, said) = both(predict.arg(path("own/test")));
        assert!(
            output.status.success() && !said.contains("another size"),
            "{said}"
        );
        let found = lines(&found);
        assert_eq!(found.len(), 14);
        let wrong = found.iter().filter(|line| {
            let class = line["class"].as_str().unwrap();
            !line["file"]
                .as_str()
                .unwrap()
                .contains(&format!("/{class}/"))
        });
        assert_eq!(
            wrong.count() as u64,
            of_run["wrong"].as_u64().unwrap(),
            "{from}"
        );
    }
}
