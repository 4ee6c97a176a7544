//! A folder of generated files, replaced as a whole.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::EmbedError;

/// How the file begins by which a folder of an earlier export is known: the header of C, a crate's `lib.rs`, or the class for
/// JavaScript.
const MARKS: [&str; 2] = ["/* An export of Onebit", "//! An export of Onebit"];
/// What the Makefile makes beside the files.
const MADE: &str = "classify";
/// What an export was before it had a folder `src`.
const EARLIER: [&str; 6] = [
    "onebit.h",
    "onebit.c",
    "onebit_pixels.c",
    "onebit_model.h",
    "main.c",
    "Makefile",
];

/// Makes `folder` hold these files and nothing else: written aside first, then renamed, so that at no time half an export
/// has the name.
///
/// # Errors
///
/// [`EmbedError::Folder`] when something is there that no export wrote, [`EmbedError::Io`] when it cannot be written.
pub fn replace<T: AsRef<[u8]>>(folder: &Path, files: &[(String, T)]) -> Result<(), EmbedError> {
    let there = fs::symlink_metadata(folder).is_ok();
    // A link stays one: what it leads to is replaced.
    let target = fs::canonicalize(folder);
    let target = match target {
        Ok(target) => target,
        Err(error) if there => return Err(io_error(folder, "open")(error)),
        Err(_) => folder.to_owned(),
    };
    if there {
        must_be_ours(folder, &target, files)?;
        // It is replaced as a whole, which would leave a shell in it in a folder that is no more.
        if std::env::current_dir().is_ok_and(|current| current.starts_with(&target)) {
            return Err(EmbedError::Folder {
                path: folder.into(),
                found: "the one that this program was started in".into(),
            });
        }
    }
    let old = aside::write_folder(&target, |aside| {
        files.iter().try_for_each(|(name, text)| {
            let path = aside.join(name);
            fs::create_dir_all(path.parent().unwrap_or(aside))?;
            aside::write_synced(&path, text.as_ref())
        })
    });
    match old.map_err(io_error(folder, "write"))? {
        Some(old) => fs::remove_dir_all(&old).map_err(io_error(&old, "remove")),
        None => Ok(()),
    }
}

/// Refuses what is no folder, or holds anything but an export.
fn must_be_ours<T: AsRef<[u8]>>(
    named: &Path,
    folder: &Path,
    files: &[(String, T)],
) -> Result<(), EmbedError> {
    let refused = |found: String| EmbedError::Folder {
        path: named.to_owned(),
        found,
    };
    if !folder.is_dir() {
        return Err(refused("a file".into()));
    }
    let header = header_of(folder, files);
    let known = match &header {
        Some(header) if header == Path::new(EARLIER[0]) => {
            EARLIER.iter().map(PathBuf::from).collect()
        }
        Some(header) => renamed(files, header),
        None => files.iter().map(|(file, _)| file.into()).collect(),
    };
    let found = inside(folder, Path::new("")).map_err(io_error(named, "read"))?;
    // Of an export's own folder the files may be gone.
    let emptied = |path: &Path| {
        let folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        folder && known.iter().any(|known| known.starts_with(path))
    };
    let strange =
        |path: &&PathBuf| !known.contains(path) && !emptied(path) && path.as_os_str() != MADE;
    if let Some(path) = found.iter().find(strange) {
        return Err(refused(format!("`{}` in it", path.display())));
    }
    if let Some(file) = header
        .as_deref()
        .and_then(|header| changed(folder, header, files))
    {
        return Err(refused(format!("changes in `{file}`")));
    }
    if found.is_empty() || header.is_some() {
        return Ok(());
    }
    Err(refused("files without those of an export".into()))
}

/// The header of an earlier export in `folder`, whatever its name: in `src`, or beside the others as it was once.
fn header_of<T: AsRef<[u8]>>(folder: &Path, files: &[(String, T)]) -> Option<PathBuf> {
    let marked = |path: &Path| {
        let place = folder.join(path);
        // Nothing is waited for, as for a pipe.
        fs::symlink_metadata(&place)
            .ok()
            .filter(fs::Metadata::is_file)?;
        let mut beginning = Vec::new();
        let file = fs::File::open(place).ok()?;
        // As long as any mark.
        file.take(32).read_to_end(&mut beginning).ok()?;
        let marked = MARKS
            .iter()
            .any(|mark| beginning.starts_with(mark.as_bytes()));
        marked.then(|| path.to_owned())
    };
    let own = files.iter().find(|(_, text)| is_marked(text));
    let own = own.map(|(file, _)| PathBuf::from(file));
    let src = fs::read_dir(folder.join("src"))
        .into_iter()
        .flatten()
        .flatten();
    let headers = src.map(|entry| Path::new("src").join(entry.file_name()));
    let headers = headers.filter(|path| path.extension().is_some_and(|ending| ending == "h"));
    let candidates = own.into_iter().chain(headers).chain([EARLIER[0].into()]);
    candidates.into_iter().find_map(|path| marked(&path))
}

/// An example in `folder` that somebody has made their own: another text than this export has, though name and version are
/// the same. An example of another name or version has another text anyway.
fn changed<'a, T: AsRef<[u8]>>(
    folder: &Path,
    header: &Path,
    files: &'a [(String, T)],
) -> Option<&'a str> {
    let own = files.iter().find(|(_, text)| is_marked(text))?;
    // More than any header has.
    let read = |place: PathBuf, max: usize| {
        let mut text = Vec::new();
        let file = fs::File::open(place).ok()?;
        file.take(max as u64).read_to_end(&mut text).ok()?;
        Some(text)
    };
    let earlier = read(folder.join(header), 1 << 16)?;
    let made_by = format!("onebit-embed {};", crate::VERSION);
    if Path::new(&own.0) != header || !String::from_utf8_lossy(&earlier).contains(&made_by) {
        return None;
    }
    let examples = files
        .iter()
        .filter(|(file, _)| file.starts_with("examples/"));
    let mut differing = examples.filter(|(file, text)| {
        let text = text.as_ref();
        // One that was removed is no loss.
        let found = read(folder.join(file), text.len() + 1);
        found.is_some_and(|found| found != text)
    });
    differing.next().map(|(file, _)| file.as_str())
}

fn is_marked<T: AsRef<[u8]>>(text: T) -> bool {
    let text = text.as_ref();
    MARKS.iter().any(|mark| text.starts_with(mark.as_bytes()))
}

/// The paths of these files, as they were if their header was `header`.
fn renamed<T: AsRef<[u8]>>(files: &[(String, T)], header: &Path) -> Vec<PathBuf> {
    let own = files.iter().find(|(_, text)| is_marked(text));
    let stem = |path: &Path| path.with_extension("").display().to_string();
    let own = own.map_or(String::new(), |(file, _)| stem(file.as_ref()));
    let other = stem(header);
    let path = |(file, _): &(String, T)| match file.strip_prefix(&own) {
        Some(rest) => format!("{other}{rest}").into(),
        None => file.into(),
    };
    files.iter().map(path).collect()
}

/// Every path below `place` in `folder` but those of folders with something in them. What is neither file nor folder, such as a
/// link, is a path that no export has.
fn inside(folder: &Path, place: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder.join(place))? {
        let entry = entry?;
        let (path, kind) = (place.join(entry.file_name()), entry.file_type()?);
        match (kind.is_dir(), kind.is_file()) {
            (true, _) => {
                // No deeper than an export is.
                let below = match place.components().count() {
                    0 | 1 => inside(folder, &path)?,
                    _ => Vec::new(),
                };
                match below.is_empty() {
                    true => paths.push(path.join("")),
                    false => paths.extend(below),
                }
            }
            (_, true) => paths.push(path),
            _ => paths.push(path.join("link")),
        }
    }
    Ok(paths)
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> EmbedError {
    move |source| EmbedError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    fn files(name: &str, text: &str) -> Vec<File> {
        vec![
            ("README.md".into(), text.into()),
            (
                format!("src/{name}.h"),
                format!("/* An export of Onebit {text} */"),
            ),
            (format!("src/{name}.c"), text.into()),
            ("examples/board/main.c".into(), text.into()),
        ]
    }

    #[test]
    fn an_export_is_replaced_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        replace(&out, &files("onebit", "first")).unwrap();
        fs::write(out.join("classify"), "made").unwrap();
        replace(&out, &files("onebit", "second")).unwrap();
        let code = |name: &str| fs::read_to_string(out.join("src").join(name)).unwrap();
        assert_eq!(code("onebit.c"), "second");
        assert_eq!(inside(&out, Path::new("")).unwrap().len(), 4);
        let beside = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(beside, 1, "nothing is left aside");
        // By another name.
        replace(&out, &files("parts", "third")).unwrap();
        assert_eq!(inside(&out, Path::new("")).unwrap().len(), 4);
        assert_eq!(code("parts.c"), "third");

        let refuses = |word: &str| {
            let error = replace(&out, &files("onebit", "x"))
                .unwrap_err()
                .to_string();
            assert!(error.contains("out") && error.contains(word), "{error}");
        };
        for strange in ["notes.txt", "src/own.c", "examples/board/deep/own.c"] {
            let path = out.join(strange);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "mine").unwrap();
            refuses(if strange.contains("deep") {
                "examples/board/deep"
            } else {
                strange
            });
            fs::remove_file(path).unwrap();
        }
        fs::remove_dir(out.join("examples/board/deep")).unwrap();
        fs::create_dir(out.join("classify")).unwrap();
        refuses("`classify/`");
        fs::remove_dir(out.join("classify")).unwrap();
        // A file of a name that the other export does not have.
        fs::write(out.join("src/onebit.c"), "mine").unwrap();
        refuses("src/onebit.c");
        fs::remove_file(out.join("src/onebit.c")).unwrap();
        fs::write(out.join("src/parts.h"), "of another program").unwrap();
        refuses("src/parts.");
        assert_eq!(code("parts.c"), "third");
    }

    #[test]
    fn an_example_that_was_changed_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let header = format!(
            "/* An export of Onebit\n * Made by onebit-embed {}; */",
            crate::VERSION
        );
        let of = |code: &str, example: &str| -> Vec<File> {
            vec![
                ("src/onebit.h".into(), header.clone()),
                ("src/onebit.c".into(), code.into()),
                ("examples/sketch/sketch.ino".into(), example.into()),
            ]
        };
        replace(&out, &of("first", "example")).unwrap();
        replace(&out, &of("second", "example")).unwrap();
        let sketch = out.join("examples/sketch/sketch.ino");
        fs::write(&sketch, "example, and mine").unwrap();
        let error = replace(&out, &of("third", "example")).unwrap_err();
        let expected = "found changes in `examples/sketch/sketch.ino`";
        assert!(error.to_string().contains(expected), "{error}");
        let kept = fs::read_to_string(out.join("src/onebit.c")).unwrap();
        assert_eq!(kept, "second");
        fs::remove_file(&sketch).unwrap();
        replace(&out, &of("third", "example")).unwrap();
        // Of another version.
        let older = header.replace(crate::VERSION, "0.0.1");
        fs::write(out.join("src/onebit.h"), older).unwrap();
        replace(&out, &of("fourth", "example of today")).unwrap();
    }

    #[test]
    fn a_crate_is_replaced_by_one_and_not_by_c() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let of_rust = |text: &str| -> Vec<File> {
            vec![
                ("Cargo.toml".into(), text.into()),
                (
                    "src/lib.rs".into(),
                    format!("//! An export of Onebit {text}"),
                ),
            ]
        };
        replace(&out, &of_rust("first")).unwrap();
        replace(&out, &of_rust("second")).unwrap();
        let found = fs::read_to_string(out.join("Cargo.toml")).unwrap();
        assert_eq!(found, "second");
        assert!(replace(&out, &files("onebit", "x")).is_err());
        replace(&dir.path().join("c"), &files("onebit", "x")).unwrap();
        assert!(replace(&dir.path().join("c"), &of_rust("x")).is_err());
    }

    #[test]
    fn an_export_of_before_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        for file in EARLIER {
            fs::write(out.join(file), "/* An export of Onebit */").unwrap();
        }
        replace(&out, &files("onebit", "new")).unwrap();
        assert!(!out.join("onebit.h").exists() && out.join("src/onebit.h").exists());
    }

    #[test]
    fn what_is_no_folder_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "mine").unwrap();
        let refused = |path: &Path| {
            replace(path, &files("onebit", "x"))
                .unwrap_err()
                .to_string()
        };
        assert!(refused(&file).contains("a file"));
        fs::create_dir(dir.path().join("empty")).unwrap();
        replace(&dir.path().join("empty"), &files("onebit", "x")).unwrap();
        let other = dir.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("README.md"), "mine").unwrap();
        assert!(refused(&other).contains("without those of"));
        let nowhere = dir.path().join("no/where");
        assert!(refused(&nowhere).contains("no such file or folder; check the path"));
    }
}
