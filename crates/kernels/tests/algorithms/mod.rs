//! Every algorithm wherever it fits, chosen or not.

use kernels::{
    Algorithm, ConvOp, ExecContext, Isa, Scoped, conv2d, conv2d_input_grad, conv2d_weight_grad,
    sign_conv2d, sign_conv2d_input_grad,
};

use crate::random::{Random, wide};
use crate::winograd::{assert_typical, input_gradients, outputs, weight_gradients};

const SCALE: f32 = 0.3;

/// All five operations by each algorithm.
pub fn algorithms(isa: Isa) {
    let contexts = Algorithm::ALL.map(|algorithm| {
        let context = ExecContext::new(isa, Scoped(2)).with_algorithm(algorithm);
        (algorithm, context)
    });
    let mut random = Random(41);
    for shape in wide() {
        let x = random.floats(shape.input_len());
        let w = random.floats(shape.weight_len());
        let grad_y = random.floats(shape.output_len());
        let sign = |w: &f32| if *w >= 0.0 { SCALE } else { -SCALE };
        let signs: Vec<f32> = w.iter().map(sign).collect();
        for (op, expected) in [
            (ConvOp::Forward, outputs(&shape, &x, &w)),
            (ConvOp::InputGrad, input_gradients(&shape, &grad_y, &w)),
            (ConvOp::WeightGrad, weight_gradients(&shape, &x, &grad_y)),
            (ConvOp::SignForward, outputs(&shape, &x, &signs)),
            (
                ConvOp::SignInputGrad,
                input_gradients(&shape, &grad_y, &signs),
            ),
        ] {
            for (algorithm, context) in &contexts {
                if !algorithm.fits(op, &shape) {
                    continue;
                }
                let mut out = vec![f32::NAN; expected.len()];
                let to = &mut out;
                match op {
                    ConvOp::Forward => conv2d(context, &shape, &x, &w, to),
                    ConvOp::InputGrad => conv2d_input_grad(context, &shape, &grad_y, &w, to),
                    ConvOp::WeightGrad => conv2d_weight_grad(context, &shape, &x, &grad_y, to),
                    ConvOp::SignForward => sign_conv2d(context, &shape, &x, &w, SCALE, to),
                    _ => sign_conv2d_input_grad(context, &shape, &grad_y, &w, SCALE, to),
                }
                let what = format!("{op:?} by {algorithm}, {shape:?}");
                assert_typical(&what, &out, &expected);
            }
        }
    }
}
