//! Who runs the tasks: the caller's threads, reached through one small trait.

#[cfg(feature = "std")]
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs numbered tasks, in any order and on any threads, and returns when all are done.
pub trait Parallel: Sync {
    /// How many tasks can run at once.
    fn threads(&self) -> usize;

    /// Calls `task(i)` exactly once for every `i < tasks`.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync));
}

/// One task after the other, on the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Serial;

impl Parallel for Serial {
    fn threads(&self) -> usize {
        1
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..tasks).for_each(task);
    }
}

#[cfg(feature = "std")]
/// As many scoped threads as it says, started anew for each run: for tests and measurements.
#[derive(Clone, Copy, Debug)]
pub struct Scoped(
    /// The number of threads, the calling one included; 0 counts as 1.
    pub usize,
);

#[cfg(feature = "std")]
impl Parallel for Scoped {
    fn threads(&self) -> usize {
        self.0.max(1)
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= tasks {
                    return;
                }
                task(index);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads().min(tasks) {
                // Where the system grants none, the others do its share.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once() {
        for threads in 0..4 {
            for tasks in [0, 1, 2, 7, 100] {
                let counts: Vec<_> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                Scoped(threads).run(tasks, &|index| {
                    counts[index].fetch_add(1, Ordering::Relaxed);
                });
                assert!(
                    counts
                        .iter()
                        .all(|count| count.load(Ordering::Relaxed) == 1)
                );
            }
        }
    }
}
