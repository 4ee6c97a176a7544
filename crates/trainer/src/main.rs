//! `onebit`: see `onebit --help`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: trainer::Allocator = trainer::Allocator;

/// `mi_option_purge_delay` of mimalloc's header, whose numbers stay as they are from version to version.
const PURGE_DELAY: i32 = 15;

fn main() -> ExitCode {
    // What a step frees, the next one takes again; given back in between, each page would be cleared anew.
    // SAFETY: sets a number in a table of options; no other thread is there yet.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, -1) };
    // A limit on the size of files is an error of whoever writes, told as any other, and not the end of the program.
    #[cfg(unix)]
    // SAFETY: sets a number in a table of the system; no other thread is there yet.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN)
    };
    match trainer::cli::run(trainer::cli::parse()) {
        Ok(()) if trainer::output_lost() => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        Err(trainer::Error::Stopped(Some(signal))) => trainer::cli::end_by(signal),
        Err(trainer::Error::Stopped(None)) => ExitCode::SUCCESS,
        Err(trainer::Error::Told) => ExitCode::FAILURE,
        Err(error) => {
            trainer::note(&format!(
                "error: {}",
                trainer::printable(&error.to_string())
            ));
            ExitCode::from(error.exit_code())
        }
    }
}
