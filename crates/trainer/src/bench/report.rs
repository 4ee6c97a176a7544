//! What a measurement found.

use serde::Serialize;

/// A measurement, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `train` or `infer`.
    pub bench: &'static str,
    /// The network's name, where it is known.
    pub net: Option<String>,
    /// The kind of its weights, where it is known.
    pub weights: Option<String>,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Number of classes.
    pub classes: usize,
    /// What the convolutions of a deployed network read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activations: Option<&'static str>,
    /// Images of a run.
    pub batch: usize,
    /// Threads.
    pub threads: usize,
    /// Runs that were timed.
    pub runs: usize,
    /// How far the answer was from the one it was checked with, relative to the size of that.
    pub difference: f64,
    /// Middle of the runs.
    pub median_seconds: f64,
    /// Shortest run.
    pub min_seconds: f64,
    /// Of the median.
    pub images_per_second: f64,
    /// The greatest memory of the process, where the system tells and it is that of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_mib: Option<f64>,
}

impl Report {
    /// The same with the times of `seconds`, which are not none.
    pub fn with_times(mut self, mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let middle = seconds.len() / 2;
        self.runs = seconds.len();
        self.min_seconds = seconds[0];
        self.median_seconds = match seconds.len() % 2 {
            0 => f64::midpoint(seconds[middle - 1], seconds[middle]),
            _ => seconds[middle],
        };
        self.images_per_second = self.batch as f64 / self.median_seconds;
        self
    }
}

/// The greatest memory that this process had so far, where the system tells.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_minimum_of_even_and_odd_counts() {
        for (seconds, median) in [
            (vec![4.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5),
            (vec![1.0], 1.0),
        ] {
            let report = Report {
                bench: "train",
                net: None,
                weights: None,
                input: [1, 1, 1],
                classes: 1,
                activations: None,
                batch: 10,
                threads: 1,
                runs: 0,
                difference: 0.0,
                median_seconds: 0.0,
                min_seconds: 0.0,
                images_per_second: 0.0,
                peak_mib: None,
            };
            let runs = seconds.len();
            let report = report.with_times(seconds);
            assert_eq!((report.runs, report.min_seconds), (runs, 1.0));
            assert_eq!(report.median_seconds, median);
            assert_eq!(report.images_per_second, 10.0 / median);
        }
    }
}
