//! From the convolutions and norms that a file holds to a network.

use std::collections::BTreeMap;
use std::path::Path;

use graph::{Weights, name_of};
use runtime::{Affine, Conv, Model, Padding, PoolDivisor, SequenceParts};

use crate::net::{Shape, must_be_named};
use crate::{ConvertError, Options};

/// What the files of one layout have in common, and what one of them holds.
pub(crate) struct Chain {
    pub(crate) shape: Shape,
    pub(crate) padding: Padding,
    pub(crate) pool_divisor: PoolDivisor,
    pub(crate) input_relu: bool,
    /// What the logits are divided by.
    pub(crate) temperature: f32,
    pub(crate) norms: Vec<Option<Affine>>,
    pub(crate) convs: Vec<Conv>,
    /// Where the network comes from, in words.
    pub(crate) source: &'static str,
    /// More about that.
    pub(crate) provenance: BTreeMap<String, String>,
}

impl Chain {
    /// The network, checked, and compared with the one that the options name.
    pub(crate) fn model(self, path: &Path, options: &Options) -> Result<Model, ConvertError> {
        let ends = self.convs.first().zip(self.convs.last());
        let (channels, classes) = ends.map_or((0, 0), |(first, last)| {
            (first.in_channels, last.out_channels)
        });
        let side = if channels == 1 { 28 } else { 32 };
        let [height, width] = options.input_size.unwrap_or([side; 2]);
        let class_names = options.class_names.clone();
        let class_names =
            class_names.unwrap_or_else(|| (0..classes).map(|n| n.to_string()).collect());

        let mut provenance = self.provenance;
        provenance.insert("source".into(), self.source.into());
        if let Some(name) = path.file_name() {
            provenance.insert("file".into(), name.to_string_lossy().into_owned());
        }
        let failed = |source| ConvertError::Model {
            path: path.to_owned(),
            source,
        };
        let model = SequenceParts::new([channels, height, width], self.norms, self.convs)
            .with_class_names(class_names)
            .with_padding(self.padding)
            .with_structure(self.shape.structure)
            .with_pool_divisor(self.pool_divisor)
            .with_activation(self.shape.activation)
            .with_input_relu(self.input_relu)
            .with_temperature(self.temperature)
            .with_stem(self.shape.stem)
            .with_provenance(provenance)
            .model()
            .map_err(failed)?;
        must_be_named(path, &model, options)?;
        let kinds = model.graph().kinds();
        let mut parts = model.into_parts();
        let words = Weights::ALL.iter().filter(|kind| kinds.contains(kind));
        let words: Vec<&str> = words.map(|kind| kind.name()).collect();
        parts
            .provenance
            .insert("weights".into(), words.join(" and "));
        if let Some(name) = name_of(&parts.graph) {
            parts.provenance.insert("net".into(), name);
        }
        Model::new(parts).map_err(failed)
    }
}
