//! A convolution planned once: its words, its tiles, and the work in units that threads can share.

use alloc::vec::Vec;

use super::accumulate::{Memory, Source};
use super::dispatch::{Registers, Variant, run};
use super::lanes::Number;
use super::{LookupScratch, Planes, Tiling, Window, words};
use crate::Isa;

/// The largest magnitude of an 8-bit input.
const LARGEST: usize = 128;
/// The most segments of a vector: 32 lanes by 4.
const SEGMENTS: usize = 8;

/// A convolution with weights of ±1.
///
/// It reads padded planes (see [`padded`](Self::padded)) and writes planes of `f32`. Its work comes in
/// [`units`](Self::units), in any order and on any threads.
#[derive(Clone, Debug)]
pub struct SignConv {
    window: Window,
    tiling: Tiling,
    variant: Variant,
    outputs: usize,
    words: Vec<u64>,
    /// Where each channel (or tap of a channel) begins in the padded planes.
    channels: Vec<usize>,
    padded: [usize; 2],
    /// Outputs of a unit.
    share: usize,
}

impl SignConv {
    /// Plans a convolution for inputs of type `T`, `f32` or `i16`, and for as many threads.
    ///
    /// `bits` are the signs: for each output a row of ⌈inputs · kernel² / 8⌉ bytes in the order
    /// `[input][row][column]`, from the least significant bit on, 1 for +1.
    ///
    /// # Panics
    ///
    /// When `bits` has another length, or a size is 0.
    pub fn new<T: Number>(
        window: Window,
        inputs: usize,
        outputs: usize,
        bits: &[u8],
        threads: usize,
    ) -> Self {
        // The widest layers gain from tables of five rows: 32 entries to fill, for a fifth less to add.
        let (group, rows) = if window.kernel == 3 && outputs >= 96 {
            (5, 2)
        } else {
            (4, 0)
        };
        Self::with::<T>(window, inputs, outputs, bits, threads, group, rows)
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
        threads: usize,
        group: usize,
        rows: usize,
    ) -> Self {
        assert!(matches!(group, 4 | 5), "channels of a group");
        assert!(inputs > 0 && outputs > 0, "a convolution without channels");
        let area = window.kernel * window.kernel;
        assert_eq!(
            bits.len(),
            outputs * (inputs * area).div_ceil(8),
            "a row of bits for each output"
        );
        let tiling = Tiling::new(window.output(), T::LANES, rows);
        let padded = tiling.padded(&window);
        let plane = padded[0] * padded[1];
        // Kernels other than 3×3 are taken apart: a channel of its own for each tap.
        let whole = window.kernel == 3 && matches!(window.stride, 1 | 2);
        let (variant, taps, channels) = if whole {
            let variant = Variant {
                group,
                kernel: 3,
                stride: window.stride,
                rows: tiling.rows,
            };
            (
                variant,
                9,
                (0..inputs).map(|channel| channel * plane).collect(),
            )
        } else {
            let variant = Variant {
                group,
                kernel: 1,
                stride: 1,
                rows: tiling.rows,
            };
            let place = |index: usize| {
                let (channel, tap) = (index / area, index % area);
                channel * plane + tap / window.kernel * padded[1] + tap % window.kernel
            };
            (
                variant,
                1,
                (0..inputs * area).map(place).collect::<Vec<_>>(),
            )
        };
        let words = words::words(outputs, channels.len(), taps, group, bits);
        Self {
            window,
            tiling,
            variant,
            outputs,
            words,
            channels,
            padded,
            share: share(tiling.tiles(), outputs, threads),
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

    /// Units of work.
    pub fn units(&self) -> usize {
        self.tiling.tiles() * self.outputs.div_ceil(self.share)
    }

    /// Lines of scratch memory that a unit needs.
    pub fn scratch_lines(&self) -> usize {
        let (tables, pixels, sums) = self.memory();
        // Sums of 8-bit inputs go on in 32 bits, twice the size.
        tables + pixels + 3 * sums
    }

    /// Vectors of tables, of pixels, and of sums.
    fn memory(&self) -> (usize, usize, usize) {
        let Variant {
            group,
            kernel,
            stride,
            rows,
        } = self.variant;
        let tables = (kernel * ((rows - 1) * stride + kernel)) << group;
        (tables, group + 1, self.share * rows)
    }

    /// Does a unit's work in `f32`: `out = scale · sum`, or `out += scale · sum` where `add` says so, for the
    /// unit's part of `out`, which is `[output][row][column]`. `scales` has one number for each output.
    ///
    /// # Safety
    ///
    /// No other thread runs the same unit on the same `out` at the same time.
    ///
    /// # Panics
    ///
    /// When a length or the scratch memory does not fit, or there is no such unit.
    pub unsafe fn run_f32(
        &self,
        isa: Isa,
        unit: usize,
        input: &[f32],
        scales: &[f32],
        add: bool,
        out: &Planes<'_>,
        scratch: &mut LookupScratch,
    ) {
        assert_eq!(scales.len(), self.outputs, "scales");
        let memory = self.split::<f32>(scratch);
        let (tile, outputs) = self.part(unit);
        let sums = outputs.len() * self.tiling.rows * f32::LANES;
        // SAFETY: `split` checked the room.
        unsafe { core::slice::from_raw_parts_mut(memory.sums, sums).fill(0.0) };
        self.sum(isa, tile, outputs.clone(), input, &memory, |_| ());
        // SAFETY: as above; the sums are not written any more.
        let sums = unsafe { core::slice::from_raw_parts(memory.sums, sums) };
        for (output, sums) in outputs.zip(sums.chunks_exact(self.tiling.rows * f32::LANES)) {
            let scale = scales[output];
            // SAFETY: the caller's promise.
            unsafe {
                self.write(tile, output, sums, out, |old, sum| {
                    if add { old + scale * sum } else { scale * sum }
                })
            };
        }
    }

    /// As [`run_f32`](Self::run_f32) for inputs from −128 to 127: `scale · (sum + bias)`, where the sum is
    /// exact.
    ///
    /// Sums are kept in 16 bits for as many groups as cannot overflow them, then added up in 32. An entry of
    /// G channels is at most 128 · G, a group adds one for each tap; for 3×3 and G = 4 that is 4,608, and
    /// seven groups make 32,256 < 2¹⁵. In 32 bits 2¹⁶ channels of 15² taps and 128 make 1.9 · 10⁹ < 2³¹.
    /// Larger inputs give other sums, and nothing worse.
    ///
    /// # Safety
    ///
    /// As for [`run_f32`](Self::run_f32).
    ///
    /// # Panics
    ///
    /// As [`run_f32`](Self::run_f32).
    pub unsafe fn run_i16(
        &self,
        isa: Isa,
        unit: usize,
        input: &[i16],
        (scales, biases): (&[f32], &[i32]),
        add: bool,
        out: &Planes<'_>,
        scratch: &mut LookupScratch,
    ) {
        assert_eq!(
            [scales.len(), biases.len()],
            [self.outputs; 2],
            "scales and biases"
        );
        let memory = self.split::<i16>(scratch);
        let (tile, outputs) = self.part(unit);
        let each = self.tiling.rows * i16::LANES;
        let count = outputs.len() * each;
        // SAFETY: `split` left twice the room of the 16-bit sums behind them.
        let (short, long) = unsafe {
            let short = core::slice::from_raw_parts_mut(memory.sums, count);
            let behind = memory.sums.add(self.share * each).cast::<i32>();
            (short, core::slice::from_raw_parts_mut(behind, count))
        };
        short.fill(0);
        long.fill(0);
        self.sum(isa, tile, outputs.clone(), input, &memory, |isa| {
            // SAFETY: the same memory, which nothing else uses while this runs.
            let short = unsafe { core::slice::from_raw_parts_mut(memory.sums, count) };
            spill(isa, short, long);
        });
        for (output, sums) in outputs.zip(long.chunks_exact(each)) {
            let (scale, bias) = (scales[output], biases[output]);
            let real = |sum: i32| scale * sum.wrapping_add(bias) as f32;
            // SAFETY: the caller's promise.
            unsafe {
                self.write(tile, output, sums, out, |old, sum| {
                    if add { old + real(sum) } else { real(sum) }
                })
            };
        }
    }

    /// Tables, pixels and sums in the scratch memory.
    fn split<T>(&self, scratch: &mut LookupScratch) -> Memory<T> {
        assert!(scratch.lines() >= self.scratch_lines(), "scratch memory");
        let (tables, pixels, _) = self.memory();
        let start = scratch.start();
        // SAFETY: within the lines just counted, 64 bytes each.
        unsafe {
            Memory {
                tables: start.cast(),
                pixels: start.add(tables * 64).cast(),
                sums: start.add((tables + pixels) * 64).cast(),
            }
        }
    }

    /// The tile and the outputs of a unit.
    fn part(&self, unit: usize) -> (usize, core::ops::Range<usize>) {
        assert!(unit < self.units(), "no unit {unit}");
        let tiles = self.tiling.tiles();
        let start = unit / tiles * self.share;
        (unit % tiles, start..self.outputs.min(start + self.share))
    }

    /// All groups of a tile; `pause` is called when 16 bits could be full, and at the end.
    fn sum<T: Registers>(
        &self,
        isa: Isa,
        tile: usize,
        outputs: core::ops::Range<usize>,
        input: &[T],
        memory: &Memory<T>,
        mut pause: impl FnMut(Isa),
    ) {
        let plane = self.padded[0] * self.padded[1];
        let area = self.window.kernel * self.window.kernel;
        let planes = self.channels.len() / if self.variant.kernel == 3 { 1 } else { area };
        assert_eq!(input.len(), planes * plane, "padded input planes");
        let mut places = [0; SEGMENTS];
        for (segment, place) in places.iter_mut().enumerate().take(self.tiling.segments) {
            // A segment past the last repeats the first; nobody reads its sums.
            let [top, left] = self.tiling.segment(tile, segment).unwrap_or([0, 0]);
            *place = (top * self.padded[1] + left) * self.window.stride;
        }
        let source = Source {
            planes: input,
            channels: &self.channels,
            segments: &places[..self.tiling.segments],
            row: self.padded[1],
            width: self.tiling.width,
            stride: self.window.stride,
        };
        let Variant { group, kernel, .. } = self.variant;
        let until_full = i16::MAX as usize / (LARGEST * group * kernel * kernel);
        let groups = self.channels.len().div_ceil(group);
        for index in 0..groups {
            let words = &self.words[index * self.outputs..][outputs.clone()];
            // SAFETY: `Tiling::padded` made the planes large enough for every segment, `split` the memory.
            unsafe { run(isa, self.variant, &source, index * group, words, memory) };
            if (index + 1) % until_full == 0 || index + 1 == groups {
                pause(isa);
            }
        }
    }

    /// Writes one output's sums of a tile to where its segments lie in the image.
    ///
    /// # Safety
    ///
    /// Nobody else uses this part of `out`.
    unsafe fn write<S: Copy>(
        &self,
        tile: usize,
        output: usize,
        sums: &[S],
        out: &Planes<'_>,
        result: impl Fn(f32, S) -> f32,
    ) {
        let [height, width] = self.window.output();
        let lanes = self.tiling.segments * self.tiling.width;
        for segment in 0..self.tiling.segments {
            let Some([top, left]) = self.tiling.segment(tile, segment) else {
                continue;
            };
            let run = self.tiling.width.min(width - left);
            for row in 0..self.tiling.rows.min(height - top) {
                let at = (output * height + top + row) * width + left;
                // SAFETY: the caller's promise.
                let out = unsafe { out.slice(at, run) };
                let from = &sums[row * lanes + segment * self.tiling.width..][..run];
                for (out, &sum) in out.iter_mut().zip(from) {
                    *out = result(*out, sum);
                }
            }
        }
    }
}

/// Outputs of a unit: all of them, unless there are too few tiles to keep the threads busy.
fn share(tiles: usize, outputs: usize, threads: usize) -> usize {
    let threads = threads.max(1);
    if tiles.is_multiple_of(threads) || tiles >= 8 * threads {
        return outputs;
    }
    outputs.div_ceil(threads)
}

crate::isa::per_isa! {
    /// Moves 16-bit sums over to 32 bits.
    fn spill(short: &mut [i16], long: &mut [i32]) {
        for (long, short) in long.iter_mut().zip(short) {
            *long += i32::from(*short);
            *short = 0;
        }
    }
}
