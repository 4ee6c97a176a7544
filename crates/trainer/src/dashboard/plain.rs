//! Plain lines, for outputs that are not terminals.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry};
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};

use crate::metrics::{ERROR, LEARNING_RATE, LOSS, THROUGHPUT};

/// Prints a line every few seconds and at the end of each split.
pub struct PlainRenderer {
    speaks: bool,
    held_out: &'static str,
    /// Share of the first epoch that was done before.
    done_before: f64,
    names: HashMap<MetricId, String>,
    values: HashMap<String, Seen>,
    split: String,
    epoch: usize,
    first_epoch: usize,
    epochs: usize,
    items: usize,
    items_total: usize,
    started: Instant,
    spoke: Instant,
}

/// What a split has shown of a metric.
#[derive(Default)]
struct Seen {
    last: f64,
    sum: f64,
    count: usize,
    /// The mean over all images, known at the end of the split.
    mean: Option<f64>,
}

impl Seen {
    fn mean(&self) -> f64 {
        self.mean.unwrap_or(self.sum / self.count as f64)
    }
}

/// A line at most so often, but for the ends of splits.
const PAUSE: Duration = Duration::from_secs(10);

impl PlainRenderer {
    /// A renderer that prints if it `speaks`; `held_out` names the images scored after each epoch. The first epoch goes
    /// on after the share `done_before`.
    pub fn new(speaks: bool, held_out: &'static str, done_before: f64) -> Self {
        let now = Instant::now();
        Self {
            speaks,
            held_out,
            done_before,
            names: HashMap::new(),
            values: HashMap::new(),
            split: String::new(),
            epoch: 1,
            first_epoch: 1,
            epochs: 1,
            items: 0,
            items_total: 1,
            started: now,
            spoke: now,
        }
    }

    fn update(&mut self, state: MetricState) {
        let MetricState::Numeric(entry, Some(value)) = state else {
            return;
        };
        let Some(name) = self.names.get(&entry.metric_id) else {
            return;
        };
        let seen = self.values.entry(name.clone()).or_default();
        match value {
            NumericEntry::Final(mean) => seen.mean = Some(mean),
            value => {
                seen.last = value.current();
                seen.sum += seen.last;
                seen.count += 1;
            }
        }
    }

    /// Mean of a metric over the batches so far.
    fn mean(&self, name: &str) -> f64 {
        self.values.get(name).map_or(f64::NAN, Seen::mean)
    }

    fn speak(&mut self) {
        self.spoke = Instant::now();
        if self.speaks {
            crate::say(&self.line());
        }
    }

    fn line(&self) -> String {
        let train = self.split == "train";
        let name = if train { "train" } else { self.held_out };
        let percent = 100 * self.items / self.items_total.max(1);
        let mut line = format!(
            "epoch {}/{}  {name:<10} {percent:>3} %",
            self.epoch, self.epochs
        );
        line += &format!(
            "  loss {:.4}  error {:5.2} %",
            self.mean(LOSS),
            self.mean(ERROR)
        );
        if train {
            let rate = self
                .values
                .get(LEARNING_RATE)
                .map_or(f64::NAN, |seen| seen.last);
            line += &format!("  rate {rate:.5}");
        }
        let throughput = self.mean(THROUGHPUT);
        // A split of one batch has no time between batches.
        if throughput.is_finite() {
            line += &format!("  {throughput:.0} images/s");
        }
        match self.left() {
            Some(left) if train => line + &format!("  {} left", duration(left)),
            _ => line,
        }
    }

    /// Time left, from the share of the epochs that is done.
    fn left(&self) -> Option<Duration> {
        let part = self.items as f64 / self.items_total.max(1) as f64;
        let done = (self.epoch - self.first_epoch) as f64 + part - self.done_before;
        let all = (self.epochs + 1 - self.first_epoch) as f64 - self.done_before;
        (done > 0.0).then(|| {
            self.started
                .elapsed()
                .mul_f64(((all - done) / done).max(0.0))
        })
    }
}

/// `1h02m`, `3m07s`, `12s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

impl MetricsRendererTraining for PlainRenderer {
    fn update_train(&mut self, state: MetricState) {
        self.update(state);
    }

    fn update_valid(&mut self, state: MetricState) {
        self.update(state);
    }
}

impl TrainingProgressLogger for PlainRenderer {
    fn start(&mut self, epochs: usize, first: usize, _: Option<usize>, _: Option<&str>) {
        (self.epochs, self.first_epoch, self.epoch) = (epochs, first, first);
        self.started = Instant::now();
    }

    fn update_epoch(&mut self, epoch: usize) {
        self.epoch = epoch + 1;
    }

    fn start_split(&mut self, split: &str, items: usize) {
        self.split = split.into();
        (self.items, self.items_total) = (0, items);
        self.values.clear();
    }

    fn update_split(&mut self, items: usize) {
        self.items = items;
        if self.split == "train" && items < self.items_total && self.spoke.elapsed() >= PAUSE {
            self.speak();
        }
    }

    fn end_split(&mut self) {
        self.speak();
    }

    fn end(&mut self) {}

    fn log_event_training(&mut self, _: String) {}
}

impl MetricsRendererEvaluation for PlainRenderer {
    fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
}

impl EvaluationProgressLogger for PlainRenderer {
    fn start_global_progress(&mut self, _: usize) {}
    fn start_test(&mut self, _: &str, _: usize) {}
    fn update_test_progress(&mut self, _: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _: String) {}
}

impl MetricsRenderer for PlainRenderer {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, definition: MetricDefinition) {
        self.names
            .insert(definition.metric_id, definition.name.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_training_is() {
        let mut renderer = PlainRenderer::new(false, "test", 0.0);
        renderer.start(6, 3, None, None);
        renderer.start_split("train", 1000);
        renderer.update_split(250);
        for (name, value) in [
            (LOSS, 1.25),
            (ERROR, 40.5),
            (LEARNING_RATE, 0.05),
            (THROUGHPUT, 99.0),
        ] {
            let seen = Seen {
                last: value,
                sum: 2.0 * value,
                count: 2,
                mean: None,
            };
            renderer.values.insert(name.into(), seen);
        }
        let line = renderer.line();
        let expected = "epoch 3/6  train       25 %  loss 1.2500  error 40.50 %  rate 0.05000  99 images/s  0s left";
        assert_eq!(line, expected);
        renderer.start_split("valid", 1000);
        assert!(renderer.line().contains("test"), "{}", renderer.line());
    }

    #[test]
    fn durations_read_well() {
        let text = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!([text(5), text(67), text(3720)], ["5s", "1m07s", "1h02m"]);
    }
}
