//! `resnet-18-WIDTH`: the 18-layer network for ImageNet, with a first stage of 64·WIDTH channels;
//! `resnet-18-2.5` is the paper's.
//!
//! It begins as He et al. 2016 have it, with a 7×7 convolution of stride 2 and a 3×3 max pool of
//! stride 2, and has four stages of two blocks. The paper gives its width, its stages and its number
//! of weights, which fit, but not this beginning.

use alloc::format;

use super::{Family, channels};
use crate::{Design, GraphError, Pool};

/// Channels of the first stage at width 1.
const UNIT: usize = 64;
/// The widest network that is accepted.
const MAX_WIDTH: usize = 256;

pub(super) const FAMILY: Family = Family {
    prefix: "resnet-18",
    grammar: "WIDTH",
    about: "18 layers for ImageNet, 64·WIDTH channels first, 7x7 stem and max pool",
    example: "resnet-18-2.5",
    graph: |width, options| Some(design(width)?.and_then(|design| design.graph(options))),
    gain: 2.0,
    usual: Some(([3, 224, 224], 1000)),
};

fn design(width: &str) -> Option<Result<Design, GraphError>> {
    let channels = channels(width, UNIT)?;
    let fitting = channels.filter(|&channels| {
        (1..=MAX_WIDTH * UNIT).contains(&channels) && channels.is_multiple_of(4)
    });
    let Some(channels) = fitting else {
        return Some(Err(GraphError::Width {
            found: width.into(),
            expected: format!("0.0625 to {MAX_WIDTH}, a multiple of 4 channels of 64·WIDTH"),
        }));
    };
    let mut design = Design::of_stages(&[1, 2, 4, 8].map(|times| times * channels), 2);
    design.stem.kernel = 7;
    design.stem.stride = 2;
    design.stem.pool = Pool::Max;
    Some(Ok(design))
}
