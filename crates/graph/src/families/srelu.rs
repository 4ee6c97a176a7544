//! `srelu-DEPTH-WIDTH`: wide residual networks without batch norms but the input's, with the shifted
//! ReLU max(−1, x) (arXiv 1907.06916).

use super::{Family, three_stages};

pub(super) const FAMILY: Family = Family {
    prefix: "srelu",
    grammar: "DEPTH-WIDTH[-s2]",
    about: "the same without batch norms, with max(-1, x) (arXiv 1907.06916)",
    example: "srelu-20-10",
    graph: |rest, options| three_stages::graph(rest, options, |design| design.norms = false),
    gain: 2.0,
    usual: None,
};
