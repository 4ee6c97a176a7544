//! Zeros around the image where Burn's symmetric padding is not the one that is wanted.

use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions, PadMode};
use graph::{Padding, PoolDivisor};

/// Pads for windows of `kernel` pixels with `stride` by this rule, so that none is left to do.
fn pad(x: Tensor<4>, padding: Padding, kernel: usize, stride: usize, with: f32) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let pads = [height, width].map(|size| {
        let before = padding.before(size, kernel, stride);
        let read = (padding.output(size, stride) - 1) * stride + kernel;
        (before, read.saturating_sub(before + size))
    });
    x.pad(pads, PadMode::Constant(with))
}

/// Whether Burn's own padding, half of the kernel on all sides, is another one.
pub(crate) fn differs(padding: Padding, stride: usize) -> bool {
    padding == Padding::BottomRight && stride == 2
}

/// Pads for a convolution.
pub(crate) fn pad_zeros(x: Tensor<4>, padding: Padding, kernel: usize, stride: usize) -> Tensor<4> {
    pad(x, padding, kernel, stride, 0.0)
}

/// The maximum of 3×3 windows with stride 2. `[batch, c, h, w]` becomes `[batch, c, ⌈h/2⌉, ⌈w/2⌉]`.
pub(crate) fn max_pool(x: Tensor<4>, padding: Padding) -> Tensor<4> {
    let options = MaxPoolOptions::new([3, 3]).with_stride([2, 2]);
    match differs(padding, 2) {
        false => max_pool2d(x, options.with_padding([1, 1])),
        true => max_pool2d(pad(x, padding, 3, 2, f32::MIN), options),
    }
}

/// The mean of 3×3 windows with stride 2. `[batch, c, h, w]` becomes `[batch, c, ⌈h/2⌉, ⌈w/2⌉]`.
pub(crate) fn avg_pool(x: Tensor<4>, padding: Padding, divisor: PoolDivisor) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let options = AvgPoolOptions::new([3, 3]).with_stride([2, 2]);
    if !differs(padding, 2) {
        let options = options.with_padding([1, 1]);
        return avg_pool2d(
            x,
            options.with_count_include_pad(divisor == PoolDivisor::Kernel),
        );
    }
    let device = x.device();
    let pool = |x: Tensor<4>| avg_pool2d(pad(x, padding, 3, 2, 0.0), options.clone());
    match divisor {
        PoolDivisor::Kernel => pool(x),
        PoolDivisor::Inside => {
            let inside = pool(Tensor::ones([1, 1, height, width], &device));
            pool(x) / inside
        }
    }
}
