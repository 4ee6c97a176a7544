//! The layout of an Arduino library: its sketch as C++ with a stand-in for Arduino.h, on emulated boards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use embed::Options;
use runtime::integer::Network;
use testkit::{Need, attempt, ready};

use crate::board::{self, Board, CORTEX_M0_PLUS, CORTEX_M4, compile, link, qemu, tools};
use crate::{small, sources};

const BOARDS: [Board; 2] = [CORTEX_M4, CORTEX_M0_PLUS];
/// As Arduino compiles, and with every warning.
const CPP: [&str; 10] = [
    "-std=gnu++11",
    "-fno-exceptions",
    "-fno-rtti",
    "-Os",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-c",
];

fn stand_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arduino")
}

/// The compiler for C++.
fn cpp((cpu, _): Board, source: &Path, out: &str) -> Command {
    let mut compile = Command::new("arm-none-eabi-g++");
    compile.arg(format!("-mcpu={cpu}")).arg("-mthumb").args(CPP);
    compile.args(["-x", "c++"]).arg(source).args(["-o", out]);
    compile
}

fn compiles_cpp(test: &str) -> bool {
    let install = "install Debian's gcc-arm-none-eabi and libnewlib-arm-none-eabi";
    let need = Need::new("arm-none-eabi-g++", install, |folder| {
        let source = folder.join("a.cpp");
        fs::write(&source, "#include <stdint.h>\nuint32_t a;\n").map_err(|e| e.to_string())?;
        attempt(folder, &mut cpp(CORTEX_M4, &source, "a.o")).map(|_| ())
    });
    tools(test, &BOARDS) && ready(test, &[need])
}

#[test]
fn the_sketch_runs() {
    if !compiles_cpp("an Arduino sketch on an emulated Cortex-M") {
        return;
    }
    let case = small(4);
    let network = Network::new(&case.model).unwrap();
    let mut forward = runtime::integer::Forward::new(&network);
    for (name, caller_memory) in [("onebit", false), ("parts", true)] {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join(name);
        let options = Options::default()
            .with_name(name.parse().unwrap())
            .with_caller_memory(caller_memory);
        case.export_with(&library, &options);
        let src = library.join("src");
        // As Arduino makes C++ of a sketch.
        let sketch = fs::read_to_string(library.join("examples/sketch/sketch.ino")).unwrap();
        assert!(sketch.contains(&format!("#include <{name}.h>")));
        let source = dir.path().join("sketch.ino.cpp");
        fs::write(&source, format!("#include <Arduino.h>\n{sketch}")).unwrap();
        for board in BOARDS {
            let mut compile_sketch = cpp(board, &source, "sketch.o");
            compile_sketch.arg("-I").arg(stand_in()).arg("-I").arg(&src);
            attempt(dir.path(), &mut compile_sketch).unwrap();
            let mut objects = vec!["sketch.o".to_owned(), "core.o".to_owned()];
            for (index, file) in sources(&library).into_iter().enumerate() {
                let object = format!("{index}.o");
                attempt(
                    dir.path(),
                    &mut compile(board, &["-std=gnu11"], file, &object),
                )
                .unwrap();
                objects.push(object);
            }
            let core = stand_in().join("core.c");
            let mut compile_core = compile(board, &["-std=gnu11"], core, "core.o");
            attempt(dir.path(), compile_core.arg("-I").arg(board::sources())).unwrap();
            let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
            attempt(dir.path(), &mut link(board, &objects)).unwrap();
            let printed = attempt(dir.path(), &mut qemu(board)).unwrap();
            let mut lines = printed.lines();
            assert_eq!(lines.next(), Some("self-test: passed"), "{printed}");
            // The answers for the images of the self-test, which are made by another formula here: slopes alone.
            let slopes: Vec<u8> = (0..64).map(|i| (3 * (i / 8) + 5 * (i % 8)) as u8).collect();
            let class = forward.classify(&slopes).unwrap();
            let name = &case.model.class_names()[class];
            assert_eq!(lines.nth(3), Some(&*format!("{name}, some microseconds")));
            assert_eq!(lines.count(), 1);
        }
    }
}

/// Where a project compiles all as C++, it works too.
#[test]
fn the_library_is_cpp_too() {
    if !compiles_cpp("an export compiled as C++") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    small(3).export(dir.path());
    for board in BOARDS {
        for source in sources(dir.path()) {
            let mut compile = cpp(board, &source, "out.o");
            compile.arg("-I").arg(dir.path().join("src"));
            attempt(dir.path(), &mut compile).unwrap();
        }
    }
}
