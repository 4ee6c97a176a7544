//! Which layers of a network that starts from trained weights do not learn.

use word_list::word_list;

use crate::RunError;

word_list! {
    /// Which layers of a network that starts from trained weights do not learn.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Freeze("freeze", RunError) {
        /// Every layer learns.
        #[default]
        None = "none",
        /// Only the last convolution and the norm after it learn.
        HeadOnly = "head-only",
        /// The last stage and what follows it learn.
        LastStage = "last-stage",
    }
}
