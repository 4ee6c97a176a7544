//! Making items ahead of their consumer, on threads, in order, within a bound.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

type Make<T> = dyn Fn(usize) -> T + Send + Sync;

/// The items `make(0)`, `make(1)`, … `make(total - 1)`, in that order.
pub(super) struct Prefetch<T> {
    shared: Arc<Shared<T>>,
    total: usize,
    next: usize,
    workers: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    make: Box<Make<T>>,
    total: usize,
    /// Items that may be ready or in the making at once.
    window: usize,
    state: Mutex<State<T>>,
    /// Any change of `state`.
    changed: Condvar,
}

struct State<T> {
    /// The next item nobody has begun.
    unclaimed: usize,
    /// Items the consumer has taken.
    taken: usize,
    ready: BTreeMap<usize, std::thread::Result<T>>,
    stop: bool,
}

impl<T: Send + 'static> Prefetch<T> {
    /// `workers` threads, begun at once; with none, or when the system grants none, `next` makes
    /// the items.
    pub(super) fn new(
        total: usize,
        workers: usize,
        window: usize,
        make: impl Fn(usize) -> T + Send + Sync + 'static,
    ) -> Self {
        let window = window.max(1);
        let state = State {
            unclaimed: 0,
            taken: 0,
            ready: BTreeMap::new(),
            stop: false,
        };
        let shared = Arc::new(Shared {
            make: Box::new(make),
            total,
            window,
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let workers = (0..workers.min(window).min(total))
            .map_while(|_| {
                let shared = Arc::clone(&shared);
                Builder::new()
                    .name("data-loader".into())
                    .spawn(move || shared.work())
                    .ok()
            })
            .collect();
        Self {
            shared,
            total,
            next: 0,
            workers,
        }
    }

    /// The next item; `None` after the last.
    ///
    /// # Panics
    ///
    /// With the panic of `make`, if that panicked; the sequence ends there.
    pub(super) fn next(&mut self) -> Option<T> {
        if self.next == self.total {
            return None;
        }
        let item = if self.workers.is_empty() {
            catch_unwind(AssertUnwindSafe(|| (self.shared.make)(self.next)))
        } else {
            self.shared.take(self.next)
        };
        match item {
            Ok(item) => {
                self.next += 1;
                Some(item)
            }
            Err(panic) => {
                self.next = self.total;
                self.shared.stop();
                resume_unwind(panic)
            }
        }
    }

    /// How many items are still to come.
    pub(super) fn left(&self) -> usize {
        self.total - self.next
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.shared.stop();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of `make`, so there is nothing to hear from it.
            let _ = worker.join();
        }
    }
}

impl<T> Shared<T> {
    /// A lock that outlives panics: nothing panics while holding it.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    /// What a worker does: claim the next item inside the window, make it, hand it over.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if state.stop || state.unclaimed == self.total {
                return;
            }
            if state.unclaimed - state.taken >= self.window {
                state = self.wait(state);
                continue;
            }
            let index = state.unclaimed;
            state.unclaimed += 1;
            drop(state);
            let item: Result<T, Box<dyn Any + Send>> =
                catch_unwind(AssertUnwindSafe(|| (self.make)(index)));
            state = self.lock();
            state.ready.insert(index, item);
            self.changed.notify_all();
        }
    }

    /// Waits for item `index`. Items are claimed in order and every claim ends in `ready`, a panic
    /// included, so the wait ends.
    fn take(&self, index: usize) -> std::thread::Result<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.ready.remove(&index) {
                state.taken += 1;
                self.changed.notify_all();
                return item;
            }
            state = self.wait(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn all<T: Send + 'static>(mut items: Prefetch<T>) -> Vec<T> {
        std::iter::from_fn(|| items.next()).collect()
    }

    #[test]
    fn items_come_in_order_whatever_the_workers_do() {
        let expected: Vec<usize> = (0..100).collect();
        for workers in [0, 1, 4, 9] {
            for window in [0, 1, 3, 200] {
                // Uneven work, so that workers overtake each other.
                let make = |i: usize| {
                    std::thread::sleep(std::time::Duration::from_micros((i * 7 % 5) as u64 * 50));
                    i
                };
                assert_eq!(all(Prefetch::new(100, workers, window, make)), expected);
            }
        }
        assert!(all(Prefetch::new(0, 4, 4, |i| i)).is_empty());
    }

    #[test]
    fn no_more_than_the_window_is_made_ahead() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let mut items = Prefetch::new(1000, 4, 3, move |i| {
            counter.fetch_add(1, Ordering::SeqCst);
            i
        });
        for taken in 1..=50 {
            items.next();
            assert!(made.load(Ordering::SeqCst) <= taken + 3);
        }
    }

    #[test]
    fn a_panicking_worker_reaches_the_consumer_and_ends_the_sequence() {
        for workers in [0, 1, 4] {
            let mut items = Prefetch::new(20, workers, 4, |i| {
                if i == 7 {
                    // Without the hook, which would print a backtrace into the test's output.
                    resume_unwind(Box::new("item 7"));
                }
                i
            });
            for i in 0..7 {
                assert_eq!(items.next(), Some(i));
            }
            let panic = catch_unwind(AssertUnwindSafe(|| items.next())).unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"item 7"));
            assert_eq!((items.next(), items.left()), (None, 0));
        }
    }

    #[test]
    fn dropping_early_joins_the_workers() {
        for taken in [0, 1, 5] {
            let alive = Arc::new(());
            let held = Arc::clone(&alive);
            let mut items = Prefetch::new(1000, 4, 2, move |i| (i, held.clone()).0);
            for _ in 0..taken {
                items.next();
            }
            drop(items);
            assert_eq!(
                Arc::strong_count(&alive),
                1,
                "every thread has let go of `make`"
            );
        }
    }
}
