//! Whether this machine has the memory that a run takes: said before the first step.

use std::fs;
use std::sync::Arc;

use data::Images;
use run::config::Average;
use run::memory::{Available, Bound, Estimate, Workload, available};

use super::Training;
use crate::Error;
use crate::init::Teacher;

/// An estimate may be as much too high; beyond that a run is refused.
const MARGIN: f64 = 1.3;

impl Training {
    /// Says what the run takes of this machine's memory, and refuses what it does not have. Of other devices nothing is
    /// known.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the run would clearly take more than there is.
    pub(super) fn must_fit_memory(&self) -> Result<(), Error> {
        if !is_cpu(&self.config.device) {
            return Ok(());
        }
        let parts = self.config.accumulate;
        let estimate = self.estimate(self.config.batch_size.div_ceil(parts));
        let images = self.config.batch_size.div_ceil(parts);
        let available = available();
        let held = held();
        let left = available.map_or_else(String::new, |left| {
            format!("; {} are available", size(left.bytes + held))
        });
        crate::say(&format!(
            "memory: about {}: {} for weights, {} for what is computed of {images} images at once, {} for the images{left}",
            size(estimate.total()),
            size(estimate.weights),
            size(estimate.activations),
            size(estimate.images)
        ));
        let Some(available) = available else {
            return Ok(());
        };
        let smaller = || {
            // Parts that make the batch norms see two images or more.
            let fits = |parts: &usize| {
                let part = self.config.batch_size.div_ceil(*parts);
                self.estimate(part).total() <= available.bytes + held
            };
            (parts + 1..=self.config.batch_size / 2).find(fits)
        };
        verdict(
            estimate.total(),
            held,
            available,
            self.config.batch_size,
            smaller,
        )
        .map(|note| note.iter().for_each(|note| crate::say(note)))
    }

    fn estimate(&self, batch: usize) -> Estimate {
        let views = self.config.test_crops.max(1);
        let evaluation = self.evaluation_loader(&self.test, views);
        let evaluation = evaluation.map_or(1, |loader| loader.config().batch_size * views);
        let graph = &self.about.graph;
        let same = Arc::ptr_eq(&self.held_out, &self.test);
        let sets = [
            Some(&self.train),
            Some(&self.test),
            (!same).then_some(&self.held_out),
        ];
        Estimate::of(&Workload {
            graph,
            costs: &self.config.costs(graph),
            batch,
            evaluation_batch: evaluation.min(self.test.len() * views),
            teacher: self.teacher.as_ref().map(Teacher::graph),
            averages: self.config.average != Average::None,
            image_bytes: sets.into_iter().flatten().map(|set| bytes(set)).sum(),
        })
    }
}

/// Names of devices that compute on this machine's processor, in its memory.
fn is_cpu(device: &str) -> bool {
    ["flex", "ndarray"].contains(&device)
}

/// Bytes of images that stay in memory; others stay in their files.
fn bytes(images: &Images) -> u64 {
    let pixels: usize = images.shape().iter().product();
    match images.are_in_memory() {
        true => (images.len() * pixels) as u64,
        false => 0,
    }
}

/// What this process holds already, which the estimate counts too.
fn held() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// `812 MiB`, or `41.2 GiB`: as exact as an estimate is.
fn size(bytes: u64) -> String {
    const MIB: f64 = (1 << 20) as f64;
    match bytes as f64 / MIB {
        mib if mib < 1024.0 => format!("{mib:.0} MiB"),
        mib => format!("{:.1} GiB", mib / 1024.0),
    }
}

/// What to say of a run that takes `needed` bytes, `held` of which the process has; nothing where it fits. `smaller` finds in
/// how many parts a batch would fit.
fn verdict(
    needed: u64,
    held: u64,
    available: Available,
    batch_size: usize,
    smaller: impl FnOnce() -> Option<usize>,
) -> Result<Option<String>, Error> {
    let Available { bytes, bound } = available;
    let has = bytes.saturating_add(held);
    if needed <= has {
        return Ok(None);
    }
    let way_out = match smaller() {
        Some(parts) => format!(
            "compute a batch in parts, such as --accumulate {parts}, or take fewer images at once, such as --batch-size {}",
            batch_size.div_ceil(parts)
        ),
        None => {
            "--accumulate and --batch-size do not save enough; take a smaller network, or smaller or fewer images".into()
        }
    };
    let group = match bound {
        Bound::Memory => "",
        _ => "; or raise the limit",
    };
    let facts = format!(
        "about {} are needed, found {} {}",
        size(needed),
        size(has),
        bound.what()
    );
    match needed as f64 > MARGIN * has as f64 {
        true => Err(Error::Failed(format!("memory: {facts}; {way_out}{group}"))),
        false => Ok(Some(format!(
            "note: memory may not suffice: {facts}; if it does not, {way_out}{group}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn clearly_too_much_is_refused_and_a_little_is_noted() {
        let available = Available {
            bytes: 7 * GIB,
            bound: Bound::Addresses,
        };
        let found = |needed| verdict(needed, GIB, available, 125, || Some(5));
        assert_eq!(found(8 * GIB).unwrap(), None);
        let note = found(9 * GIB).unwrap().unwrap();
        assert!(note.starts_with("note: memory may not suffice"), "{note}");
        let error = found(42 * GIB).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let error = error.to_string();
        for part in [
            "about 42.0 GiB",
            "found 8.0 GiB",
            "ulimit -v",
            "--accumulate 5",
            "--batch-size 25",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn where_no_batch_fits_this_is_said() {
        let available = Available {
            bytes: GIB,
            bound: Bound::Memory,
        };
        let error = verdict(9 * GIB, 0, available, 8, || None).unwrap_err();
        assert!(error.to_string().contains("smaller network"), "{error}");
    }
}
