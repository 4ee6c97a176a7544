//! The work of a unit: sums of a tile, then the scales, and out to the image.

use core::ops::Range;

use super::accumulate::{Memory, Source};
use super::conv::{SignConv, Unit};
use super::dispatch::{Registers, Variant, run};
use super::lanes::Number;
use super::scale::{scaled, scaled_integers, spill};
use super::{LookupScratch, Planes};
use crate::Isa;

/// The largest magnitude of an 8-bit input.
const LARGEST: usize = 128;
/// The most segments of a vector: 32 lanes by 4.
const SEGMENTS: usize = 8;

/// What becomes of an output's sum.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// A factor for each output.
    pub scales: &'a [f32],
    /// What is added to integer sums before the factor, for each output; not used with `f32`.
    pub biases: &'a [i32],
    /// Whether the result is added to what is there: the skip connection.
    pub add: bool,
}

impl SignConv {
    /// Does a unit's work in `f32`: `scale · sum`, for the unit's part of `out`, which is
    /// `[output][row][column]`.
    ///
    /// # Safety
    ///
    /// No other thread runs the same unit on the same `out` at the same time.
    ///
    /// # Panics
    ///
    /// When a length or the scratch memory does not fit, or the unit is another convolution's.
    pub unsafe fn run_f32(
        &self,
        isa: Isa,
        unit: &Unit,
        input: &[f32],
        epilogue: &Epilogue<'_>,
        out: &Planes<'_>,
        scratch: &mut LookupScratch,
    ) {
        let (scales, add) = (epilogue.scales, epilogue.add);
        assert_eq!(scales.len(), self.outputs, "scales");
        let memory = self.split::<f32>(scratch);
        let (tile, outputs) = (unit.tile, unit.outputs.clone());
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
                self.write(tile, output, sums, out, |sums, out| {
                    scaled(isa, scale, add, sums, out);
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
        unit: &Unit,
        input: &[i16],
        epilogue: &Epilogue<'_>,
        out: &Planes<'_>,
        scratch: &mut LookupScratch,
    ) {
        let Epilogue {
            scales,
            biases,
            add,
        } = *epilogue;
        assert_eq!(scales.len(), self.outputs, "scales");
        assert_eq!(biases.len(), self.outputs, "biases");
        let memory = self.split::<i16>(scratch);
        let (tile, outputs) = (unit.tile, unit.outputs.clone());
        let each = self.tiling.rows * i16::LANES;
        let count = outputs.len() * each;
        // SAFETY: `split` left twice the room of the 16-bit sums behind them.
        let (short, long) = unsafe {
            let short = core::slice::from_raw_parts_mut(memory.sums, count);
            let behind = memory.sums.add(self.outputs * each).cast::<i32>();
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
            // SAFETY: the caller's promise.
            unsafe {
                self.write(tile, output, sums, out, |sums, out| {
                    scaled_integers(isa, scale, bias, add, sums, out);
                })
            };
        }
    }

    /// Tables, pixels and sums in the scratch memory.
    fn split<T: Number>(&self, scratch: &mut LookupScratch) -> Memory<T> {
        let lanes = self.tiling.segments * self.tiling.width;
        assert_eq!(lanes, T::LANES, "planned for another type of input");
        assert!(scratch.lines() >= self.scratch_lines(), "scratch memory");
        let (tables, pixels) = self.memory();
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

    /// All groups of a tile; `pause` is called when 16 bits could be full, and at the end.
    fn sum<T: Registers>(
        &self,
        isa: Isa,
        tile: usize,
        outputs: Range<usize>,
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
        result: impl Fn(&[S], &mut [f32]),
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
                result(from, out);
            }
        }
    }
}
