//! The terminal comes back as it was: after each signal, while the program is paused, after a panic in the dashboard, and
//! where memory lacks.

#![cfg(unix)]

mod common;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use common::terminal::{State, Terminal};
use common::tiny;
use tempfile::tempdir;

/// After the dashboard has opened.
const MOMENTS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_millis(1100),
];

fn run_of(out: &Path) -> Command {
    let mut command = tiny(out, 2000);
    command.args(["--dashboard", "tui"]);
    command
}

/// A run whose dashboard has been open for some time.
fn begin(terminal: &Terminal, out: &Path, moment: Duration) -> Child {
    let process = terminal.start(run_of(out));
    terminal.wait_for("the dashboard", |shown| shown.contains("\x1b[?1049h"));
    std::thread::sleep(moment);
    process
}

fn send(process: &Child, signal: i32) {
    // SAFETY: the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, signal) }, 0);
}

/// Waits until it is stopped.
fn stopped(process: &Child) {
    let mut status = 0;
    // SAFETY: the process is a child that has not been waited for, and the place is valid to write to.
    let found = unsafe { libc::waitpid(process.id() as i32, &raw mut status, libc::WUNTRACED) };
    assert_eq!(found, process.id() as i32);
    assert!(libc::WIFSTOPPED(status), "it ended: {status}");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let dir = tempdir().unwrap();
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
        for (number, moment) in MOMENTS.into_iter().enumerate() {
            let terminal = Terminal::open();
            let before = terminal.modes();
            assert!(before.contains("rows 24; columns 80"), "{before}");
            let run = dir.path().join(format!("{signal}-{number}"));
            let mut process = begin(&terminal, &run, moment);
            send(&process, signal);
            let status = process.wait().unwrap();
            assert_eq!(status.signal(), Some(signal), "{:?}", terminal.shown());
            assert_eq!(terminal.modes(), before, "signal {signal} after {moment:?}");
            assert_eq!(
                terminal.state(),
                State::default(),
                "signal {signal} after {moment:?}"
            );
        }
    }
}

/// Burn has one word for the images that are scored after each epoch.
#[test]
fn the_title_says_where_valid_is_the_test_set() {
    let dir = tempdir().unwrap();
    for (validation, title) in [
        ("0", "Status: Valid: test set; "),
        ("20", "Status: glyphs-"),
    ] {
        let terminal = Terminal::open();
        let mut command = run_of(&dir.path().join(validation));
        command.args(["--validation", validation]);
        let mut process = terminal.start(command);
        terminal.wait_for("the title", |shown| shown.contains(title));
        send(&process, libc::SIGTERM);
        process.wait().unwrap();
    }
}

#[test]
fn a_pause_gives_the_terminal_back_until_it_ends() {
    let dir = tempdir().unwrap();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        let terminal = Terminal::open();
        let before = terminal.modes();
        let mut process = begin(&terminal, &dir.path().join(number.to_string()), moment);
        send(&process, libc::SIGTSTP);
        stopped(&process);
        assert_eq!(terminal.modes(), before, "paused after {moment:?}");
        assert_eq!(
            terminal.state(),
            State::default(),
            "paused after {moment:?}"
        );
        let told = terminal.shown().len();
        send(&process, libc::SIGCONT);
        terminal.wait_for("the dashboard once more", |shown| {
            shown[told..].contains("\x1b[?1049h")
        });
        // All of it is drawn: a frame of 80 columns has more than that.
        terminal.wait_for("all of it", |shown| {
            shown[told..].matches('─').count() > 200
        });
        std::thread::sleep(Duration::from_millis(400));
        let during = terminal.modes();
        assert!(
            during.contains("-icanon") && during.contains("rows 24; columns 80"),
            "{during}"
        );
        let state = terminal.state();
        assert!(
            state.screen && state.no_cursor && state.mouse.len() == 5,
            "{state:?}"
        );
        terminal.press("\x03");
        let status = process.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(libc::SIGINT),
            "{:?}",
            terminal.shown()
        );
        assert_eq!(terminal.modes(), before);
        assert_eq!(terminal.state(), State::default());
    }
}

/// The dashboard's own way to end at once is a panic of its thread and of the others.
#[test]
fn a_panic_in_the_dashboard_leaves_the_terminal_as_it_was() {
    let dir = tempdir().unwrap();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        let terminal = Terminal::open();
        let before = terminal.modes();
        let mut process = begin(&terminal, &dir.path().join(number.to_string()), moment);
        // Keys are read once it has its modes.
        while terminal.modes() == before {
            std::thread::sleep(Duration::from_millis(2));
        }
        terminal.press("q");
        std::thread::sleep(Duration::from_millis(300));
        terminal.press("k");
        let status = process.wait().unwrap();
        assert_eq!(status.code(), Some(1), "{:?}", terminal.shown());
        assert_eq!(terminal.modes(), before, "after {moment:?}");
        assert_eq!(terminal.state(), State::default(), "after {moment:?}");
        let shown = terminal.settled();
        let closed = shown.rfind("\x1b[?1049l").expect("the screen of before");
        assert!(
            shown[closed..].contains("--resume"),
            "{:?}",
            &shown[closed..]
        );
    }
}

/// The run is let begin, and then gets no more addresses.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_lacks_leaves_the_terminal_as_it_was() {
    const NEEDED: u64 = 6 << 30;
    if data::memory::available().is_none_or(|there| there.bytes < NEEDED) {
        testkit::skipped(
            "the dashboard where memory lacks",
            "less than 6 GiB of memory are free",
        );
        return;
    }
    let dir = tempdir().unwrap();
    let terminal = Terminal::open();
    let before = terminal.modes();
    let mut command = tiny(&dir.path().join("run"), 2);
    // A step takes more than the allocator has asked for ahead.
    let large = [
        "--net",
        "wrn-20-4",
        "--batch-size",
        "600",
        "--limit-train",
        "600",
    ];
    command.args(large).args(["--dashboard", "tui"]);
    let mut process = terminal.start(command);
    terminal.wait_for("the dashboard", |shown| shown.contains("\x1b[?1049h"));
    let id = process.id();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))
        .unwrap();
    let used: u64 = line.trim_end_matches("kB").trim().parse().unwrap();
    let limit = libc::rlimit64 {
        rlim_cur: used * 1024 + (16 << 20),
        rlim_max: libc::RLIM64_INFINITY,
    };
    let none = std::ptr::null_mut();
    // SAFETY: the limit is read, and nothing is written.
    let set = unsafe { libc::prlimit64(id as i32, libc::RLIMIT_AS, &raw const limit, none) };
    assert_eq!(set, 0);
    assert_eq!(
        process.wait().unwrap().code(),
        Some(1),
        "{:?}",
        terminal.shown()
    );
    assert_eq!(terminal.modes(), before);
    assert_eq!(terminal.state(), State::default());
    let shown = terminal.settled();
    let closed = shown.rfind("\x1b[?1049l").expect("the screen of before");
    assert!(
        shown[closed..].contains("error: memory: "),
        "{:?}",
        &shown[closed..]
    );
}
