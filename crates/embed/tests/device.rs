//! Exports on emulated microcontrollers: the same integers as `runtime`, and the memory that was told.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Case, cases, numbers, success, there, wide};

const COMPILER: &str = "arm-none-eabi-gcc";
/// A processor, and QEMU's board with it.
const BOARDS: [(&str, &str); 2] = [("cortex-m4", "mps2-an386"), ("cortex-m7", "mps2-an500")];
/// Code of the library; the sizes that an export tells are of what it holds besides.
const CODE: usize = 8 << 10;

fn tools() -> bool {
    let what = "exports on an emulated Cortex-M";
    there(
        COMPILER,
        what,
        "gcc-arm-none-eabi and libnewlib-arm-none-eabi",
    ) && there("qemu-system-arm", what, "qemu-system-arm")
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device")
}

/// Compiles a case for a processor, runs it on the board, and compares all that it prints.
fn compare(case: &Case, (cpu, board): (&str, &str), flags: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("export");
    let sizes = case.export(&folder);
    let object = |source: PathBuf, flags: &[&str], out: &str| {
        let mut compile = Command::new(COMPILER);
        compile.arg(format!("-mcpu={cpu}"));
        compile.args(["-mthumb", "-O2", "-Wall", "-Wextra", "-Werror", "-c", "-I"]);
        compile
            .arg(&folder)
            .args(flags)
            .arg(source)
            .arg("-o")
            .arg(dir.path().join(out));
        success(&mut compile, &[]);
    };
    let strict: Vec<&str> = ["-std=c99", "-pedantic"]
        .iter()
        .chain(flags)
        .copied()
        .collect();
    object(folder.join("onebit.c"), &strict, "onebit.o");
    object(sources().join("device.c"), &["-std=gnu99"], "device.o");
    let mut link = Command::new(COMPILER);
    link.arg(format!("-mcpu={cpu}"))
        .args(["-mthumb", "-nostartfiles", "-T"]);
    link.arg(sources().join("device.ld"));
    link.args(["onebit.o", "device.o", "-o", "device.elf"]);
    success(link.current_dir(dir.path()), &[]);

    let printed = success(
        Command::new("arm-none-eabi-size")
            .arg("onebit.o")
            .current_dir(dir.path()),
        &[],
    );
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
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args([
        "-M",
        board,
        "-nographic",
        "-monitor",
        "none",
        "-serial",
        "none",
    ]);
    qemu.args([
        "-icount",
        "shift=0",
        "-semihosting-config",
        "enable=on,target=native",
    ]);
    qemu.args(["-kernel", "device.elf"]).current_dir(dir.path());
    let output = qemu.output().unwrap();
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
    if !tools() {
        return;
    }
    for (index, case) in cases(3).iter().enumerate() {
        compare(case, BOARDS[index % 2], &[]);
    }
}

#[test]
fn a_hundred_images_with_and_without_the_instructions_of_cortex_m() {
    if !tools() {
        return;
    }
    let case = Case::new("8x8", wide(51, [1, 8, 8], 8, 1, 10), 100);
    for board in BOARDS {
        compare(&case, board, &[]);
        compare(&case, board, &["-DONEBIT_PORTABLE"]);
    }
}
