//! Images per second.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::TensorReadError;
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};

/// Images per second between one batch and the next; the first batch of an epoch, which has none
/// before it, counts for nothing.
#[derive(Clone)]
pub struct Throughput {
    name: MetricName,
    state: NumericMetricState,
    last: Option<(Instant, usize)>,
}

/// A meter that has seen nothing.
impl Default for Throughput {
    fn default() -> Self {
        let name = Arc::new(super::THROUGHPUT.into());
        Self {
            name,
            state: NumericMetricState::new(),
            last: None,
        }
    }
}

impl Throughput {
    fn format(&self) -> FormatOptions {
        FormatOptions::new(self.name.clone())
            .unit("images/s")
            .precision(1)
    }

    fn see(&mut self, now: Instant, images: usize) {
        if let Some((then, before)) = self.last
            && images > before
        {
            let seconds = (now - then).as_secs_f64().max(1e-9);
            // Weighting a rate by its seconds makes the mean that of the whole time.
            let weight = ((seconds * 1e6) as usize).max(1);
            self.state
                .update((images - before) as f64 / seconds, weight);
        }
        self.last = Some((now, images));
    }
}

impl Metric for Throughput {
    type Input = ();

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes {
            unit: Some("images/s".into()),
            higher_is_better: true,
        }
        .into()
    }

    fn update(
        &mut self,
        (): &(),
        metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.see(Instant::now(), metadata.progress.items_processed);
        Ok(match self.value() {
            Some(_) => self.state.compute_update(self.format()),
            None => SerializedEntry::not_available(Some("images/s")),
        })
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
        self.last = None;
    }
}

impl Numeric for Throughput {
    fn value(&self) -> Option<NumericEntry> {
        let value = self.state.current_value();
        value.current().is_finite().then_some(value)
    }

    fn running_value(&self) -> Option<NumericEntry> {
        let value = self.state.running_value();
        value.current().is_finite().then_some(value)
    }

    fn final_value(&self) -> NumericEntry {
        self.state.final_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn rate_of_the_epoch_is_images_over_time() {
        let mut meter = Throughput::default();
        let start = Instant::now();
        for (seconds, images) in [(0, 100), (1, 200), (5, 300)] {
            meter.see(start + Duration::from_secs(seconds), images);
        }
        assert!((meter.value().unwrap().current() - 25.0).abs() < 1e-6);
        assert!((meter.final_value().current() - 40.0).abs() < 1e-6);
        meter.clear();
        assert!(meter.value().is_none());
    }
}
