//! Which code the engine computes each layer of each published family with: a layer that loses its fused kernel is
//! still right, but slow, and no other test would tell.

use graph::{Net, NetOptions, Weights as Kind};
use runtime::{Activations, Affine, Conv, Model, Parts, Scale, Storage, Weights, lowering};

const NORMED: &str = "norm + activation + sign look-up";

/// A network whose numbers have no meaning.
fn model(net: &str, options: NetOptions) -> Model {
    let net: Net = net.parse().unwrap();
    let graph = net.graph(&options).unwrap();
    let convs = graph.convs().map(|(node, op)| {
        let [out_channels, in_channels, kernel, _] = graph.weight_shape(node);
        let row_len = in_channels * kernel * kernel;
        let count = out_channels * row_len;
        let scale = Scale::Layer(0.5);
        let weights = match op.weights.storage() {
            Storage::Signs => Weights::Signs {
                scale,
                bits: Conv::pack((0..count).map(|index| index % 3 == 0), row_len),
            },
            _ => Weights::Real(vec![0.25; count]),
        };
        Conv {
            in_channels,
            out_channels,
            kernel,
            stride: op.stride,
            weights,
        }
    });
    let convs: Vec<Conv> = convs.collect();
    let norms = graph.norms().map(|node| {
        let channels = graph.input_shape(node)[0];
        Affine {
            scale: vec![1.0; channels],
            offset: vec![0.0; channels],
        }
    });
    let norms: Vec<Affine> = norms.collect();
    Model::new(Parts::new(graph, norms, convs)).unwrap()
}

/// Each part of the forward pass as `node: code`.
fn found(model: &Model, activations: Activations) -> Vec<String> {
    let parts = lowering(model, activations).unwrap();
    let line = |part: runtime::Lowered| format!("{}: {}", part.node, part.kernel);
    parts.into_iter().map(line).collect()
}

/// The parts of a residual block; the first of a stage with stride 2 has an average pool on its skip path.
fn block(number: usize, input: &str, pools: bool) -> Vec<String> {
    let mut lines = vec![format!("block {number} conv 1: {input} + next input")];
    lines.extend(pools.then(|| format!("block {number} average pool: average pool + zeros")));
    lines.push(format!("block {number} conv 2: {input} + sum + next input"));
    lines
}

/// A residual network of blocks, of which those `with_pools` have stride 2.
fn residual(
    begin: &[&str],
    input: &str,
    blocks: usize,
    with_pools: &[usize],
    end: &str,
) -> Vec<String> {
    let mut lines: Vec<String> = begin.iter().map(|&line| line.to_owned()).collect();
    lines
        .extend((1..=blocks).flat_map(|number| block(number, input, with_pools.contains(&number))));
    lines.push(format!("output conv: {input}"));
    lines.push(end.to_owned());
    lines
}

fn options() -> NetOptions {
    NetOptions::new([3, 32, 32], 10)
}

#[test]
fn wide_residual_networks() {
    let of = |product: &str| {
        let begin = format!("input conv: norm + {product} + next input");
        let input = format!("norm + activation + {product}");
        residual(&[&begin], &input, 3, &[2, 3], "mean: norm + means")
    };
    for name in ["wrn-8-1", "wrn-8-1.5", "wrn-8-1-s2"] {
        let model = model(name, options());
        assert_eq!(
            found(&model, Activations::F32),
            of("sign look-up"),
            "{name}"
        );
        let scales = vec![0.1; model.convs().len()];
        let model = model.with_activation_scales(scales).unwrap();
        assert_eq!(
            found(&model, Activations::Int8),
            of("integer sign look-up"),
            "{name}"
        );
    }
    let baseline = model("wrn-8-1", options().with_weights(Kind::FULL));
    assert_eq!(found(&baseline, Activations::F32), of("multiplication"));
}

#[test]
fn real_weights_at_both_ends_leave_the_blocks_as_they_are() {
    let ends = options().with_first_last(Some(Kind::FULL));
    let mut expected = found(&model("wrn-8-1", options()), Activations::F32);
    let count = expected.len();
    for line in [0, count - 2] {
        expected[line] = expected[line].replace("sign look-up", "multiplication");
    }
    assert_eq!(found(&model("wrn-8-1", ends), Activations::F32), expected);
}

#[test]
fn networks_without_skip_connections() {
    let mut expected = vec!["input conv: norm + sign look-up + next input".to_owned()];
    for number in 1..=3 {
        for conv in 1..=2 {
            expected.push(format!("block {number} conv {conv}: {NORMED} + next input"));
        }
    }
    expected.push(format!("output conv: {NORMED}"));
    expected.push("mean: norm + means".into());
    assert_eq!(
        found(&model("plain-8-1", options()), Activations::F32),
        expected
    );
}

#[test]
fn networks_without_norms() {
    let begin = ["input conv: norm + sign look-up + next input"];
    let expected = residual(
        &begin,
        "activation + sign look-up",
        3,
        &[2, 3],
        "temperature: means",
    );
    assert_eq!(
        found(&model("srelu-8-1", options()), Activations::F32),
        expected
    );
}

#[test]
fn the_network_for_imagenet() {
    let begin = ["input conv: norm + sign look-up", "max pool: max pool"];
    let expected = residual(&begin, NORMED, 8, &[3, 5, 7], "mean: norm + means");
    let options = NetOptions::new([3, 64, 64], 10);
    assert_eq!(
        found(&model("resnet-18-0.25", options), Activations::F32),
        expected
    );
}

#[test]
fn a_pool_between_convolutions_reads_a_map() {
    let expected = [
        "input conv: norm + sign look-up + next input",
        &format!("block 1 conv 2: {NORMED}"),
        "block 1 max pool: max pool",
        &format!("block 2 conv 1: {NORMED} + next input"),
        &format!("block 2 conv 2: {NORMED}"),
        "block 2 max pool: max pool",
        &format!("block 3 conv 1: {NORMED} + next input"),
        &format!("block 3 conv 2: {NORMED}"),
        "block 3 max pool: max pool",
        &format!("output conv: {NORMED}"),
        "mean: norm + means",
    ];
    assert_eq!(
        found(&model("vgg-0.25", options()), Activations::F32),
        expected
    );
}
