//! A trained run as C: the program made of it is as right as `eval` says.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use data::Dataset;
use testkit::ready;
use trainer::config::TrainConfig;
use trainer::images;

/// `export` of a run.
fn export(run: &Path, to: &str, out: &Path) -> Command {
    let mut command = trainer();
    command.args(["export", "--to", to, "--run"]).arg(run);
    command.arg("--out").arg(out);
    command
}

#[test]
fn the_c_program_is_as_right_as_eval_says() {
    let dir = tempfile::tempdir().unwrap();
    let [run, folder, file] = ["run", "c", "net.onebit"].map(|name| dir.path().join(name));
    success(&mut tiny(&run, 1));
    let said = success(&mut export(&run, "c", &folder));
    assert!(said.contains("weights as the C library onebit;"), "{said}");
    for board in embed::boards::BOARDS {
        assert!(said.contains(board.name), "{said}");
    }
    assert!(said.lines().any(|line| line.ends_with("fits")), "{said}");
    success(&mut export(&run, "onebit", &file));
    let mut eval = trainer();
    eval.args([
        "eval",
        "--dataset",
        "glyphs",
        "--activations",
        "integer",
        "--limit",
        "200",
        "--model",
    ]);
    let line = success(eval.arg(&file).arg("--json"));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();

    // Over an earlier export, but not over anything else.
    success(&mut export(&run, "c", &folder));
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let message = failure(&mut export(&run, "c", &folder), 2);
    assert!(
        message.contains("notes.txt") && message.contains("--out"),
        "{message}"
    );

    if !ready("the program made of an export", &[testkit::make()]) {
        return;
    }
    success(Command::new("make").arg("-C").arg(&folder));
    let config = TrainConfig {
        limit_test: 200,
        ..TrainConfig::recipe(Dataset::Glyphs)
    };
    let test = images::load(&config, Path::new("unused")).unwrap().test;
    let pixels: Vec<u8> = (0..test.len())
        .flat_map(|index| test.image(index).to_vec())
        .collect();
    let raw = dir.path().join("images");
    fs::write(&raw, pixels).unwrap();
    let printed = success(Command::new(folder.join("classify")).stdin(File::open(&raw).unwrap()));
    let classes = printed.lines().map(|line| line.split(' ').next().unwrap());
    let wrong = classes
        .enumerate()
        .filter(|&(index, class)| class != test.label(index).to_string());
    let (wrong, count) = (wrong.count() as u64, printed.lines().count() as u64);
    assert_eq!(count, 200);
    assert_eq!(line["wrong"].as_u64(), Some(wrong), "{line}");
}

#[test]
fn c_has_the_name_that_it_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let [run, folder] = ["run", "c"].map(|name| dir.path().join(name));
    success(tiny(&run, 1).args(["--max-steps", "2"]));
    success(&mut export(&run, "c", &folder));
    // Over the first one, which has other files.
    let mut named = export(&run, "c", &folder);
    let said = success(named.args(["--name", "parts", "--caller-memory"]));
    assert!(said.contains("README.md"), "{said}");
    let header = fs::read_to_string(folder.join("src/parts.h")).unwrap();
    assert!(header.contains("int parts_classify(") && !folder.join("src/onebit.h").exists());
    assert!(header.contains("#define PARTS_CALLER_MEMORY 1\n"));
    success(export(&run, "c", &folder).args(["--prefix", "other"]));
    assert!(folder.join("src/other.c").exists());

    for (name, word) in [
        ("My-Net", "'M' in it"),
        ("string", "header"),
        ("../net", "'.' in it"),
    ] {
        let message = failure(export(&run, "c", &folder).args(["--name", name]), 2);
        assert!(
            message.contains(&format!("--name \"{name}\"")) && message.contains(word),
            "{message}"
        );
    }
    let rust = dir.path().join("rust");
    success(export(&run, "rust", &rust).args(["--name", "parts"]));
    let manifest = fs::read_to_string(rust.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"parts\""), "{manifest}");
    let message = failure(export(&run, "rust", &rust).args(["--name", "match"]), 2);
    assert!(message.contains("a word of Rust"), "{message}");
    let file = dir.path().join("net.onebit");
    for flag in [&["--name", "parts"][..], &["--caller-memory"]] {
        let message = failure(export(&run, "onebit", &file).args(flag), 2);
        assert!(
            message.contains(flag[0]) && message.contains("--to c"),
            "{message}"
        );
    }
}

#[test]
fn a_summary_tells_where_a_network_fits() {
    let summary =
        |net: &str, more: &[&str]| success(trainer().args(["summary", "--net", net]).args(more));
    let said = summary("wrn-20-1", &[]);
    assert!(
        said.contains("KiB of RAM") && said.contains("Nucleo-L476RG"),
        "{said}"
    );
    let said = summary("resnet-18-2.5", &[]);
    assert!(said.contains("too much flash and RAM"), "{said}");
    let said = summary("srelu-20-4", &["--input", "1x28x28"]);
    assert!(said.contains("fits"), "{said}");
    let said = summary("wrn-20-1", &["--input", "3x4096x4096"]);
    assert!(said.contains("in integers: model: input"), "{said}");
    let said = summary("wrn-1202-10", &[]);
    assert!(said.contains("more weights than any"), "{said}");
    let said = summary("wrn-20-1", &["--weights", "32bit"]);
    assert!(!said.contains("RAM"), "{said}");
    let json = |net: &str| -> serde_json::Value {
        serde_json::from_str(&summary(net, &["--json"])).unwrap()
    };
    let small = json("wrn-20-1");
    let boards = small["integers"]["boards"].as_array().unwrap();
    assert_eq!(boards.len(), embed::boards::BOARDS.len());
    assert!(
        boards
            .iter()
            .any(|board| board["name"] == "micro:bit v2" && board["fits"] == true)
    );
    assert!(small["totals"]["one_bit_weights"].is_u64());
    assert!(json("wrn-1202-10")["integers"].is_null());
}
