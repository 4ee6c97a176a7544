//! Asking a run to stop where it is.

use std::sync::{Arc, Mutex, MutexGuard};

use burn::train::Interrupter;

/// A request to stop, which the run and whoever may ask it share. A run that is stopped takes no further step, saves
/// where it is, and goes on there when it is resumed.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    requested: bool,
    signal: Option<i32>,
    /// Of the loop that takes the steps, while there is one.
    interrupter: Option<Interrupter>,
    /// Steps until it stops by itself.
    left: Option<usize>,
}

impl Inner {
    fn request(&mut self) {
        self.requested = true;
        if let Some(interrupter) = &self.interrupter {
            interrupter.stop(Some("it was asked to stop"));
        }
    }
}

impl Stop {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no holder panics")
    }

    /// Asks the run to stop because of a signal, or of something else. Says whether steps are being taken, so that the
    /// run will save where it is; else all that it has is saved already.
    pub fn request(&self, signal: Option<i32>) -> bool {
        let mut inner = self.lock();
        inner.signal = inner.signal.or(signal);
        inner.request();
        inner.interrupter.is_some()
    }

    /// Stops the run after so many more steps.
    pub fn after_steps(&self, steps: usize) {
        self.lock().left = Some(steps);
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        self.lock().requested
    }

    /// The signal that asked first.
    pub fn signal(&self) -> Option<i32> {
        self.lock().signal
    }

    /// Steps begin, in a loop that this interrupter ends.
    pub(super) fn begin(&self, interrupter: &Interrupter) {
        let mut inner = self.lock();
        inner.interrupter = Some(interrupter.clone());
        if inner.requested || inner.left == Some(0) {
            inner.request();
        }
    }

    /// No more steps are taken.
    pub(super) fn end(&self) {
        self.lock().interrupter = None;
    }

    /// A step was taken.
    pub(super) fn count_step(&self) {
        let mut inner = self.lock();
        if let Some(left) = &mut inner.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                inner.request();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_hears_whether_steps_are_taken() {
        let stop = Stop::default();
        let interrupter = Interrupter::new();
        stop.begin(&interrupter);
        assert!(!interrupter.should_stop());
        assert!(stop.request(Some(15)) && stop.request(Some(2)));
        assert!(interrupter.should_stop() && stop.is_requested());
        assert_eq!(stop.signal(), Some(15));
        stop.end();
        assert!(!stop.request(None), "nothing is left to be saved");
        let next = Interrupter::new();
        stop.begin(&next);
        assert!(next.should_stop(), "asked for before the first step");
    }

    #[test]
    fn it_stops_by_itself_after_some_steps() {
        let stop = Stop::default();
        let interrupter = Interrupter::new();
        stop.after_steps(2);
        stop.begin(&interrupter);
        stop.count_step();
        assert!(!interrupter.should_stop());
        stop.count_step();
        assert!(interrupter.should_stop() && stop.signal().is_none());
    }
}
