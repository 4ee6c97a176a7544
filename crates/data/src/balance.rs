//! What is done where some classes have many more images than others.

use serde::{Deserialize, Serialize};
use word_list::word_list;

use crate::DataError;

word_list! {
    /// What is done where some classes have many more images than others.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum Balance("balance", DataError) {
        /// Nothing: every image is seen once an epoch, and counts alike.
        #[default]
        None = "none",
        /// Every class is seen equally often; an epoch stays as long as it was.
        Sample = "sample",
        /// The loss of an image counts n / (k·n_c) times: n images, k classes, n_c images of its
        /// class.
        Weight = "weight",
    }
}
