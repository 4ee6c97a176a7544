//! Signals that ask the program to stop: Ctrl-C, and what a scheduler or a closed terminal sends.

#[cfg(unix)]
pub use unix::{Watch, around_pause, end_by, on_pause, send};

#[cfg(not(unix))]
pub use other::{Watch, around_pause, end_by, on_pause, send};

/// A signal as those who watch for one are asked about it.
#[derive(Clone, Copy)]
pub struct Signal {
    /// Its number.
    pub number: i32,
    /// Whether it came after another one, and means to end the program at once.
    pub insists: bool,
}

#[cfg(unix)]
mod unix {
    use std::process::Child;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};
    use std::thread;
    use std::time::{Duration, Instant};

    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::Signal;
    use crate::dashboard::restore_terminal;

    type Ask = Arc<dyn Fn(Signal) -> bool + Send + Sync>;

    /// Who is asked about signals, the last one first.
    static WATCHES: Mutex<Vec<(u64, Ask)>> = Mutex::new(Vec::new());
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    static INSTALL: Once = Once::new();
    /// When the first signal came.
    static FIRST: OnceLock<Instant> = OnceLock::new();
    /// Who sends a signal to a process and to its group, as `timeout` does, sends it twice.
    const TWICE: Duration = Duration::from_secs(1);

    /// While it lives, signals are asked about; where nobody takes care of one, it ends the program.
    pub struct Watch(u64);

    impl Watch {
        /// `ask` says whether it takes care of a signal: the program then ends when what is under way is saved. Else
        /// whoever watched before is asked.
        pub fn new(ask: impl Fn(Signal) -> bool + Send + Sync + 'static) -> Self {
            INSTALL.call_once(install);
            let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
            watches().push((number, Arc::new(ask)));
            Self(number)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            watches().retain(|(number, _)| *number != self.0);
        }
    }

    fn watches() -> MutexGuard<'static, Vec<(u64, Ask)>> {
        WATCHES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn install() {
        // Without a handler a signal ends the program, as it does without this.
        listen("signals", &[SIGINT, SIGTERM, SIGHUP, SIGQUIT], heed);
    }

    /// Calls `heed` for each of these signals, on a thread of its own.
    fn listen(name: &str, signals: &[i32], heed: impl Fn(i32) + Send + 'static) {
        // What the caller has told the program to ignore, as `nohup` does, stays ignored.
        let heeded = signals.iter().copied().filter(|&s| !is_ignored(s));
        if let Ok(mut signals) = Signals::new(heeded) {
            let watch = move || signals.forever().for_each(heed);
            let _ = thread::Builder::new().name(name.into()).spawn(watch);
        }
    }

    fn is_ignored(signal: i32) -> bool {
        // SAFETY: a `sigaction` of zeros is a valid one, and the call only writes to it.
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut now) == 0
                && now.sa_sigaction == libc::SIG_IGN
        }
    }

    fn heed(number: i32) {
        // Who sends this one wants to see where the program is, not that it saves.
        if number == SIGQUIT {
            end_by(number);
        }
        let insists = FIRST
            .get()
            .is_some_and(|first| insists(number, first.elapsed()));
        FIRST.get_or_init(Instant::now);
        // Asked without the lock: whoever answers may end its watch.
        let asks: Vec<Ask> = watches().iter().rev().map(|(_, ask)| ask.clone()).collect();
        if !asks.iter().any(|ask| ask(Signal { number, insists })) {
            end_by(number);
        }
    }

    /// Whether a signal that comes so long after the first one is meant to end the program at once.
    fn insists(signal: i32, after: Duration) -> bool {
        match signal {
            // Nobody presses Ctrl-C twice without a wish.
            SIGINT => true,
            // A terminal that closes may send its signal more than once.
            SIGHUP => false,
            _ => after >= TWICE,
        }
    }

    /// Ends the program by a signal, as if it had not been heeded: whoever waits for it learns which one it was, a shell
    /// as the status 128 + its number.
    pub fn end_by(signal: i32) -> ! {
        restore_terminal();
        let _ = emulate_default_handler(signal);
        // The first process of a container is not ended by signals.
        std::process::exit(128 + signal)
    }

    /// Sends a signal to a process that has not been waited for.
    pub fn send(process: &Child, signal: i32) {
        let Ok(id) = i32::try_from(process.id()) else {
            return;
        };
        // SAFETY: no memory is involved; the number is that of a child that is still there, if only as a zombie.
        unsafe { libc::kill(id, signal) };
    }

    /// Calls `each` with the signal that pauses a process when this one is paused (Ctrl-Z), and with the one that goes on
    /// with it afterwards.
    pub fn on_pause(each: impl Fn(i32) + Send + 'static) {
        around_pause(move |pause| {
            each(SIGSTOP);
            pause();
            each(SIGCONT);
        });
    }

    /// Calls `around` when this process is to be paused, with what pauses it, and returns when it goes on.
    pub fn around_pause(around: impl Fn(&dyn Fn()) + Send + 'static) {
        listen("pause", &[SIGTSTP], move |signal| {
            around(&|| drop(emulate_default_handler(signal)));
        });
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_second_signal_ends_at_once_unless_it_is_the_first_one_sent_twice() {
            let [soon, later] = [0, 2].map(Duration::from_secs);
            assert!(insists(SIGINT, soon) && insists(SIGINT, later));
            assert!(!insists(SIGTERM, soon) && insists(SIGTERM, later));
            assert!(!insists(SIGHUP, soon) && !insists(SIGHUP, later));
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::process::Child;

    use super::Signal;

    /// Where there are no such signals.
    pub struct Watch;

    impl Watch {
        /// Watches nothing.
        pub fn new(_: impl Fn(Signal) -> bool + Send + Sync + 'static) -> Self {
            Self
        }
    }

    /// Ends the program.
    pub fn end_by(signal: i32) -> ! {
        std::process::exit(128 + signal)
    }

    /// Sends nothing.
    pub fn send(_: &Child, _: i32) {}

    /// Hears of no pause.
    pub fn on_pause(_: impl Fn(i32) + Send + 'static) {}

    /// Hears of no pause.
    pub fn around_pause(_: impl Fn(&dyn Fn()) + Send + 'static) {}
}
