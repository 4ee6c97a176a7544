//! What becomes of the weights: `weights.jsonl`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::train::checkpoint::{Checkpointer, CheckpointerError};
use model::NetworkConfig;
use run::metrics::{Histogram, WeightLine, keep_epochs};

use super::Written;
use crate::Error;
use crate::checkpoint::AsideCheckpointer;
use crate::deploy::latent_weights;
use crate::learn::Classifier;

/// Intervals of a histogram, from −4 to 4 initial standard deviations.
const INTERVALS: usize = 32;

/// Writes a line per layer whenever the network is saved, at the end of each epoch, and then saves it. Burn hands
/// the network out at that moment only.
pub struct WeightRecorder {
    inner: AsideCheckpointer,
    path: PathBuf,
    /// A network of the same structure, to read a record into.
    blank: Classifier,
    /// Name and initial standard deviation of each convolution.
    layers: Vec<(String, f64)>,
    /// Whether the epoch's metrics are written.
    written: Written,
    /// Signs of each convolution's weights as they were last seen, `true` for +1.
    signs: Mutex<Vec<Vec<bool>>>,
}

impl WeightRecorder {
    /// Goes on in the folder `dir` after the epoch `resumed`, when the network was `start`. `blank` has the structure
    /// of `config` and shares nothing with the network that is trained. A network is saved when its metrics are `written`.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the file cannot be written or the device does not return the weights.
    pub fn open(
        inner: AsideCheckpointer,
        dir: &Path,
        resumed: usize,
        config: &NetworkConfig,
        blank: Classifier,
        start: &Classifier,
        written: Written,
    ) -> Result<Self, Error> {
        let path = dir.join("weights.jsonl");
        keep_epochs(&path, resumed)?;
        let deviations = config.kernels()?;
        let deviations = deviations.iter().map(|kernel| kernel.deviation());
        let names = blank.net.named_convs().map(|(name, _)| name.to_owned());
        let layers = names.zip(deviations).collect();
        let signs = start
            .net
            .convs()
            .map(|conv| Ok(signs(&latent_weights(conv)?)));
        Ok(Self {
            signs: Mutex::new(signs.collect::<Result<_, Error>>()?),
            inner,
            written,
            path,
            blank,
            layers,
        })
    }

    fn record(&self, epoch: usize, record: ModuleRecord) -> Result<(), Error> {
        let unfit = |e: burn::store::RecordError| Error::Failed(e.to_string());
        let saved = self.blank.clone().try_load_record(record).map_err(unfit)?;
        let mut before = self.signs.lock().expect("no holder panics");
        let mut lines = Vec::new();
        for ((conv, (layer, deviation)), before) in
            saved.net.convs().zip(&self.layers).zip(before.iter_mut())
        {
            let weights = latent_weights(conv)?;
            let now = signs(&weights);
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
            serde_json::to_writer(&mut lines, &line).map_err(|e| Error::Failed(e.to_string()))?;
            lines.push(b'\n');
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path);
        file.and_then(|mut file| file.write_all(&lines))
            .map_err(|e| Error::io("writing", &self.path, &e))
    }
}

impl Checkpointer<ModuleRecord> for WeightRecorder {
    fn save(&self, epoch: usize, record: ModuleRecord) -> Result<(), CheckpointerError> {
        // The lines first: a whole checkpoint then has its lines, and lines without one are dropped on resume.
        self.record(epoch, record.clone())
            .map_err(|e| self.inner.fail(&e))?;
        self.written.wait(epoch);
        self.inner.save(epoch, record)
    }

    fn delete(&self, epoch: usize) -> Result<(), CheckpointerError> {
        Checkpointer::<ModuleRecord>::delete(&self.inner, epoch)
    }

    fn restore(&self, epoch: usize) -> Result<ModuleRecord, CheckpointerError> {
        self.inner.restore(epoch)
    }
}

/// Zero counts as +1, as in the network's own sign.
fn signs(weights: &[f32]) -> Vec<bool> {
    weights.iter().map(|&weight| weight >= 0.0).collect()
}
