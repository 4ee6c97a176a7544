//! The peak that a measurement is held against: multiply-adds on registers alone.

use crate::Isa;
use crate::isa::per_isa;
use crate::vector::MulAdd;

/// Independent sums: more than the latency of a multiply-add times what a core starts in a cycle.
const CHAINS: usize = 12;

/// Runs multiply-adds on registers on the calling thread and says how many: divided by the time it took, the maximum
/// that any kernel could reach on this core.
pub fn peak_fma(isa: Isa, rounds: usize) -> usize {
    // SAFETY: it asks for nothing but the instructions.
    unsafe { run(isa, rounds) }
}

per_isa! {
    /// # Safety
    ///
    /// None but the instructions.
    unsafe fn run<Set>(rounds: usize) -> usize {
        // SAFETY: the caller's promise.
        unsafe { chains::<Set::Floats>(rounds) }
    }
}

/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn chains<V: MulAdd>(rounds: usize) -> usize {
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
