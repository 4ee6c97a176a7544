//! Which instructions the kernels use: a value, so that a test can ask for each one in turn.
//!
//! An instruction set is a folder whose type implements [`Instructions`](crate::instructions::Instructions), and a line in
//! [`instruction_sets`] below.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::instructions::{Facts, Instructions, Portable};

/// Calls `$then!` with the instruction sets beyond plain Rust, the plainest first: the architecture, its folder, the set's
/// type there, and the features that it takes.
macro_rules! instruction_sets {
    ($then:path, $args:tt) => {
        $then! {
            $args
            ["x86_64" x86_64 Avx2 "avx2" "fma"]
            ["x86_64" x86_64 Avx512 "avx2" "fma" "avx512f" "avx512bw"]
        }
    };
}
pub(crate) use instruction_sets;

/// A set of instructions that this machine has been found to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Level);

/// Defines [`Level`] from the list.
macro_rules! levels {
    (() $([$arch:literal $folder:ident $set:ident $($feature:tt)*])*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Level {
            Portable,
            $(#[cfg(all(target_arch = $arch, feature = "std"))] $set,)*
        }

        impl Level {
            /// Those that this machine has.
            fn available() -> Vec<Self> {
                #[allow(unused_mut, reason = "without `std` there is one")]
                let mut found = vec![Self::Portable];
                $(
                    #[cfg(all(target_arch = $arch, feature = "std"))]
                    if true $(&& crate::$folder::detected!($feature))* {
                        found.push(Self::$set);
                    }
                )*
                found
            }

            const fn facts(self) -> &'static Facts {
                match self {
                    Self::Portable => &Portable::FACTS,
                    $(
                        #[cfg(all(target_arch = $arch, feature = "std"))]
                        Self::$set => &crate::$folder::$set::FACTS,
                    )*
                }
            }
        }
    };
}
instruction_sets!(levels, ());

impl Isa {
    /// Plain Rust; there on every machine.
    pub const fn portable() -> Self {
        Self(Level::Portable)
    }

    /// All that this machine has, the plainest first.
    pub fn available() -> Vec<Self> {
        Level::available().into_iter().map(Self).collect()
    }

    /// The widest this machine has.
    pub fn best() -> Self {
        Level::available().pop().map_or_else(Self::portable, Self)
    }

    /// The one of that [`name`](Self::name), where this machine has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::available().into_iter().find(|isa| isa.name() == name)
    }

    /// What `ONEBIT_ISA` (`portable`, `avx2` or `avx512`) asks for, or [`Isa::best`] when it is not set, or empty.
    ///
    /// # Errors
    ///
    /// When the variable holds another word, or names what this machine lacks.
    #[cfg(feature = "std")]
    pub fn from_env() -> Result<Self, IsaError> {
        let asked = std::env::var_os("ONEBIT_ISA").unwrap_or_default();
        if asked.is_empty() {
            return Ok(Self::best());
        }
        let asked = asked.to_string_lossy().into_owned();
        Self::named(&asked).ok_or(IsaError { asked })
    }

    /// The word `ONEBIT_ISA` takes.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Whether there are instructions for transposing blocks of pixels: see `transpose`.
    #[cfg(feature = "std")]
    pub(crate) const fn has_register_transpose(self) -> bool {
        self.facts().transpose.is_some()
    }

    /// What must be known of it outside of its own code.
    #[inline]
    pub(crate) const fn facts(self) -> &'static Facts {
        self.0.facts()
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
            word_list::Brief(&self.asked),
            available.join(", ")
        )
    }
}

#[cfg(feature = "std")]
impl std::error::Error for IsaError {}

/// Defines a function taking an [`Isa`] first, whose one body is compiled once for each: the way from a value to code.
///
/// The body is ordinary code over arrays and slices, which the compiler vectorises anew with each set's features. Or
/// it is generic, `unsafe fn name<Set>(..)`, over the set's [`Instructions`]; after `Set` may stand `, T: Bound` or
/// `; const N: usize`. Callers of an unsafe function promise what its body asks for, but not the instructions: those an
/// `Isa` vouches for.
macro_rules! per_isa {
    ($(#[$attribute:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$attribute])*
        $vis fn $name(isa: $crate::Isa, $($arg: $type),*) $(-> $out)? {
            #[expect(
                clippy::extra_unused_type_parameters,
                reason = "called as the bodies that are generic over a set"
            )]
            #[inline(always)]
            fn body<Set>($($arg: $type),*) $(-> $out)? $body

            $crate::isa::instruction_sets! {
                $crate::isa::per_isa, (@sets (isa [] [] [] ($($arg: $type),*) ($($out)?)))
            }
            debug_assert_eq!(isa.level(), $crate::isa::Level::Portable);
            body::<$crate::instructions::Portable>($($arg),*)
        }
    };
    (
        $(#[$attribute:meta])*
        $vis:vis unsafe fn $name:ident<$set:ident $(, $t:ident: $bound:ident)? $(; const $n:ident: usize)?>(
            $($arg:ident: $type:ty),* $(,)?
        ) $(-> $out:ty)? $body:block
    ) => {
        $(#[$attribute])*
        $vis unsafe fn $name $(<$t: $bound>)? $(<const $n: usize>)? (isa: $crate::Isa, $($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            unsafe fn body<$set: $crate::instructions::Instructions $(, $t: $bound)? $(, const $n: usize)?>(
                $($arg: $type),*
            ) $(-> $out)? $body

            $crate::isa::instruction_sets! {
                $crate::isa::per_isa, (@sets (isa [unsafe] [$($t: $bound)?] [$($n)?] ($($arg: $type),*) ($($out)?)))
            }
            debug_assert_eq!(isa.level(), $crate::isa::Level::Portable);
            // SAFETY: the caller's promise; plain Rust needs no instructions.
            unsafe { body::<$crate::instructions::Portable $(, $t)? $(, $n)?>($($arg),*) }
        }
    };
    // One set after the other.
    ((@sets $call:tt)) => {};
    ((@sets $call:tt) [$($set:tt)*] $($rest:tt)*) => {
        $crate::isa::per_isa! { @set $call $($set)* }
        $crate::isa::per_isa! { (@sets $call) $($rest)* }
    };
    (
        @set ($isa:ident [$($unsafe:tt)?] [$($t:ident: $bound:ident)?] [$($n:ident)?] ($($arg:ident: $type:ty),*) ($($out:ty)?))
        $arch:literal $folder:ident $set:ident $($feature:tt)*
    ) => {
        #[cfg(all(target_arch = $arch, feature = "std"))]
        if $isa.level() == $crate::isa::Level::$set {
            /// # Safety
            ///
            /// The instructions are there, and what `body` asks for holds.
            #[target_feature($(enable = $feature),*)]
            unsafe fn with $(<$t: $bound>)? $(<const $n: usize>)? ($($arg: $type),*) $(-> $out)? {
                // SAFETY: the caller's promise.
                $($unsafe)? { body::<$crate::$folder::$set $(, $t)? $(, $n)?>($($arg),*) }
            }
            // SAFETY: an `Isa` of this level exists only where its features were detected; the rest is the caller's promise.
            return unsafe { with $(::<$t>)? $(::<$n>)? ($($arg),*) };
        }
    };
}
pub(crate) use per_isa;
