//! Weight gradients, and what errors they may have.

use kernels::{Conv2d, Isa, Machine, Scoped, conv2d_weight_grad};

use crate::oracle::{self, Sum, assert_close};
use crate::random::{Random, wide};

/// As the oracle has it; of wide 3×3 kernels the errors are bounded by a tile's largest products, not by its own.
pub fn weight_gradients(shape: &Conv2d, x: &[f32], grad_y: &[f32]) -> Vec<Sum> {
    let mut expected = oracle::conv2d_weight_grad(shape, x, grad_y);
    if shape.kernel == 3 && shape.stride == 1 && shape.in_channels.min(shape.out_channels) >= 16 {
        // With |x| ≤ 1 and |grad_y| ≤ 1 a point is at most 4 · 4, and a weight takes at most 9 points, of which
        // halves and quarters: in all under 36 for each tile. Six roundings make a point, four a weight.
        let size = |size: usize| size.div_ceil(2);
        let tiles = (size(shape.out_height()) * size(shape.out_width()) * shape.batch) as f64;
        for sum in &mut expected {
            sum.size = sum.size.max(36.0 * tiles);
            sum.terms = sum.terms.max(tiles + 10.0);
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
    }
}
