//! What training leaves as it is.

use graph::Graph;

/// Which norms and convolutions of a network training leaves as they are, by their numbers.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    pub(crate) norms: Vec<bool>,
    pub(crate) convs: Vec<bool>,
}

impl Frozen {
    /// All learn.
    pub(crate) fn none(graph: &Graph) -> Self {
        Self::but(graph, &vec![true; graph.nodes().len()])
    }

    /// Those learn whose node is `true`.
    pub(crate) fn but(graph: &Graph, learns: &[bool]) -> Self {
        assert_eq!(learns.len(), graph.nodes().len(), "for each node");
        Self {
            norms: graph.norms().map(|node| !learns[node]).collect(),
            convs: graph.convs().map(|(node, _)| !learns[node]).collect(),
        }
    }
}
