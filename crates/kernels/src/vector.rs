//! A few floats side by side: the little that a tile needs of them.

/// The lanes of one register.
///
/// Methods are unsafe because an implementation may need instructions that the caller must have detected.
pub(crate) trait Vector: Copy {
    const LANES: usize;

    /// # Safety
    ///
    /// The implementation's instructions are there.
    unsafe fn splat(value: f32) -> Self;

    /// # Safety
    ///
    /// As for [`Vector::splat`], and `LANES` floats can be read at `from`.
    unsafe fn load(from: *const f32) -> Self;

    /// # Safety
    ///
    /// As for [`Vector::splat`], and `LANES` floats can be written at `to`.
    unsafe fn store(self, to: *mut f32);

    /// `self · factor + addend`, rounded once where the instructions can.
    ///
    /// # Safety
    ///
    /// As for [`Vector::splat`].
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// # Safety
    ///
    /// As for [`Vector::splat`].
    unsafe fn add(self, other: Self) -> Self;

    /// # Safety
    ///
    /// As for [`Vector::splat`].
    unsafe fn sub(self, other: Self) -> Self;
}

/// Four lanes, in plain Rust: what the baseline of every 64-bit machine holds in one register.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 4]);

impl Vector for Portable {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller says that four floats can be read here; an array is aligned as its floats.
        Self(unsafe { from.cast::<[f32; 4]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller says that four floats can be written here.
        unsafe { to.cast::<[f32; 4]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // Not `f32::mul_add`: without the instruction that is a call into the C library.
        Self(std::array::from_fn(|lane| {
            self.0[lane] * factor.0[lane] + addend.0[lane]
        }))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] - other.0[lane]))
    }
}

/// Calls a function over vectors with the ones that an [`Isa`](crate::Isa) has, named in the order of its levels, compiled for
/// each; unsafe, because the function's other conditions are the caller's to keep.
macro_rules! with_vectors {
    ($isa:expr, [$portable:ident, $avx2:ident, $avx512:ident], $body:ident($($arg:ident: $type:ty),* $(,)?)) => {{
        /// # Safety
        ///
        /// AVX2 and FMA are there, and the function's own conditions hold.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2($($arg: $type),*) {
            // SAFETY: the caller's promise.
            unsafe { $body::<$avx2>($($arg),*) }
        }

        /// # Safety
        ///
        /// AVX-512F is there too.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,avx512f")]
        unsafe fn avx512($($arg: $type),*) {
            // SAFETY: the caller's promise.
            unsafe { $body::<$avx512>($($arg),*) }
        }

        match $isa.level() {
            $crate::isa::Level::Portable => $body::<$portable>($($arg),*),
            #[cfg(target_arch = "x86_64")]
            $crate::isa::Level::Avx2 => avx2($($arg),*),
            #[cfg(target_arch = "x86_64")]
            $crate::isa::Level::Avx512 => avx512($($arg),*),
        }
    }};
}
pub(crate) use with_vectors;
