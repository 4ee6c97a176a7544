//! `wrn-DEPTH-WIDTH`: the paper's pre-activation wide residual networks (section 3 and figure 2).

use super::{Family, three_stages};

pub(super) const FAMILY: Family = Family {
    prefix: "wrn",
    grammar: "DEPTH-WIDTH[-s2]",
    about: "wide residual, depth 6n+2, 16·WIDTH channels first; -s2: the first convolution halves the size",
    example: "wrn-20-4",
    graph: |rest, options| three_stages::graph(rest, options, |_| ()),
    gain: 2.0,
    usual: None,
};
