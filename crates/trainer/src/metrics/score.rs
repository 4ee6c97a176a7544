//! Loss and error of the images as Burn's metrics.

use std::sync::Arc;

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

/// Loss or error, weighted by the number of images, so that a partial last batch counts right.
#[derive(Clone)]
pub struct ScoreMetric {
    kind: ScoreKind,
    name: MetricName,
    state: NumericMetricState,
}

impl ScoreMetric {
    /// The metric of one number.
    pub fn new(kind: ScoreKind) -> Self {
        let name = match kind {
            ScoreKind::Loss => super::LOSS,
            ScoreKind::Error => super::ERROR,
        };
        Self {
            kind,
            name: Arc::new(name.into()),
            state: NumericMetricState::new(),
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
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
    }
}

impl Numeric for ScoreMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(self.state.current_value())
    }

    fn running_value(&self) -> Option<NumericEntry> {
        Some(self.state.running_value())
    }

    fn final_value(&self) -> NumericEntry {
        self.state.final_value()
    }
}
