//! From the convolutions and norms that a file holds to a network.

use std::collections::BTreeMap;
use std::path::Path;

use runtime::inspect::net_name;
use runtime::{Activation, Affine, Conv, Model, Padding, Parts, PoolDivisor, Stem, Structure};

use crate::net::{Family, family};
use crate::{ConvertError, Options};

/// What the files of one layout have in common, and what one of them holds.
pub(crate) struct Chain {
    pub(crate) family: Family,
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

/// The family that the options name, if they do.
pub(crate) fn named_family(options: &Options) -> Result<Option<Family>, ConvertError> {
    options.net.as_deref().map(family).transpose()
}

impl Chain {
    /// The network, checked, and compared with the name that the options give.
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
        let kind = match self.convs.iter().all(|conv| conv.signs().is_some()) {
            true => "1bit",
            false => "1bit and real",
        };
        provenance.insert("weights".into(), kind.into());
        provenance.insert("source".into(), self.source.into());
        if let Some(name) = path.file_name() {
            provenance.insert("file".into(), name.to_string_lossy().into_owned());
        }
        let model = Model::new(Parts {
            input: [channels, height, width],
            class_names,
            padding: self.padding,
            structure: match self.family {
                Family::Plain => Structure::Plain,
                _ => Structure::Residual,
            },
            pool_divisor: self.pool_divisor,
            activation: match self.family {
                Family::ShiftedRelu => Activation::ShiftedRelu,
                _ => Activation::Relu,
            },
            input_relu: self.input_relu,
            temperature: self.temperature,
            stem: match self.family {
                Family::ResNet18 => Stem::MaxPool,
                _ => Stem::Plain,
            },
            norms: self.norms,
            convs: self.convs,
            activation_scales: None,
            provenance,
        });
        let model = model.map_err(|source| ConvertError::Model {
            path: path.to_owned(),
            source,
        })?;
        let found = net_name(&model);
        if let Some(expected) = options
            .net
            .as_ref()
            .filter(|&net| Some(net) != found.as_ref())
        {
            return Err(ConvertError::OtherNet {
                path: path.to_owned(),
                expected: expected.clone(),
                found: found.unwrap_or_else(|| "a network without a name".into()),
            });
        }
        let mut parts = model.into_parts();
        if let Some(name) = found {
            parts.provenance.insert("net".into(), name);
        }
        Model::new(parts).map_err(|source| ConvertError::Model {
            path: path.to_owned(),
            source,
        })
    }
}
