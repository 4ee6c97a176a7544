//! Convolutions with the signs of weights, whichever way they are computed.

use kernels::{ExecContext, Isa, Scoped, sign_conv2d, sign_conv2d_input_grad};

use crate::oracle;
use crate::random::{Random, convolutions, wide};
use crate::winograd::{assert_typical, input_gradients, outputs};

/// Every shape of the dense kernels, and those that look-ups take.
pub fn signs(isa: Isa) {
    let context = ExecContext::new(isa, Scoped(2));
    let mut random = Random(31);
    for (index, shape) in convolutions().chain(wide()).enumerate() {
        let x = random.floats(shape.input_len());
        let grad_y = random.floats(shape.output_len());
        let mut w = random.floats(shape.weight_len());
        // What has no sign, or hides it.
        let odd = [0.0, -0.0, f32::NAN, 1e-40, -1e-40, f32::NEG_INFINITY];
        for (w, odd) in w.iter_mut().step_by(7).zip(odd.into_iter().cycle()) {
            *w = odd;
        }
        // All alike is what makes the largest sums.
        match index % 8 {
            0 => w.fill(1.0),
            1 => w.fill(-1.0),
            _ => {}
        }
        let scale = 0.1 + random.floats(1)[0].abs();
        let dense: Vec<f32> = w
            .iter()
            .map(|&w| if w >= 0.0 { scale } else { -scale })
            .collect();
        let mut y = vec![f32::NAN; shape.output_len()];
        sign_conv2d(&context, &shape, &x, &w, scale, &mut y);
        // By Winograd, where its instructions are; by look-up everywhere else.
        let by_winograd = isa.name() == "avx512";
        let expected = match by_winograd {
            true => outputs(&shape, &x, &dense),
            false => oracle::conv2d(&shape, &x, &dense),
        };
        assert_typical(&format!("sign_conv2d {shape:?}"), &y, &expected);
        let mut grad_x = vec![f32::NAN; shape.input_len()];
        sign_conv2d_input_grad(&context, &shape, &grad_y, &w, scale, &mut grad_x);
        let expected = match by_winograd {
            true => input_gradients(&shape, &grad_y, &dense),
            false => oracle::conv2d_input_grad(&shape, &grad_y, &dense),
        };
        assert_typical(
            &format!("sign_conv2d_input_grad {shape:?}"),
            &grad_x,
            &expected,
        );
    }
}
