//! What no number of threads may change.

use kernels::nhwc::{self, Normed, Skipped, Source};
use kernels::{BatchNorm, Conv2d, ExecContext, Images, Isa, Scoped};

use crate::random::Random;

/// The same bits for every number of threads.
pub fn fused_threads(isa: Isa) {
    let one = all(&ExecContext::new(isa, Scoped(1)));
    for threads in [2, 3] {
        let found = all(&ExecContext::new(isa, Scoped(threads)));
        assert!(found == one, "bits change with the number of threads");
    }
}

fn all(context: &ExecContext) -> Vec<u32> {
    let mut random = Random(59);
    let mut out = Vec::new();
    for (batch, inputs, outputs, size, stride) in
        [(21, 16, 16, 9, 1), (18, 64, 48, 6, 1), (21, 16, 32, 9, 2)]
    {
        let shape = Conv2d {
            batch,
            in_channels: inputs,
            out_channels: outputs,
            height: size,
            width: size,
            kernel: 3,
            stride,
            padding: 1,
        };
        let images = Images {
            batch,
            channels: inputs,
            height: size,
            width: size,
        };
        let (x, w) = (
            random.floats(images.len()),
            random.floats(shape.weight_len()),
        );
        let grad_y = random.floats(shape.output_len());
        let [mut mean, mut var] = [vec![0.0; inputs], vec![0.0; inputs]];
        nhwc::moments(context, &images, &x, &mut mean, &mut var);
        let normed = Normed {
            norm: BatchNorm {
                batch,
                channels: inputs,
                pixels: size * size,
                gamma: None,
                beta: None,
                epsilon: 1e-5,
                relu: true,
            },
            mean: &mean,
            var: &var,
        };
        let mut y = vec![0.0; shape.output_len()];
        let [mut m, mut v] = [vec![0.0; outputs], vec![0.0; outputs]];
        let source = Source::Normed { x: &x, normed };
        nhwc::conv2d(context, &shape, source, &w, None, &mut y, &mut m, &mut v);
        let [mut grad, mut grad_w] = [vec![0.0; x.len()], vec![0.0; w.len()]];
        let [mut gamma, mut beta] = [vec![0.0; inputs], vec![0.0; inputs]];
        let plain = Source::Plain(&grad_y);
        let (g, b) = (&mut gamma, &mut beta);
        nhwc::conv2d_grads(
            context,
            &shape,
            plain,
            &w,
            &x,
            &normed,
            &mut grad,
            g,
            b,
            &mut grad_w,
        );
        let skipped = Some(Skipped::Same(&x));
        nhwc::norm_grad(context, &normed, &x, &gamma, &beta, skipped, &mut grad);
        for numbers in [y, m, v, grad, grad_w, gamma, beta] {
            out.extend(numbers.into_iter().map(f32::to_bits));
        }
    }
    out
}
