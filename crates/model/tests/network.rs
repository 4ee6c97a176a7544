//! The wide residual network against the counts and the structure of the paper.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use model::{InputNorm, Network, NetworkConfig};

fn config(name: &str, input: [usize; 3], classes: usize) -> NetworkConfig {
    NetworkConfig::new(name.parse().unwrap(), input, classes)
}

fn net(name: &str, input: [usize; 3], classes: usize, device: &Device) -> Network {
    config(name, input, classes).init(1, device).unwrap()
}

fn bits(net: &Network) -> usize {
    net.convs()
        .map(|conv| conv.weight.shape().num_elements())
        .sum()
}

/// How many numbers an optimiser would train: counted from the parameters themselves.
fn grads_required(net: &Network) -> usize {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.is_require_grad() {
                self.0 += param.shape().num_elements();
            }
        }
    }
    let mut count = Count(0);
    net.visit(&mut count);
    count.0
}

/// Weight counts of the paper (its tables and section 5) for CIFAR-10.
#[test]
fn weight_counts_are_those_of_the_paper() {
    let device = Device::default().autodiff();
    let wide = net("wrn-20-10", [3, 32, 32], 10, &device);
    assert_eq!(bits(&wide), 26_737_120);
    assert_eq!(wide.trainable_weights(), 26_737_126);
    assert_eq!(wide.valid().trainable_weights(), 26_737_126);
    assert_eq!(grads_required(&wide), 26_737_126);
    let narrow = net("wrn-20-4", [3, 32, 32], 10, &device);
    assert!(
        (4_250_000..4_350_000).contains(&bits(&narrow)),
        "{}",
        bits(&narrow)
    );
}

#[test]
fn depth_counts_the_convolutions() {
    let device = Device::default();
    for (name, depth) in [("wrn-8-1", 8), ("wrn-20-1", 20), ("wrn-26-1", 26)] {
        assert_eq!(net(name, [3, 32, 32], 10, &device).convs().count(), depth);
    }
}

#[test]
fn with_a_fixed_input_norm_nothing_but_the_weights_is_trained() {
    let device = Device::default().autodiff();
    let config = config("wrn-8-1", [3, 32, 32], 10).with_input_norm(InputNorm::Fixed);
    let net = config.init(1, &device).unwrap();
    assert_eq!(net.trainable_weights(), bits(&net));
}

#[test]
fn any_input_size_channel_and_class_count() {
    let device = Device::default();
    for (input, classes) in [
        ([1, 28, 28], 10),
        ([3, 1, 1], 2),
        ([2, 17, 5], 1),
        ([4, 33, 64], 100),
    ] {
        let net = net("wrn-8-1", input, classes, &device);
        let [c, h, w] = input;
        let logits = net.forward(Tensor::ones([3, c, h, w], &device));
        assert_eq!(logits.dims(), [3, classes], "{input:?}");
    }
}

#[test]
fn empty_shapes_are_refused() {
    let device = Device::default();
    for (input, classes) in [([0, 28, 28], 10), ([1, 0, 28], 10), ([1, 28, 28], 0)] {
        let error = config("wrn-8-1", input, classes)
            .init(1, &device)
            .unwrap_err();
        assert!(error.to_string().contains("expected 1 to 65536"), "{error}");
    }
}

/// On a device without autodiff the moments are running ones, so an image's logits do not depend
/// on its neighbours in the batch; while training they do.
#[test]
fn moments_are_the_batch_s_in_training_and_running_ones_in_inference() {
    let images = |n: usize| {
        let values: Vec<f32> = (0..n * 64).map(|i| ((i * 37) % 256) as f32).collect();
        TensorData::new(values, [n, 1, 8, 8])
    };
    let first = |net: &Network, n: usize, device: &Device| {
        let logits = net.forward(Tensor::from_data(images(n), device));
        logits
            .narrow(0, 0, 1)
            .into_data()
            .try_to_vec::<f32>()
            .unwrap()
    };
    let device = Device::default().autodiff();
    let training = net("wrn-8-1", [1, 8, 8], 3, &device);
    assert_ne!(first(&training, 2, &device), first(&training, 5, &device));

    let inference = training.valid();
    let plain = Device::default();
    let (two, five) = (first(&inference, 2, &plain), first(&inference, 5, &plain));
    for (a, b) in two.iter().zip(&five) {
        assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{two:?} {five:?}");
    }
}

/// The same seed gives the same network; another seed another.
#[test]
fn weights_depend_on_the_seed_alone() {
    let weight = |seed| {
        let net = config("wrn-8-1", [1, 28, 28], 10)
            .init(seed, &Device::default())
            .unwrap();
        net.convs()
            .last()
            .unwrap()
            .weight
            .val()
            .into_data()
            .try_to_vec::<f32>()
            .unwrap()
    };
    assert_eq!(weight(5), weight(5));
    assert_ne!(weight(5), weight(6));
}

/// A network file can ask for more weights than any machine has memory for.
#[test]
fn more_weights_than_can_be_trained_are_refused_before_they_are_drawn() {
    let mut design = graph::Design::of_stages(&[65_536], 2_048);
    design.stem.channels = 65_536;
    let net = graph::Net::own(design).unwrap();
    let config = NetworkConfig::new(net, [3, 8, 8], 10);
    let error = config.init(1, &Device::default()).unwrap_err().to_string();
    assert!(error.contains("at most 1073741824 weights"), "{error}");
}
