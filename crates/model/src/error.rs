//! What can be wrong with the description of a network.

/// A network that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The name of a network is not one of ours.
    #[error(
        "net `{found}`: expected `wrn-DEPTH-WIDTH`, `plain-DEPTH-WIDTH` or `srelu-DEPTH-WIDTH`, such as `wrn-20-4`, with a depth 6n+2 (8, 14, 20, 26, …) and a width of 1 or more, or `resnet-18-WIDTH`, such as `resnet-18-2.5`"
    )]
    UnknownNet {
        /// The name that was given.
        found: String,
    },
    /// The depth is not 6n+2.
    #[error("net depth {found}: expected 6n+2 with n ≥ 1, at most 1202; choose 8, 14, 20, 26, …")]
    Depth {
        /// The depth that was given.
        found: usize,
    },
    /// The width is out of range.
    #[error(
        "net width {found}: expected 1 to 256 (a multiple of a half for `resnet-18`); `wrn-20-4` has width 4"
    )]
    Width {
        /// The width that was given.
        found: String,
    },
    /// The kind of weights is not one of ours.
    #[error("weights `{found}`: expected one of 1bit, 32bit, bwn, bwn-layer, binaryconnect")]
    UnknownWeights {
        /// The word that was given.
        found: String,
    },
    /// The kind of input norm is not one of ours.
    #[error("input norm `{found}`: expected one of fixed, learned, learned-relu")]
    UnknownInputNorm {
        /// The word that was given.
        found: String,
    },
    /// The padding is not one of ours.
    #[error("padding `{found}`: expected symmetric or bottom-right")]
    UnknownPadding {
        /// The word that was given.
        found: String,
    },
    /// Only the paper's own networks have Keras's padding.
    #[error(
        "padding `bottom-right` with net {net}: expected `symmetric`; only wrn, plain and srelu nets have another"
    )]
    Padding {
        /// The network.
        net: String,
    },
    /// The input or output of the network would be empty.
    #[error(
        "net input {channels}x{height}x{width} with {classes} classes: every number must be at least 1"
    )]
    Empty {
        /// Input channels.
        channels: usize,
        /// Input height in pixels.
        height: usize,
        /// Input width in pixels.
        width: usize,
        /// Number of classes.
        classes: usize,
    },
}
