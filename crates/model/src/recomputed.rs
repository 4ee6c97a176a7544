//! Which maps of a network in training are computed again when they are needed, and so not kept.

use burn::tensor::Device;
use graph::{Graph, Value};

use crate::ops::{block_pays, stem_pays};
use crate::plan::{Plan, Stem, What};

/// For each node whether its value is part of a block, or of the first steps, that are computed as one: what norms and
/// ReLUs give there is computed again in the backward pass. A network's norms have to learn from each batch for that.
pub fn recomputed(graph: &Graph, batch: usize, device: &Device) -> Vec<bool> {
    let plan = Plan::new(graph);
    let mut again = vec![false; graph.nodes().len()];
    let shape = |value: Value| {
        let [channels, height, width] = graph.shape(value);
        [batch, channels, height, width]
    };
    let convs: Vec<_> = graph.convs().collect();
    let weights = |conv: usize| {
        let (node, _) = convs[conv];
        let [out, inputs, kernel, _] = graph.weight_shape(node);
        ([out, inputs], kernel)
    };
    let mut fused = Vec::new();
    for block in &plan.blocks {
        let [(first, one), (second, two)] = block.convs.map(weights);
        let strides = block.convs.map(|conv| convs[conv].1.stride);
        let stride = if block.halves() { 2 } else { 1 };
        if [one, two] == [3, 3]
            && strides == [stride, 1]
            && block_pays(device, shape(block.from), [first, second], stride)
        {
            fused.push(block.first);
            for step in &plan.steps[block.first..block.first + block.len] {
                if let What::Norm { .. } = step.what {
                    again[step.gives] = true;
                }
            }
        }
    }
    if let Some(stem) = &plan.stem
        && fused.contains(&Stem::LEN)
        && let ([out, _], 3) = weights(stem.conv)
        && stem_pays(device, shape(Value::Image), out)
    {
        again[plan.steps[0].gives] = true;
    }
    again
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::NetworkConfig;

    #[test]
    fn narrow_blocks_are_computed_as_one_and_wide_ones_not() {
        let device = Device::flex().autodiff();
        let count = |net: &str| {
            let config = NetworkConfig::new(net.parse().unwrap(), [3, 32, 32], 10);
            let graph = config.graph().unwrap();
            let again = recomputed(&graph, 50, &device);
            again.iter().filter(|again| **again).count()
        };
        // Two norms in each of nine blocks, and that of the images.
        assert_eq!(count("wrn-20-1"), 19);
        assert_eq!(count("wrn-20-10"), 0);
    }
}
