//! The 1-bit convolution against plain Burn operations on ±scale weights: value and gradients.

mod common;

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use common::devices;
use model::ops::binary_conv2d;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Batch, input channels, output channels, height, width, kernel, stride.
const SHAPES: [[usize; 7]; 12] = [
    [2, 3, 4, 8, 8, 3, 1],
    [2, 3, 4, 8, 8, 3, 2],
    [2, 3, 4, 8, 8, 1, 1],
    [2, 3, 4, 8, 8, 1, 2],
    [1, 1, 1, 1, 1, 3, 1],
    [1, 1, 1, 1, 1, 1, 1],
    [3, 5, 2, 7, 9, 3, 1],
    [3, 5, 2, 7, 9, 3, 2],
    [1, 16, 3, 5, 4, 3, 2],
    [4, 1, 8, 6, 3, 3, 1],
    [1, 33, 17, 3, 3, 1, 1],
    [2, 2, 2, 2, 2, 3, 2],
];

struct Case {
    x: TensorData,
    latent: TensorData,
    signed: TensorData,
    direction: TensorData,
    scale: f32,
    options: ConvOptions<2>,
    /// The longest sum behind a number of the output, the input gradient, the weight gradient.
    terms: [usize; 3],
}

impl Case {
    fn new([batch, input, output, height, width, kernel, stride]: [usize; 7]) -> Self {
        let mut rng = Pcg64::seed_from_u64(7);
        let mut values =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let [out_h, out_w] = [height.div_ceil(stride), width.div_ceil(stride)];
        let weights = [output, input, kernel, kernel];
        let scale = (2.0 / (kernel * kernel * input) as f32).sqrt();
        // Large latent weights, which a clipped estimator would cut off, and both zeros, whose
        // sign is +1.
        let mut latent: Vec<f32> = values(weights.iter().product())
            .iter()
            .map(|w| 3.0 * w)
            .collect();
        latent[0] = 0.0;
        if let Some(last) = latent.iter_mut().skip(1).next_back() {
            *last = -0.0;
        }
        let signed = latent
            .iter()
            .map(|&w| if w >= 0.0 { scale } else { -scale })
            .collect();
        Self {
            x: TensorData::new(
                values(batch * input * height * width),
                [batch, input, height, width],
            ),
            latent: TensorData::new(latent, weights),
            signed: TensorData::new::<f32, _>(signed, weights),
            direction: TensorData::new(
                values(batch * output * out_h * out_w),
                [batch, output, out_h, out_w],
            ),
            scale,
            options: ConvOptions::new([stride; 2], [kernel / 2; 2], [1, 1], 1),
            terms: [
                input * kernel * kernel,
                output * kernel * kernel,
                batch * out_h * out_w,
            ],
        }
    }

    /// Output, and the gradients of its product with a fixed direction, with respect to the input
    /// and to the weights that the tape knows.
    fn run(&self, device: &Device, weights: &TensorData, one_bit: bool) -> [Vec<f32>; 3] {
        let device = device.clone().autodiff();
        let x = Tensor::<4>::from_data(self.x.clone(), &device).require_grad();
        let weight = Tensor::<4>::from_data(weights.clone(), &device).require_grad();
        let y = if one_bit {
            binary_conv2d(x.clone(), weight.clone(), self.scale, self.options.clone())
        } else {
            conv2d(x.clone(), weight.clone(), None, self.options.clone())
        };
        let direction = Tensor::<4>::from_data(self.direction.clone(), &device);
        let gradients = (y.clone() * direction).sum().backward();
        [
            y,
            x.grad(&gradients).unwrap(),
            weight.grad(&gradients).unwrap(),
        ]
        .map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap())
    }
}

/// Two ways of adding n products of numbers up to 1 differ by at most 2·n·ε·n in total.
fn assert_close(what: &str, terms: usize, found: &[f32], expected: &[f32]) {
    let tolerance = 2.0 * (terms * terms) as f32 * f32::EPSILON;
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance,
            "{what}[{i}]: {a} and {b} differ by more than {tolerance}"
        );
    }
}

#[test]
fn value_and_gradients_equal_plain_convolutions_with_signed_weights() {
    for (name, device) in devices("binary_conv") {
        for shape in SHAPES {
            let case = Case::new(shape);
            let found = case.run(&device, &case.latent, true);
            let expected = case.run(&device, &case.signed, false);
            // The plain gradient with respect to ±scale is what the latent weights must receive:
            // unscaled, and for |w| > 1 too.
            for (what, index) in [("output", 0), ("input gradient", 1), ("weight gradient", 2)] {
                let what = format!("{name} {shape:?} {what}");
                assert_close(&what, case.terms[index], &found[index], &expected[index]);
            }
        }
    }
}

/// The same numbers on every backend, against a convolution written out as loops.
#[test]
fn output_equals_loops() {
    for (name, device) in devices("binary_conv_loops") {
        for shape in SHAPES {
            let case = Case::new(shape);
            let [found, ..] = case.run(&device, &case.latent, true);
            assert_close(
                &format!("{name} {shape:?}"),
                case.terms[0],
                &found,
                &loops(&case, shape),
            );
        }
    }
}

fn loops(
    case: &Case,
    [batch, input, output, height, width, kernel, stride]: [usize; 7],
) -> Vec<f32> {
    let x = case.x.clone().try_to_vec::<f32>().unwrap();
    let weight = case.latent.clone().try_to_vec::<f32>().unwrap();
    let pad = kernel / 2;
    let mut y = Vec::new();
    for b in 0..batch {
        for o in 0..output {
            for row in (0..height).step_by(stride) {
                for column in (0..width).step_by(stride) {
                    let mut sum = 0.0;
                    for i in 0..input {
                        for ky in 0..kernel {
                            for kx in 0..kernel {
                                let (iy, ix) = (row + ky, column + kx);
                                if iy < pad || ix < pad || iy - pad >= height || ix - pad >= width {
                                    continue;
                                }
                                let pixel =
                                    x[((b * input + i) * height + iy - pad) * width + ix - pad];
                                let w = weight[((o * input + i) * kernel + ky) * kernel + kx];
                                sum += if w >= 0.0 { pixel } else { -pixel };
                            }
                        }
                    }
                    y.push(case.scale * sum);
                }
            }
        }
    }
    y
}

#[test]
fn without_autodiff_the_value_is_the_same() {
    for (name, device) in devices("binary_conv_inference") {
        let case = Case::new(SHAPES[7]);
        let [expected, ..] = case.run(&device, &case.latent, true);
        let tensor = |data: &TensorData| Tensor::<4>::from_data(data.clone(), &device);
        let y = binary_conv2d(
            tensor(&case.x),
            tensor(&case.latent),
            case.scale,
            case.options.clone(),
        );
        let found = y.into_data().try_to_vec::<f32>().unwrap();
        assert_close(name, case.terms[0], &found, &expected);
    }
}
