//! `onebit`: see `onebit --help`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: trainer::Allocator = trainer::Allocator;

fn main() -> ExitCode {
    trainer::keep_freed();
    // A decoder's panic that becomes an error is told as that, and not as a bug.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !data::panic_is_caught() {
            tell(panic);
        }
    }));
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
            trainer::note(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}
