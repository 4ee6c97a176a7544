//! The terminal under the dashboard, which is left as it was: when a signal ends the program, while one pauses it, and
//! after a panic. And Ctrl-C: the dashboard turns the terminal's own keys off, and it is let through again, so that it asks
//! a run to stop there too.

#[cfg(unix)]
pub use unix::{allow_interrupts, forget, paused, remember, restore, restore_after_panic};

#[cfg(not(unix))]
pub use other::{allow_interrupts, forget, paused, remember, restore, restore_after_panic};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{StdoutLock, Write, stdout};
    use std::os::fd::AsFd;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use rustix::stdio::stdin;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetwinsize,
        tcsetattr, tcsetwinsize,
    };

    /// The terminal's modes before the dashboard changed them.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// Where the dashboard's thread has not come so far, Ctrl-C does nothing, as without this.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// In such a time the dashboard draws at least twice, or notices that it is over.
    const DRAWN: Duration = Duration::from_millis(250);

    /// The mouse's events as the dashboard asks for them, and the cursor.
    const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1015h\x1b[?1006h";
    const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l";
    const CURSOR_ON: &str = "\x1b[?25h";
    const CURSOR_OFF: &str = "\x1b[?25l";
    /// The screen beside the one of before.
    const SCREEN_ON: &str = "\x1b[?1049h";
    const SCREEN_OFF: &str = "\x1b[?1049l";

    /// Calls `with` with the terminal that the dashboard reads its keys from.
    fn terminal<T>(with: impl FnOnce(&dyn Terminal) -> Option<T>) -> Option<T> {
        match isatty(stdin()) {
            true => with(&stdin()),
            false => with(&File::open("/dev/tty").ok()?),
        }
    }

    trait Terminal {
        fn modes(&self) -> Option<Termios>;
        fn set(&self, modes: &Termios);
    }

    impl<F: AsFd> Terminal for F {
        fn modes(&self) -> Option<Termios> {
            tcgetattr(self).ok()
        }

        fn set(&self, modes: &Termios) {
            let _ = tcsetattr(self, OptionalActions::Now, modes);
        }
    }

    /// Remembers how the terminal is, right before the dashboard opens.
    pub fn remember() {
        crate::allocator::before_end(restore_at_once);
        if let Some(modes) = terminal(|terminal| terminal.modes())
            && let Ok(mut before) = BEFORE.lock()
        {
            *before = Some(modes);
        }
    }

    fn before() -> Option<Termios> {
        BEFORE.lock().ok()?.clone()
    }

    /// Lets Ctrl-C through once the dashboard has opened: it does so on a thread of its own. Ctrl-Z and Ctrl-\ stay keys
    /// like others.
    pub fn allow_interrupts() {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let opened = terminal(|terminal| {
                let mut modes = terminal.modes()?;
                if modes.local_modes.contains(LocalModes::ISIG) {
                    return Some(false);
                }
                modes.local_modes.insert(LocalModes::ISIG);
                for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
                    modes.special_codes[key] = 0;
                }
                terminal.set(&modes);
                Some(true)
            });
            match opened {
                Some(false) => std::thread::sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
    }

    fn write(output: &mut StdoutLock<'_>, codes: &[&str]) {
        let _ = output.write_all(codes.concat().as_bytes());
        let _ = output.flush();
    }

    /// The dashboard has closed, and given the terminal back.
    pub fn forget() {
        if let Ok(mut before) = BEFORE.lock() {
            *before = None;
        }
    }

    /// Gives the terminal back: the modes of before, the screen, the mouse, the cursor. Nothing is drawn while the lock
    /// lives that comes back.
    fn give_back(screen: &str) -> Option<StdoutLock<'static>> {
        let modes = BEFORE.lock().ok()?.take()?;
        let mut output = stdout().lock();
        write(&mut output, &[MOUSE_OFF, screen, CURSOR_ON]);
        set(&modes);
        Some(output)
    }

    fn set(modes: &Termios) {
        terminal(|terminal| {
            terminal.set(modes);
            Some(())
        });
    }

    /// Gives the terminal back before the program ends at once.
    pub fn restore() {
        // The dashboard would draw once more.
        if let Some(output) = give_back(SCREEN_OFF) {
            std::mem::forget(output);
        }
    }

    /// The same where there is no memory, and where this very thread may hold any lock: it takes neither.
    fn restore_at_once() {
        let Some(modes) = BEFORE.try_lock().ok().and_then(|mut modes| modes.take()) else {
            return;
        };
        for codes in [MOUSE_OFF, SCREEN_OFF, CURSOR_ON] {
            // SAFETY: writes bytes that are there.
            unsafe { libc::write(libc::STDOUT_FILENO, codes.as_ptr().cast(), codes.len()) };
        }
        set(&modes);
    }

    /// The same after a panic, which has closed the dashboard but for the cursor.
    pub fn restore_after_panic() {
        if before().is_some() {
            std::thread::sleep(DRAWN);
            // To leave a screen that is left already would move the cursor.
            drop(give_back(""));
        }
    }

    /// The modes of the dashboard, which may be about to open.
    fn opened(before: &Termios) -> Option<Termios> {
        let begun = Instant::now();
        while begun.elapsed() < DRAWN {
            let now = terminal(|terminal| terminal.modes())?;
            if now.local_modes != before.local_modes {
                return Some(now);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Calls `pause`, which returns when the program goes on, and gives the terminal back meanwhile.
    pub fn paused(pause: impl FnOnce()) {
        let Some((now, before)) = before().and_then(|before| Some((opened(&before)?, before)))
        else {
            return pause();
        };
        let mut output = stdout().lock();
        write(&mut output, &[MOUSE_OFF, SCREEN_OFF, CURSOR_ON]);
        set(&before);
        pause();
        set(&now);
        write(&mut output, &[SCREEN_ON, MOUSE_ON, CURSOR_OFF]);
        drop(output);
        draw_all();
    }

    /// Lets the dashboard draw all of its screen: it draws what has changed, unless the terminal has another size. So it
    /// gets one for a moment.
    fn draw_all() {
        let Ok(size) = tcgetwinsize(stdout()) else {
            return;
        };
        let mut other = size;
        other.ws_row = size.ws_row.saturating_sub(1).max(1);
        let _ = tcsetwinsize(stdout(), other);
        std::thread::sleep(DRAWN);
        // Unless a person has given it another one meanwhile.
        if tcgetwinsize(stdout()).is_ok_and(|now| now.ws_row == other.ws_row) {
            let _ = tcsetwinsize(stdout(), size);
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

    /// Nothing was remembered.
    pub fn forget() {}

    /// The dashboard has done so.
    pub fn restore_after_panic() {}

    /// There is no such pause.
    pub fn paused(pause: impl FnOnce()) {
        pause();
    }
}
