//! The weights of a run, layer by layer and epoch by epoch, from its `weights.jsonl`.

use std::collections::BTreeMap;
use std::path::Path;

use run::metrics::{Histogram, WeightLine};

use crate::ReportError;
use crate::lines::{self, Outcome};
use crate::validate::MAX_EPOCH;

/// What is read of `weights.jsonl`: ten times the file of the paper's longest training.
const MAX_BYTES: u64 = 64 << 20;
/// Layers of the deepest network.
const MAX_LAYERS: usize = 1203;
/// Layers times epochs that are kept.
const MAX_CELLS: usize = 400_000;
/// Bins of a histogram.
const MAX_BINS: usize = 256;
/// Characters of a layer's name.
const MAX_NAME: usize = 60;

/// The weights of a run.
#[derive(Clone, Debug, Default)]
pub struct LayerHistory {
    /// In the order of the network.
    pub layers: Vec<Layer>,
    /// How the file was read.
    pub outcome: Outcome,
}

/// The weights of a layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its place in the network.
    pub name: String,
    /// How many there are.
    pub weights: usize,
    /// Share of +1 after the last epoch, 0 to 1.
    pub positive: f64,
    /// Share of the signs that changed in each epoch, 0 to 1.
    pub flipped: BTreeMap<usize, f32>,
    /// The latent weights after the last epoch, over the layer's constant.
    pub histogram: Option<Histogram>,
    last: usize,
}

impl LayerHistory {
    /// Reads the file; `None` when there is none.
    ///
    /// # Errors
    ///
    /// As [`lines::read`].
    pub fn read(path: &Path) -> Result<Option<Self>, ReportError> {
        let mut layers: Vec<Layer> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let (mut cells, mut dropped) = (0, 0);
        let outcome = lines::read(path, MAX_BYTES, |line: WeightLine| {
            let sound = line.weights > 0
                && line.positive <= line.weights
                && line.flipped <= line.weights
                && (1..=MAX_EPOCH).contains(&line.epoch);
            let known = places.get(&line.layer).copied();
            if !sound || cells == MAX_CELLS || known.is_none() && layers.len() == MAX_LAYERS {
                dropped += 1;
                return;
            }
            let place = known.unwrap_or(layers.len());
            if known.is_none() {
                places.insert(line.layer.clone(), place);
                layers.push(Layer::named(&line.layer));
            }
            cells += 1;
            layers[place].see(line);
        })?;
        Ok(outcome.map(|outcome| Self {
            layers,
            outcome: Outcome {
                damaged: outcome.damaged + dropped,
                ..outcome
            },
        }))
    }

    /// The epochs that any layer has a line of.
    pub fn epochs(&self) -> Vec<usize> {
        let all = self.layers.iter().flat_map(|layer| layer.flipped.keys());
        let mut epochs: Vec<usize> = all.copied().collect();
        epochs.sort_unstable();
        epochs.dedup();
        epochs
    }

    /// Share of +1 of all layers together, 0 to 1.
    pub fn positive(&self) -> f64 {
        let weights: f64 = self.layers.iter().map(|layer| layer.weights as f64).sum();
        let positive = |layer: &Layer| layer.positive * layer.weights as f64;
        self.layers.iter().map(positive).sum::<f64>() / weights
    }
}

impl Layer {
    fn named(name: &str) -> Self {
        Self {
            name: name.chars().take(MAX_NAME).collect(),
            weights: 0,
            positive: 0.0,
            flipped: BTreeMap::new(),
            histogram: None,
            last: 0,
        }
    }

    fn see(&mut self, line: WeightLine) {
        let share = |count: usize| count as f64 / line.weights as f64;
        // A later line about the same epoch is that of a resumed run.
        self.flipped.insert(line.epoch, share(line.flipped) as f32);
        if line.epoch < self.last {
            return;
        }
        self.last = line.epoch;
        self.weights = line.weights;
        self.positive = share(line.positive);
        let histogram = line.histogram;
        let bins = histogram.counts.len();
        let range = histogram.to - histogram.from;
        let sound = (1..=MAX_BINS).contains(&bins) && range.is_finite() && range > 0.0;
        self.histogram = sound.then_some(histogram);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(epoch: usize, layer: &str, positive: u64, flipped: u64) -> String {
        format!(
            r#"{{"epoch":{epoch},"layer":"{layer}","weights":10,"positive":{positive},"flipped":{flipped},"histogram":{{"from":-4.0,"to":4.0,"counts":[4,6]}}}}"#
        )
    }

    #[test]
    fn the_last_epoch_decides_and_lines_that_cannot_be_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.jsonl");
        let lines = [
            line(1, "a", 5, 4),
            line(1, "b", 1, 2),
            line(2, "a", 6, 1),
            line(2, "b", 11, 2), // more +1 than weights
            line(0, "b", 1, 2),
            "{\"epoch\":3,\"lay".to_owned(),
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let history = LayerHistory::read(&path).unwrap().unwrap();
        let names: Vec<&str> = history.layers.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(history.layers[0].flipped, [(1, 0.4), (2, 0.1)].into());
        assert_eq!(history.layers[0].positive, 0.6);
        assert!((history.positive() - 0.35).abs() < 1e-12);
        assert_eq!(history.epochs(), [1, 2]);
        assert_eq!(history.outcome.damaged, 2);
        let missing = dir.path().join("none");
        assert!(LayerHistory::read(&missing).unwrap().is_none());
    }
}
