//! Whether there is the memory for what is computed with a packed network: said before any of it is taken.

use data::memory::{Available, available};
use runtime::{Engine, Model, Options};

use crate::{Error, note, size};

/// More than this is told.
const MUCH: u64 = 512 << 20;

/// Refuses what takes `needed` bytes of memory where there are fewer. `what` it is for, and `way_out`.
///
/// # Errors
///
/// [`Error::Failed`] with both numbers.
pub fn must_have(what: &str, needed: u64, way_out: &str) -> Result<(), Error> {
    check(what, needed, way_out, available())
}

fn check(what: &str, needed: u64, way_out: &str, there: Option<Available>) -> Result<(), Error> {
    match there {
        Some(there) if there.bytes < needed => Err(Error::Failed(format!(
            "memory: about {} are needed for {what}, found {} {}; {way_out}",
            size(needed),
            size(there.bytes),
            there.bound.what()
        ))),
        Some(there) if needed >= MUCH => {
            let left = size(there.bytes);
            note(&format!(
                "memory: about {} for {what}; {left} are available",
                size(needed)
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// As many threads of those in the options as there is memory for, of an engine that computes so many images at a time.
///
/// # Errors
///
/// [`Error::Failed`] where there is none for a single one.
pub fn threads(model: &Model, options: Options, images: usize) -> Result<usize, Error> {
    let left = available().map_or(u64::MAX, |there| there.bytes);
    let mut threads = options.threads.max(1);
    while threads > 1 && Engine::memory(model, options.with_threads(threads), images)? > left {
        threads /= 2;
    }
    let needed = Engine::memory(model, options.with_threads(threads), images)?;
    must_have(
        "what the network computes of an image",
        needed,
        "this network takes images too large for this machine",
    )?;
    if threads < options.threads {
        note(&format!(
            "note: {threads} of {} threads compute, since each takes memory of its own and {} are available",
            options.threads,
            size(left)
        ));
    }
    Ok(threads)
}

#[cfg(test)]
mod tests {
    use data::memory::Bound;

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let mut there = available().unwrap();
        (there.bytes, there.bound) = (1 << 30, Bound::Addresses);
        let check = |needed| check("this", needed, "take less", Some(there));
        assert!(check(1 << 30).is_ok());
        let text = check(3 << 30).unwrap_err().to_string();
        for part in ["3.0 GiB", "for this", "1.0 GiB", "ulimit -v", "; take less"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
