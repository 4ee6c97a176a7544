//! Ctrl-C in the dashboard, which turns the terminal's own keys off: they are let through again, so that it asks a run to
//! stop there too. And a terminal that a program which ends at once leaves as it was.

#[cfg(unix)]
pub use unix::{allow_interrupts, remember, restore};

#[cfg(not(unix))]
pub use other::{allow_interrupts, remember, restore};

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use rustix::stdio::stdin;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcsetattr,
    };

    /// The terminal's modes before the dashboard changed them.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// Where the dashboard's thread has not come so far, Ctrl-C does nothing, as without this.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Remembers how the terminal is, right before the dashboard opens.
    pub fn remember() {
        if let Ok(modes) = tcgetattr(stdin())
            && let Ok(mut before) = BEFORE.lock()
        {
            *before = Some(modes);
        }
    }

    /// Lets Ctrl-C through once the dashboard has opened: it does so on a thread of its own. Ctrl-Z and Ctrl-\ stay keys
    /// like others, since they would leave the terminal to the dashboard.
    pub fn allow_interrupts() {
        if !isatty(stdin()) {
            return;
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match tcgetattr(stdin()) {
                Ok(mut modes) if !modes.local_modes.contains(LocalModes::ISIG) => {
                    modes.local_modes.insert(LocalModes::ISIG);
                    for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
                        modes.special_codes[key] = 0;
                    }
                    let _ = tcsetattr(stdin(), OptionalActions::Now, &modes);
                    return;
                }
                Ok(_) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => return,
            }
        }
    }

    /// Gives the terminal back where the dashboard had no time to: its modes, the screen of before, the mouse, the cursor.
    pub fn restore() {
        let Some(modes) = BEFORE.lock().ok().and_then(|mut before| before.take()) else {
            return;
        };
        if tcgetattr(stdin()).is_ok_and(|now| now.local_modes != modes.local_modes) {
            let mut screen = std::io::stdout();
            let off = "\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1049l\x1b[?25h";
            let _ = screen.write_all(off.as_bytes());
            let _ = screen.flush();
            let _ = tcsetattr(stdin(), OptionalActions::Now, &modes);
        }
    }
}

#[cfg(not(unix))]
mod other {
    /// Where there are no such modes.
    pub fn remember() {}

    /// The dashboard's own keys have to do.
    pub fn allow_interrupts() {}

    /// Nothing was changed.
    pub fn restore() {}
}
