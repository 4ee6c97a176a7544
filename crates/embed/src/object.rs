//! The library as a compiler makes it for a core: what it takes of flash and RAM, code included.

use std::fs;
use std::path::Path;
use std::process::Command;

use runtime::Model;

use crate::{Core, EmbedError, Options, files};

const PURPOSE: &str = "the size of compiled code";

/// What the library's object takes, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Code and constants.
    pub flash: usize,
    /// Static memory.
    pub ram: usize,
    /// The compiler, as it calls itself.
    pub compiler: String,
}

/// Compiles the C source of `model` for a core, by `gcc -O2`.
///
/// # Errors
///
/// As [`files`]; [`EmbedError::Tool`] when the core's compiler is not there, or fails.
pub fn object(model: &Model, core: Core) -> Result<Object, EmbedError> {
    let (files, _) = files(model, &Options::default())?;
    let gcc = format!("{}gcc", core.prefix());
    let said = run(core, &gcc, Path::new("."), &["--version"])?;
    let compiler = said.lines().next().unwrap_or(&gcc).to_owned();
    let io = |doing: &'static str, path: &Path| {
        let path = path.to_owned();
        move |source| EmbedError::Io {
            path,
            doing,
            source,
        }
    };
    let folder = tempfile::tempdir().map_err(io("make a folder in", &std::env::temp_dir()))?;
    let folder = folder.path();
    // The library alone, side by side; what is around it is for those who build with it.
    for (name, text) in &files {
        let Some(name) = name.strip_prefix("src/") else {
            continue;
        };
        let path = folder.join(name);
        fs::write(&path, text).map_err(io("write", &path))?;
    }
    let own = ["-O2", "-std=c99", "-c", "onebit.c", "-o", "onebit.o"];
    run(core, &gcc, folder, &[core.flags(), &own].concat())?;
    let size = format!("{}size", core.prefix());
    let printed = run(core, &size, folder, &["onebit.o"])?;
    let (flash, ram) = sizes(&printed).ok_or_else(|| {
        let found = format!("{:?}", printed.chars().take(80).collect::<String>());
        failed(core, &size, found)
    })?;
    Ok(Object {
        flash,
        ram,
        compiler,
    })
}

/// Flash and RAM, of what `size` prints: a line of titles, then text, data and bss. What begins as something stands in both.
fn sizes(printed: &str) -> Option<(usize, usize)> {
    let mut columns = printed.lines().nth(1)?.split_whitespace();
    let mut next = || columns.next()?.parse::<usize>().ok();
    let [text, data, bss] = [next()?, next()?, next()?];
    Some((text.checked_add(data)?, data.checked_add(bss)?))
}

fn failed(core: Core, program: &str, found: String) -> EmbedError {
    EmbedError::Tool {
        program: program.into(),
        purpose: PURPOSE,
        found,
        package: core.package(),
    }
}

/// Runs a program to a successful end: what it printed.
fn run(core: Core, program: &str, folder: &Path, args: &[&str]) -> Result<String, EmbedError> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output();
    let output = output.map_err(|e| failed(core, program, format!("none that starts ({e})")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| line.contains("error"));
    let first = first.unwrap_or("no word of why");
    Err(failed(core, program, format!("one that failed: {first}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_something_is_in_flash_and_in_ram() {
        let printed = "   text\t   data\t    bss\t    dec\n  39208\t     16\t  35264\t  74488\n";
        assert_eq!(sizes(printed), Some((39_224, 35_280)));
        for wrong in ["", "text data bss", "text\nabc 1 2", "text\n1 2"] {
            assert_eq!(sizes(wrong), None, "{wrong}");
        }
    }
}
