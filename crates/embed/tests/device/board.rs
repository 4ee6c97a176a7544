//! Emulated microcontrollers: an export compiled for one, and what it prints there.
#![allow(dead_code)] // Each test file uses some of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Need, attempt, prints, ready};

/// What the names of the tools for a processor begin with.
fn tool((cpu, _): Board, name: &str) -> String {
    match cpu {
        "rv32imc" => format!("riscv64-unknown-elf-{name}"),
        _ => format!("arm-none-eabi-{name}"),
    }
}

/// A processor, and QEMU's board with it.
pub type Board = (&'static str, &'static str);

/// ARMv6-M code on the board of a Cortex-M4, which runs it too: QEMU has no board of that kind for a Cortex-M0+.
pub const CORTEX_M0_PLUS: Board = ("cortex-m0plus", "mps2-an386");
pub const CORTEX_M4: Board = ("cortex-m4", "mps2-an386");
pub const CORTEX_M7: Board = ("cortex-m7", "mps2-an500");
/// A 32-bit RISC-V without floating point, with multiplication and short instructions.
pub const RV32IMC: Board = ("rv32imc", "virt");

/// What became of an export on a board.
pub struct Outcome {
    /// For each image the class, and the logits.
    pub answers: Vec<(usize, Vec<i32>)>,
    /// Bytes of the library: code with constants, numbers that begin as something, and as 0.
    pub sizes: [usize; 3],
    /// The other lines: a word, and how much of it was needed.
    counts: Vec<String>,
}

impl Outcome {
    /// The count behind a word.
    pub fn count(&self, word: &str) -> usize {
        let mut lines = self.counts.iter();
        let count = lines.find_map(|line| line.strip_prefix(word)?.trim().parse().ok());
        count.unwrap_or_else(|| panic!("no {word}: {:?}", self.counts))
    }

    /// All counts, for people.
    pub fn counts(&self) -> String {
        self.counts.join(", ")
    }
}

pub fn sources() -> PathBuf {
    // Tests of other crates include this file.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests/device")
}

/// The compiler for a processor, with the flags that say which.
pub fn compiler(board: Board) -> Command {
    let mut compiler = Command::new(tool(board, "gcc"));
    match board.0 {
        "rv32imc" => compiler.args([
            "-march=rv32imc",
            "-mabi=ilp32",
            "-mcmodel=medany",
            "--specs=picolibc.specs",
        ]),
        cpu => compiler.arg(format!("-mcpu={cpu}")).arg("-mthumb"),
    };
    compiler
}

/// The compiler for a processor, from a source to `out`.
pub fn compile(board: Board, flags: &[&str], source: PathBuf, out: &str) -> Command {
    let mut compile = compiler(board);
    compile.args(["-O2", "-Wall", "-Wextra", "-Werror", "-c"]);
    compile.args(flags).arg(source).args(["-o", out]);
    compile
}

/// The linker, from objects to `device.elf`.
pub fn link(board: Board, objects: &[&str]) -> Command {
    let mut link = compiler(board);
    let script = match board.0 {
        "rv32imc" => "riscv.ld",
        _ => "device.ld",
    };
    link.args(["-nostartfiles", "-T"])
        .arg(sources().join(script));
    link.args(objects).args(["-o", "device.elf"]);
    link
}

/// A board that runs `device.elf`.
pub fn qemu((cpu, board): Board) -> Command {
    // Semihosting prints on the standard error.
    let mut qemu = Command::new("sh");
    qemu.args(["-c", "exec \"$@\" 2>&1", "sh"]);
    match cpu {
        "rv32imc" => qemu.args(["qemu-system-riscv32", "-bios", "none"]),
        _ => qemu.arg("qemu-system-arm"),
    };
    qemu.args(["-M", board, "-nographic", "-monitor", "none"]);
    qemu.args(["-serial", "none", "-icount", "shift=0"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    qemu.args(["-kernel", "device.elf"]);
    qemu
}

/// Whether programs can be compiled for these boards, and run; if not, says that `test` is skipped.
pub fn tools(test: &str, boards: &'static [Board]) -> bool {
    let need = |&board: &'static Board| {
        let name = format!("compiler and emulator for {}", board.0);
        let install = match board.0 {
            "rv32imc" => {
                "install Debian's gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf and qemu-system-misc"
            }
            _ => "install Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm",
        };
        Need::new(name, install, move |folder| {
            let source = sources().join("hello.c");
            let mut compile = compile(board, &["-std=gnu99"], source, "hello.o");
            attempt(folder, &mut compile)?;
            attempt(folder, &mut link(board, &["hello.o"]))?;
            prints(
                folder,
                Command::new(tool(board, "size")).arg("hello.o"),
                "text",
            )?;
            prints(folder, &mut qemu(board), "made")
        })
    };
    let needs: Vec<Need> = boards.iter().map(need).collect();
    ready(test, &needs)
}

/// Has the export in a folder see pictures on a board: what it printed of each, and bytes of the stack.
pub fn pictures(export: &Path, pictures: &[u8], board: Board) -> (Vec<String>, usize) {
    let cpu = board.0;
    let dir = tempfile::tempdir().unwrap();
    let attempt = |command: &mut Command| {
        attempt(dir.path(), command).unwrap_or_else(|error| panic!("{cpu}: {error}"))
    };
    let strict = ["-std=c99", "-pedantic", "-Wconversion", "-Wshadow"];
    let own = ["-std=gnu99", "-DONEBIT_PICTURES"];
    for (source, flags, object) in [
        (export.join("src/onebit_pixels.c"), &strict[..], "pixels.o"),
        (sources().join("device.c"), &own[..], "device.o"),
    ] {
        attempt(
            compile(board, flags, source, object)
                .arg("-I")
                .arg(export.join("src")),
        );
    }
    attempt(&mut link(board, &["pixels.o", "device.o"]));
    fs::write(dir.path().join("images.raw"), pictures).unwrap();
    let printed = attempt(&mut qemu(board));
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap_or_default();
    let stack = last
        .strip_prefix("stack ")
        .and_then(|bytes| bytes.parse().ok());
    (lines, stack.unwrap_or_else(|| panic!("{last}")))
}

/// Compiles the export in a folder for a board, and runs it there on images.
pub fn run(export: &Path, images: &[u8], board: Board, flags: &[&str]) -> Outcome {
    let cpu = board.0;
    let dir = tempfile::tempdir().unwrap();
    let attempt = |command: &mut Command| {
        attempt(dir.path(), command).unwrap_or_else(|error| panic!("{cpu} {flags:?}: {error}"))
    };
    let strict = [
        &["-std=c99", "-pedantic", "-Wconversion", "-Wshadow"],
        flags,
    ]
    .concat();
    for (source, flags, object) in [
        (export.join("src/onebit.c"), &strict[..], "onebit.o"),
        (sources().join("device.c"), &["-std=gnu99"], "device.o"),
    ] {
        attempt(
            compile(board, flags, source, object)
                .arg("-I")
                .arg(export.join("src")),
        );
    }
    attempt(&mut link(board, &["onebit.o", "device.o"]));

    let printed = attempt(Command::new(tool(board, "size")).arg("onebit.o"));
    let columns = printed.lines().nth(1).unwrap().split_whitespace();
    let sizes: Vec<usize> = columns.take(3).map(|word| word.parse().unwrap()).collect();

    fs::write(dir.path().join("images.raw"), images).unwrap();
    let printed = attempt(&mut qemu(board));
    let (answers, counts): (Vec<&str>, Vec<&str>) = printed
        .lines()
        .partition(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let answer = |line: &&str| {
        let mut words = line.split(' ');
        let class = words.next().unwrap().parse().unwrap();
        (class, words.map(|word| word.parse().unwrap()).collect())
    };
    Outcome {
        answers: answers.iter().map(answer).collect(),
        sizes: sizes.try_into().unwrap(),
        counts: counts.into_iter().map(str::to_owned).collect(),
    }
}
