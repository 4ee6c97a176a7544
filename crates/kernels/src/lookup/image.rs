//! The safe entry: all units of an image, with every length checked.

use super::{Epilogue, LookupScratch, Map, SignConv, Unit};
use crate::{Isa, Parallel, SharedSlice};

impl SignConv {
    /// Convolves an image in `f32`: `out = scale · sum`.
    ///
    /// `input` holds [padded](Self::padded) planes, `[input][row][column]`, `scales` a factor for each output. `out` is
    /// `[output][row][column]`, of [`Window::output`](super::Window::output) rows and columns. Each of `scratch` is what one
    /// task needs, [`scratch_lines`](Self::scratch_lines) or more. With one of them the calling thread does all the work; with
    /// several, `parallel` runs as many tasks. Without the feature `std` there is one thread. The bits are always the same.
    ///
    /// ```
    /// use kernels::lookup::{LookupScratch, SignConv, Window};
    /// use kernels::{Isa, Serial};
    ///
    /// // A channel of 2×2 pixels, padded by one on each side, and a kernel of nine +1.
    /// let window = Window { height: 2, width: 2, kernel: 3, stride: 1, before: [1, 1] };
    /// let conv = SignConv::new::<f32>(window, 1, 1, &[0b1111_1111, 0b1]);
    /// let [rows, columns] = conv.padded();
    /// let mut input = vec![0.0; rows * columns];
    /// for (y, x, pixel) in [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 3.0), (1, 1, 4.0)] {
    ///     input[(y + 1) * columns + x + 1] = pixel;
    /// }
    /// let mut scratch = [LookupScratch::new(conv.scratch_lines())];
    /// let mut out = [0.0; 4];
    /// conv.convolve_f32(Isa::best(), &Serial, &input, &[0.5], &mut out, &mut scratch);
    /// assert_eq!(out, [5.0; 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// When a length does not fit, there is no scratch memory or too little, the convolution was planned for `i16`, or
    /// `parallel` calls a task twice.
    pub fn convolve_f32(
        &self,
        isa: Isa,
        parallel: &dyn Parallel,
        input: &[f32],
        scales: &[f32],
        out: &mut [f32],
        scratch: &mut [LookupScratch],
    ) {
        let out = self.shared(out);
        let epilogue = Epilogue {
            scales,
            biases: &[],
            map: Map::Set,
            next: None,
        };
        self.each_unit(parallel, scratch, &|unit, scratch| {
            // SAFETY: each unit comes once, and nobody else has `out`.
            unsafe { self.run_f32(isa, unit, input, &epilogue, &out, scratch) };
        });
    }

    /// As [`convolve_f32`](Self::convolve_f32) for inputs from −128 to 127: `out = scale · (sum + bias)`, where the sum is exact.
    ///
    /// # Panics
    ///
    /// As [`convolve_f32`](Self::convolve_f32), and when the convolution was planned for `f32`.
    #[expect(
        clippy::too_many_arguments,
        reason = "what it runs on, what it reads, where it goes"
    )]
    pub fn convolve_i16(
        &self,
        isa: Isa,
        parallel: &dyn Parallel,
        input: &[i16],
        scales: &[f32],
        biases: &[i32],
        out: &mut [f32],
        scratch: &mut [LookupScratch],
    ) {
        let out = self.shared(out);
        let epilogue = Epilogue {
            scales,
            biases,
            map: Map::Set,
            next: None,
        };
        self.each_unit(parallel, scratch, &|unit, scratch| {
            // SAFETY: each unit comes once, and nobody else has `out`.
            unsafe { self.run_i16(isa, unit, input, &epilogue, &out, scratch) };
        });
    }

    /// The units' common output.
    fn shared<'a>(&self, out: &'a mut [f32]) -> SharedSlice<'a> {
        let [height, width] = self.window().output();
        assert_eq!(out.len(), self.outputs() * height * width, "output planes");
        SharedSlice::new(out)
    }

    /// Calls `work` once with every unit, and with memory that is the task's alone.
    fn each_unit(
        &self,
        parallel: &dyn Parallel,
        scratch: &mut [LookupScratch],
        work: &(dyn Fn(&Unit, &mut LookupScratch) + Sync),
    ) {
        #[cfg(feature = "std")]
        if scratch.len().min(parallel.threads()) > 1 {
            return self.each_unit_of_tasks(parallel, scratch, work);
        }
        #[cfg(not(feature = "std"))]
        let _ = parallel;
        let scratch = scratch.first_mut().expect("scratch memory");
        for index in 0..self.units(1) {
            work(&self.unit(1, index), scratch);
        }
    }

    #[cfg(feature = "std")]
    fn each_unit_of_tasks(
        &self,
        parallel: &dyn Parallel,
        scratch: &mut [LookupScratch],
        work: &(dyn Fn(&Unit, &mut LookupScratch) + Sync),
    ) {
        use std::sync::Mutex;

        let tasks = scratch.len().min(parallel.threads());
        let units = self.units(tasks);
        // Whoever comes second finds nothing: `Parallel` is safe to implement, so its word is not enough.
        let memory: Vec<_> = scratch
            .iter_mut()
            .map(|scratch| Mutex::new(Some(scratch)))
            .collect();
        parallel.run(tasks, &|task| {
            let scratch = memory[task].lock().ok().and_then(|mut slot| slot.take());
            let scratch = scratch.expect("a task index comes once");
            for index in task * units / tasks..(task + 1) * units / tasks {
                work(&self.unit(tasks, index), scratch);
            }
        });
    }
}
