//! The processes of a sweep that are under way, and the signals that are passed on to them.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cli::signals::{Signal, Watch, end_by, on_pause, send};
use crate::say;

/// From one look at a process to the next. A process is waited for by looking, under the lock that signals are sent
/// under: so none is sent to a number that belongs to another process by now.
const PAUSE: Duration = Duration::from_millis(20);

/// What is under way. Each process has a group of its own: what a terminal sends to the whole group of the sweep reaches
/// the sweep alone, which passes it on once.
#[derive(Clone, Default)]
pub struct Processes(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    under_way: BTreeMap<usize, Child>,
    no_more: bool,
    /// The signal that the sweep was stopped by.
    signal: Option<i32>,
}

/// Whether a process has begun.
#[derive(Debug, PartialEq)]
pub enum Begun {
    Yes,
    /// No more are to begin.
    NoMore,
}

impl Processes {
    /// While the watch lives, a signal stops the processes as it would stop one run: each saves where it is. A second one
    /// ends them and this program at once.
    pub fn watch(&self) -> Watch {
        let paused = self.clone();
        on_pause(move |signal| paused.lock().send(signal));
        let asked = self.clone();
        Watch::new(move |signal| {
            asked.heed(signal);
            true
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heed(&self, signal: Signal) {
        let mut inner = self.lock();
        if signal.insists {
            for child in inner.under_way.values_mut() {
                let _ = child.kill();
            }
            // Ended at once, but not left behind while they end.
            for child in inner.under_way.values_mut() {
                let _ = child.wait();
            }
            end_by(signal.number);
        }
        if inner.signal.is_some() {
            return;
        }
        inner.signal = Some(signal.number);
        inner.no_more = true;
        inner.send(signal.number);
        let count = inner.under_way.len();
        drop(inner);
        let runs = if count == 1 { "run saves" } else { "runs save" };
        say(&format!(
            "stopping: {count} {runs} where they are, and no more begin; Ctrl-C once more ends all at once"
        ));
    }

    /// The signal that stopped them.
    pub fn signal(&self) -> Option<i32> {
        self.lock().signal
    }

    /// Lets no more of them begin.
    pub fn begin_no_more(&self) {
        self.lock().no_more = true;
    }

    /// Begins one.
    ///
    /// # Errors
    ///
    /// When the system does not.
    pub fn begin(&self, index: usize, mut command: Command) -> io::Result<Begun> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(target_os = "linux")]
        end_with_this(&mut command);
        // Held until it runs: a signal finds it, or keeps it from beginning.
        let mut inner = self.lock();
        if inner.no_more {
            return Ok(Begun::NoMore);
        }
        let child = command.spawn()?;
        inner.under_way.insert(index, child);
        Ok(Begun::Yes)
    }

    /// Waits for the end of one that has begun.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn wait(&self, index: usize) -> io::Result<ExitStatus> {
        loop {
            let mut inner = self.lock();
            let child = inner.under_way.get_mut(&index);
            let child = child.ok_or_else(|| io::Error::other("it was waited for already"))?;
            let ended = child.try_wait();
            if !matches!(ended, Ok(None)) {
                inner.under_way.remove(&index);
            }
            drop(inner);
            if let Some(status) = ended? {
                return Ok(status);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Lets a process end with this one, however that ends, and save where it is: as by SIGTERM. The system sends that when
/// the thread ends that begins it, which therefore has to wait for it.
#[cfg(target_os = "linux")]
fn end_with_this(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    let this = std::process::id();
    let ask = move || -> io::Result<()> {
        // SAFETY: both calls take numbers alone, and may be made between fork and exec.
        let (asked, parent) = unsafe {
            (
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM as libc::c_ulong),
                libc::getppid(),
            )
        };
        match asked {
            // It ended in between.
            0 if u32::try_from(parent) != Ok(this) => Err(io::ErrorKind::BrokenPipe.into()),
            // A system that does not know of it goes without.
            _ => Ok(()),
        }
    };
    // SAFETY: `ask` takes no lock and no memory.
    unsafe { command.pre_exec(ask) };
}

impl Inner {
    fn send(&self, signal: i32) {
        self.under_way
            .values()
            .for_each(|child| send(child, signal));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_signal_reaches_all_that_are_under_way_and_no_more_begin() {
        let processes = Processes::default();
        let sleeper = || {
            let mut command = Command::new("sleep");
            command.arg("600");
            command
        };
        for index in 0..2 {
            assert_eq!(processes.begin(index, sleeper()).unwrap(), Begun::Yes);
        }
        processes.heed(Signal {
            number: libc::SIGTERM,
            insists: false,
        });
        for index in 0..2 {
            let status = processes.wait(index).unwrap();
            assert_eq!(status.signal(), Some(libc::SIGTERM));
        }
        assert_eq!(processes.signal(), Some(libc::SIGTERM));
        assert_eq!(processes.begin(2, sleeper()).unwrap(), Begun::NoMore);
    }
}
