//! Exports compiled for this machine, with every warning and under the sanitizers: the same integers as `runtime`.

mod common;

use std::process::Command;

use common::{Case, cases, numbers, success, wide};
use testkit::ready;

const FLAGS: [&str; 8] = [
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-O0",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

/// Whether a compiler works under these flags; if not, says that `test` is skipped.
fn compiles(compiler: &'static str, test: &str) -> bool {
    let package = match compiler {
        "clang" => "clang and libclang-rt-dev",
        package => package,
    };
    let install = format!("install Debian's {package}");
    ready(test, &[testkit::compiler(compiler, &FLAGS, &install)])
}

/// Compiles a case and compares all that it prints.
fn compare(case: &Case, compiler: &str) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("export");
    case.export(&folder);
    let program = dir.path().join("classify");
    let mut compile = Command::new(compiler);
    compile
        .args(FLAGS)
        .args(["-Isrc", "examples/computer/main.c", "src/onebit.c"])
        .args(["src/onebit_selftest.c", "-o"])
        .arg(&program);
    success(compile.current_dir(&folder), &[]);
    let printed = success(&mut Command::new(&program), &case.images.concat());
    let lines: Vec<&str> = printed.lines().collect();
    let expected = case.expected();
    assert_eq!(lines.len(), expected.len(), "{}", case.name);
    for (line, (class, logits)) in lines.iter().zip(&expected) {
        // `class name: logits`; a name may have a colon in it.
        let name = &case.model.class_names()[*class];
        let rest = line.strip_prefix(&format!("{class} {name}: "));
        let rest = rest.unwrap_or_else(|| panic!("{}: {line}, expected class {class}", case.name));
        let (_, found) = numbers(&format!("0 {rest}"));
        assert_eq!(&found, logits, "{} with {compiler}", case.name);
    }
}

#[test]
fn gcc_gives_the_same_integers() {
    if compiles("gcc", "exports compiled by gcc") {
        cases(4).iter().for_each(|case| compare(case, "gcc"));
    }
}

#[test]
fn clang_gives_the_same_integers() {
    if compiles("clang", "exports compiled by clang") {
        let cases = cases(3);
        let some = [
            "residual",
            "plain",
            "wide",
            "max pool, bottom-right",
            "steep",
            "residual, 8 bits",
        ];
        let cases: Vec<_> = cases
            .iter()
            .filter(|case| some.contains(&case.name.as_str()))
            .collect();
        assert_eq!(cases.len(), some.len());
        cases.iter().for_each(|case| compare(case, "clang"));
    }
}

/// Words from outside must not become code.
#[test]
fn names_and_provenance_stay_words() {
    if !compiles("gcc", "names and provenance in exports") {
        return;
    }
    let mut parts = wide(41, [1, 4, 4], 4, 1, 3);
    parts.class_names = ["\"; int x[-1]; // ", "??/", "Größe *\\"]
        .map(String::from)
        .into();
    for (key, value) in [
        ("*/ #error", "*/ int main(void) { return 1; } /*"),
        ("file\n*/ int", "@RAM@ \\\n ??/\n \u{1f34e}"),
    ] {
        parts.provenance.insert(key.into(), value.into());
    }
    compare(&Case::new("strange", parts, 5), "gcc");
}

#[test]
fn the_makefile_makes_the_example_and_half_an_image_is_refused() {
    if !ready("the export's Makefile", &[testkit::make()]) {
        return;
    }
    let case = Case::new("made", wide(42, [1, 4, 4], 4, 1, 3), 2);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("export");
    case.export(&folder);
    success(Command::new("make").current_dir(&folder), &[]);
    let program = folder.join("classify");
    let printed = success(&mut Command::new(&program), &case.images.concat());
    assert_eq!(printed.lines().count(), 2);
    // A second export goes over the first, made or not.
    case.export(&folder);
    success(Command::new("make").current_dir(&folder), &[]);
    let half = dir.path().join("half");
    std::fs::write(&half, &case.images[0][..7]).unwrap();
    let output = Command::new(&program)
        .stdin(std::fs::File::open(half).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("16 bytes, found 7"));
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let refuses = |model: &runtime::Model, words: [&str; 2]| {
        let error = embed::files(model, &embed::Options::default())
            .unwrap_err()
            .to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let case = Case::new("base", wide(43, [1, 4, 4], 4, 1, 3), 2);
    let mut parts = case.model.clone().into_parts();
    parts.class_names[1] = "a\0b".into();
    refuses(
        &runtime::Model::new(parts).unwrap(),
        ["class name 1", "found a 0"],
    );
    let mut parts = case.model.into_parts();
    parts.activation_scales = None;
    refuses(
        &runtime::Model::new(parts).unwrap(),
        ["activation_scales", "found none"],
    );
}
