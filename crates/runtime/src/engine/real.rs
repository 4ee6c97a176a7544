//! A convolution with real weights: the plain way, for the few layers from elsewhere that have them.

use kernels::lookup::{Frame, Window};
use kernels::{Parallel, SharedSlice};

/// Sets or adds to `out`, `[output][row][column]`, the convolution of padded planes.
pub(super) fn conv(
    parallel: &dyn Parallel,
    window: &Window,
    frame: &Frame,
    weights: &[f32],
    input: &[f32],
    add: bool,
    out: &SharedSlice<'_>,
) {
    let [height, width] = window.output();
    let (kernel, stride) = (window.kernel, window.stride);
    let [rows, columns] = frame.padded;
    let row_len = input.len() / (rows * columns) * kernel * kernel;
    let size = height * width;
    parallel.run(weights.len() / row_len, &|output| {
        // SAFETY: this output is this task's alone.
        let out = unsafe { out.slice(output * size, size) };
        if !add {
            out.fill(0.0);
        }
        for (index, &weight) in weights[output * row_len..][..row_len].iter().enumerate() {
            let (channel, tap) = (index / (kernel * kernel), index % (kernel * kernel));
            let start = (channel * rows + tap / kernel) * columns + tap % kernel;
            for (y, out) in out.chunks_exact_mut(width).enumerate() {
                let from = input[start + y * stride * columns..].iter().step_by(stride);
                for (out, &pixel) in out.iter_mut().zip(from) {
                    *out += weight * pixel;
                }
            }
        }
    });
}
