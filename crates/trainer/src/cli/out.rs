//! Files that a command writes: by a name, or to the standard output.

use std::io::IsTerminal;
use std::path::Path;

use run::{must_protect_runs, must_protect_source};

use crate::{Error, shell, terminal};

/// The name that stands for the standard output.
const STANDARD_OUTPUT: &str = "-";

/// Whether `--out` names the standard output.
fn is_standard_output(out: &Path) -> bool {
    out == Path::new(STANDARD_OUTPUT)
}

/// Refuses to write a file where it would replace one of a run, or the file `source` that it is made from; and where
/// it is the standard output, lines go to the standard error from now on.
///
/// # Errors
///
/// [`Error::Usage`] when it is no place to write.
pub fn must_be_free(out: &Path, source: Option<&Path>) -> Result<(), Error> {
    if !is_standard_output(out) {
        must_protect_runs(out)?;
        return Ok(source.map_or(Ok(()), |source| must_protect_source(out, source))?);
    }
    if std::io::stdout().is_terminal() {
        return Err(Error::Usage(
            "--out -: expected the standard output to be a pipe or a file, found a terminal; name a file, or add `> FILE`"
                .into(),
        ));
    }
    if is_closed() {
        return Err(Error::Usage(
            "--out -: expected the standard output to be open, found it closed; name a file".into(),
        ));
    }
    terminal::take_output();
    Ok(())
}

/// Whether the program began without a standard output. Rust then puts the null device in its place, open to read too,
/// as no shell opens it to write.
#[cfg(unix)]
fn is_closed() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    // SAFETY: asks the system about a descriptor, and touches no memory.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFL) };
    let null = std::fs::metadata("/dev/null");
    let output = std::fs::metadata("/dev/fd/1");
    let is_null = match (null, output) {
        (Ok(null), Ok(output)) => {
            output.file_type().is_char_device() && output.rdev() == null.rdev()
        }
        _ => false,
    };
    flags == -1 || (is_null && flags & libc::O_ACCMODE == libc::O_RDWR)
}

#[cfg(not(unix))]
fn is_closed() -> bool {
    false
}

/// Refuses the standard output, where `what` is a folder.
///
/// # Errors
///
/// [`Error::Usage`] when it is named.
pub fn must_be_folder(out: &Path, flag: &str, what: &str) -> Result<(), Error> {
    match is_standard_output(out) {
        true => Err(Error::Usage(format!(
            "{flag} -: expected the name of a folder, as {what} is several files, found the standard output"
        ))),
        false => Ok(()),
    }
}

/// Refuses the standard output, where `what` that `flag` asks for is a file.
///
/// # Errors
///
/// [`Error::Usage`] when it is named.
pub fn must_be_file(out: &Path, flag: &str, what: &str) -> Result<(), Error> {
    match is_standard_output(out) {
        true => Err(Error::Usage(format!(
            "{flag}: expected --out to name a file, as {what} is one, found the standard output"
        ))),
        false => Ok(()),
    }
}

/// Refuses the standard output beside `--json`, whose line is alone there.
///
/// # Errors
///
/// [`Error::Usage`] when it is named.
pub fn must_not_meet_json(out: &Path) -> Result<(), Error> {
    match is_standard_output(out) {
        true => Err(Error::Usage(
            "--out -: expected the name of a file beside --json, whose line takes the standard output; name one, or leave out --json"
                .into(),
        )),
        false => Ok(()),
    }
}

/// Writes a whole file, or the standard output.
///
/// # Errors
///
/// When the file cannot be written. A loss of the standard output is told of, and makes the exit status 1.
pub fn write(out: &Path, bytes: &[u8]) -> Result<(), Error> {
    if is_standard_output(out) {
        terminal::put(bytes);
        return Ok(());
    }
    make_place(out)?;
    Ok(runtime::write_whole(out, bytes)?)
}

/// Makes the folder that a file or folder goes into, where there is none.
///
/// # Errors
///
/// [`Error::Failed`] when it cannot be made.
pub fn make_place(out: &Path) -> Result<(), Error> {
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("making the folder", folder, &e))
        }
        _ => Ok(()),
    }
}

/// Writes a file of a name that the program gives, into a folder that a user named.
///
/// # Errors
///
/// [`Error::Failed`] when it cannot be written, or there is a link or anything else but a file in its place.
pub fn write_into(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    must_be_own(folder, name)?;
    Ok(runtime::write_whole(&folder.join(name), bytes)?)
}

/// Refuses a link, or anything else but a file, in the place of a file of a name that the program gives.
///
/// # Errors
///
/// [`Error::Failed`] that names it.
pub fn must_be_own(folder: &Path, name: &str) -> Result<(), Error> {
    let path = folder.join(name);
    aside::must_be_own(&path).map_err(|e| Error::io("writing", &path, &e))
}

/// A file as the model of a suggested command.
pub fn as_model(out: &Path) -> String {
    match is_standard_output(out) {
        true => "FILE".into(),
        false => shell::file(out),
    }
}

/// A file as JSON has it; none for the standard output.
pub fn path(out: &Path) -> Option<String> {
    (!is_standard_output(out)).then(|| out.display().to_string())
}

/// A file as a line names it.
pub fn name(out: &Path) -> String {
    match is_standard_output(out) {
        true => "standard output".into(),
        false => runtime::printable(&out.display().to_string()),
    }
}
