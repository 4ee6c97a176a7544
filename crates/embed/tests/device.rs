//! Exports on emulated microcontrollers: the same integers as `runtime`, and the memory that was told.

#[path = "device/board.rs"]
mod board;
mod common;

use board::{Board, CORTEX_M0_PLUS, CORTEX_M4, CORTEX_M7, RV32IMC, tools};
use common::{Case, cases, int8_ends, wide};

/// Each is a test of its own, so that a tool that is missing skips one.
const ARM: [Board; 3] = [CORTEX_M4, CORTEX_M7, CORTEX_M0_PLUS];
const RISC_V: [Board; 1] = [RV32IMC];
/// Code of the library; the sizes that an export tells are of what it holds besides.
const CODE: usize = 8 << 10;

/// Compiles a case for a processor, runs it on the board, and compares all that it prints.
fn compare(case: &Case, board: Board, flags: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let told = case.export(dir.path());
    let outcome = board::run(dir.path(), &case.images.concat(), board, flags);
    let name = format!("{}, {} {flags:?}", case.name, board.0);
    assert_eq!(outcome.answers, case.expected(), "{name}");

    let [text, data, bss] = outcome.sizes;
    assert_eq!(data, 0, "{name}: everything constant stays in flash");
    let flash = told.flash..=told.flash + CODE;
    assert!(
        flash.contains(&text),
        "{name}: {text} bytes, told {flash:?}"
    );
    // Arrays begin at whole words, and of those that a network does not need a compiler may leave out the one element.
    let ram = told.ram - 8..=told.ram + 16;
    assert!(ram.contains(&bss), "{name}: {bss} bytes, told {ram:?}");
    assert!(outcome.count("instructions") > 1000, "{name}");
    assert!(outcome.count("stack") < 1024, "{name}");
    let images = outcome.answers.len();
    println!("{name}: {images} images, {}", outcome.counts());
}

#[test]
fn every_kind_of_network_gives_the_same_integers() {
    if !tools("every kind of network on an emulated Cortex-M", &ARM) {
        return;
    }
    for (index, case) in cases(3).iter().enumerate() {
        compare(case, ARM[index % ARM.len()], &[]);
    }
}

#[test]
fn every_kind_of_network_gives_the_same_integers_on_risc_v() {
    if tools("every kind of network on an emulated RISC-V", &RISC_V) {
        cases(2).iter().for_each(|case| compare(case, RV32IMC, &[]));
    }
}

/// A hundred images, with a residual map of 16 bits and of 8, with and without instructions of a processor's own.
fn a_hundred_images(boards: &[Board]) {
    let case = Case::new("8x8", wide(51, [1, 8, 8], 8, 1, 10), 100);
    let narrow = case.narrow();
    for &board in boards {
        compare(&case, board, &[]);
        compare(&narrow, board, &[]);
        compare(&narrow, board, &["-DONEBIT_PORTABLE"]);
    }
}

#[test]
fn a_hundred_images_on_cortex_m() {
    if tools("a hundred images on an emulated Cortex-M", &ARM) {
        a_hundred_images(&ARM);
    }
}

#[test]
fn a_hundred_images_on_risc_v() {
    if tools("a hundred images on an emulated RISC-V", &RISC_V) {
        a_hundred_images(&RISC_V);
    }
}

/// The shape of `wrn-20-1` for CIFAR-10, whose first and last convolution have 8 bits.
#[test]
fn a_whole_network_with_8_bit_ends_gives_the_same_integers() {
    if !tools("8-bit ends on an emulated Cortex-M", &ARM) {
        return;
    }
    let mut parts = wide(52, [3, 32, 32], 16, 3, 10);
    int8_ends(52, &mut parts);
    let case = Case::new("wrn-20-1, 8-bit ends", parts, 2);
    compare(&case, CORTEX_M4, &[]);
    compare(&case.narrow(), CORTEX_M0_PLUS, &[]);
}
