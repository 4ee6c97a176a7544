//! The words of the file.

use alloc::string::String;

pub(super) const FORMAT: &str = "format";
pub(super) const VERSION: &str = "version";
pub(super) const GRAPH: &str = "graph";
pub(super) const CLASS_NAMES: &str = "class_names";
pub(super) const PROVENANCE: &str = "provenance";
pub(super) const PREPROCESSING: &str = "preprocessing";
pub(super) const REJECTION: &str = "rejection";
pub(super) const CHECKSUM: &str = "checksum";

/// Of version 1.
pub(super) const INPUT: &str = "input";
/// Of version 1.
pub(super) const PADDING: &str = "padding";
/// Of version 1.
pub(super) const STRUCTURE: &str = "structure";

pub(super) const ACTIVATION_SCALES: &str = "activation_scales";
pub(super) const RESIDUAL_SCALES: &str = "residual_scales";

/// What the tensors of a node begin with: its name, with dots for spaces. Names have no dots.
pub(super) fn node(name: &str) -> String {
    name.replace(' ', ".")
}
