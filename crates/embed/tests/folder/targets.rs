//! No compiler has a word to say, however strict it is, and an old one lacks nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use runtime::Preprocessing;
use runtime::pixels::Fit;
use testkit::{Need, attempt, ready};

use crate::board::{self, Board, CORTEX_M0_PLUS, CORTEX_M4, RV32IMC, compile, compiler, tools};
use crate::common::{Case, cases, wide};
use crate::{STRICT, small, sources};

/// With the instructions of DSP, and without.
const ARM: [Board; 2] = [CORTEX_M4, CORTEX_M0_PLUS];
const RISC_V: [Board; 1] = [RV32IMC];

/// Networks whose C has different parts, with every preprocessing among them.
fn kinds() -> Vec<Case> {
    let some = ["residual", "8 bits", "ternary, plain", "residual, 8 bits"];
    let mut kinds: Vec<Case> = cases(1)
        .into_iter()
        .filter(|case| some.contains(&case.name.as_str()))
        .collect();
    assert_eq!(kinds.len(), some.len());
    let fits = Fit::ALL.into_iter().map(Preprocessing::Fit);
    // Two channels are no picture.
    let pictures = kinds.iter_mut().filter(|case| case.model.input()[0] != 2);
    for (case, fit) in pictures.zip(fits) {
        case.model = case.model.clone().with_preprocessing(fit).unwrap();
    }
    let photo = Case::new("photo", wide(82, [3, 224, 224], 4, 1, 2), 1);
    let model = photo.model.with_preprocessing(Preprocessing::CentreCrop);
    kinds.push(Case {
        model: model.unwrap(),
        ..photo
    });
    kinds
}

/// Compiles every file of an export under every way to compile it.
fn is_clean(export: &Path, mut compile: impl FnMut(&Path, &[&str]) -> Command) {
    let dir = tempfile::tempdir().unwrap();
    let src = export.join("src").display().to_string();
    let mains = ["computer", "board"].map(|name| export.join("examples").join(name).join("main.c"));
    let own = export.join("src/onebit.c");
    for source in sources(export).iter().chain(&mains) {
        let ways = [
            "-O2",
            "-DONEBIT_CALLER_MEMORY=1",
            "-O0",
            "-DONEBIT_PORTABLE",
        ];
        let ways = &ways[..if *source == own { 4 } else { 2 }];
        for way in ways {
            let flags = [&STRICT[..], &["-I", &src, way]].concat();
            let mut compile = compile(source, &flags);
            let outcome = attempt(dir.path(), &mut compile);
            outcome.unwrap_or_else(|error| panic!("{compile:?}: {error}"));
        }
    }
}

fn boards_are_clean(boards: &[Board]) {
    for case in kinds() {
        let dir = tempfile::tempdir().unwrap();
        case.export(dir.path());
        for &board in boards {
            is_clean(dir.path(), |source, flags| {
                compile(board, flags, source.to_owned(), "out.o")
            });
        }
    }
}

#[test]
fn cortex_m_is_clean() {
    if tools("warnings of exports on Cortex-M", &ARM) {
        boards_are_clean(&ARM);
    }
}

#[test]
fn risc_v_is_clean() {
    if tools("warnings of exports on RISC-V", &RISC_V) {
        boards_are_clean(&RISC_V);
    }
}

#[test]
fn this_machine_is_clean() {
    for compiler in ["gcc", "clang"] {
        let install = format!("install Debian's {compiler}");
        let need = testkit::compiler(compiler, &STRICT, &install);
        if !ready(&format!("warnings of exports with {compiler}"), &[need]) {
            continue;
        }
        for case in kinds() {
            let dir = tempfile::tempdir().unwrap();
            case.export(dir.path());
            is_clean(dir.path(), |source, flags| {
                let mut compile = Command::new(compiler);
                compile
                    .args(flags)
                    .arg("-c")
                    .arg(source)
                    .args(["-o", "out.o"]);
                compile
            });
        }
    }
}

/// GCC before 10 has no intrinsics in <arm_acle.h>, and no built-in functions of that name.
#[test]
fn an_older_gcc_gives_the_same_integers() {
    if !tools("an older GCC for Cortex-M", &ARM) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (masked, export) = (dir.path().join("masked"), dir.path().join("export"));
    fs::create_dir(&masked).unwrap();
    fs::write(masked.join("arm_acle.h"), "/* as it was */\n").unwrap();
    let masked = masked.display().to_string();
    let older = [
        "-Wno-builtin-macro-redefined",
        "-U__GNUC__",
        "-D__GNUC__=8",
        "-I",
        &masked,
    ];
    for case in [small(3), small(3).narrow()] {
        case.export(&export);
        for board in ARM {
            for flags in [&older[..], &older[3..]] {
                let images = case.images.concat();
                let outcome = board::run(&export, &images, board, flags);
                assert_eq!(outcome.answers, case.expected(), "{} {flags:?}", board.0);
            }
        }
    }
}

/// Processors that no emulator here has: what their compiler takes.
#[test]
fn a_cortex_m33_is_clean() {
    let install = "install Debian's gcc-arm-none-eabi and libnewlib-arm-none-eabi";
    let m33: Board = ("cortex-m33", "");
    let need = Need::new("compiler for cortex-m33", install, move |folder| {
        fs::write(folder.join("a.c"), "#include <string.h>\nint a;\n")
            .map_err(|e| e.to_string())?;
        let mut compile = compiler(m33);
        attempt(folder, compile.args(["-c", "a.c"])).map(|_| ())
    });
    if !ready("warnings of exports on a Cortex-M33", &[need]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    small(3).export(dir.path());
    is_clean(dir.path(), |source, flags| {
        compile(m33, flags, source.to_owned(), "out.o")
    });
}
