//! Signals that ask a run to stop: Ctrl-C, and what a scheduler or a closed terminal sends.

#[cfg(unix)]
pub use unix::{Watch, end_by};

#[cfg(not(unix))]
pub use other::{Watch, end_by};

#[cfg(unix)]
mod unix {
    use std::sync::{Mutex, MutexGuard, Once, PoisonError};
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use crate::dashboard::{Dashboard, restore_terminal};
    use crate::train::Stop;

    /// The run that signals ask to stop.
    static RUN: Mutex<Option<Watched>> = Mutex::new(None);
    static INSTALL: Once = Once::new();

    #[derive(Clone)]
    struct Watched {
        stop: Stop,
        dashboard: Dashboard,
        /// What to say when all is saved already.
        saved: String,
    }

    /// While it lives, signals ask a run to stop; afterwards they end the program.
    pub struct Watch;

    impl Watch {
        /// Asks by `stop`. The line `saved` is for a signal that comes when no steps are being taken.
        pub fn new(stop: &Stop, dashboard: Dashboard, saved: String) -> Self {
            INSTALL.call_once(install);
            *run() = Some(Watched {
                stop: stop.clone(),
                dashboard,
                saved,
            });
            Self
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            *run() = None;
        }
    }

    fn run() -> MutexGuard<'static, Option<Watched>> {
        RUN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn install() {
        // What the caller has told the program to ignore, as `nohup` does, stays ignored.
        let heeded = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|&s| !is_ignored(s));
        // Without a handler a signal ends the program, as it does without this.
        if let Ok(mut signals) = Signals::new(heeded) {
            let watch = move || signals.forever().for_each(heed);
            let _ = thread::Builder::new().name("signals".into()).spawn(watch);
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

    fn heed(signal: i32) {
        let Some(watched) = run().clone() else {
            end_by(signal);
        };
        if watched.stop.is_requested() {
            // A terminal that closes may send its signal more than once; nobody presses Ctrl-C twice without a wish.
            if signal == SIGINT {
                end_by(signal);
            }
            return;
        }
        if !watched.stop.request(Some(signal)) {
            crate::say(&watched.saved);
            end_by(signal);
        }
        if watched.dashboard == Dashboard::Plain {
            crate::say("stopping, and saving where the run is; Ctrl-C once more ends it at once");
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
}

#[cfg(not(unix))]
mod other {
    use crate::dashboard::Dashboard;
    use crate::train::Stop;

    /// Where there are no such signals.
    pub struct Watch;

    impl Watch {
        /// Watches nothing.
        pub fn new(_: &Stop, _: Dashboard, _: String) -> Self {
            Self
        }
    }

    /// Ends the program.
    pub fn end_by(signal: i32) -> ! {
        std::process::exit(128 + signal)
    }
}
