//! Which instructions the kernels use: a value, so that a test can ask for each one in turn.

use alloc::vec::Vec;
use core::fmt;

/// A set of instructions that this machine has been found to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Portable,
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    Avx2,
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    Avx512,
}

impl Isa {
    /// Plain Rust; there on every machine.
    pub const fn portable() -> Self {
        Self(Level::Portable)
    }

    /// AVX2 with FMA, where the machine has both.
    pub fn avx2() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", feature = "std"))]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return Some(Self(Level::Avx2));
        }
        None
    }

    /// AVX-512F and BW, where the machine has it.
    pub fn avx512() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", feature = "std"))]
        if Self::avx2().is_some()
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            return Some(Self(Level::Avx512));
        }
        None
    }

    /// All that this machine has, the plainest first.
    pub fn available() -> Vec<Self> {
        [Some(Self::portable()), Self::avx2(), Self::avx512()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The widest this machine has.
    pub fn best() -> Self {
        Self::avx512().or(Self::avx2()).unwrap_or(Self::portable())
    }

    /// What `ONEBIT_ISA` (`portable`, `avx2` or `avx512`) asks for, or [`Isa::best`] when it is not set.
    ///
    /// # Errors
    ///
    /// When the variable holds another word, or names what this machine lacks.
    #[cfg(feature = "std")]
    pub fn from_env() -> Result<Self, IsaError> {
        let Some(asked) = std::env::var_os("ONEBIT_ISA") else {
            return Ok(Self::best());
        };
        Self::available()
            .into_iter()
            .find(|isa| asked == isa.name())
            .ok_or_else(|| IsaError {
                asked: asked.to_string_lossy().into_owned(),
            })
    }

    /// The word `ONEBIT_ISA` takes.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Level::Portable => "portable",
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Level::Avx2 => "avx2",
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Level::Avx512 => "avx512",
        }
    }

    /// Whether there are instructions for turning blocks of pixels: see `transpose`.
    #[cfg(feature = "std")]
    pub(crate) const fn has_register_transpose(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return matches!(self.0, Level::Avx512);
        #[cfg(not(target_arch = "x86_64"))]
        return false;
    }

    pub(crate) const fn level(self) -> Level {
        self.0
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `ONEBIT_ISA` asks for what cannot be had.
#[cfg(feature = "std")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsaError {
    asked: String,
}

#[cfg(feature = "std")]
impl fmt::Display for IsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let available: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
        write!(
            f,
            "ONEBIT_ISA={}: this machine has {}; set one of these or unset it",
            self.asked,
            available.join(", ")
        )
    }
}

#[cfg(feature = "std")]
impl std::error::Error for IsaError {}

/// Defines a function taking an [`Isa`] first, whose one body is compiled once for each.
///
/// The body is ordinary code over fixed-size arrays and slices; the compiler vectorises it anew under each
/// `target_feature`.
macro_rules! per_isa {
    ($(#[$attribute:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$attribute])*
        $vis fn $name(isa: $crate::Isa, $($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            fn body($($arg: $type),*) $(-> $out)? $body

            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $type),*) $(-> $out)? { body($($arg),*) }

            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw")]
            fn avx512($($arg: $type),*) $(-> $out)? { body($($arg),*) }

            match isa.level() {
                $crate::isa::Level::Portable => body($($arg),*),
                #[cfg(all(target_arch = "x86_64", feature = "std"))]
                // SAFETY: an `Isa` of this level exists only where AVX2 and FMA were detected.
                $crate::isa::Level::Avx2 => unsafe { avx2($($arg),*) },
                #[cfg(all(target_arch = "x86_64", feature = "std"))]
                // SAFETY: an `Isa` of this level exists only where AVX2, FMA, AVX-512F and BW were detected.
                $crate::isa::Level::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}
pub(crate) use per_isa;
