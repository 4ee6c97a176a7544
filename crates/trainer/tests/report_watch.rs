//! `onebit report --watch`: a page that is written anew while its runs change, until Ctrl-C.
#![cfg(unix)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use chromium::Chromium;
use common::failure;
use common::reports::{report, written};
use tempfile::tempdir;

/// What comes true within a minute, or not at all.
fn wait_for(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(50));
    }
}

fn page(out: &Path) -> String {
    fs::read_to_string(out).unwrap_or_default()
}

/// The command, as a terminal starts it.
fn watched(runs: &Path, out: &Path) -> Child {
    let mut command = report(&[runs], out);
    command
        .arg("--watch=1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // What started the tests may ignore signals, which its children would then do too.
    // SAFETY: `signal` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    command.spawn().unwrap()
}

fn interrupt(process: Child) -> (Option<i32>, String, String) {
    // SAFETY: no memory is involved; the process has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, libc::SIGINT) }, 0);
    let output = process.wait_with_output().unwrap();
    let [said, noted] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.signal(), said, noted)
}

#[test]
fn the_page_follows_its_runs_and_stays_at_the_end() {
    let dir = tempdir().unwrap();
    let (runs, out) = (dir.path().join("runs"), dir.path().join("page.html"));
    let settings = "epochs = 6\nseed = 1\n";
    let run = written(&runs.join("one"), settings, 2, None);
    let process = watched(&runs, &out);
    wait_for("a first page", || {
        page(&out).contains("stopped after 2 of 6 epochs")
    });
    assert!(page(&out).contains("data-renewed=\"1\""));
    // Nothing has changed, so nothing is written.
    let time = || out.metadata().unwrap().modified().unwrap();
    let first = time();
    sleep(Duration::from_millis(2500));
    assert_eq!(time(), first);
    written(&run, settings, 4, None);
    wait_for("the next epochs", || {
        page(&out).contains("stopped after 4 of 6 epochs")
    });
    // A run that has begun since, in the folder that was named.
    written(&runs.join("two"), "epochs = 6\nseed = 2\n", 1, None);
    wait_for("another run", || page(&out).contains("<h1>2 runs</h1>"));
    // While no run can be read the page stays what it is.
    let moved = dir.path().join("moved");
    fs::rename(&runs, &moved).unwrap();
    sleep(Duration::from_millis(1500));
    assert!(page(&out).contains("<h1>2 runs</h1>"));
    fs::rename(&moved, &runs).unwrap();
    written(&run, settings, 6, Some(15.0));
    wait_for("the score", || {
        page(&out).contains("<strong>15.00</strong>")
    });
    let (signal, said, noted) = interrupt(process);
    assert_eq!(signal, Some(libc::SIGINT), "{said}\n{noted}");
    assert!(
        said.contains("written again every 1 s") && said.contains("page.html: 2 runs"),
        "{said}"
    );
    assert!(noted.contains("not renewed"), "{noted}");
    let last = page(&out);
    assert!(last.contains("<strong>15.00</strong>"));
    assert!(!last.contains("data-renewed") && !last.contains("http-equiv=\"refresh\""));
}

#[test]
fn an_open_page_follows_too_and_keeps_what_its_reader_chose() {
    let Some(mut browser) = Chromium::start("a page that is renewed") else {
        return;
    };
    let dir = tempdir().unwrap();
    let (runs, out) = (dir.path().join("runs"), dir.path().join("page.html"));
    let settings = "epochs = 6\nseed = 1\n";
    let run = written(&runs.join("one"), settings, 2, None);
    let other = "epochs = 6\nseed = 1\nlearning_rate = 0.2\n";
    written(&runs.join("two"), other, 2, None);
    let process = watched(&runs, &out);
    wait_for("a first page", || {
        page(&out).contains("stopped after 2 of 6")
    });
    browser.load(&out, 1280, false);
    browser.eval("document.querySelectorAll('.legend button')[1].click()");
    written(&run, settings, 4, None);
    let shown =
        "document.querySelector('#results')?.textContent.includes('stopped after 4 of 6') ?? false";
    wait_for("the page in the browser", || browser.eval(shown) == true);
    let hidden = "[...document.querySelectorAll('.legend button')].map(b => b.getAttribute('aria-pressed')).join()";
    wait_for("what was hidden", || browser.eval(hidden) == "true,false");
    assert_eq!(browser.faults(), Vec::<String>::new());
    interrupt(process);
    wait_for("a page that stays", || {
        browser.eval("document.body ? document.documentElement.dataset.renewed ?? '' : 'loading'")
            == ""
    });
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let dir = tempdir().unwrap();
    let run = written(&dir.path().join("run"), "epochs = 2\nseed = 1\n", 2, None);
    let out = dir.path().join("page.html");
    for more in [
        &["--watch=0"][..],
        &["--watch", "--json"],
        &["--watch", "--limit-test", "5"],
    ] {
        failure(report(&[&run], &out).args(more), 2);
    }
    let said = failure(report(&[&run], Path::new("-")).arg("--watch"), 2);
    assert!(said.contains("--out to name a file"), "{said}");
    assert!(!out.exists());
}
