//! A network by name, with the images and classes that it is for.

use std::path::Path;

use graph::Design;
use model::Net;
use run::config::{in_words, line_of, meant};

use crate::Error;

/// The largest input, in channels and pixels a side, and the most classes: no count of the largest
/// network overflows then.
const MAX_SIDE: usize = 4096;
const MAX_CLASSES: usize = 65_536;

/// `3x32x32` as channels, height, width; by default what `net` is for.
pub fn input(net: &Net, text: Option<&str>) -> Result<[usize; 3], Error> {
    let Some(text) = text else {
        return Ok(net.usual().map_or([3, 32, 32], |(input, _)| input));
    };
    let sizes: Option<Vec<usize>> = text.split('x').map(|size| size.parse().ok()).collect();
    sizes
        .and_then(|sizes| sizes.try_into().ok())
        .filter(|sizes: &[usize; 3]| sizes.iter().all(|size| (1..=MAX_SIDE).contains(size)))
        .ok_or_else(|| {
            Error::Usage(format!(
                "--input {text}: expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32, with numbers of 1 to {MAX_SIDE}"
            ))
        })
}

/// The number of classes; by default what `net` is for.
pub fn classes(net: &Net, classes: Option<usize>) -> Result<usize, Error> {
    let classes = classes.unwrap_or(net.usual().map_or(10, |(_, classes)| classes));
    if !(1..=MAX_CLASSES).contains(&classes) {
        return Err(Error::Usage(format!(
            "--classes {classes}: expected 1 to {MAX_CLASSES}"
        )));
    }
    Ok(classes)
}

/// The network of `--net`: a family's name, or the file of one.
///
/// # Errors
///
/// [`Error::Usage`] when it is neither, [`Error::Failed`] when the file cannot be read.
pub fn net(text: &str) -> Result<Net, Error> {
    if !is_file(text) {
        return Ok(text.parse::<Net>()?);
    }
    let path = Path::new(text);
    let read = aside::read_given_text(path, MAX_FILE);
    let read = read.map_err(|e| Error::io("reading", path, &e))?;
    let wrong = |error: toml::de::Error| {
        let found = in_words(error.message());
        let line = error.span().map(|span| line_of(&read, span.start));
        let line = line.map_or(String::new(), |line| format!(" in line {line}"));
        let meant = meant(&found).map_or(String::new(), |word| format!("did you mean `{word}`? "));
        Error::Usage(format!(
            "{text}: expected a network file, found{line}: {}; {meant}see docs/networks.md",
            found.trim_end().replace('\n', " ")
        ))
    };
    let mut design: Design = toml::from_str(&read).map_err(wrong)?;
    if design.name.is_none() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        design.name = Some(folder_name(&stem));
    }
    Net::own(design).map_err(|e| Error::Usage(format!("{text}: {e}; see docs/networks.md")))
}

/// The most bytes of a network file.
const MAX_FILE: u64 = 1 << 20;

/// A file's name as a network's: with what a folder can be called.
fn folder_name(stem: &str) -> String {
    let part = |c: char| {
        if c.is_alphanumeric() || "_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().map(part).take(64).collect();
    let name = name.trim_start_matches(|c: char| !c.is_alphanumeric());
    match name {
        "" => "own".into(),
        name => name.into(),
    }
}

/// Whether `--net` names a file: names of families have neither a separator nor an extension.
fn is_file(text: &str) -> bool {
    text.contains(std::path::MAIN_SEPARATOR) || text.ends_with(".toml")
}

/// The help of `--net`: every family, and a file.
pub fn net_help() -> String {
    let family = |family: &graph::Family| {
        format!(
            "{}-{}, such as {} ({})",
            family.prefix, family.grammar, family.example, family.about
        )
    };
    let families: Vec<String> = graph::families::ALL.iter().map(family).collect();
    format!(
        "The network: {}; or the file of one, such as ./mine.toml",
        families.join("; ")
    )
}

/// The help of `--weights`: every kind, and what it is.
pub fn weights_help(default: &str) -> String {
    let kind = |kind: &graph::Weights| format!("{} ({})", kind.name(), kind.about());
    let kinds: Vec<String> = graph::Weights::ALL.iter().map(kind).collect();
    format!("Kind of weights: {}{default}", kinds.join("; "))
}
