//! What lies at the ends of a stage: the pooled skip path, and the first convolution.

use kernels::nhwc::{self, Normed, Skipped};
use kernels::{
    BatchNorm, Conv2d, ExecContext, Images, Isa, Scoped, avg_pool_shortcut, avg_pool_shortcut_grad,
    batch_norm, batch_norm_grad, conv2d, conv2d_input_grad, conv2d_weight_grad,
};

use super::{Map, assert_near};
use crate::random::Random;

/// The skip path of blocks that halve the size, and its gradient added to a norm's.
pub fn pooled(isa: Isa) {
    let context = &ExecContext::new(isa, Scoped(2));
    let mut random = Random(47);
    for (batch, channels, height, width) in [(3, 16, 32, 32), (2, 48, 7, 5), (1, 16, 1, 2)] {
        let images = Images {
            batch,
            channels,
            height,
            width,
        };
        let x = Map::random(context, images, &mut random);
        let grad = Map::random(context, images.shortcut(), &mut random);
        let mut expected = vec![0.0; grad.planes.len()];
        avg_pool_shortcut(context, &images, &x.planes, &mut expected);
        let mut found = vec![f32::NAN; expected.len()];
        nhwc::shortcut(context, &images, &x.side, &mut found);
        assert_near("pooled", &grad.back(context, &found), &expected);

        let mut expected = vec![0.0; x.planes.len()];
        avg_pool_shortcut_grad(context, &images, &grad.planes, &mut expected);
        // A norm that lets nothing through.
        let zeros = vec![0.0; channels];
        let norm = BatchNorm {
            batch,
            channels,
            pixels: height * width,
            gamma: None,
            beta: None,
            epsilon: 1e-5,
            relu: true,
        };
        let normed = Normed {
            norm,
            mean: &zeros,
            var: &zeros,
        };
        let mut found = vec![0.0; x.side.len()];
        let skipped = Some(Skipped::Pooled(&images, &grad.side));
        nhwc::norm_grad(
            context, &normed, &x.side, &zeros, &zeros, skipped, &mut found,
        );
        assert_near("pooled gradient", &x.back(context, &found), &expected);
    }
}

/// The first convolution through the norm of the images.
pub fn stem(isa: Isa) {
    let context = &ExecContext::new(isa, Scoped(2));
    let mut random = Random(53);
    for (batch, inputs, outputs, height, width) in
        [(20, 3, 16, 32, 32), (3, 1, 32, 7, 5), (1, 3, 16, 1, 1)]
    {
        let shape = Conv2d {
            batch,
            in_channels: inputs,
            out_channels: outputs,
            height,
            width,
            kernel: 3,
            stride: 1,
            padding: 1,
        };
        assert!(nhwc::is_stem(&shape));
        let images = Images {
            batch,
            channels: outputs,
            height,
            width,
        };
        let pixels = height * width;
        let (gamma, beta) = (random.floats(inputs), random.floats(inputs));
        let norm = BatchNorm {
            batch,
            channels: inputs,
            pixels,
            gamma: Some(&gamma),
            beta: Some(&beta),
            epsilon: 1e-5,
            relu: false,
        };
        let x: Vec<f32> = random
            .floats(shape.input_len())
            .iter()
            .map(|x| 127.0 * (x + 1.0))
            .collect();
        let w = random.floats(shape.weight_len());
        let [mut mean, mut var] = [vec![0.0; inputs], vec![0.0; inputs]];
        let mut normed_x = vec![0.0; x.len()];
        batch_norm(context, &norm, &x, &mut normed_x, &mut mean, &mut var);
        let mut y = vec![0.0; images.len()];
        conv2d(context, &shape, &normed_x, &w, &mut y);

        let normed = Normed {
            norm,
            mean: &mean,
            var: &var,
        };
        let mut found = vec![f32::NAN; y.len()];
        let [mut found_mean, mut found_var] = [vec![f32::NAN; outputs], vec![f32::NAN; outputs]];
        let (m, v) = (&mut found_mean, &mut found_var);
        nhwc::stem_conv2d(context, &shape, &x, &normed, &w, &mut found, m, v);
        let y = Map::new(context, images, y);
        assert_near("output", &y.back(context, &found), &y.planes);
        let [mut mean_y, mut var_y] = [vec![0.0; outputs], vec![0.0; outputs]];
        nhwc::moments(context, &images, &y.side, &mut mean_y, &mut var_y);
        assert_near("mean", &found_mean, &mean_y);
        assert_near("variance", &found_var, &var_y);

        let grad_y = Map::random(context, images, &mut random);
        let mut grad_w = vec![0.0; w.len()];
        conv2d_weight_grad(context, &shape, &normed_x, &grad_y.planes, &mut grad_w);
        let mut grad = vec![0.0; x.len()];
        conv2d_input_grad(context, &shape, &grad_y.planes, &w, &mut grad);
        let [mut grad_gamma, mut grad_beta] = [vec![0.0; inputs], vec![0.0; inputs]];
        let (g, b) = (&mut grad_gamma, &mut grad_beta);
        batch_norm_grad(context, &norm, &x, None, &mean, &var, &mut grad, g, b);
        let mut found = vec![f32::NAN; w.len()];
        let [mut found_gamma, mut found_beta] = [vec![f32::NAN; inputs], vec![f32::NAN; inputs]];
        let (g, b) = (&mut found_gamma, &mut found_beta);
        nhwc::stem_conv2d_grad(
            context,
            &shape,
            &x,
            &normed,
            &w,
            &grad_y.side,
            &mut found,
            g,
            b,
        );
        assert_near("weight gradient", &found, &grad_w);
        assert_near("gradient by the scale", &found_gamma, &grad_gamma);
        assert_near("gradient by the offset", &found_beta, &grad_beta);
    }
}
