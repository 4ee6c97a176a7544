//! What a person or a program reads of this one: lines that may be lost, and names that must not steer a terminal.

mod width;

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

pub use width::{columns, fitted, width};
use word_list::Counted;

/// A message for a terminal, which the names of a stranger's files that it quotes must not steer.
pub fn printable(message: &str) -> String {
    let lines: Vec<String> = message.split('\n').map(runtime::printable).collect();
    lines.join("\n")
}

/// A file or folder as a line names it, without what would end that line.
pub fn named(path: &Path) -> String {
    runtime::printable(&path.display().to_string())
}

/// Whether something could not be printed.
static LOST: AtomicBool = AtomicBool::new(false);
/// Whether the reader of the standard output went away.
static GONE: AtomicBool = AtomicBool::new(false);
/// Whether the standard output is a file's content, so that lines go elsewhere.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Prints a line for a person. What names of a stranger's files could steer in a terminal is escaped.
pub fn say(line: &str) {
    write(&printable(line));
}

/// Prints a line for a program, such as of comma-separated values, byte for byte; only a terminal, where a person reads
/// it, has it escaped.
pub fn say_data(line: &str) {
    match io::stdout().is_terminal() {
        true => say(line),
        false => write(line),
    }
}

/// Prints a line of JSON. What could steer a terminal is escaped as JSON has it, so that it stays the same text.
pub fn say_json(json: &str) {
    write(&escaped_json(json));
}

/// Prints a line of JSON to the standard output, even where that is a file's content: it is the content then.
pub fn put_json(json: &str) {
    put(format!("{}\n", escaped_json(json)).as_bytes());
}

/// A text of JSON without what steers a terminal, which JSON has in texts alone.
fn escaped_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        // Line ends and tabs are white space there; within texts they are escaped already.
        let is_space = matches!(character, '\n' | '\t' | '\r');
        match is_space
            || runtime::printable(character.encode_utf8(&mut [0; 4])).len() == character.len_utf8()
        {
            true => safe.push(character),
            false => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    safe.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    safe
}

/// A failure must not end a run: a reader that went away is nobody's, any other is told of once, and [`output_lost`]
/// remembers it.
fn write(line: &str) {
    match TAKEN.load(Ordering::Relaxed) {
        true => drop(writeln!(io::stderr(), "{line}")),
        false => told(writeln!(io::stdout(), "{line}")),
    }
}

/// Prints a line for a person to the standard error. What names of a stranger's files could steer in a terminal is
/// escaped. Nothing is left to do where printing fails.
///
/// Whatever it quotes, a line is no longer than a person reads: the middle is left out.
pub fn note(line: &str) {
    let lines: Vec<String> = printable(line).split('\n').map(cut).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
}

/// The most characters of a line of a note or an error.
pub const MAX_ERROR: usize = 2000;

/// A line without its middle, where it is longer than it may be.
fn cut(line: &str) -> String {
    let count = line.chars().count();
    if count <= MAX_ERROR {
        return line.into();
    }
    let half = MAX_ERROR / 2;
    let start: String = line.chars().take(half).collect();
    let end: String = line.chars().skip(count - half).collect();
    format!("{start} … ({} characters) … {end}", count - MAX_ERROR)
}

/// Makes the standard output these bytes alone: lines go to the standard error from now on.
pub fn take_output() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Writes a file's content to the standard output. A reader that goes away has not all of it, which is a loss.
pub fn put(bytes: &[u8]) {
    let mut output = io::stdout().lock();
    let put = output.write_all(bytes).and_then(|()| output.flush());
    if let Err(error) = &put
        && error.kind() == ErrorKind::BrokenPipe
    {
        lost(error);
    }
    told(put);
}

/// Remembers what became of printing, and tells of a loss once.
pub fn told(printed: io::Result<()>) {
    let Err(error) = printed else {
        return;
    };
    if error.kind() == ErrorKind::BrokenPipe {
        return GONE.store(true, Ordering::Relaxed);
    }
    lost(&error);
}

fn lost(error: &io::Error) {
    if !LOST.swap(true, Ordering::Relaxed) {
        note(&format!(
            "error: standard output: {error}; give it a place that takes all of it"
        ));
    }
}

/// Whether something that should have been printed was not, which a program that reads the output must know.
pub fn output_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Whether nobody reads the standard output any more, so that what only prints may end.
pub fn output_gone() -> bool {
    GONE.load(Ordering::Relaxed)
}

/// `20 KiB`, `812 MiB` or `41.2 GiB`: as exact as an estimate is.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    if bytes < 1024 {
        return Counted(bytes as usize, "byte").to_string();
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit < 2 {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        2 => format!("{value:.1} GiB"),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_text_without_what_steers_a_terminal() {
        let text = "é\u{1b}[2J\u{9b}2J\u{202e}\u{7f}\t\"";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let escaped = escaped_json(&json);
        for steers in ['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}'] {
            assert!(!escaped.contains(steers), "{escaped:?}");
        }
        assert!(escaped.contains('é') && escaped.contains('\n'));
        let back: [String; 1] = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back[0], text);
    }

    #[test]
    fn a_long_line_of_an_error_keeps_its_ends() {
        assert_eq!(cut("short"), "short");
        let long = cut(&format!("file: {}; repair it", "é".repeat(100_000)));
        assert!(long.starts_with("file: é") && long.ends_with("é; repair it"));
        assert!(long.contains(" … (98017 characters) … "), "{long}");
        assert!(long.chars().count() < MAX_ERROR + 50);
    }

    #[test]
    fn a_size_has_the_unit_that_shows_it() {
        let sizes = [
            0,
            1,
            1023,
            1024,
            20_480,
            (1 << 20) - 1,
            812 << 20,
            44_238_000_000,
        ];
        let expected = [
            "0 bytes",
            "1 byte",
            "1023 bytes",
            "1 KiB",
            "20 KiB",
            "1 MiB",
            "812 MiB",
            "41.2 GiB",
        ];
        assert_eq!(sizes.map(size), expected);
    }
}
