//! Threads that are there from one image to the next: starting some for every layer would take
//! longer than a layer of a small network.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use kernels::Parallel;

/// Looks at the counter before a thread goes to sleep: some microseconds.
const SPINS: usize = 4_000;

/// The calling thread and some more.
pub(super) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// A job has come, or the end.
    begun: Condvar,
    /// The number of the job in `state`, for threads that look before they sleep.
    latest: AtomicUsize,
    /// Tasks that nobody has taken yet: the next one's number.
    next: AtomicUsize,
    /// Workers that are still at the latest job.
    busy: AtomicUsize,
}

struct State {
    number: usize,
    job: Option<Job>,
    /// Workers that wait for `begun`: without any, the call into the system can be left out.
    asleep: usize,
    end: bool,
}

#[derive(Clone, Copy)]
struct Job {
    tasks: usize,
    task: &'static (dyn Fn(usize) + Sync),
}

impl Pool {
    /// `threads` in all, or as many of them as the system grants.
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                number: 0,
                job: None,
                asleep: 0,
                end: false,
            }),
            begun: Condvar::new(),
            latest: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
        });
        let workers = (1..threads)
            .map_while(|_| {
                let shared = Arc::clone(&shared);
                let work = move || shared.work();
                Builder::new().name("onebit".into()).spawn(work).ok()
            })
            .collect();
        Self { shared, workers }
    }
}

impl Parallel for Pool {
    fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() || tasks < 2 {
            (0..tasks).for_each(task);
            return;
        }
        // SAFETY: the lifetime is forgotten, but nobody keeps the reference beyond this call: each
        // worker counts itself out of `busy` after its last task, and the loop below waits for all.
        let task: &'static (dyn Fn(usize) + Sync) = unsafe { core::mem::transmute(task) };
        let shared = &*self.shared;
        shared.next.store(0, Ordering::Relaxed);
        shared.busy.store(self.workers.len(), Ordering::Relaxed);
        let asleep = {
            let mut state = shared.lock();
            state.number += 1;
            state.job = Some(Job { tasks, task });
            shared.latest.store(state.number, Ordering::Release);
            state.asleep
        };
        if asleep > 0 {
            shared.begun.notify_all();
        }
        // Waits even when a task of this thread panics, because the others still borrow.
        struct Wait<'a>(&'a Shared);
        impl Drop for Wait<'_> {
            fn drop(&mut self) {
                let mut spins = 0;
                while self.0.busy.load(Ordering::Acquire) > 0 {
                    spins += 1;
                    match spins < SPINS {
                        true => core::hint::spin_loop(),
                        false => std::thread::yield_now(),
                    }
                }
            }
        }
        let wait = Wait(shared);
        shared.tasks(Job { tasks, task });
        drop(wait);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self, job: Job) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= job.tasks {
                return;
            }
            (job.task)(index);
        }
    }

    fn work(&self) {
        let mut done = 0;
        loop {
            for _ in 0..SPINS {
                if self.latest.load(Ordering::Acquire) != done {
                    break;
                }
                core::hint::spin_loop();
            }
            let mut state = self.lock();
            while state.number == done && !state.end {
                state.asleep += 1;
                state = self
                    .begun
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.asleep -= 1;
            }
            if state.end {
                return;
            }
            done = state.number;
            let job = state.job;
            drop(state);
            // Counts itself out even when a task panics: the caller must not wait for ever.
            struct Out<'a>(&'a AtomicUsize);
            impl Drop for Out<'_> {
                fn drop(&mut self) {
                    self.0.fetch_sub(1, Ordering::Release);
                }
            }
            let out = Out(&self.busy);
            if let Some(job) = job {
                self.tasks(job);
            }
            drop(out);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().end = true;
        self.shared.latest.store(usize::MAX, Ordering::Release);
        self.shared.begun.notify_all();
        for worker in self.workers.drain(..) {
            // A worker that panicked has said so.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_in_each_of_many_jobs() {
        for threads in [1, 2, 3] {
            let pool = Pool::new(threads);
            for tasks in [0, 1, 2, 3, 50] {
                for _ in 0..200 {
                    let counts: Vec<AtomicUsize> =
                        (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                    pool.run(tasks, &|index| {
                        counts[index].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(counts.iter().all(|n| n.load(Ordering::Relaxed) == 1));
                }
            }
        }
    }
}
