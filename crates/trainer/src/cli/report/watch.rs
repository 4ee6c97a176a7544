//! A page that is renewed while its runs train.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use report::Stamp;

use super::{Args, folders, line, notes, tell, write};
use crate::cli::signals::{Signal, Watch, end_by};
use crate::{Error, note, printable, say};

/// Writes the page whenever its runs have changed, until a signal; then once more, as a page that stays what it is.
///
/// # Errors
///
/// [`Error::Stopped`] at the end, and others where the first page cannot be written.
pub fn watch(args: &Args, seconds: u64) -> Result<(), Error> {
    // While this end of the channel is there, a wait comes to its end by time.
    let (sender, signals) = channel();
    let asked = sender.clone();
    let watch = Watch::new(move |signal: Signal| {
        if signal.insists {
            end_by(signal.number);
        }
        asked.send(signal.number).is_ok()
    });
    let mut told = Vec::new();
    let mut renew = |renewed: Option<u64>| {
        // Before they are read: what changes meanwhile is seen the next time.
        let runs = folders(&args.runs);
        let stamp = Stamp::of(&runs);
        let (report, bytes) = write(args, &runs, None, renewed)?;
        let found = notes(&report);
        let new: Vec<String> = (found.iter())
            .filter(|note| !told.contains(*note))
            .cloned()
            .collect();
        tell(&new);
        told = found;
        Ok::<_, Error>((stamp, line(args, &report, bytes)))
    };
    let (mut last, first) = renew(Some(seconds))?;
    say(&format!(
        "{first}; written again every {seconds} s when its runs have changed; Ctrl-C ends that"
    ));
    let mut trouble = String::new();
    let signal = loop {
        match signals.recv_timeout(Duration::from_secs(seconds)) {
            Ok(signal) => break signal,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if Stamp::of(&folders(&args.runs)) == last {
            continue;
        }
        match renew(Some(seconds)) {
            Ok((stamp, _)) => {
                last = stamp;
                trouble.clear();
            }
            // A run may be on its way to another place; the page stays as it is. The same is told once.
            Err(error) if error.to_string() == trouble => {}
            Err(error) => {
                trouble = error.to_string();
                note(&format!("note: not renewed: {}", printable(&trouble)));
            }
        }
    };
    let (_, line) = renew(None)?;
    say(&line);
    drop((watch, sender));
    Err(Error::Stopped(Some(signal)))
}
