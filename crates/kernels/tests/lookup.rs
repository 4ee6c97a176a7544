//! Look-up convolutions against a plain loop, on every instruction set that this machine has.

#[macro_use]
mod isas;
mod random;

use kernels::lookup::{Epilogue, LookupScratch, Map, Number, SignConv, Window};
use kernels::{Isa, SharedSlice};
use proptest::prelude::*;
use random::{Random, cases};

suite!(floats integers any_window largest_integers misaligned);

#[cfg(feature = "std")]
type Threads = kernels::Scoped;
#[cfg(not(feature = "std"))]
type Threads = kernels::Serial;

/// A convolution, its signs, and its padded input, whose padding is `filler`.
struct Case<T> {
    conv: SignConv,
    window: Window,
    inputs: usize,
    outputs: usize,
    signs: Vec<bool>,
    image: Vec<T>,
    padded: Vec<T>,
    filler: T,
    threads: usize,
    name: String,
}

impl<T: Number> Case<T> {
    fn new(
        window: Window,
        [inputs, outputs]: [usize; 2],
        [group, rows, threads]: [usize; 3],
        filler: T,
        random: &mut Random,
        mut pixel: impl FnMut(&mut Random) -> T,
    ) -> Self {
        let row = inputs * window.kernel * window.kernel;
        let signs: Vec<bool> = (0..outputs * row).map(|_| random.below(2) == 1).collect();
        let mut bits = vec![0u8; outputs * row.div_ceil(8)];
        for (index, _) in signs.iter().enumerate().filter(|(_, sign)| **sign) {
            bits[index / row * row.div_ceil(8) + index % row / 8] |= 1 << (index % row % 8);
        }
        let conv = SignConv::with::<T>(window, inputs, outputs, &bits, group, rows);
        let image: Vec<T> = (0..inputs * window.height * window.width)
            .map(|_| pixel(random))
            .collect();
        let [height, width] = conv.padded();
        let mut padded = vec![filler; inputs * height * width];
        for (index, &pixel) in image.iter().enumerate() {
            let (channel, rest) = (
                index / (window.height * window.width),
                index % (window.height * window.width),
            );
            let (y, x) = (
                rest / window.width + window.before[0],
                rest % window.width + window.before[1],
            );
            padded[(channel * height + y) * width + x] = pixel;
        }
        let name = format!(
            "{window:?} {inputs} -> {outputs}, groups of {group}, rows {rows}, threads {threads}"
        );
        Self {
            conv,
            window,
            inputs,
            outputs,
            signs,
            image,
            padded,
            filler,
            threads,
            name,
        }
    }

    /// Sums of the plain loop in `f64`, and the sums of magnitudes.
    fn expected(&self, number: impl Fn(T) -> f64) -> Vec<(f64, f64)> {
        let Window {
            height,
            width,
            kernel,
            stride,
            before,
        } = self.window;
        let [rows, columns] = self.window.output();
        let mut all = Vec::new();
        for output in 0..self.outputs {
            for (oy, ox) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                let (mut sum, mut size) = (0.0, 0.0);
                for index in 0..self.inputs * kernel * kernel {
                    let (channel, tap) = (index / (kernel * kernel), index % (kernel * kernel));
                    let y = (oy * stride + tap / kernel).wrapping_sub(before[0]);
                    let x = (ox * stride + tap % kernel).wrapping_sub(before[1]);
                    let inside = y < height && x < width;
                    let pixel = number(if inside {
                        self.image[(channel * height + y) * width + x]
                    } else {
                        self.filler
                    });
                    let sign = self.signs[output * self.inputs * kernel * kernel + index];
                    sum += if sign { pixel } else { -pixel };
                    size += pixel.abs();
                }
                all.push((sum, size));
            }
        }
        all
    }

    /// Threads, and memory for each.
    fn tasks(&self) -> (Threads, Vec<LookupScratch>) {
        let memory = || LookupScratch::new(self.conv.scratch_lines());
        #[cfg(feature = "std")]
        let parallel = kernels::Scoped(self.threads);
        #[cfg(not(feature = "std"))]
        let parallel = kernels::Serial;
        (parallel, (0..self.threads).map(|_| memory()).collect())
    }

    fn outputs_len(&self) -> usize {
        self.outputs * self.window.output().iter().product::<usize>()
    }
}

/// Sizes around the 16 and 32 lanes, kernels and strides of the networks, odd channels, both paddings.
fn windows() -> Vec<(Window, [usize; 2])> {
    let mut all = Vec::new();
    let window = |height, width, kernel, stride, before| Window {
        height,
        width,
        kernel,
        stride,
        before: [before; 2],
    };
    for width in (1..=9).chain([15, 16, 17, 31, 32, 33, 63, 64, 65]) {
        all.push((window(3, width, 3, 1, 1), [5, 3]));
    }
    for height in 1..=9 {
        all.push((window(height, 8, 3, 1, 1), [4, 2]));
    }
    for (side, before) in [(16, 1), (16, 0), (7, 1), (64, 1), (33, 1)] {
        all.push((window(side, side, 3, 2, before), [6, 5]));
    }
    for (side, kernel, stride, before) in [
        (8, 1, 1, 0),
        (9, 1, 2, 0),
        (20, 7, 2, 3),
        (20, 7, 2, 2),
        (11, 5, 1, 2),
    ] {
        all.push((window(side, side, kernel, stride, before), [3, 7]));
    }
    for inputs in 1..=11 {
        all.push((window(4, 4, 3, 1, 1), [inputs, 1]));
    }
    // Miri takes a thousand times as long.
    all.into_iter()
        .step_by(if cfg!(miri) { 8 } else { 1 })
        .collect()
}

/// Groups, rows, and threads.
const PLANS: [[usize; 3]; 5] = [[4, 0, 1], [4, 4, 2], [5, 2, 3], [4, 2, 1], [5, 4, 1]];

fn run_f32(isa: Isa, case: &Case<f32>, input: &[f32], scales: &[f32], out: &mut [f32], add: bool) {
    let mut scratch = LookupScratch::new(case.conv.scratch_lines());
    let planes = SharedSlice::new(out);
    let epilogue = Epilogue {
        scales,
        biases: &[],
        map: if add { Map::Add } else { Map::Set },
        next: None,
    };
    for unit in 0..case.conv.units(case.threads) {
        let unit = case.conv.unit(case.threads, unit);
        // SAFETY: on this thread alone.
        unsafe {
            case.conv
                .run_f32(isa, &unit, input, &epilogue, &planes, &mut scratch)
        };
    }
}

fn floats(isa: Isa) {
    let mut random = Random(3);
    for (window, channels) in windows() {
        for plan in PLANS {
            let case = Case::new(window, channels, plan, 0.0, &mut random, |random| {
                random.floats(1)[0]
            });
            let scales: Vec<f32> = (0..case.outputs).map(|i| 0.5 + i as f32).collect();
            // NaN: what is not written shows.
            let mut out = vec![f32::NAN; case.outputs_len()];
            run_f32(isa, &case, &case.padded, &scales, &mut out, false);
            let mut whole = vec![f32::NAN; out.len()];
            let (parallel, mut scratch) = case.tasks();
            let (conv, input) = (&case.conv, &case.padded);
            conv.convolve_f32(isa, &parallel, input, &scales, &mut whole, &mut scratch);
            assert_eq!(out, whole, "{}", case.name);
            let mut twice = out.clone();
            run_f32(isa, &case, &case.padded, &scales, &mut twice, true);
            let terms = (case.inputs * window.kernel * window.kernel + 8) as f64;
            let plane = out.len() / case.outputs;
            for (index, (sum, size)) in case.expected(f64::from).into_iter().enumerate() {
                let scale = f64::from(scales[index / plane]);
                // Each addition rounds by at most half a unit in the last place of the magnitudes' sum.
                let bound = terms * size * scale * f64::from(f32::EPSILON);
                let error = (f64::from(out[index]) - sum * scale).abs();
                assert!(
                    error <= bound,
                    "{}: {index}: error {error} over {bound}",
                    case.name
                );
                assert_eq!(twice[index], out[index] + out[index], "{}", case.name);
            }
            // Nothing is fused, so every machine gives the same floats.
            let mut portable = vec![f32::NAN; out.len()];
            run_f32(
                Isa::portable(),
                &case,
                &case.padded,
                &scales,
                &mut portable,
                false,
            );
            assert_eq!(out, portable, "{}", case.name);
        }
    }
}

fn exact(isa: Isa, case: &Case<i16>) {
    let scales = vec![1.0; case.outputs];
    let biases: Vec<i32> = (0..case.outputs as i32).map(|i| 3 * i - 1).collect();
    let mut out = vec![f32::NAN; case.outputs_len()];
    let (parallel, mut scratch) = case.tasks();
    let (conv, input) = (&case.conv, &case.padded);
    conv.convolve_i16(
        isa,
        &parallel,
        input,
        &scales,
        &biases,
        &mut out,
        &mut scratch,
    );
    let plane = out.len() / case.outputs;
    for (index, (sum, _)) in case.expected(f64::from).into_iter().enumerate() {
        let expected = sum + f64::from(biases[index / plane]);
        // All sums here are below 2^24, which f32 holds exactly.
        assert_eq!(f64::from(out[index]), expected, "{}: {index}", case.name);
    }
}

fn integers(isa: Isa) {
    let mut random = Random(4);
    for (window, channels) in windows() {
        for plan in PLANS {
            let case = Case::new(window, channels, plan, -128, &mut random, |random| {
                random.below(256) as i16 - 128
            });
            exact(isa, &case);
        }
    }
}

/// Whatever the sizes are; of a wrong one the smallest is told.
fn any_window(isa: Isa) {
    // Miri takes minutes for what takes milliseconds.
    let (sides, kernels, channels) = match cfg!(miri) {
        true => (1..8usize, 1..=3usize, 1..5usize),
        false => (1..40, 1..=7, 1..12),
    };
    let sizes = (
        [sides.clone(), sides],
        kernels,
        1..=3usize,
        [channels.clone(), channels],
    );
    let plan = (
        4..=5usize,
        prop_oneof![Just(0usize), Just(2), Just(4)],
        1..=3usize,
    );
    let strategy = (sizes, 0..=3usize, plan, any::<u64>());
    let tried = cases(60).run(
        &strategy,
        |(sizes, before, (group, rows, threads), seed)| {
            let ([height, width], kernel, stride, channels) = sizes;
            let window = Window {
                height,
                width,
                kernel,
                stride,
                before: [before.min(kernel / 2); 2],
            };
            let plan = [group, rows, threads];
            let pixel = |random: &mut Random| random.below(256) as i16 - 128;
            let case = Case::new(window, channels, plan, -128, &mut Random(seed), pixel);
            exact(isa, &case);
            Ok(())
        },
    );
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// All inputs −128 and hundreds of them: what overflows 16 bits unless the sums move on in time.
fn largest_integers(isa: Isa) {
    let mut random = Random(5);
    let sizes = [(3, 70), (1, 700), (5, 29)];
    for &(kernel, inputs) in &sizes[..if cfg!(miri) { 1 } else { 3 }] {
        let window = Window {
            height: 4,
            width: 5,
            kernel,
            stride: 1,
            before: [kernel / 2; 2],
        };
        for plan in PLANS {
            let mut case = Case::new(window, [inputs, 2], plan, -128, &mut random, |_| -128);
            let row = inputs * kernel * kernel;
            // Outputs of only +1 and only −1.
            let bits: Vec<u8> = [255, 0]
                .into_iter()
                .flat_map(|byte| vec![byte; row.div_ceil(8)])
                .collect();
            case.signs = [true, false]
                .into_iter()
                .flat_map(|sign| vec![sign; row])
                .collect();
            case.conv = SignConv::with::<i16>(window, inputs, 2, &bits, plan[0], plan[1]);
            exact(isa, &case);
        }
    }
}

/// Inputs and outputs that begin at any float.
fn misaligned(isa: Isa) {
    let mut random = Random(6);
    let window = Window {
        height: 9,
        width: 33,
        kernel: 3,
        stride: 1,
        before: [1, 1],
    };
    let case = Case::new(window, [5, 3], [4, 0, 1], 0.0, &mut random, |random| {
        random.floats(1)[0]
    });
    let scales = [1.0; 3];
    let mut aligned = vec![f32::NAN; case.outputs_len()];
    run_f32(isa, &case, &case.padded, &scales, &mut aligned, false);
    for start in 1..16 {
        let mut input = vec![f32::NAN; start];
        input.extend_from_slice(&case.padded);
        let mut out = vec![f32::NAN; start + aligned.len()];
        run_f32(
            isa,
            &case,
            &input[start..],
            &scales,
            &mut out[start..],
            false,
        );
        assert_eq!(out[start..], aligned);
    }
}

/// A whole image needs no promise, so it checks all there is.
#[test]
fn wrong_lengths_are_refused() {
    let window = Window {
        height: 4,
        width: 4,
        kernel: 3,
        stride: 1,
        before: [1, 1],
    };
    let conv = SignConv::new::<f32>(window, 2, 3, &[0; 9]);
    let input = 2 * conv.padded().iter().product::<usize>();
    let lines = conv.scratch_lines();
    for (input, scales, out, memory, fits) in [
        (input, 3, 48, vec![lines], true),
        (input - 1, 3, 48, vec![lines], false),
        (input, 2, 48, vec![lines], false),
        (input, 3, 47, vec![lines], false),
        (input, 3, 48, vec![lines - 1], false),
        (input, 3, 48, vec![], false),
    ] {
        let ran = std::panic::catch_unwind(|| {
            let mut scratch: Vec<_> = memory.iter().map(|&n| LookupScratch::new(n)).collect();
            conv.convolve_f32(
                Isa::portable(),
                &kernels::Serial,
                &vec![0.0; input],
                &vec![1.0; scales],
                &mut vec![0.0; out],
                &mut scratch,
            );
        });
        assert_eq!(ran.is_ok(), fits, "{input} {scales} {out} {memory:?}");
    }
}

/// A `Parallel` that breaks its word gets a panic, not two threads in one place.
#[cfg(feature = "std")]
#[test]
#[should_panic(expected = "a task index comes once")]
fn a_task_that_comes_twice_is_refused() {
    struct Twice;
    impl kernels::Parallel for Twice {
        fn threads(&self) -> usize {
            2
        }
        fn run(&self, _: usize, task: &(dyn Fn(usize) + Sync)) {
            task(0);
            task(0);
        }
    }
    let window = Window {
        height: 4,
        width: 4,
        kernel: 3,
        stride: 1,
        before: [1, 1],
    };
    let conv = SignConv::new::<f32>(window, 1, 1, &[0; 2]);
    let input = vec![0.0; conv.padded().iter().product()];
    let mut scratch = [0, 1].map(|_| LookupScratch::new(conv.scratch_lines()));
    conv.convolve_f32(
        Isa::portable(),
        &Twice,
        &input,
        &[1.0],
        &mut [0.0; 16],
        &mut scratch,
    );
}
