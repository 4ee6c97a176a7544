//! Loss and error of a batch, and the two metrics over them.

use std::sync::Arc;

use burn::tensor::{Bool, ExecutionError, Tensor, TensorReadError};
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Adaptor, ItemLazy, Metric, MetricAttributes, MetricMetadata, MetricName, Numeric,
    NumericAttributes, NumericEntry, SerializedEntry,
};

/// What the metrics need of a batch.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Mean cross-entropy of the batch, `[1]`.
    pub loss: Tensor<1>,
    /// Which images got the wrong class, `[batch]`.
    pub wrong: Tensor<1, Bool>,
    /// The size of the batch.
    pub images: usize,
}

impl Scored {
    /// The same off the autodiff graph, which is not kept alive by it.
    pub fn detached(self) -> Self {
        Self {
            loss: self.loss.without_autodiff(),
            ..self
        }
    }

    /// The scores of the parts of a batch, in order and at least one, as that of the batch.
    pub fn merge(parts: Vec<Self>) -> Self {
        let images: usize = parts.iter().map(|part| part.images).sum();
        let share = |part: &Self| part.loss.clone() * (part.images as f64 / images as f64);
        Self {
            loss: Tensor::cat(parts.iter().map(share).collect(), 0).sum(),
            wrong: Tensor::cat(parts.into_iter().map(|part| part.wrong).collect(), 0),
            images,
        }
    }

    /// Mean loss, and the number of wrong images.
    ///
    /// # Errors
    ///
    /// When the device cannot return them.
    pub fn read(&self) -> Result<(f64, usize), TensorReadError> {
        let loss = self.loss.clone().try_into_scalar::<f64>()?;
        let wrong = self.wrong.clone().int().sum().try_into_scalar::<i64>()?;
        Ok((loss, wrong as usize))
    }
}

impl ItemLazy for Scored {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.loss.device().flush()?;
        // Off the autodiff graph, so that the metrics' thread does not keep it alive.
        Ok(self.detached())
    }
}

impl Adaptor<Scored> for Scored {
    fn adapt(&self) -> Scored {
        self.clone()
    }
}

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
