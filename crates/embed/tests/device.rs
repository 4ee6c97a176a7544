//! Exports on emulated microcontrollers: the same integers as `runtime`, and the memory that was told.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Case, cases, numbers, success, wide};
use testkit::{Need, attempt, prints, ready};

const COMPILER: &str = "arm-none-eabi-gcc";
const SIZE: &str = "arm-none-eabi-size";
/// A processor, and QEMU's board with it.
const BOARDS: [(&str, &str); 2] = [("cortex-m4", "mps2-an386"), ("cortex-m7", "mps2-an500")];
/// Code of the library; the sizes that an export tells are of what it holds besides.
const CODE: usize = 8 << 10;

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device")
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
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", board, "-nographic", "-monitor", "none"]);
    qemu.args(["-serial", "none", "-icount", "shift=0"]);
    qemu.args(["-semihosting-config", "enable=on,target=native"]);
    qemu.args(["-kernel", "device.elf"]);
    qemu
}

/// Whether programs can be compiled for the boards, and run; if not, says that `test` is skipped.
fn tools(test: &str) -> bool {
    let install = "install Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm";
    let need = Need::new("Cortex-M compiler and emulator", install, |folder| {
        for (cpu, board) in BOARDS {
            let source = sources().join("hello.c");
            let mut compile = compile(cpu, &["-std=gnu99"], source, "hello.o");
            attempt(folder, &mut compile)?;
            attempt(folder, &mut link(cpu, &["hello.o"]))?;
            prints(folder, Command::new(SIZE).arg("hello.o"), "text")?;
            // Semihosting prints on the standard error.
            let mut run = Command::new("sh");
            let qemu = qemu(board);
            run.args(["-c", "exec \"$@\" 2>&1", "sh"])
                .arg(qemu.get_program());
            prints(folder, run.args(qemu.get_args()), "made")?;
        }
        Ok(())
    });
    ready(test, &[need])
}

/// Compiles a case for a processor, runs it on the board, and compares all that it prints.
fn compare(case: &Case, (cpu, board): (&str, &str), flags: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("export");
    let sizes = case.export(&folder);
    let strict: Vec<&str> = ["-std=c99", "-pedantic"]
        .iter()
        .chain(flags)
        .copied()
        .collect();
    for (source, flags, object) in [
        (folder.join("onebit.c"), &strict[..], "onebit.o"),
        (sources().join("device.c"), &["-std=gnu99"], "device.o"),
    ] {
        let mut compile = compile(cpu, flags, source, object);
        success(compile.arg("-I").arg(&folder).current_dir(dir.path()), &[]);
    }
    let mut link = link(cpu, &["onebit.o", "device.o"]);
    success(link.current_dir(dir.path()), &[]);

    let mut size = Command::new(SIZE);
    let printed = success(size.arg("onebit.o").current_dir(dir.path()), &[]);
    let columns: Vec<usize> = printed
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .take(3)
        .map(|word| word.parse().unwrap())
        .collect();
    let [text, data, bss] = columns[..] else {
        panic!("{printed}")
    };
    assert_eq!(data, 0, "{}: everything constant stays in flash", case.name);
    let told = sizes.flash..=sizes.flash + CODE;
    assert!(
        told.contains(&text),
        "{}: {text} bytes, told {}",
        case.name,
        sizes.flash
    );
    // Arrays begin at whole words, and of those that a network does not need a compiler may leave out the one element.
    let told = sizes.ram - 8..=sizes.ram + 16;
    assert!(
        told.contains(&bss),
        "{}: {bss} bytes, told {}",
        case.name,
        sizes.ram
    );

    fs::write(dir.path().join("images.raw"), case.images.concat()).unwrap();
    let output = qemu(board).current_dir(dir.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let (lines, counts): (Vec<&str>, Vec<&str>) = printed
        .lines()
        .partition(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let found: Vec<_> = lines.iter().map(|line| numbers(line)).collect();
    assert_eq!(
        found,
        case.expected(),
        "{} on {cpu} {flags:?}: {printed}",
        case.name
    );
    println!(
        "{}, {cpu} {flags:?}: {} images, {}",
        case.name,
        found.len(),
        counts.join(", ")
    );
    let count = |word: &str| -> usize {
        let line = counts.iter().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("{printed}"))
            .trim()
            .parse()
            .unwrap()
    };
    assert!(count("instructions") > 1000);
    assert!(count("stack") < 1024, "{printed}");
}

#[test]
fn every_kind_of_network_gives_the_same_integers() {
    if !tools("every kind of network on an emulated Cortex-M") {
        return;
    }
    for (index, case) in cases(3).iter().enumerate() {
        compare(case, BOARDS[index % 2], &[]);
    }
}

#[test]
fn a_hundred_images_with_and_without_the_instructions_of_cortex_m() {
    if !tools("a hundred images on an emulated Cortex-M") {
        return;
    }
    let case = Case::new("8x8", wide(51, [1, 8, 8], 8, 1, 10), 100);
    for board in BOARDS {
        compare(&case, board, &[]);
        compare(&case, board, &["-DONEBIT_PORTABLE"]);
    }
}
