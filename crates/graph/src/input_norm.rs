//! What becomes of the raw pixels before the first convolution.

use word_list::word_list;

use crate::GraphError;

word_list! {
    /// The batch norm of the input. The author's published networks learn its scale and offset, and
    /// have a ReLU after it in MATLAB but none in Keras.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum InputNorm("input norm", GraphError) {
        /// `fixed`: scale 1 and offset 0, as in every other batch norm.
        Fixed = "fixed",
        /// `learned`: scale and offset are trained.
        Learned = "learned",
        /// `learned-relu`: they are trained, and a ReLU follows.
        LearnedRelu = "learned-relu",
    }
}

impl InputNorm {
    /// Whether its scale and offset are trained.
    pub fn is_learned(self) -> bool {
        self != Self::Fixed
    }

    /// Whether a ReLU follows it.
    pub fn has_relu(self) -> bool {
        self == Self::LearnedRelu
    }
}
