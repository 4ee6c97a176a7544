//! Weight gradients, and what errors they may have.

use kernels::{Conv2d, Isa, Machine, Scoped, conv2d_weight_grad};

use crate::oracle::{self, Sum, assert_close};
use crate::random::{Random, wide};

/// The root mean square of the errors over that of the gradients.
const TYPICAL: f64 = 4e-6;

/// As the oracle has it; of wide 3×3 kernels the errors are bounded by a tile's largest products, not by its own.
pub fn weight_gradients(shape: &Conv2d, x: &[f32], grad_y: &[f32]) -> Vec<Sum> {
    let mut expected = oracle::conv2d_weight_grad(shape, x, grad_y);
    if shape.kernel == 3 && shape.stride == 1 && shape.in_channels.min(shape.out_channels) >= 16 {
        // Along one axis, with |x| ≤ 1 and |grad_y| ≤ 1: the six values of x are at most 10, 10, 10, 6, 6, 10, those of
        // grad_y 1, 4, 4, 15, 15, 1, and the third weight takes them times ¼·0, ⅙, ⅙, ⅙, ⅙, 1: in all 10 · 4 / 3 + 6 · 15 / 3
        // + 10 under 54, and less for the others. Some twenty roundings make a product and a weight.
        let size = |size: usize| size.div_ceil(4);
        let tiles = (size(shape.out_height()) * size(shape.out_width()) * shape.batch) as f64;
        for sum in &mut expected {
            sum.size = sum.size.max(54.0 * 54.0 * tiles);
            sum.terms = sum.terms.max(tiles + 20.0);
        }
    }
    expected
}

/// Shapes that go by tiles, odd sizes among them.
pub fn weight_gradient(isa: Isa) {
    let machine = Machine::new(isa, Scoped(2));
    let mut random = Random(37);
    for shape in wide() {
        let x = random.floats(shape.input_len());
        let grad_y = random.floats(shape.output_len());
        let mut grad_w = vec![f32::NAN; shape.weight_len()];
        conv2d_weight_grad(&machine, &shape, &x, &grad_y, &mut grad_w);
        let expected = weight_gradients(&shape, &x, &grad_y);
        assert_close(&format!("conv2d_weight_grad {shape:?}"), &grad_w, &expected);
        // That bound is of the worst case; errors of either sign mostly cancel.
        let pairs = grad_w.iter().zip(&expected);
        let error: f64 = pairs.map(|(a, b)| (f64::from(*a) - b.value).powi(2)).sum();
        let size: f64 = expected.iter().map(|sum| sum.value.powi(2)).sum();
        let relative = (error / size).sqrt();
        assert!(
            relative < TYPICAL,
            "{shape:?}: root mean square {relative:e}, expected under {TYPICAL:e}"
        );
    }
}
