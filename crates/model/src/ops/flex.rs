//! The operations on Flex, by the `kernels` crate.

use std::sync::OnceLock;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, TensorData};
use kernels::{BatchNorm, Conv2d, Images, Isa, Machine, Parallel};
use rayon::prelude::*;

use super::{ConvOps, NormOps, ShortcutOps};

/// Rayon's threads, which Flex uses too.
struct Rayon;

impl Parallel for Rayon {
    fn threads(&self) -> usize {
        rayon::current_num_threads()
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..tasks).into_par_iter().for_each(task);
    }
}

/// The instructions of this processor on rayon's threads.
///
/// # Panics
///
/// When `ONEBIT_ISA` names instructions that are unknown or not here.
fn machine() -> &'static Machine {
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    MACHINE.get_or_init(|| {
        let isa = Isa::from_env().unwrap_or_else(|error| panic!("{error}"));
        Machine::new(isa, Rayon)
    })
}

type FlexTensor = FloatTensor<Flex>;

/// Row-major f32 values of a tensor.
struct Values(FlexTensor);

impl Values {
    fn new(tensor: FlexTensor) -> Self {
        assert_eq!(tensor.dtype(), DType::F32, "the networks compute in f32");
        Self(tensor.to_contiguous())
    }

    fn slice(&self) -> &[f32] {
        self.0.as_slice().expect("the tensor was made contiguous")
    }
}

fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.into()))
}

/// The sizes of a convolution.
///
/// # Panics
///
/// When it is one that no network of this crate has: rectangular, dilated or grouped.
fn sizes(x: &Shape, weight: &Shape, options: &ConvOptions<2>) -> Conv2d {
    let [batch, in_channels, height, width] = x.dims();
    let [out_channels, weight_channels, kernel, columns] = weight.dims();
    let [stride, padding] = [options.stride[0], options.padding[0].0];
    assert_eq!(
        in_channels, weight_channels,
        "channels of input and weights"
    );
    let square = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
    assert!(
        kernel == columns && *options == square,
        "a square convolution: {options:?}"
    );
    Conv2d {
        batch,
        in_channels,
        out_channels,
        height,
        width,
        kernel,
        stride,
        padding,
    }
}

/// The weights that count: as they are, or scaled signs.
fn effective(weight: FlexTensor, scale: Option<f32>) -> Values {
    let weight = Values::new(weight);
    let Some(scale) = scale else { return weight };
    let mut signs = vec![0.0; weight.slice().len()];
    kernels::scaled_sign(machine(), weight.slice(), scale, &mut signs);
    Values(tensor(signs, weight.0.shape()))
}

impl ConvOps for Flex {
    fn conv2d_forward(
        x: FlexTensor,
        weight: FlexTensor,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let mut y = vec![0.0; sizes.output_len()];
        let (x, weight) = (Values::new(x), effective(weight, scale));
        kernels::conv2d(machine(), &sizes, x.slice(), weight.slice(), &mut y);
        let shape = [
            sizes.batch,
            sizes.out_channels,
            sizes.out_height(),
            sizes.out_width(),
        ];
        tensor(y, shape)
    }

    fn conv2d_input_grad(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let mut grad_x = vec![0.0; sizes.input_len()];
        let (weight, grad) = (effective(weight, scale), Values::new(grad));
        kernels::conv2d_input_grad(machine(), &sizes, grad.slice(), weight.slice(), &mut grad_x);
        tensor(grad_x, x.shape())
    }

    fn conv2d_weight_grad(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let mut grad_weight = vec![0.0; sizes.weight_len()];
        let (x, grad) = (Values::new(x), Values::new(grad));
        kernels::conv2d_weight_grad(machine(), &sizes, x.slice(), grad.slice(), &mut grad_weight);
        tensor(grad_weight, weight.shape())
    }
}

/// The sizes and settings of a batch norm.
fn norm<'a>(
    x: &Shape,
    gamma: &'a Values,
    beta: &'a Values,
    epsilon: f32,
    relu: bool,
) -> BatchNorm<'a> {
    let [batch, channels, height, width] = x.dims();
    let (gamma, beta) = (Some(gamma.slice()), Some(beta.slice()));
    BatchNorm {
        batch,
        channels,
        pixels: height * width,
        gamma,
        beta,
        epsilon,
        relu,
    }
}

impl NormOps for Flex {
    fn norm_relu_forward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f32,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = x.shape();
        let [x, gamma, beta] = [x, gamma, beta].map(Values::new);
        let norm = norm(&shape, &gamma, &beta, epsilon, relu);
        let mut y = vec![0.0; norm.len()];
        let [mut mean, mut variance] = [0, 1].map(|_| vec![0.0; norm.channels]);
        kernels::batch_norm(
            machine(),
            &norm,
            x.slice(),
            &mut y,
            &mut mean,
            &mut variance,
        );
        let channels = [norm.channels];
        (
            tensor(y, shape),
            tensor(mean, channels),
            tensor(variance, channels),
        )
    }

    fn norm_relu_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        grad: FlexTensor,
        epsilon: f32,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = x.shape();
        let [x, gamma, beta] = [x, gamma, beta].map(Values::new);
        let [mean, variance, grad] = [mean, variance, grad].map(Values::new);
        let norm = norm(&shape, &gamma, &beta, epsilon, relu);
        let mut grad_x = vec![0.0; norm.len()];
        let [mut grad_gamma, mut grad_beta] = [0, 1].map(|_| vec![0.0; norm.channels]);
        kernels::batch_norm_grad(
            machine(),
            &norm,
            x.slice(),
            grad.slice(),
            mean.slice(),
            variance.slice(),
            &mut grad_x,
            &mut grad_gamma,
            &mut grad_beta,
        );
        let channels = [norm.channels];
        (
            tensor(grad_x, shape),
            tensor(grad_gamma, channels),
            tensor(grad_beta, channels),
        )
    }
}

fn images(shape: &Shape) -> Images {
    let [batch, channels, height, width] = shape.dims();
    Images {
        batch,
        channels,
        height,
        width,
    }
}

impl ShortcutOps for Flex {
    fn shortcut_forward(x: FlexTensor) -> FlexTensor {
        let images = images(&x.shape());
        let small = images.shortcut();
        let mut y = vec![0.0; small.len()];
        kernels::avg_pool_shortcut(machine(), &images, Values::new(x).slice(), &mut y);
        tensor(y, [small.batch, small.channels, small.height, small.width])
    }

    fn shortcut_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let images = images(&x.shape());
        let mut grad_x = vec![0.0; images.len()];
        kernels::avg_pool_shortcut_grad(machine(), &images, Values::new(grad).slice(), &mut grad_x);
        tensor(grad_x, x.shape())
    }
}
