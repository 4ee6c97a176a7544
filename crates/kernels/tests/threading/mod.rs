//! What no number of threads may change.

use kernels::{
    BatchNorm, Conv2d, ExecContext, Isa, Scoped, batch_norm, batch_norm_grad, conv2d,
    conv2d_input_grad, conv2d_weight_grad, sign_conv2d, sign_conv2d_input_grad,
};

use crate::random::{Random, convolutions, wide};

/// The same bits for every number of threads.
pub fn threads(isa: Isa) {
    let all = |threads: usize| {
        let context = ExecContext::new(isa, Scoped(threads));
        let mut random = Random(23);
        let mut out = Vec::new();
        for shape in convolutions().filter(|shape| shape.batch > 1).step_by(3) {
            out.extend(convolve(&context, &shape, &mut random));
        }
        for shape in wide() {
            out.extend(convolve(&context, &shape, &mut random));
            out.extend(convolve_signs(&context, &shape, &mut random));
        }
        let norm = BatchNorm {
            batch: 37,
            channels: 5,
            pixels: 300,
            gamma: None,
            beta: None,
            epsilon: 1e-5,
            relu: true,
        };
        let (x, grad_y) = (random.floats(norm.len()), random.floats(norm.len()));
        let mut y = vec![0.0; norm.len()];
        let [mut mean, mut var, mut grad_gamma, mut grad_beta] = [[0.0; 5]; 4];
        batch_norm(&context, &norm, &x, &mut y, &mut mean, &mut var);
        let (g, b) = (&mut grad_gamma, &mut grad_beta);
        out.extend(y);
        let (skip, mut grad) = (Some(x.as_slice()), grad_y);
        batch_norm_grad(&context, &norm, &x, skip, &mean, &var, &mut grad, g, b);
        out.extend(
            grad.into_iter()
                .chain(mean)
                .chain(var)
                .chain(grad_gamma)
                .chain(grad_beta),
        );
        out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let one = all(1);
    assert!(
        one == all(2) && one == all(3),
        "bits change with the number of threads"
    );
}

/// One context, several callers at once.
pub fn sharing(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let shapes: Vec<_> = convolutions().step_by(5).collect();
    let alone: Vec<_> = shapes
        .iter()
        .map(|s| convolve(&context, s, &mut Random(29)))
        .collect();
    let alone_signs: Vec<_> = wide()
        .map(|s| convolve_signs(&context, &s, &mut Random(29)))
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for (shape, alone) in shapes.iter().zip(&alone) {
                    assert!(
                        convolve(&context, shape, &mut Random(29)) == *alone,
                        "{shape:?}"
                    );
                }
                for (shape, alone) in wide().zip(&alone_signs) {
                    assert!(
                        convolve_signs(&context, &shape, &mut Random(29)) == *alone,
                        "{shape:?}"
                    );
                }
            });
        }
    });
}

fn convolve(context: &ExecContext, shape: &Conv2d, random: &mut Random) -> Vec<f32> {
    let (x, w) = (
        random.floats(shape.input_len()),
        random.floats(shape.weight_len()),
    );
    let [mut y, mut grad_x, mut grad_w] =
        [shape.output_len(), x.len(), w.len()].map(|len| vec![0.0; len]);
    conv2d(context, shape, &x, &w, &mut y);
    conv2d_input_grad(context, shape, &y, &w, &mut grad_x);
    conv2d_weight_grad(context, shape, &x, &y, &mut grad_w);
    [y, grad_x, grad_w].concat()
}

/// As [`convolve`] for 1-bit weights.
fn convolve_signs(context: &ExecContext, shape: &Conv2d, random: &mut Random) -> Vec<f32> {
    let (x, w) = (
        random.floats(shape.input_len()),
        random.floats(shape.weight_len()),
    );
    let [mut y, mut grad_x] = [shape.output_len(), x.len()].map(|len| vec![0.0; len]);
    sign_conv2d(context, shape, &x, &w, 0.5, &mut y);
    sign_conv2d_input_grad(context, shape, &y, &w, 0.5, &mut grad_x);
    let mut grad_w = w;
    conv2d_weight_grad(context, shape, &x, &y, &mut grad_w);
    [y, grad_x, grad_w].concat()
}
