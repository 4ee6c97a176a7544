//! Whether this machine has the memory that a run takes: said before the first step.

use std::fs;
use std::sync::Arc;

use data::{ClassCounts, Images, OwnData, Survey};
use run::TrainConfig;
use run::config::{Average, Freeze};
use run::images::own_options;
use run::memory::{Available, Bound, Estimate, Taken, Workload, available};
use word_list::Counted;

use super::{Training, batch_size};
use crate::init::Teacher;
use crate::{Error, size};

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
        let images = self.config.batch_size.div_ceil(parts);
        let taken = taken();
        let estimate = self.estimate(images, taken);
        let available = available();
        let held = held();
        let left = available.map_or_else(String::new, |left| {
            format!("; {} are available", size(left.bytes + held))
        });
        crate::say(&format!(
            "memory: about {}: {} for weights, {} for what is computed of {} at once, {}{left}",
            size(estimate.total()),
            size(estimate.weights),
            size(estimate.activations),
            Counted(images, "image"),
            match estimate.images {
                0 => "none for the images, which stay in their files".into(),
                bytes => format!("{} for the images", size(bytes)),
            }
        ));
        let Some(available) = available else {
            return Ok(());
        };
        let ahead = ahead(available.bound);
        let smaller = || {
            parts_that_fit(&self.config, |part| {
                self.estimate(part, taken).total() + ahead <= available.bytes + held
            })
        };
        verdict(
            estimate.total() + ahead,
            held,
            available,
            self.config.batch_size,
            smaller,
        )
        .map(|note| note.iter().for_each(|note| crate::say(note)))
    }

    fn estimate(&self, batch: usize, taken: Option<Taken>) -> Estimate {
        let views = self.config.test_crops.max(1);
        let evaluation = self.evaluation_loader(&self.test, views);
        let evaluation = evaluation.map_or(1, |loader| loader.config().batch_size * views);
        let graph = &self.about.graph;
        // Frozen norms are no part of what is computed as one.
        let recomputed = match self.config.freeze {
            Freeze::None => model::recomputed(graph, batch, &self.device().clone().autodiff()),
            _ => Vec::new(),
        };
        let same = Arc::ptr_eq(&self.held_out, &self.test);
        let sets = [
            Some(&self.train),
            Some(&self.test),
            (!same).then_some(&self.held_out),
        ];
        Estimate::of(&Workload {
            graph,
            costs: &self.config.costs(graph),
            recomputed: &recomputed,
            batch,
            evaluation_batch: evaluation.min(self.test.len() * views),
            teacher: self.teacher.as_ref().map(Teacher::graph),
            averages: self.config.average != Average::None,
            image_bytes: sets.into_iter().flatten().map(|set| bytes(set)).sum(),
            taken,
        })
    }
}

/// In how many parts a batch would fit, more than it has; parts make the batch norms see two images or more.
fn parts_that_fit(config: &TrainConfig, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let batch = config.batch_size;
    (config.accumulate + 1..=batch / 2).find(|parts| fits(batch.div_ceil(*parts)))
}

/// Refuses, before minutes of reading, own images of a size that is known on which a run would clearly take more memory
/// than there is. It estimates too little rather than too much: the whole check comes with the images.
///
/// # Errors
///
/// [`Error::Failed`] as of the whole check, and when there is no such network for these images.
pub(super) fn must_fit_before_reading(config: &TrainConfig, found: &OwnData) -> Result<(), Error> {
    let Some(shape) = found.min_shape() else {
        return Ok(());
    };
    let images = [certain(found, config), found.pictures()];
    may_fit(
        config,
        shape,
        found.classes().len(),
        images,
        found.max_bytes(),
    )
}

/// The same of images that were looked at.
///
/// # Errors
///
/// As when they are trained on.
pub fn must_fit(config: &TrainConfig, survey: &Survey) -> Result<(), Error> {
    let [height, width] = config.size.unwrap_or(survey.suggested_size);
    let shape = [config.channels.unwrap_or(survey.channels), height, width];
    let sum = |of: fn(&ClassCounts) -> usize| survey.classes.iter().map(of).sum::<usize>();
    let training = sum(|class| class.train);
    let held_out = match survey.brings.validation {
        true => 0,
        false => config.validation.of(training).min(training),
    };
    let all = sum(|class| class.train + class.validation + class.test);
    let max_bytes = own_options(config).max_memory.unwrap_or(u64::MAX);
    let images = [training - held_out, all];
    may_fit(config, shape, survey.classes.len(), images, max_bytes)
}

/// Refuses a run on images of a shape, of which there are so many to learn from and in all, that would clearly take more
/// memory than there is.
fn may_fit(
    config: &TrainConfig,
    shape: [usize; 3],
    classes: usize,
    [training, all]: [usize; 2],
    max_bytes: u64,
) -> Result<(), Error> {
    let graph = config.graph(shape, classes)?;
    crate::network::of(config, shape, classes).must_be_trainable()?;
    let (true, Some(available)) = (is_cpu(&config.device), available()) else {
        return Ok(());
    };
    let mut config = config.clone();
    // A batch that does not fit is refused with the images.
    if batch_size::fit(&mut config, training, 1).is_err() {
        return Ok(());
    }
    let costs = config.costs(&graph);
    let bytes = shape
        .iter()
        .fold(all as u64, |bytes, &side| bytes.saturating_mul(side as u64));
    let estimate = |batch: usize| {
        Estimate::of(&Workload {
            graph: &graph,
            costs: &costs,
            recomputed: &[],
            batch,
            evaluation_batch: 1,
            image_bytes: if bytes <= max_bytes { bytes } else { 0 },
            taken: None,
            // Read after the images: what is told with them counts it.
            teacher: None,
            averages: config.average != Average::None,
        })
        .total()
    };
    let held = held();
    let smaller = || parts_that_fit(&config, |part| estimate(part) <= available.bytes + held);
    let needed = estimate(config.batch_size.div_ceil(config.accumulate));
    verdict(needed, held, available, config.batch_size, smaller).map(drop)
}

/// As many images as are certain to be learned from, a batch of which is no larger than that of the run.
fn certain(found: &OwnData, config: &TrainConfig) -> usize {
    let brings = found.brings();
    let share = |part: f64, is_brought: bool| if is_brought { 1.0 } else { 1.0 - part };
    let validation = config.validation.of(found.training()) as f64;
    let kept = share(config.test_fraction, brings.test)
        - if brings.validation {
            0.0
        } else {
            validation / found.training().max(1) as f64
        };
    // Rounding, and files that cannot be read.
    let kept = (0.9 * kept.max(0.0) * found.training() as f64) as usize;
    let kept = kept.saturating_sub(2 * found.classes().len());
    match config.limit_train {
        0 => kept,
        limit => kept.min(limit),
    }
}

/// Names of devices that compute on this machine's processor, in its memory.
fn is_cpu(device: &str) -> bool {
    ["flex", "ndarray"].contains(&device)
}

/// Bytes that are asked for ahead, which only a limit of addresses counts.
fn ahead(bound: Bound) -> u64 {
    match bound {
        Bound::Addresses => model::SLAB_BYTES as u64,
        _ => 0,
    }
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
    status("VmRSS:").unwrap_or(0)
}

/// The same, with its peak; `None` where the system does not tell.
fn taken() -> Option<Taken> {
    Some(Taken {
        now: status("VmRSS:")?,
        peak: status("VmHWM:")?,
    })
}

/// Bytes of a line in what the system knows of this process.
fn status(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
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
            "--accumulate and --batch-size do not save enough; take a smaller network, smaller images with --size, or fewer with --limit-train".into()
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
    fn a_limit_of_addresses_counts_what_is_asked_for_ahead() {
        assert_eq!(ahead(Bound::Addresses), 256 << 20);
        assert_eq!(ahead(Bound::Memory), 0);
    }

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
