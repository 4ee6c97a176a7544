//! Loss and error of the images as Burn's metrics.

use std::sync::{Arc, Mutex};

use burn::tensor::TensorReadError;
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};

use crate::learn::Scored;

/// Which number of a [`Scored`] a metric follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreKind {
    /// Mean cross-entropy in nats.
    Loss,
    /// Wrong images in percent.
    Error,
}

/// What an epoch has summed up so far. Handles of one total share it.
#[derive(Clone, Debug, Default)]
pub struct Total(Arc<Mutex<(f64, usize)>>);

impl Total {
    /// That of an epoch which goes on after so many images, whose values, each times its images, have this sum.
    pub fn of(sum: f64, images: usize) -> Self {
        Self(Arc::new(Mutex::new((sum, images))))
    }

    /// The sum, and its images.
    pub fn get(&self) -> (f64, usize) {
        *self.0.lock().expect("no holder panics")
    }

    fn set(&self, total: (f64, usize)) {
        *self.0.lock().expect("no holder panics") = total;
    }
}

/// Loss or error, weighted by the number of images, so that a partial last batch counts right.
pub struct ScoreMetric {
    kind: ScoreKind,
    name: MetricName,
    /// What is shown.
    state: NumericMetricState,
    total: Total,
}

/// A metric of its own: it does not share the total.
impl Clone for ScoreMetric {
    fn clone(&self) -> Self {
        let (sum, images) = self.total.get();
        Self {
            name: self.name.clone(),
            state: self.state.clone(),
            total: Total::of(sum, images),
            ..*self
        }
    }
}

impl ScoreMetric {
    /// The metric of one number.
    pub fn new(kind: ScoreKind) -> Self {
        Self::with_total(kind, Total::default())
    }

    /// The metric of one number that sums up in `total`, and goes on from what it has.
    pub fn with_total(kind: ScoreKind, total: Total) -> Self {
        let name = match kind {
            ScoreKind::Loss => super::LOSS,
            ScoreKind::Error => super::ERROR,
        };
        let mut state = NumericMetricState::new();
        let (sum, images) = total.get();
        if images > 0 {
            state.update(sum / images as f64, images);
        }
        Self {
            kind,
            name: Arc::new(name.into()),
            state,
            total,
        }
    }

    fn unit(&self) -> Option<&'static str> {
        (self.kind == ScoreKind::Error).then_some("%")
    }

    fn format(&self) -> FormatOptions {
        let format = FormatOptions::new(self.name.clone()).precision(3);
        match self.unit() {
            Some(unit) => format.unit(unit),
            None => format,
        }
    }
}

impl Metric for ScoreMetric {
    type Input = Scored;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        let unit = self.unit().map(str::to_owned);
        NumericAttributes {
            unit,
            higher_is_better: false,
        }
        .into()
    }

    fn update(
        &mut self,
        scored: &Scored,
        _: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let (loss, wrong) = scored.read()?;
        let value = match self.kind {
            ScoreKind::Loss => loss,
            ScoreKind::Error => 100.0 * wrong as f64 / scored.images as f64,
        };
        self.state.update(value, scored.images);
        let (sum, images) = self.total.get();
        self.total
            .set((sum + value * scored.images as f64, images + scored.images));
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
        self.total.set((0.0, 0));
    }
}

impl Numeric for ScoreMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(self.state.current_value())
    }

    fn running_value(&self) -> Option<NumericEntry> {
        Some(self.state.running_value())
    }

    /// Of the total, whose bits do not depend on where the epoch was interrupted.
    fn final_value(&self) -> NumericEntry {
        let (sum, images) = self.total.get();
        NumericEntry::Final(sum / images as f64)
    }
}
