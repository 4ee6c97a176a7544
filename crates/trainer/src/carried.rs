//! A packed file as a command names it: a file, or a model that the program carries inside.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use convert::FileKind;
use runtime::Model;
use word_list::nearest;
use zoo::Packaged;

use crate::{Error, note, printable};

/// What the packed file is called in a folder that `export --to hub` makes.
pub const IN_FOLDER: &str = "model.onebit";

/// A packed network, and how many bytes its file has.
pub struct Packed {
    pub model: Model,
    pub bytes: usize,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// A place, whatever is there.
    Place,
    /// A place that has the name of a model: what is there wins.
    Shadows(&'static Packaged),
    /// A built-in model.
    Carried(&'static Packaged),
}

impl Named {
    /// What a name stands for, where it can name files alone, or `folders` too.
    pub fn of(name: &Path, folders: bool) -> Self {
        let Some(model) = name.to_str().and_then(zoo::find) else {
            return Self::Place;
        };
        match name.exists() && (folders || !name.is_dir()) {
            true => Self::Shadows(model),
            false => Self::Carried(model),
        }
    }

    /// What follows the name in a line that tells where a network is from.
    pub fn aside(self) -> &'static str {
        match self {
            Self::Place => "",
            Self::Shadows(_) => ", the file or run of this name, not the built-in model",
            Self::Carried(_) => ", a built-in model",
        }
    }

    /// Which of the two is used, where both could be meant.
    pub fn told(self) -> Option<String> {
        match self {
            Self::Place => None,
            Self::Shadows(model) => Some(format!(
                "note: {}: the file or run of this name is used, not the built-in model",
                model.name
            )),
            Self::Carried(model) => Some(format!(
                "model: {}, a built-in model (`onebit models {0}` shows its card)",
                model.name
            )),
        }
    }
}

/// Reads the packed file of this name, or the built-in model of this name. A line says which where both could be
/// meant.
///
/// # Errors
///
/// [`Error::Failed`] that names the file and what is wrong with it, and a model that was perhaps meant.
pub fn load(name: &Path) -> Result<Packed, Error> {
    let named = Named::of(name, false);
    if let Some(line) = named.told() {
        note(&line);
    }
    if let Named::Carried(model) = named {
        return Ok(Packed {
            model: Model::read(model.bytes)?,
            bytes: model.bytes.len(),
        });
    }
    if !name.exists() {
        return Err(match meant(name) {
            Some(meant) => Error::Failed(meant),
            None => Model::load(name)
                .map_err(Error::from)
                .err()
                .unwrap_or_else(|| {
                    Error::Failed(format!(
                        "{}: the file was not there a moment ago; try again",
                        name.display()
                    ))
                }),
        });
    }
    let file = file_of(name)?;
    let name = file.as_path();
    let model = Model::load(name).map_err(|error| other_kind(name).unwrap_or(error.into()))?;
    let file = std::fs::metadata(name).map_err(|e| Error::io("looking at", name, &e))?;
    Ok(Packed {
        model,
        bytes: file.len() as usize,
    })
}

/// The packed file in a folder that `export --to hub` made; a file is itself.
fn file_of(name: &Path) -> Result<PathBuf, Error> {
    if !name.is_dir() {
        return Ok(name.to_owned());
    }
    let within = name.join(IN_FOLDER);
    if within.is_file() {
        return Ok(within);
    }
    let way_out = match name.join("config.toml").is_file() {
        true => "a run is named with --run, where the command has that flag",
        false => "name a file in it",
    };
    Err(Error::Usage(format!(
        "{}: expected a packed file, or a folder with {IN_FOLDER} in it, found a folder without it; {way_out}",
        printable(&name.display().to_string())
    )))
}

/// What to do with a file that is known to be of another kind.
fn other_kind(name: &Path) -> Option<Error> {
    let mut start = Vec::new();
    aside::open_to_read(name)
        .ok()?
        .take(4096)
        .read_to_end(&mut start)
        .ok()?;
    let kind = FileKind::of(&start).filter(|kind| *kind != FileKind::Safetensors)?;
    let way_out = match kind {
        FileKind::Onnx => {
            "ONNX files cannot be read back: name the packed file or the run that it was exported from"
        }
        FileKind::Gzip => "unpack it with gunzip",
        FileKind::Png | FileKind::Jpeg | FileKind::Gif | FileKind::Bmp => {
            "name the network here, and pictures behind it: onebit predict --model NET PICTURE"
        }
        FileKind::Gguf => "only networks that classify images are read",
        _ => {
            "`onebit import` turns networks of other programs into packed files; its help lists which"
        }
    };
    Some(Error::Failed(format!(
        "{}: expected a packed file, found {kind}; {way_out}",
        printable(&name.display().to_string())
    )))
}

/// What was perhaps meant by the name of a file that is not there: nothing of a path.
pub fn meant(name: &Path) -> Option<String> {
    let word = name.to_str()?;
    let mut parts = name.components();
    let is_word = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    if !is_word {
        return None;
    }
    let names = zoo::all().iter().map(|model| model.name);
    let near = nearest(names, word.trim_end_matches(".onebit"));
    let way_out = match near {
        Some(near) => format!("did you mean `{near}`, a built-in model?"),
        None if name.extension().is_none() => "`onebit models` lists those models".to_owned(),
        None => return None,
    };
    Some(format!(
        "{}: expected a packed file, or the name of a built-in model, found neither; {way_out}",
        printable(word)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_model_unless_something_is_there() {
        let name = zoo::all()[0].name;
        assert!(matches!(
            Named::of(Path::new(name), true),
            Named::Carried(model) if model.name == name
        ));
        for path in [format!("./{name}"), format!("{name}.onebit"), "x".into()] {
            assert!(matches!(Named::of(Path::new(&path), true), Named::Place));
        }
    }

    #[test]
    fn a_model_that_was_meant_is_named() {
        let meant = |word: &str| meant(Path::new(word)).unwrap_or_default();
        for word in ["cifar-20-1", "cifar10-20-1.onebit", "CIFAR10_20_1"] {
            assert!(
                meant(word).contains("`cifar10-20-1`"),
                "{word}: {}",
                meant(word)
            );
        }
        assert!(meant("mine").contains("`onebit models`"));
        for word in ["mine.onebit", "./mine", "folder/cifar10-20-1", "/"] {
            assert_eq!(meant(word), "", "{word}");
        }
    }
}
