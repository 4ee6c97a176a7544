//! Which weights a run ends with: those of its last step, or an average over steps or epochs.

use word_list::word_list;

use crate::RunError;

word_list! {
    /// Which average of what is learned a run ends with.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Average("average", RunError) {
        /// None: the weights of the last step.
        #[default]
        None = "none",
        /// An exponential moving average over the steps.
        Ema = "ema",
        /// The mean over the ends of epochs.
        Swa = "swa",
    }
}
