//! Convolutions by Winograd F(4×4, 3×3), and what errors they may have.

use kernels::{Conv2d, ExecContext, Isa, Scoped, conv2d, conv2d_input_grad, conv2d_weight_grad};

use crate::oracle::{self, Sum, assert_close};
use crate::random::{Random, wide};

/// The root mean square of the errors over that of the answers.
const TYPICAL: f64 = 4e-6;

/// As the oracle has it; of wide 3×3 kernels the errors are bounded by a tile's largest products, not by their own.
pub fn weight_gradients(shape: &Conv2d, x: &[f32], grad_y: &[f32]) -> Vec<Sum> {
    let mut expected = oracle::conv2d_weight_grad(shape, x, grad_y);
    if by_winograd(shape) {
        // Along one axis, with |x| ≤ 1 and |grad_y| ≤ 1: the six values of x are at most 10, 10, 10, 6, 6, 10, those of
        // grad_y 1, 4, 4, 15, 15, 1, and the third weight takes them times ¼·0, ⅙, ⅙, ⅙, ⅙, 1: in all 10 · 4 / 3 + 6 · 15 / 3
        // + 10 under 54, and less for the others.
        let size = |size: usize| size.div_ceil(4);
        let tiles = (size(shape.out_height()) * size(shape.out_width()) * shape.batch) as f64;
        widen(&mut expected, 54.0, tiles);
    }
    expected
}

/// As the oracle has it, with the bounds of Winograd.
pub fn outputs(shape: &Conv2d, x: &[f32], w: &[f32]) -> Vec<Sum> {
    let mut expected = oracle::conv2d(shape, x, w);
    if by_winograd(shape) {
        // The six values of x as above; of a kernel at most ¼, ½, ½, 7/24, 7/24, 1; the fourth pixel takes them times 0, 1, 1,
        // 8, 8, 1: 10 · (½ + ½) + 6 · 8 · 7 / 12 + 10 = 48, and less for the others.
        widen(&mut expected, 48.0, shape.in_channels as f64);
    }
    expected
}

/// As the oracle has it, with the bounds of Winograd.
pub fn input_gradients(shape: &Conv2d, grad_y: &[f32], w: &[f32]) -> Vec<Sum> {
    let mut expected = oracle::conv2d_input_grad(shape, grad_y, w);
    if by_winograd(shape) && shape.padding <= 2 {
        widen(&mut expected, 48.0, shape.out_channels as f64);
    }
    expected
}

/// Perhaps: some of these have too few pixels for it.
fn by_winograd(shape: &Conv2d) -> bool {
    shape.kernel == 3 && shape.stride == 1 && shape.in_channels.min(shape.out_channels) >= 16
}

/// Sums of `terms` products that are at most `axis²`; some twenty roundings make a product and what becomes of the sum.
fn widen(expected: &mut [Sum], axis: f64, terms: f64) {
    for sum in expected {
        sum.size = sum.size.max(axis * axis * terms);
        sum.terms = sum.terms.max(terms + 20.0);
    }
}

/// Shapes that go by Winograd, odd sizes and paddings among them.
pub fn winograd(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(37);
    let paddings = [0, 2, 5].map(|padding| Conv2d {
        batch: 2,
        in_channels: 17,
        out_channels: 50,
        height: 6,
        width: 21,
        kernel: 3,
        stride: 1,
        padding,
    });
    for shape in wide().chain(paddings) {
        let x = random.floats(shape.input_len());
        let w = random.floats(shape.weight_len());
        let grad_y = random.floats(shape.output_len());
        let mut y = vec![f32::NAN; grad_y.len()];
        conv2d(&context, &shape, &x, &w, &mut y);
        assert_typical(&format!("conv2d {shape:?}"), &y, &outputs(&shape, &x, &w));
        let mut grad_x = vec![f32::NAN; x.len()];
        conv2d_input_grad(&context, &shape, &grad_y, &w, &mut grad_x);
        let expected = input_gradients(&shape, &grad_y, &w);
        assert_typical(&format!("conv2d_input_grad {shape:?}"), &grad_x, &expected);
        let mut grad_w = vec![f32::NAN; w.len()];
        conv2d_weight_grad(&context, &shape, &x, &grad_y, &mut grad_w);
        let expected = weight_gradients(&shape, &x, &grad_y);
        assert_typical(&format!("conv2d_weight_grad {shape:?}"), &grad_w, &expected);
    }
}

/// Within the bounds of the worst case, and on average far within: errors of either sign mostly cancel.
#[track_caller]
pub fn assert_typical(what: &str, found: &[f32], expected: &[Sum]) {
    assert_close(what, found, expected);
    let pairs = found.iter().zip(expected);
    let error: f64 = pairs.map(|(a, b)| (f64::from(*a) - b.value).powi(2)).sum();
    let size: f64 = expected.iter().map(|sum| sum.value.powi(2)).sum();
    if size == 0.0 {
        return;
    }
    let relative = (error / size).sqrt();
    assert!(
        relative < TYPICAL,
        "{what}: root mean square of the errors {relative:e}, expected under {TYPICAL:e}"
    );
}
