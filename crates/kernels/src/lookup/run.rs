//! The work of a unit: sums of a tile, then the scales, and out to the image.

use core::ops::Range;

use super::accumulate::{Memory, Source};
use super::conv::{SignConv, Unit};
use super::dispatch::{Registers, Variant, run};
use super::epilogue::{Epilogue, Finished, finish_f32, finish_i32};
use super::number::Number;
use super::{LookupScratch, SEGMENTS};
use crate::{Isa, SharedSlice};

/// The largest magnitude of an 8-bit input.
const LARGEST: usize = 128;

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
        out: &SharedSlice<'_>,
        scratch: &mut LookupScratch,
    ) {
        let tile = self.finished(unit, epilogue, out);
        let memory = self.split::<f32>(scratch);
        let outputs = unit.outputs.clone();
        let sums = outputs.len() * self.tiling.rows * f32::LANES;
        // SAFETY: `split` checked the room.
        unsafe { core::slice::from_raw_parts_mut(memory.sums, sums).fill(0.0) };
        self.sum(isa, unit.tile, outputs, input, &memory, |_| ());
        // SAFETY: as above; the sums are not written any more.
        let sums = unsafe { core::slice::from_raw_parts(memory.sums, sums) };
        finish_f32(isa, &tile, sums);
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
        out: &SharedSlice<'_>,
        scratch: &mut LookupScratch,
    ) {
        let tile = self.finished(unit, epilogue, out);
        assert_eq!(epilogue.biases.len(), self.outputs, "biases");
        let memory = self.split::<i16>(scratch);
        let outputs = unit.outputs.clone();
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
        self.sum(isa, unit.tile, outputs, input, &memory, |isa| {
            // SAFETY: the same memory, which nothing else uses while this runs.
            let short = unsafe { core::slice::from_raw_parts_mut(memory.sums, count) };
            spill(isa, short, long);
        });
        finish_i32(isa, &tile, long);
    }

    /// What is done with a unit's sums.
    fn finished<'a>(
        &'a self,
        unit: &Unit,
        epilogue: &'a Epilogue<'a>,
        out: &'a SharedSlice<'a>,
    ) -> Finished<'a> {
        let finished = Finished {
            tiling: &self.tiling,
            image: self.window.output(),
            tile: unit.tile,
            outputs: unit.outputs.clone(),
            epilogue,
            out,
        };
        finished.check(self.outputs);
        finished
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
