//! A terminal of 80×24, and what a program has made of it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The end that a person sits at, and the one that a program has.
pub struct Terminal {
    person: File,
    program: File,
    shown: Arc<Mutex<Vec<u8>>>,
}

/// What escape sequences have turned on: the screen beside the one of before, the cursor, the mouse's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub screen: bool,
    pub no_cursor: bool,
    pub mouse: Vec<u32>,
}

impl Terminal {
    pub fn open() -> Self {
        let mut ends = [0; 2];
        let [person, program] = &mut ends;
        let none = std::ptr::null_mut::<libc::c_char>();
        let mut size = libc::winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        // SAFETY: the places are valid to write to and to read from, and the rest may be null.
        let made = unsafe { libc::openpty(person, program, none, none.cast(), &raw mut size) };
        assert_eq!(made, 0);
        // SAFETY: they were just opened, and nobody else has them.
        let [person, program] = ends.map(|end| unsafe { File::from_raw_fd(end) });
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, all) = (person.try_clone().unwrap(), shown.clone());
        // It ends when nobody has the program's end any more.
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut part) {
                all.lock().unwrap().extend_from_slice(&part[..count]);
            }
        });
        Self {
            person,
            program,
            shown,
        }
    }

    /// Starts a program at this terminal, which heeds signals and leaves no core.
    pub fn start(&self, mut command: Command) -> Child {
        let end = || Stdio::from(self.program.try_clone().unwrap());
        command.env("TERM", "xterm-256color");
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: all calls are safe between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
                let none = libc::rlimit {
                    rlim_cur: 0,
                    rlim_max: 0,
                };
                libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
                for signal in [
                    libc::SIGINT,
                    libc::SIGTERM,
                    libc::SIGHUP,
                    libc::SIGQUIT,
                    libc::SIGTSTP,
                ] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                Ok(())
            });
        }
        command.spawn().unwrap()
    }

    pub fn press(&self, keys: &str) {
        (&self.person).write_all(keys.as_bytes()).unwrap();
    }

    /// All that it was told so far.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// The same once no more comes.
    pub fn settled(&self) -> String {
        let mut shown = self.shown();
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let now = self.shown();
            if now == shown {
                return shown;
            }
            shown = now;
        }
    }

    /// Waits until something holds of what it was told.
    pub fn wait_for(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !holds(&self.shown()) {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "{what}: {:?}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What `stty -a` says of it, its size included.
    pub fn modes(&self) -> String {
        let mut stty = Command::new("stty");
        super::success(stty.arg("-a").stdin(self.program.try_clone().unwrap()))
    }

    /// What the escape sequences so far have turned on, once no more come.
    pub fn state(&self) -> State {
        let shown = self.settled();
        let mut state = State::default();
        for after in shown.split("\x1b[?").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_digit() && c != ';');
            let Some(end) = end else { continue };
            let on = match &after[end..=end] {
                "h" => true,
                "l" => false,
                _ => continue,
            };
            for mode in after[..end].split(';').filter_map(|mode| mode.parse().ok()) {
                match mode {
                    1049 => state.screen = on,
                    25 => state.no_cursor = !on,
                    1000 | 1002 | 1003 | 1006 | 1015 => {
                        state.mouse.retain(|&other| other != mode);
                        state.mouse.extend(on.then_some(mode));
                    }
                    _ => {}
                }
            }
        }
        state
    }
}
