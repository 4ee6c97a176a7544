//! The peak that a measurement is held against: multiply-adds on registers alone.

use crate::Isa;
use crate::isa::Level;
use crate::vector::{Portable, Vector};
#[cfg(target_arch = "x86_64")]
use crate::x86_64::{Avx2, Avx512};

/// Independent sums: more than the latency of a multiply-add times what a core starts in a cycle.
const CHAINS: usize = 12;

/// Runs multiply-adds on registers on the calling thread and says how many: divided by the time it took, the maximum
/// that any kernel could reach on this core.
pub fn peak_fma(isa: Isa, rounds: usize) -> usize {
    // SAFETY: an `Isa` exists only where its instructions were detected.
    unsafe {
        match isa.level() {
            Level::Portable => chains::<Portable>(rounds),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2(rounds),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512(rounds),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(rounds: usize) -> usize {
    // SAFETY: the instructions are enabled here.
    unsafe { chains::<Avx2>(rounds) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
fn avx512(rounds: usize) -> usize {
    // SAFETY: the instructions are enabled here.
    unsafe { chains::<Avx512>(rounds) }
}

/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn chains<V: Vector>(rounds: usize) -> usize {
    let mut out = [0.0; 16];
    // SAFETY: the caller's promise; `out` is as long as the longest vector.
    unsafe {
        let factor = V::splat(std::hint::black_box(0.999));
        let mut sums = [factor; CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, factor);
            }
        }
        for sum in sums {
            sum.store(out.as_mut_ptr());
            std::hint::black_box(&out);
        }
    }
    rounds * CHAINS * V::LANES
}
