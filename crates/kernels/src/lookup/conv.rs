//! A convolution planned once: its words, its tiles, and the work in units that threads can share.

#[cfg(feature = "std")]
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::dispatch::Variant;
use super::number::Number;
use super::{Tiling, Window, words};
use crate::choice::{self, Tables};

/// A convolution with weights of ±1.
///
/// It reads padded planes (see [`padded`](Self::padded)) and writes planes of `f32`: see [`convolve_f32`](Self::convolve_f32) and
/// [`convolve_i16`](Self::convolve_i16). Its work comes in [`units`](Self::units), done in any order and on any threads: see
/// [`run_f32`](Self::run_f32) and [`run_i16`](Self::run_i16).
#[derive(Clone, Debug)]
pub struct SignConv {
    pub(super) window: Window,
    pub(super) tiling: Tiling,
    pub(super) variant: Variant,
    pub(super) outputs: usize,
    pub(super) words: Vec<u64>,
    /// Where each channel (or tap of a channel) begins in the padded planes.
    pub(super) channels: Vec<usize>,
    pub(super) padded: [usize; 2],
}

/// A part of a convolution's work: a tile, for some of the outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub(super) tile: usize,
    pub(super) outputs: Range<usize>,
}

impl SignConv {
    /// Plans a convolution for inputs of type `T`, `f32` or `i16`.
    ///
    /// `bits` are the signs: for each output a row of ⌈inputs · kernel² / 8⌉ bytes in the order
    /// `[input][row][column]`, from the least significant bit on, 1 for +1.
    ///
    /// # Panics
    ///
    /// When `bits` has another length, or a size is 0.
    pub fn new<T: Number>(window: Window, inputs: usize, outputs: usize, bits: &[u8]) -> Self {
        let Tables { group, rows } = choice::deployed(&window, outputs);
        Self::with::<T>(window, inputs, outputs, bits, group, rows)
    }

    /// As [`new`](Self::new), with a choice of channels in a group (4 or 5) and rows of a tile (2, 4, or 0 for
    /// what fits best): for measurements.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new), and for another choice.
    pub fn with<T: Number>(
        window: Window,
        inputs: usize,
        outputs: usize,
        bits: &[u8],
        group: usize,
        rows: usize,
    ) -> Self {
        let area = window.kernel * window.kernel;
        assert_eq!(
            bits.len(),
            outputs * (inputs * area).div_ceil(8),
            "a row of bits for each output"
        );
        let mut conv = Self::plan::<T>(window, inputs, outputs, group, rows);
        let taps = conv.variant.kernel * conv.variant.kernel;
        conv.words = words::words(outputs, conv.channels.len(), taps, group, bits);
        conv
    }

    /// A convolution with 3×3 kernels whose words `fill` writes: it is given G, and for each group of input
    /// channels a chunk with a word for each output.
    #[cfg(feature = "std")]
    pub(crate) fn with_words<T: Number>(
        window: Window,
        inputs: usize,
        outputs: usize,
        fill: impl FnOnce(usize, &mut [u64]),
    ) -> Self {
        assert_eq!(window.kernel, 3, "kernels of one word");
        let Tables { group, rows } = choice::training(&window, outputs);
        let mut conv = Self::plan::<T>(window, inputs, outputs, group, rows);
        conv.words = vec![0; inputs.div_ceil(group) * outputs];
        fill(group, &mut conv.words);
        conv
    }

    /// Everything but the words.
    fn plan<T: Number>(
        window: Window,
        inputs: usize,
        outputs: usize,
        group: usize,
        rows: usize,
    ) -> Self {
        assert!(matches!(group, 4 | 5), "channels of a group");
        assert!(inputs > 0 && outputs > 0, "a convolution without channels");
        let area = window.kernel * window.kernel;
        let tiling = Tiling::new(window.output(), T::LANES, rows);
        let padded = tiling.padded(&window);
        let plane = padded[0] * padded[1];
        // Kernels other than 3×3 are taken apart: a channel of its own for each tap.
        let whole = window.kernel == 3 && matches!(window.stride, 1 | 2);
        let (kernel, stride) = if whole { (3, window.stride) } else { (1, 1) };
        let channels = if whole {
            (0..inputs).map(|channel| channel * plane).collect()
        } else {
            let place = |index: usize| {
                let (channel, tap) = (index / area, index % area);
                channel * plane + tap / window.kernel * padded[1] + tap % window.kernel
            };
            (0..inputs * area).map(place).collect()
        };
        Self {
            window,
            tiling,
            variant: Variant {
                group,
                kernel,
                stride,
                rows: tiling.rows,
            },
            outputs,
            words: Vec::new(),
            channels,
            padded,
        }
    }

    /// Rows and columns of a padded input plane. The image stands in it at [`Window::before`]; all else is
    /// padding.
    pub fn padded(&self) -> [usize; 2] {
        self.padded
    }

    /// The window it was planned for.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Output channels.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Bytes of the signs as they are kept.
    pub fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
    }

    /// Parts of the work when so many threads share it: the tiles, and where these are too few to
    /// keep all threads busy, shares of the outputs too.
    pub fn units(&self, threads: usize) -> usize {
        self.tiling.tiles() * self.outputs.div_ceil(self.share(threads))
    }

    /// A part of the work when so many threads share it.
    ///
    /// # Panics
    ///
    /// When there is no such unit.
    pub fn unit(&self, threads: usize, index: usize) -> Unit {
        assert!(index < self.units(threads), "no unit {index}");
        let (tiles, share) = (self.tiling.tiles(), self.share(threads));
        let start = index / tiles * share;
        Unit {
            tile: index % tiles,
            outputs: start..self.outputs.min(start + share),
        }
    }

    /// Outputs of a unit.
    fn share(&self, threads: usize) -> usize {
        let (tiles, threads) = (self.tiling.tiles(), threads.max(1));
        if tiles.is_multiple_of(threads) || tiles >= 8 * threads {
            return self.outputs;
        }
        self.outputs.div_ceil(threads)
    }

    /// Lines of scratch memory that a unit needs.
    pub fn scratch_lines(&self) -> usize {
        let (tables, pixels) = self.memory();
        // Sums of 8-bit inputs go on in 32 bits, twice the size.
        tables + pixels + 3 * self.outputs * self.tiling.rows
    }

    /// Vectors of tables and of pixels.
    pub(super) fn memory(&self) -> (usize, usize) {
        let Variant {
            group,
            kernel,
            stride,
            rows,
        } = self.variant;
        let tables = (kernel * ((rows - 1) * stride + kernel)) << group;
        (tables, group + 1)
    }
}
