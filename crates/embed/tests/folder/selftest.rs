//! The self-test passes where the code is right, on this machine and on boards, and fails where a weight is wrong.

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::{attempt, ready};

use crate::board::{
    Board, CORTEX_M0_PLUS, CORTEX_M4, RV32IMC, compile, link, qemu, sources, tools,
};
use crate::common::{cases, success};
use crate::{STRICT, small};

const ARM: [Board; 2] = [CORTEX_M4, CORTEX_M0_PLUS];
const RISC_V: [Board; 1] = [RV32IMC];

/// What the program for this machine says.
fn said(folder: &Path) -> (bool, String) {
    let mut compile = Command::new("gcc");
    compile
        .args(STRICT)
        .args(["-Isrc", "examples/computer/main.c"]);
    compile.args(["src/onebit.c", "src/onebit_selftest.c", "-o", "classify"]);
    success(compile.current_dir(folder), &[]);
    let output = Command::new(folder.join("classify"))
        .arg("--selftest")
        .output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), text)
}

#[test]
fn networks_of_every_kind_pass() {
    let install = "install Debian's gcc";
    if !ready("self-tests", &[testkit::compiler("gcc", &STRICT, install)]) {
        return;
    }
    for case in cases(1).iter().step_by(3) {
        let dir = tempfile::tempdir().unwrap();
        case.export(dir.path());
        let (passed, text) = said(dir.path());
        assert!(passed && text.contains("5 images"), "{}: {text}", case.name);
    }
}

#[test]
fn a_wrong_weight_is_found() {
    let install = "install Debian's gcc";
    if !ready(
        "self-tests that fail",
        &[testkit::compiler("gcc", &STRICT, install)],
    ) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    small(3).export(dir.path());
    let header = dir.path().join("src/onebit_model.h");
    let text = fs::read_to_string(&header).unwrap();
    for layer in ["bits_0", "bits_3", "bits_7"] {
        let at = text.find(&format!(" {layer}[")).unwrap();
        let first = at + text[at..].find("= {").unwrap() + 3;
        let end = first + text[first..].find(',').unwrap();
        let number: u8 = text[first..end].trim().parse().unwrap();
        let wrong = format!("{}{}{}", &text[..first], number ^ 4, &text[end..]);
        fs::write(&header, wrong).unwrap();
        let (passed, text) = said(dir.path());
        assert!(
            !passed && text.contains("failed at image"),
            "{layer}: {text}"
        );
    }
}

/// Prints what a board's program returns.
const START: &str = r#"
#include "board.h"
int main(void);
void reset(void)
{
    uint32_t *from = data_load, *to;
    char text[] = "ended with 0\n";
    for (to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    text[11] = (char)('0' + main());
    host(WRITE0, text);
    finished();
}
"#;

fn on_boards(boards: &[Board]) {
    let dir = tempfile::tempdir().unwrap();
    let export = dir.path().join("export");
    small(3).export(&export);
    fs::write(dir.path().join("start.c"), START).unwrap();
    let src = export.join("src").display().to_string();
    let own = sources().display().to_string();
    for &board in boards {
        let strict = [&STRICT[..], &["-I", &src]].concat();
        for (source, flags, object) in [
            (export.join("src/onebit.c"), &strict[..], "onebit.o"),
            (
                export.join("src/onebit_selftest.c"),
                &strict[..],
                "selftest.o",
            ),
            (export.join("examples/board/main.c"), &strict[..], "main.o"),
            (
                dir.path().join("start.c"),
                &["-std=gnu99", "-I", &own][..],
                "start.o",
            ),
        ] {
            attempt(dir.path(), &mut compile(board, flags, source, object)).unwrap();
        }
        let objects = ["onebit.o", "selftest.o", "main.o", "start.o"];
        attempt(dir.path(), &mut link(board, &objects)).unwrap();
        let printed = attempt(dir.path(), &mut qemu(board)).unwrap();
        assert_eq!(printed, "ended with 0\n", "{}", board.0);
    }
}

#[test]
fn a_boards_program_passes_on_cortex_m() {
    if tools("a board's program on an emulated Cortex-M", &ARM) {
        on_boards(&ARM);
    }
}

#[test]
fn a_boards_program_passes_on_risc_v() {
    if tools("a board's program on an emulated RISC-V", &RISC_V) {
        on_boards(&RISC_V);
    }
}
