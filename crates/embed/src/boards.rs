//! Well-known devices, and whether a network fits on them.

use crate::Sizes;

/// Kept for code: the network's, measured at 5 KB for Cortex-M, and a small program around it.
pub const CODE: usize = 16 << 10;
/// Kept for the stack, an image, and the program's own data.
pub const DATA: usize = 8 << 10;

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Board {
    /// What people call it.
    pub name: &'static str,
    /// Its processor.
    pub core: &'static str,
    /// Bytes of flash.
    pub flash: usize,
    /// Bytes of the largest memory in one piece that a program's static data may take.
    pub ram: usize,
    /// Where these figures stand.
    pub source: &'static str,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The devices, by their memory.
pub const BOARDS: [Board; 10] = [
    board(
        "Nucleo-L476RG",
        "Cortex-M4",
        MIB,
        96 * KIB,
        "STM32L476xx, DS10198: SRAM1",
    ),
    board(
        "micro:bit v2",
        "Cortex-M4",
        512 * KIB,
        128 * KIB,
        "nRF52833 product specification",
    ),
    board(
        "STM32F407 Discovery",
        "Cortex-M4",
        MIB,
        128 * KIB,
        "STM32F405xx/407xx, DS8626: SRAM1 and SRAM2, without the 64 KB of CCM",
    ),
    board(
        "nRF52840 DK",
        "Cortex-M4",
        MIB,
        256 * KIB,
        "nRF52840 product specification",
    ),
    board(
        "Arduino Nano 33 BLE",
        "Cortex-M4",
        MIB,
        256 * KIB,
        "Arduino ABX00030 datasheet (nRF52840)",
    ),
    board(
        "Raspberry Pi Pico",
        "Cortex-M0+",
        2 * MIB,
        264 * KIB,
        "RP2040 datasheet; flash of the board",
    ),
    board(
        "STM32F746 Discovery",
        "Cortex-M7",
        MIB,
        320 * KIB,
        "STM32F745xx/746xx, DS10916: DTCM, SRAM1 and SRAM2",
    ),
    board(
        "ESP32-S3-DevKitC-1 N8",
        "Xtensa LX7",
        8 * MIB,
        // Of 512 KB: the caches, the bootloader and the instruction bus have the rest.
        0x5_3700,
        "ESP-IDF's linker script for the ESP32-S3: dram0_0_seg; flash of the module",
    ),
    board(
        "Nucleo-H743ZI2",
        "Cortex-M7",
        2 * MIB,
        512 * KIB,
        "STM32H743xI, DS12110: AXI SRAM",
    ),
    board(
        "Raspberry Pi Pico 2",
        "Cortex-M33",
        4 * MIB,
        520 * KIB,
        "RP2350 datasheet; flash of the board",
    ),
];

const fn board(
    name: &'static str,
    core: &'static str,
    flash: usize,
    ram: usize,
    source: &'static str,
) -> Board {
    Board {
        name,
        core,
        flash,
        ram,
        source,
    }
}

impl Board {
    /// Whether a network fits, with room for a small program around it.
    pub fn fits(&self, sizes: Sizes) -> bool {
        sizes.flash + CODE <= self.flash && sizes.ram + DATA <= self.ram
    }
}

/// Whether a network fits, and what is short.
pub(crate) fn verdict(board: &Board, sizes: Sizes) -> &'static str {
    let (flash, ram) = (
        sizes.flash + CODE > board.flash,
        sizes.ram + DATA > board.ram,
    );
    match (flash, ram) {
        (false, false) => "fits",
        (true, false) => "too much flash",
        (false, true) => "too much RAM",
        (true, true) => "too much flash and RAM",
    }
}

/// What a network takes, and a line for each device: whether it fits, and what is short.
pub fn lines(sizes: Sizes) -> Vec<String> {
    let kb = |bytes: usize| format!("{:.1} KiB", bytes as f64 / KIB as f64);
    let mut lines = vec![format!(
        "in integers: {} of flash for constants, {} of RAM; where it fits, with {} of flash for all code and {} of RAM for the rest of a program:",
        kb(sizes.flash),
        kb(sizes.ram),
        kb(CODE),
        kb(DATA)
    )];
    for board in &BOARDS {
        let verdict = verdict(board, sizes);
        lines.push(format!(
            "  {:<22} {:<11} {:>10} {:>10}  {verdict}",
            board.name,
            board.core,
            kb(board.flash),
            kb(board.ram)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_told() {
        let small = Sizes {
            flash: 40 * KIB,
            ram: 60 * KIB,
        };
        assert!(BOARDS.iter().all(|board| board.fits(small)));
        let lines = lines(Sizes {
            flash: 3 * MIB,
            ram: 300 * KIB,
        });
        let verdict = |name: &str| {
            let line = lines.iter().find(|line| line.contains(name)).unwrap();
            line.rsplit("  ").next().unwrap().to_owned()
        };
        assert_eq!(verdict("Nano 33"), "too much flash and RAM");
        assert_eq!(verdict("H743"), "too much flash");
        assert_eq!(verdict("Pico 2"), "fits");
    }
}
