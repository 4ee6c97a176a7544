//! `plain-DEPTH-WIDTH`: wide residual networks without their skip connections (the paper's figure 7).

use super::{Family, three_stages};

pub(super) const FAMILY: Family = Family {
    prefix: "plain",
    grammar: "DEPTH-WIDTH[-s2]",
    about: "the same without skip connections",
    example: "plain-20-4",
    graph: |rest, options| three_stages::graph(rest, options, |design| design.skip = false),
    gain: 4.0,
    usual: None,
};
