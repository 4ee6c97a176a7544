//! Running a program that may be missing, broken, or never end.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any task takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a program without input in a folder, to a successful end, and returns its standard output; else one line
/// about what happened.
pub fn attempt(folder: &Path, command: &mut Command) -> Result<String, String> {
    within(LIMIT, folder, command)
}

/// As [`attempt`], where the output must have `word` in it: a program that does nothing ends well too.
pub fn prints(folder: &Path, command: &mut Command, word: &str) -> Result<(), String> {
    let printed = attempt(folder, command)?;
    match printed.contains(word) {
        true => Ok(()),
        false => Err(format!("{} does not print `{word}`", name(command))),
    }
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    name.to_string_lossy().into_owned()
}

fn within(limit: Duration, folder: &Path, command: &mut Command) -> Result<String, String> {
    let name = name(command);
    let trouble = |error: std::io::Error| format!("{name}: {error}");
    // Files and not pipes: a program's children could keep a pipe open after its end.
    let [out, err] = ["attempt.out", "attempt.err"].map(|name| folder.join(name));
    let file = |path: &Path| File::create(path).map(Stdio::from).map_err(trouble);
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file(&out)?)
        .stderr(file(&err)?)
        .spawn()
        .map_err(trouble)?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait().map_err(trouble)? {
            Some(status) => break status,
            None if start.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{name} does not end within {limit:?}"));
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let text = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into());
    if status.success() {
        return text(&out).map_err(trouble);
    }
    let mut said: String = text(&err).map_err(trouble)?;
    if said.trim().is_empty() {
        // A shell may have brought both together.
        said = text(&out).map_err(trouble)?;
    }
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    // What a linker does not find is told before the compiler's own error.
    let line = ["cannot find", "rror"]
        .iter()
        .find_map(|word| lines().find(|line| line.contains(word)));
    let line = line.or(lines().next_back());
    let line = line.unwrap_or("without a word of why");
    Err(format!("{name} fails: {line}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn each_end_has_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(attempt(folder, &mut shell("echo made")).unwrap(), "made\n");
        for (script, expected) in [
            ("exit 1", "sh fails: without a word of why"),
            (
                "echo one >&2; echo 'an error' >&2; echo two >&2; exit 3",
                "sh fails: an error",
            ),
            ("kill $$", "sh fails: without a word of why"),
            ("echo an error; exit 3", "sh fails: an error"),
        ] {
            assert_eq!(attempt(folder, &mut shell(script)).unwrap_err(), expected);
        }
        let missing = attempt(folder, &mut Command::new("no-such-program")).unwrap_err();
        assert!(missing.starts_with("no-such-program: "), "{missing}");
        let silent = prints(folder, &mut shell("exit 0"), "made").unwrap_err();
        assert_eq!(silent, "sh does not print `made`");
    }

    #[test]
    fn what_never_ends_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let limit = Duration::from_millis(50);
        let said = within(limit, folder.path(), &mut shell("exec sleep 60")).unwrap_err();
        assert_eq!(said, "sh does not end within 50ms");
    }
}
