//! Emulated microcontrollers: an export compiled for one, and what it prints there.
#![allow(dead_code)] // Each test file uses some of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Need, attempt, prints, ready};

const COMPILER: &str = "arm-none-eabi-gcc";
const SIZE: &str = "arm-none-eabi-size";

/// A processor, and QEMU's board with it.
pub type Board = (&'static str, &'static str);

pub const CORTEX_M4: Board = ("cortex-m4", "mps2-an386");
pub const CORTEX_M7: Board = ("cortex-m7", "mps2-an500");

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

fn sources() -> PathBuf {
    // Tests of other crates include this file.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests/device")
}

/// The compiler for a processor, from a source to `out`.
fn compile(cpu: &str, flags: &[&str], source: PathBuf, out: &str) -> Command {
    let mut compile = Command::new(COMPILER);
    compile.arg(format!("-mcpu={cpu}"));
    compile.args(["-mthumb", "-O2", "-Wall", "-Wextra", "-Werror", "-c"]);
    compile.args(flags).arg(source).args(["-o", out]);
    compile
}

/// The linker, from objects to `device.elf`.
fn link(cpu: &str, objects: &[&str]) -> Command {
    let mut link = Command::new(COMPILER);
    link.arg(format!("-mcpu={cpu}"));
    link.args(["-mthumb", "-nostartfiles", "-T"]);
    link.arg(sources().join("device.ld"));
    link.args(objects).args(["-o", "device.elf"]);
    link
}

/// A board that runs `device.elf`.
fn qemu(board: &str) -> Command {
    // Semihosting prints on the standard error.
    let mut qemu = Command::new("sh");
    qemu.args(["-c", "exec \"$@\" 2>&1", "sh", "qemu-system-arm"]);
    qemu.args(["-M", board, "-nographic", "-monitor", "none"]);
    qemu.args(["-serial", "none", "-icount", "shift=0"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    qemu.args(["-kernel", "device.elf"]);
    qemu
}

/// Whether programs can be compiled for these boards, and run; if not, says that `test` is skipped.
pub fn tools(test: &str, boards: &'static [Board]) -> bool {
    let install = "install Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm";
    let need = |&(cpu, board): &'static Board| {
        let name = format!("compiler and emulator for {cpu}");
        Need::new(name, install, move |folder| {
            let source = sources().join("hello.c");
            let mut compile = compile(cpu, &["-std=gnu99"], source, "hello.o");
            attempt(folder, &mut compile)?;
            attempt(folder, &mut link(cpu, &["hello.o"]))?;
            prints(folder, Command::new(SIZE).arg("hello.o"), "text")?;
            prints(folder, &mut qemu(board), "made")
        })
    };
    let needs: Vec<Need> = boards.iter().map(need).collect();
    ready(test, &needs)
}

/// Has the export in a folder see pictures on a board: what it printed of each, and bytes of the stack.
pub fn pictures(export: &Path, pictures: &[u8], (cpu, board): Board) -> (Vec<String>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let attempt = |command: &mut Command| {
        attempt(dir.path(), command).unwrap_or_else(|error| panic!("{cpu}: {error}"))
    };
    let strict = ["-std=c99", "-pedantic", "-Wconversion", "-Wshadow"];
    let own = ["-std=gnu99", "-DONEBIT_PICTURES"];
    for (source, flags, object) in [
        (export.join("onebit_pixels.c"), &strict[..], "pixels.o"),
        (sources().join("device.c"), &own[..], "device.o"),
    ] {
        attempt(compile(cpu, flags, source, object).arg("-I").arg(export));
    }
    attempt(&mut link(cpu, &["pixels.o", "device.o"]));
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
pub fn run(export: &Path, images: &[u8], (cpu, board): Board, flags: &[&str]) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let attempt = |command: &mut Command| {
        attempt(dir.path(), command).unwrap_or_else(|error| panic!("{cpu} {flags:?}: {error}"))
    };
    let strict = [&["-std=c99", "-pedantic"], flags].concat();
    for (source, flags, object) in [
        (export.join("onebit.c"), &strict[..], "onebit.o"),
        (sources().join("device.c"), &["-std=gnu99"], "device.o"),
    ] {
        attempt(compile(cpu, flags, source, object).arg("-I").arg(export));
    }
    attempt(&mut link(cpu, &["onebit.o", "device.o"]));

    let printed = attempt(Command::new(SIZE).arg("onebit.o"));
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
