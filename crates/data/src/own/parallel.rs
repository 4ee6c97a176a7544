//! The same work for many, on all threads, with results in order.

use std::num::NonZero;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// `work(0)`, `work(1)`, … `work(count - 1)`; 0 threads means one per processor.
pub(crate) fn map<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = count_of(threads).min(count);
    let mut done: Vec<Option<T>> = (0..count).map(|_| None).collect();
    // Some at a time, where there are many: results go to their places, and are held once.
    let some = (count / (64 * threads.max(1))).clamp(1, 64);
    let chunks = Mutex::new(done.chunks_mut(some).enumerate());
    let run = || {
        loop {
            let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, chunk)) = next else { return };
            for (index, place) in chunk.iter_mut().enumerate() {
                *place = Some(work(number * some + index));
            }
        }
    };
    thread::scope(|scope| {
        // As many as the system grants: this one does what is left.
        let tasks: Vec<_> = (1..threads)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, run).ok())
            .collect();
        run();
        for task in tasks {
            if let Err(panic) = task.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let done = done.into_iter();
    done.map(|done| done.expect("all chunks are done"))
        .collect()
}

/// Hands every `size` bytes of `all` to `fill`, with their number.
pub(crate) fn fill(
    all: &mut [u8],
    size: usize,
    threads: usize,
    fill: impl Fn(usize, &mut [u8]) + Sync,
) {
    let chunks = Mutex::new(all.chunks_exact_mut(size).enumerate());
    let threads = count_of(threads);
    let run = || {
        loop {
            let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
            match next {
                Some((number, chunk)) => fill(number, chunk),
                None => return,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
}

/// 0 threads means one per processor.
fn count_of(threads: usize) -> usize {
    match threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    }
}

/// Bytes that threads may take together, so that many large pictures wait for each other.
pub(crate) struct Gate {
    limit: u64,
    taken: Mutex<u64>,
    given_back: Condvar,
}

impl Gate {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            taken: Mutex::new(0),
            given_back: Condvar::new(),
        }
    }

    /// Does `work` when `bytes` are free. One that wants more than there are waits to be alone.
    pub(crate) fn pass<T>(&self, bytes: u64, work: impl FnOnce() -> T) -> T {
        let bytes = bytes.min(self.limit);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > self.limit - bytes {
            taken = self
                .given_back
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        drop(taken);
        let _back = Back(self, bytes);
        work()
    }
}

/// Gives its bytes back, whatever happens.
struct Back<'a>(&'a Gate, u64);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.1;
        self.0.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_are_in_order_for_any_number_of_threads() {
        for threads in [0, 1, 3, 20] {
            assert_eq!(
                map(10, threads, |i| i * i),
                (0..10).map(|i| i * i).collect::<Vec<_>>()
            );
        }
        assert!(map(0, 2, |i| i).is_empty());
        assert_eq!(map(10_007, 3, |i| i), (0..10_007).collect::<Vec<_>>());
    }

    #[test]
    fn every_part_is_filled_once() {
        for threads in [1, 3] {
            let mut bytes = vec![0; 30];
            fill(&mut bytes, 3, threads, |number, chunk| {
                chunk.iter_mut().for_each(|b| *b += number as u8)
            });
            assert!((0..30).all(|i| usize::from(bytes[i]) == i / 3));
        }
    }

    #[test]
    fn no_more_than_the_limit_passes_at_once() {
        let (gate, inside) = (Gate::new(10), AtomicUsize::new(0));
        map(200, 8, |i| {
            let bytes = [3, 5, 10, 99][i % 4];
            gate.pass(bytes, || {
                let bytes = bytes.min(10) as usize;
                assert!(inside.fetch_add(bytes, Ordering::SeqCst) + bytes <= 10);
                thread::yield_now();
                inside.fetch_sub(bytes, Ordering::SeqCst);
            });
        });
        assert_eq!(inside.load(Ordering::SeqCst), 0);
    }
}
