use kernels::Conv2d;

use super::Sum;

/// Calls `visit(x, w, y)` with the indices of every product that there is.
fn products(shape: &Conv2d, mut visit: impl FnMut(usize, usize, usize)) {
    let (out_height, out_width) = (shape.out_height(), shape.out_width());
    let k = shape.kernel;
    for n in 0..shape.batch {
        for o in 0..shape.out_channels {
            for c in 0..shape.in_channels {
                for i in 0..out_height {
                    for j in 0..out_width {
                        for u in 0..k {
                            for v in 0..k {
                                let y = (i * shape.stride + u).wrapping_sub(shape.padding);
                                let x = (j * shape.stride + v).wrapping_sub(shape.padding);
                                if y < shape.height && x < shape.width {
                                    visit(
                                        ((n * shape.in_channels + c) * shape.height + y)
                                            * shape.width
                                            + x,
                                        ((o * shape.in_channels + c) * k + u) * k + v,
                                        ((n * shape.out_channels + o) * out_height + i) * out_width
                                            + j,
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub fn conv2d(shape: &Conv2d, x: &[f32], w: &[f32]) -> Vec<Sum> {
    let mut y = vec![Sum::default(); shape.output_len()];
    products(shape, |i, j, k| y[k].add(f64::from(x[i]) * f64::from(w[j])));
    y
}

pub fn conv2d_input_grad(shape: &Conv2d, grad_y: &[f32], w: &[f32]) -> Vec<Sum> {
    let mut grad_x = vec![Sum::default(); shape.input_len()];
    products(shape, |i, j, k| {
        grad_x[i].add(f64::from(grad_y[k]) * f64::from(w[j]))
    });
    grad_x
}

pub fn conv2d_weight_grad(shape: &Conv2d, x: &[f32], grad_y: &[f32]) -> Vec<Sum> {
    let mut grad_w = vec![Sum::default(); shape.weight_len()];
    products(shape, |i, j, k| {
        grad_w[j].add(f64::from(grad_y[k]) * f64::from(x[i]))
    });
    grad_w
}
