//! Threads that are there from one image to the next: starting some for every layer would take
//! longer than a layer of a small network.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::UnsafeCell;
use core::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use kernels::Parallel;

use super::MAX_THREADS;

/// Looks at the counter before a thread goes to sleep: some microseconds.
const SPINS: usize = if cfg!(miri) { 1 } else { 4_000 };

/// The calling thread and some more.
pub(super) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    /// The latest job. Written while no worker is at one, read after `latest` has told of it: a lock here
    /// would be what all threads meet at, some microseconds long, at each layer of a network.
    job: UnsafeCell<Job>,
    /// The number of the latest job; [`END`] after the last.
    latest: AtomicUsize,
    /// Tasks that nobody has taken yet: the next one's number.
    next: AtomicUsize,
    /// Workers that are still at the latest job.
    busy: AtomicUsize,
    /// Workers that wait for `begun`, or are about to: without any, the call into the system is left out.
    asleep: AtomicUsize,
    /// A task of the latest job panicked on a worker; what with is in `panic`.
    failed: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    sleep: Mutex<()>,
    /// A job has come, or the end.
    begun: Condvar,
}

/// No job has this number.
const END: usize = usize::MAX;

// SAFETY: `job` is all that is not `Sync` by itself, and it is never written and read at a time: see there.
unsafe impl Sync for Shared {}

#[derive(Clone, Copy)]
struct Job {
    tasks: usize,
    /// There is a thread for each task.
    fixed: bool,
    task: &'static (dyn Fn(usize) + Sync),
}

impl Pool {
    /// `threads` in all, from 1 to [`MAX_THREADS`], or as many of them as the system grants.
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            job: UnsafeCell::new(Job {
                tasks: 0,
                fixed: true,
                task: &|_| (),
            }),
            latest: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            asleep: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            panic: Mutex::new(None),
            sleep: Mutex::new(()),
            begun: Condvar::new(),
        });
        let workers = (1..threads.min(MAX_THREADS))
            .map_while(|thread| {
                let shared = Arc::clone(&shared);
                let work = move || shared.work(thread);
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
        let task: &'static (dyn Fn(usize) + Sync) = unsafe { mem::transmute(task) };
        let shared = &*self.shared;
        let fixed = tasks <= self.threads();
        let job = Job { tasks, fixed, task };
        // SAFETY: no worker is at a job, because the call before waited for all; none begins before `latest`
        // tells of this one.
        unsafe { *shared.job.get() = job };
        // Where a task of the calling thread panicked too, the last job's is still there.
        shared.failed.store(false, Ordering::Relaxed);
        shared.next.store(0, Ordering::Relaxed);
        shared.busy.store(self.workers.len(), Ordering::Relaxed);
        shared.tell(shared.latest.load(Ordering::Relaxed) + 1);
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
        shared.tasks(job, 0);
        drop(wait);
        if shared.failed.load(Ordering::Relaxed) {
            shared.pass_on();
        }
    }
}

impl Shared {
    /// Tells the workers of a job, those that sleep too.
    fn tell(&self, number: usize) {
        // In one order with what a worker does before it sleeps: it counts itself in, then looks once more. So
        // either it sees this number, or it is counted here.
        self.latest.store(number, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            // A worker that has looked is not yet waiting before it gives the lock back.
            drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
            self.begun.notify_all();
        }
    }

    /// Waits for another number than `done`.
    fn wait(&self, done: usize) -> usize {
        for _ in 0..SPINS {
            let latest = self.latest.load(Ordering::Acquire);
            if latest != done {
                return latest;
            }
            core::hint::spin_loop();
        }
        let mut guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let latest = loop {
            let latest = self.latest.load(Ordering::SeqCst);
            if latest != done {
                break latest;
            }
            guard = self
                .begun
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        };
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        latest
    }

    /// Does a thread's part: where there is a thread for each task, the one of its own number, because what it
    /// wrote in the job before is in its core's cache.
    fn tasks(&self, job: Job, thread: usize) {
        if job.fixed {
            if thread < job.tasks {
                (job.task)(thread);
            }
            return;
        }
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= job.tasks {
                return;
            }
            (job.task)(index);
        }
    }

    fn work(&self, thread: usize) {
        let mut done = 0;
        loop {
            done = self.wait(done);
            if done == END {
                return;
            }
            // SAFETY: `latest` has told of this job, and the next is not written before this worker counts
            // itself out.
            let job = unsafe { *self.job.get() };
            // The worker outlives a task that panics, and counts itself out: the caller would wait for ever,
            // for this job or for the next. It goes on panicking there, so nothing half done is seen.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.tasks(job, thread))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
                self.failed.store(true, Ordering::Relaxed);
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }

    /// Panics with what a worker's task panicked with.
    #[cold]
    fn pass_on(&self) {
        let panic = mem::take(&mut *self.panic.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.tell(END);
        for worker in self.workers.drain(..) {
            // It has caught what its tasks panicked with.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    /// Miri takes long where threads wait for each other.
    const THREADS: &[usize] = if cfg!(miri) { &[1, 2] } else { &[1, 2, 3] };
    const JOBS: usize = if cfg!(miri) { 10 } else { 200 };

    #[test]
    fn every_task_runs_once_in_each_of_many_jobs() {
        for &threads in THREADS {
            let pool = Pool::new(threads);
            for tasks in [0, 1, 2, 3, 50] {
                for _ in 0..JOBS {
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

    /// `pool` runs these tasks, of which one panics: what with.
    fn panics(pool: &Pool, tasks: usize, bad: usize) -> String {
        let run = || pool.run(tasks, &|index| assert!(index != bad, "task {index}"));
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a task panicked");
        *panic.downcast::<String>().expect("a text")
    }

    #[test]
    fn the_caller_panics_with_any_task_and_the_pool_goes_on() {
        for &threads in THREADS {
            let pool = Pool::new(threads);
            for tasks in [2, 5] {
                for bad in 0..tasks {
                    assert_eq!(panics(&pool, tasks, bad), format!("task {bad}"));
                    // All workers are still there for the next job, which has nothing of the last.
                    let count = AtomicUsize::new(0);
                    pool.run(tasks, &|_| {
                        count.fetch_add(1, Ordering::Relaxed);
                    });
                    assert_eq!(count.load(Ordering::Relaxed), tasks);
                }
                // On all threads at once: one of them is told.
                let run = || pool.run(tasks, &|_| panic!("each"));
                assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
                pool.run(tasks, &|_| ());
            }
        }
    }

    #[test]
    fn threads_are_bounded() {
        assert_eq!(Pool::new(0).threads(), 1);
        assert!(Pool::new(usize::MAX).threads() <= MAX_THREADS);
    }
}
