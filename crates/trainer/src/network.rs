//! The network of a run's config, to be trained.

use graph::Graph;
use model::NetworkConfig;
use run::TrainConfig;

/// What Burn builds for this config, for images of this shape (channels, height, width).
pub fn of(config: &TrainConfig, input: [usize; 3], classes: usize) -> NetworkConfig {
    NetworkConfig::new(config.net.clone(), input, classes)
        .with_weights(config.weights)
        .with_first_last(config.first_last)
        .with_input_norm(config.input_norm)
        .with_learn_norms(config.learn_norms)
        .with_temperature(config.temperature)
        .with_padding(config.padding)
        .with_latent_norm(config.latent_norm)
        .with_estimator(config.estimator)
}

/// The names, in Burn's records, of the parameters that learn: of `graph`, the network's, where `nodes` says which of its
/// nodes learn, or that all do.
pub fn learned(network: &NetworkConfig, graph: &Graph, nodes: Option<&[bool]>) -> Vec<String> {
    let learns = |node: usize| nodes.is_none_or(|nodes| nodes[node]);
    let convs = graph.convs().map(|(node, _)| node).enumerate();
    let convs = convs.filter(|&(_, node)| learns(node));
    let convs = convs.map(|(number, _)| format!("net.convs.{number}.weight"));
    let norms = graph.norms().enumerate();
    let norms = norms.filter(|&(_, node)| learns(node) && network.learns(graph, node));
    let norms = norms
        .flat_map(|(number, _)| ["gamma", "beta"].map(|part| format!("net.norms.{number}.{part}")));
    convs.chain(norms).collect()
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use graph::{InputNorm, Padding, Weights};

    use super::*;

    /// What is trained is what a run folder and a report say: nodes, costs, and what is learned.
    #[test]
    fn a_config_and_its_network_have_the_same_nodes_and_costs() {
        for dataset in Dataset::ALL {
            let recipe = TrainConfig::recipe(dataset);
            let other = TrainConfig {
                first_last: Some(Weights::FULL),
                input_norm: InputNorm::LearnedRelu,
                learn_norms: !recipe.learn_norms,
                padding: Padding::BottomRight,
                ..recipe.clone()
            };
            let fixed = TrainConfig {
                net: "srelu-8-1".parse().unwrap(),
                input_norm: InputNorm::Fixed,
                temperature: 7.0,
                ..recipe.clone()
            };
            for config in [recipe, other, fixed] {
                let (shape, classes) = (dataset.shape(), dataset.classes());
                let network = of(&config, shape, classes);
                let graph = config.graph(shape, classes).unwrap();
                assert_eq!(network.graph().unwrap(), graph, "{dataset}");
                assert_eq!(network.costs().unwrap(), config.costs(&graph), "{dataset}");
            }
        }
    }
}
