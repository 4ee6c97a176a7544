//! What training makes of the latent weights of 1-bit layers before it takes their signs, and of the
//! signs' gradient. The deployed network has the signs alone.

use word_list::word_list;

use crate::GraphError;

word_list! {
    /// What becomes of the latent weights of each filter before their sign.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum LatentNorm("latent norm", GraphError) {
        /// Nothing: the sign is that of the weight.
        #[default]
        None = "none",
        /// The filter's mean is subtracted.
        Centre = "centre",
        /// The mean is subtracted, and the filter gets its initial deviation.
        Standardise = "standardise",
    }
}

word_list! {
    /// What stands in for the gradient of the sign.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Estimator("estimator", GraphError) {
        /// 1: the gradient goes straight through.
        #[default]
        Straight = "straight",
        /// 1 up to the initial deviation, 0 beyond.
        Clip = "clip",
        /// The derivative of a tanh that sharpens over the run.
        Ede = "ede",
        /// The derivative of a power of the weight that sharpens over the run.
        Reste = "reste",
    }
}

impl Estimator {
    /// Whether it changes over a run.
    pub fn sharpens(self) -> bool {
        matches!(self, Self::Ede | Self::Reste)
    }
}
