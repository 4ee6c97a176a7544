//! Threads that compute: as many as are asked for, or as the system grants. What is missing is told once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use crate::Error;

/// Threads besides those that compute: Burn's, which measure and show, those for signals.
const BESIDES: usize = 6;

/// Starts the threads that Burn on the CPU and our kernels share. Rayon would start them by itself, and panic where one
/// cannot be had.
///
/// # Errors
///
/// [`Error::Failed`] where none can be had.
pub fn start() -> Result<(), Error> {
    must_be(1)
}

/// Refuses to train where not even the few threads can be had that measure and show a run: Burn would panic.
///
/// # Errors
///
/// [`Error::Failed`] that tells how many there are.
pub fn must_train() -> Result<(), Error> {
    must_be(BESIDES + 1)
}

fn must_be(min: usize) -> Result<(), Error> {
    static FOUND: OnceLock<usize> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        let asked = asked();
        let found = available(asked + BESIDES);
        let compute = found.saturating_sub(BESIDES).max(1);
        if compute < asked && found > 0 {
            tell(asked, compute);
        }
        // Where it was started already, as by a benchmark, it stays as it is.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(compute);
        let _ = pool.build_global();
        found
    });
    match found < min {
        true => Err(Error::Failed(format!(
            "threads: expected at least {min}, found {found}; end other programs, or raise the limit, as with `ulimit -u` or `ulimit -v`"
        ))),
        false => Ok(()),
    }
}

/// More are not asked for: no step has so many parts, and each takes memory before it does anything.
const MAX: usize = 1024;

/// The threads that rayon would take.
fn asked() -> usize {
    let usual = || thread::available_parallelism().map_or(1, usize::from);
    let Some(text) = std::env::var_os("RAYON_NUM_THREADS").filter(|text| !text.is_empty()) else {
        return usual().min(MAX);
    };
    let (count, is_meant) = wanted(&text.to_string_lossy(), usual());
    if !is_meant {
        crate::note(&format!(
            "note: RAYON_NUM_THREADS: expected a number of threads up to {MAX}, found `{}`; {count} compute",
            runtime::brief(&text.to_string_lossy())
        ));
    }
    count
}

/// The threads that a text asks for, and whether they are what it says; 0 is the usual number, as rayon has it.
fn wanted(text: &str, usual: usize) -> (usize, bool) {
    match text.trim().parse() {
        Ok(0) => (usual.min(MAX), true),
        Ok(count) if count <= MAX => (count, true),
        Ok(_) => (MAX, false),
        Err(_) if text.trim().bytes().all(|digit| digit.is_ascii_digit()) => (MAX, false),
        Err(_) => (usual.min(MAX), false),
    }
}

/// How many threads can be had at once, up to `max`.
fn available(max: usize) -> usize {
    let over = (Mutex::new(false), Condvar::new());
    let wait = || {
        let (over, changed) = &over;
        let guard = over.lock().unwrap_or_else(PoisonError::into_inner);
        drop(changed.wait_while(guard, |over| !*over));
    };
    thread::scope(|scope| {
        let granted =
            (0..max).take_while(|_| thread::Builder::new().spawn_scoped(scope, wait).is_ok());
        let count = granted.count();
        *over.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        over.1.notify_all();
        count
    })
}

/// Does `work` on so many threads at once, of which this is one: it takes what is next until nothing is left.
pub fn share(threads: usize, work: impl Fn() + Sync) {
    let mut granted = 1;
    thread::scope(|scope| {
        for _ in 1..threads {
            match thread::Builder::new().spawn_scoped(scope, &work) {
                Ok(_) => granted += 1,
                Err(_) => break,
            }
        }
        if granted < threads {
            tell(threads, granted);
        }
        work();
    });
}

fn tell(asked: usize, found: usize) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.swap(true, Ordering::Relaxed) {
        crate::note(&format!(
            "note: threads: expected {asked}, found {found}, since the system grants no more; it takes longer"
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn threads_that_nobody_has_are_not_asked_for() {
        let expected = [
            ("3", (3, true)),
            (" 1024 ", (1024, true)),
            ("0", (2, true)),
            ("1025", (MAX, false)),
            ("99999999999999999999", (MAX, false)),
            ("-1", (2, false)),
            ("two", (2, false)),
        ];
        for (text, expected) in expected {
            assert_eq!(wanted(text, 2), expected, "{text}");
        }
    }

    #[test]
    fn all_work_is_done_and_threads_are_counted() {
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        share(3, || {
            while next.fetch_add(1, Ordering::Relaxed) < 100 {
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert_eq!(done.into_inner(), 100);
        assert_eq!(available(5), 5);
        start().unwrap();
        must_train().unwrap();
        assert!(rayon::current_num_threads() >= 1);
    }
}
