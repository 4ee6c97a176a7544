//! The words of the file.

use alloc::format;
use alloc::string::String;

pub(super) const FORMAT: &str = "format";
pub(super) const VERSION: &str = "version";
pub(super) const INPUT: &str = "input";
pub(super) const CLASS_NAMES: &str = "class_names";
pub(super) const PADDING: &str = "padding";
pub(super) const STRUCTURE: &str = "structure";
pub(super) const PROVENANCE: &str = "provenance";

pub(super) const ACTIVATION_SCALES: &str = "activation_scales";

pub(super) fn conv(index: usize, part: &str) -> String {
    format!("convs.{index}.{part}")
}

pub(super) fn norm(index: usize, part: &str) -> String {
    format!("norms.{index}.{part}")
}
