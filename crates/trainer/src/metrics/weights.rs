//! What becomes of the weights: `weights.jsonl`.

use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use model::NetworkConfig;
use run::checkpoints::Position;
use run::metrics::{Histogram, WeightLine, keep_up_to};

use super::SharedRecorder;
use crate::Error;
use crate::deploy::{counting_weights, latent_weights};
use crate::learn::Classifier;

/// Intervals of a histogram, from −4 to 4 initial standard deviations.
const INTERVALS: usize = 32;

/// Writes a line per layer at the end of each epoch.
pub struct WeightRecorder {
    path: PathBuf,
    /// A network of the same structure, to read a record into.
    blank: Classifier,
    /// Name and initial standard deviation of each convolution.
    layers: Vec<(String, f64)>,
    /// Signs of each convolution's weights at the end of the last epoch, `true` for +1.
    signs: Vec<Vec<bool>>,
    /// Who shows them in TensorBoard.
    events: Option<SharedRecorder>,
}

impl WeightRecorder {
    /// Goes on in the folder `dir` from the place `at`, where the network is `start`. `blank` has the structure of
    /// `config` and shares nothing with the network that is trained. Within an epoch, `signs` are those at the end of the
    /// one before.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the file cannot be written, the device does not return the weights, or there are signs
    /// of another network.
    pub fn open(
        dir: &Path,
        at: Position,
        config: &NetworkConfig,
        blank: Classifier,
        start: &Classifier,
        before: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let path = dir.join("weights.jsonl");
        let found = keep_up_to(&path, at)?;
        let deviations = config.kernels()?;
        let deviations = deviations.iter().map(|kernel| kernel.deviation());
        let names = blank.net.named_convs().map(|(name, _)| name.to_owned());
        let layers: Vec<(String, f64)> = names.zip(deviations).collect();
        if let Some(found) = found.filter(|&found| found < at.epoch * layers.len()) {
            crate::say(&format!(
                "{}: expected {} lines of {} layers, found {found}; the others are lost",
                crate::named(&path),
                at.epoch * layers.len(),
                layers.len()
            ));
        }
        let convs = start.net.convs();
        let signs = convs.map(|conv| Ok(signs(&counting_weights(conv)?)));
        let mut signs = signs.collect::<Result<Vec<_>, Error>>()?;
        if let Some(bytes) = before {
            unpack(bytes, &mut signs)?;
        }
        Ok(Self {
            path,
            blank,
            layers,
            signs,
            events: None,
        })
    }

    /// The same, which tells TensorBoard too.
    pub fn with_events(self, events: SharedRecorder) -> Self {
        Self {
            events: Some(events),
            ..self
        }
    }

    /// The signs at the end of the last epoch as bits, those of a convolution behind those of the one before it.
    pub fn signs(&self) -> Vec<u8> {
        let all: Vec<bool> = self.signs.iter().flatten().copied().collect();
        let byte = |bits: &[bool]| {
            let bits = bits.iter().enumerate();
            bits.fold(0, |byte, (place, &bit)| byte | u8::from(bit) << place)
        };
        all.chunks(8).map(byte).collect()
    }

    /// Writes the lines of an epoch that ends with this network.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the file cannot be written or the device does not return the weights.
    pub fn record(&mut self, epoch: usize, record: ModuleRecord) -> Result<(), Error> {
        let unfit = |e: burn::store::RecordError| Error::Failed(e.to_string());
        // An average is in the record too, and not told of.
        let record = record.allow_unused(true);
        let saved = self.blank.clone().try_load_record(record).map_err(unfit)?;
        let mut lines = Vec::new();
        for ((conv, (layer, deviation)), before) in
            saved.net.convs().zip(&self.layers).zip(&mut self.signs)
        {
            let weights = latent_weights(conv)?;
            let now = signs(&conv.counting(weights.clone()));
            let line = WeightLine {
                epoch,
                layer: layer.clone(),
                weights: now.len(),
                positive: now.iter().filter(|&&positive| positive).count(),
                flipped: now
                    .iter()
                    .zip(before.iter())
                    .filter(|(a, b)| a != b)
                    .count(),
                histogram: Histogram::new(
                    [-4.0, 4.0],
                    INTERVALS,
                    weights.iter().map(|&weight| f64::from(weight) / deviation),
                ),
            };
            *before = now;
            if let Some(events) = &self.events {
                events.weights(&line)?;
            }
            serde_json::to_writer(&mut lines, &line).map_err(|e| Error::Failed(e.to_string()))?;
            lines.push(b'\n');
        }
        let mut file = run::append(&self.path)?;
        // A checkpoint has its records.
        let written = file.write_all(&lines).and_then(|()| file.sync_data());
        written.map_err(|e| Error::io("writing", &self.path, &e))
    }
}

/// Replaces signs by those of [`WeightRecorder::signs`].
fn unpack(bytes: &[u8], signs: &mut [Vec<bool>]) -> Result<(), Error> {
    let count: usize = signs.iter().map(Vec::len).sum();
    if bytes.len() != count.div_ceil(8) {
        return Err(Error::Failed(format!(
            "signs of weights: expected those of {count} weights, found {} bytes",
            bytes.len()
        )));
    }
    for (index, sign) in signs.iter_mut().flatten().enumerate() {
        *sign = bytes[index / 8] >> (index % 8) & 1 == 1;
    }
    Ok(())
}

/// Zero counts as +1, as in the network's own sign.
fn signs(weights: &[f32]) -> Vec<bool> {
    weights.iter().map(|&weight| weight >= 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_come_back_from_their_bits() {
        let signs = vec![
            vec![true, false, true],
            vec![false; 4],
            vec![true, true, false, true],
        ];
        let recorder = WeightRecorder {
            path: PathBuf::new(),
            blank: Classifier::new(
                NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 8, 8], 2)
                    .init(0, &burn::tensor::Device::default())
                    .unwrap(),
            ),
            layers: Vec::new(),
            signs: signs.clone(),
            events: None,
        };
        let bytes = recorder.signs();
        assert_eq!(bytes, [0b1000_0101, 0b101]);
        let mut found: Vec<Vec<bool>> = signs.iter().map(|row| vec![false; row.len()]).collect();
        unpack(&bytes, &mut found).unwrap();
        assert_eq!(found, signs);
        assert!(unpack(&bytes[..1], &mut found).is_err());
    }
}
