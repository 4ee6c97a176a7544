//! Activations keep their variance at initialisation: the purpose of He's deviation, and of the
//! constant that scales the signs (equation (1) of the paper).

use burn::tensor::{Device, Distribution, Tensor};
use graph::Kernel;
use model::{Conv, NetworkConfig, Weights};
use rand::SeedableRng;
use rand_pcg::Pcg64;

const CHANNELS: usize = 32;
const LAYERS: usize = 12;

/// Variance of all values about 0.
fn second_moment(x: &Tensor<4>) -> f64 {
    let mean = x.clone().powf_scalar(2.0).mean();
    f64::from(mean.into_scalar::<f32>())
}

/// A chain of activations and convolutions, each on the map that the one before gave. The kernel
/// is 1×1, so that no padding takes variance away.
fn ratio(weights: Weights, gain: f64, activate: impl Fn(Tensor<4>) -> Tensor<4>) -> f64 {
    let device = Device::default();
    device.seed(3);
    let mut rng = Pcg64::seed_from_u64(3);
    let kernel = Kernel {
        out: CHANNELS,
        inputs: CHANNELS,
        size: 1,
        gain,
    };
    let mut mean_log = 0.0;
    for _ in 0..LAYERS {
        let x = Tensor::random(
            [4, CHANNELS, 16, 16],
            Distribution::Normal(0.0, 1.0),
            &device,
        );
        let y = Conv::new(weights, kernel, 1, &mut rng, &device).forward(activate(x.clone()));
        mean_log += (second_moment(&y) / second_moment(&x)).ln() / LAYERS as f64;
    }
    mean_log.exp()
}

/// E[relu(z)²] = 1/2 for a standard normal z, so He's gain of 2 keeps the variance and the plain
/// nets' 4 doubles it (their batch norms take that back).
#[test]
fn a_layer_keeps_the_variance_of_its_input() {
    for weights in [Weights::ONE_BIT, Weights::FULL] {
        let relu = |x| burn::tensor::activation::relu(x);
        for (gain, expected) in [(2.0, 1.0), (4.0, 2.0)] {
            let found = ratio(weights, gain, relu);
            // A layer's ratio is the mean over 32 filters of a filter's share of the inputs'
            // energy, which the inputs' common mean spreads: deviation about 0.3, over 12 layers.
            assert!(
                (found / expected - 1.0).abs() < 0.3,
                "{weights} with gain {gain}: the variance grows by {found}, expected {expected}"
            );
        }
    }
}

/// Through a whole network the logits stay of the size that the structure gives them, in 1 bit as
/// in 32: with batch norm, exactly variance 1 before the pooling; without, the shifted ReLU's
/// network must not blow up or die out over its 20 layers.
#[test]
fn networks_of_both_kinds_of_weights_start_at_the_same_scale() {
    let device = Device::default().autodiff();
    device.seed(5);
    let x = Tensor::<4>::random([8, 3, 16, 16], Distribution::Uniform(0.0, 255.0), &device);
    for name in ["wrn-20-1", "plain-20-1", "srelu-20-1"] {
        let spread = |weights| {
            let config = NetworkConfig::new(name.parse().unwrap(), [3, 16, 16], 10)
                .with_weights(weights)
                .with_temperature(1.0);
            let logits = config.init(4, &device).unwrap().forward(x.clone());
            let squares = logits.powf_scalar(2.0).mean();
            f64::from(squares.into_scalar::<f32>()).sqrt()
        };
        let (one_bit, full) = (spread(Weights::ONE_BIT), spread(Weights::FULL));
        println!("{name}: root mean square of the logits {one_bit:.3} (1bit), {full:.3} (32bit)");
        let ratio = one_bit / full;
        assert!((0.5..2.0).contains(&ratio), "{name}: {one_bit} and {full}");
        // A residual block adds its own variance: 1 + 9 blocks, at most some tens.
        assert!((1e-3..30.0).contains(&one_bit), "{name}: {one_bit}");
    }
}
