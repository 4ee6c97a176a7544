//! Processor cores that the C code was measured on, and the compilers for them.

use std::fmt;
use std::str::FromStr;

/// A processor core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Core {
    /// ARMv7E-M: DSP instructions, and multiplication to 64 bits.
    CortexM4,
    /// ARMv6-M: short instructions alone.
    CortexM0Plus,
    /// RV32IMC: a RISC-V of 32 bits without floating point.
    Rv32,
}

impl Core {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CortexM4, Self::CortexM0Plus, Self::Rv32];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::CortexM4 => "m4",
            Self::CortexM0Plus => "m0plus",
            Self::Rv32 => "rv32",
        }
    }

    /// What its maker calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::CortexM4 => "Cortex-M4",
            Self::CortexM0Plus => "Cortex-M0+",
            Self::Rv32 => "RV32IMC",
        }
    }

    /// What the names of its tools begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Rv32 => "riscv64-unknown-elf-",
            _ => "arm-none-eabi-",
        }
    }

    /// What Debian calls its compiler.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Rv32 => "gcc-riscv64-unknown-elf and picolibc-riscv64-unknown-elf",
            _ => "gcc-arm-none-eabi and libnewlib-arm-none-eabi",
        }
    }

    /// The compiler's flags that say for which processor.
    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::CortexM4 => &["-mcpu=cortex-m4", "-mthumb"],
            Self::CortexM0Plus => &["-mcpu=cortex-m0plus", "-mthumb"],
            Self::Rv32 => &[
                "-march=rv32imc",
                "-mabi=ilp32",
                "-mcmodel=medany",
                "--specs=picolibc.specs",
            ],
        }
    }
}

impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Core {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|core| core.name() == word);
        found.ok_or_else(|| format!("expected m4, m0plus or rv32, found {word:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for core in Core::ALL {
            assert_eq!(core.name().parse(), Ok(core));
        }
        assert!("m7".parse::<Core>().unwrap_err().contains("m0plus"));
    }
}
