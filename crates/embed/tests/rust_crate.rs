//! Exports as a crate of Rust: the same integers as `runtime`, without a warning.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Case, cases, numbers, success};
use testkit::{Need, attempt, prints, ready};

/// Reads images from the standard input, and prints for each the class and the logits; then the self-test.
const MAIN: &str = r#"use std::io::Read;

fn main() {
    let mut memory = Box::new(net::Memory::new());
    let mut image = [0; net::IMAGE_BYTES];
    let mut stdin = std::io::stdin().lock();
    while stdin.read_exact(&mut image).is_ok() {
        let logits = net::logits(&mut memory, &image);
        let words: Vec<String> = logits.iter().map(i32::to_string).collect();
        assert_eq!(net::answer(&logits), Some(net::class(&logits)));
        println!("{} {}", net::class(&logits), words.join(" "));
    }
    net::selftest(&mut memory, &mut image).unwrap();
}
"#;

fn rustc() -> Need {
    Need::new("rustc", "install Rust", |folder| {
        let source = "fn main() { println!(\"made\"); }";
        fs::write(folder.join("main.rs"), source).map_err(|e| e.to_string())?;
        attempt(folder, Command::new("rustc").arg("main.rs"))?;
        prints(folder, &mut Command::new(folder.join("main")), "made")
    })
}

fn export(case: &Case, folder: &Path) {
    let files = embed::rust::files(&case.model, &"net".parse().unwrap()).unwrap();
    embed::folder::replace(folder, &files).unwrap();
}

#[test]
fn networks_of_every_kind_give_the_same_integers() {
    if !ready("exports as a crate of Rust", &[rustc()]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("net");
    fs::write(dir.path().join("main.rs"), MAIN).unwrap();
    for case in cases(2).iter().step_by(3) {
        export(case, &folder);
        for (flags, source) in [
            (
                &["--crate-name", "net", "--crate-type", "rlib"][..],
                "net/src/lib.rs",
            ),
            (&["--extern", "net=libnet.rlib"], "main.rs"),
        ] {
            let mut compile = Command::new("rustc");
            compile.args(["--edition", "2021", "-D", "warnings", "-C", "opt-level=1"]);
            // Where integers overflow it ends.
            compile
                .args(["-C", "overflow-checks=on"])
                .args(flags)
                .arg(source);
            success(compile.current_dir(dir.path()), &[]);
        }
        let printed = success(
            &mut Command::new(dir.path().join("main")),
            &case.images.concat(),
        );
        let found: Vec<_> = printed.lines().map(numbers).collect();
        assert_eq!(found, case.expected(), "{}", case.name);
    }
}

#[test]
fn it_is_a_package_that_tests_itself() {
    if !ready("an export as a package of Cargo", &[rustc()]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("net");
    let mut parts = common::wide(91, [3, 9, 7], 8, 1, 3);
    parts.class_names = ["\"; fn", "Größe \\ {}", "a\nb"].map(String::from).into();
    parts
        .provenance
        .insert("*/ x".into(), "\n#![std] @RAM@".into());
    let case = Case::new("package", parts, 2);
    export(&case, &folder);
    let mut test = Command::new(env!("CARGO"));
    test.args(["test", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"));
    // Not where other tests build, with their flags.
    test.env("CARGO_TARGET_DIR", dir.path().join("target"))
        .env_remove("RUSTFLAGS");
    let printed = success(test.current_dir(dir.path()), &[]);
    assert!(
        printed.contains("five_images_have_the_expected_logits ... ok"),
        "{printed}"
    );
    let model = fs::read_to_string(folder.join("src/model.rs")).unwrap();
    for name in case.model.class_names() {
        assert!(model.contains(&format!("    {name:?},\n")), "{name}");
    }
}

/// As its README says: a workspace that it lies in depends on it as it is, and it is tested as a member; and a project that is
/// no workspace.
#[test]
fn a_project_around_it_depends_on_it() {
    if !ready("an export within a project of Cargo", &[rustc()]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let case = Case::new("within", common::wide(93, [1, 5, 4], 4, 1, 3), 1);
    let write = |path: &str, text: &str| {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    };
    let package = |name: &str, net: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nnet = {{ path = \"{net}\" }}\n"
        )
    };
    let main = "fn main() { println!(\"{}\", net::CLASS_NAMES.len()); }\n";
    let cargo = |words: &[&str], folder: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(words).args(["--quiet", "--offline"]);
        cargo
            .env("CARGO_TARGET_DIR", root.join("target"))
            .env_remove("RUSTFLAGS");
        success(cargo.current_dir(root.join(folder)), &[])
    };
    write(
        "space/Cargo.toml",
        "[workspace]\nmembers = [\"app\"]\nresolver = \"2\"\n",
    );
    write("space/app/Cargo.toml", &package("app", "../net"));
    write("space/app/src/main.rs", main);
    export(&case, &root.join("space/net"));
    assert_eq!(cargo(&["run"], "space/app"), "3\n");
    assert!(cargo(&["test"], "space/net").contains("1 passed"));
    write("alone/Cargo.toml", &package("alone", "net"));
    write("alone/src/main.rs", main);
    export(&case, &root.join("alone/net"));
    assert_eq!(cargo(&["run"], "alone"), "3\n");
    assert!(cargo(&["test"], "alone/net").contains("1 passed"));
}

#[test]
fn a_word_of_rust_is_no_name() {
    let case = Case::new("named", common::wide(92, [1, 4, 4], 4, 1, 3), 1);
    for name in ["match", "core", "while"] {
        let error = embed::rust::files(&case.model, &name.parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("a word of Rust"), "{error}");
    }
}
