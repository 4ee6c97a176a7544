//! The forms in which a network leaves.

use std::path::Path;

use convert::torch_float::{self, Trained};
use convert::{ConvertError, onnx};
use embed::EmbedError;
use embed::web::{self, npm, page};
use runtime::Model;
use word_list::Counted;

use super::hub::Tested;
use crate::cli::out;
use crate::footprint::Integers;
use crate::{Error, shell};

/// What was written.
pub struct Written {
    /// In lines, for a person.
    pub lines: Vec<String>,
    /// Of all files together.
    pub bytes: usize,
    /// What the network takes in integers, where the form computes in them alone: counted as for C.
    pub integers: Option<Integers>,
}

/// Writes the packed file.
pub fn onebit(model: &Model, out: &Path) -> Result<Written, Error> {
    let bytes = model.write()?;
    out::write(out, &bytes)?;
    Ok(told(model, &bytes, out))
}

/// Writes an ONNX file.
pub fn onnx(model: &Model, options: &onnx::Options, out: &Path) -> Result<Written, Error> {
    file(model, onnx::export(model, options), out)
}

/// Writes PyTorch's state dict, with what was `trained` where a run is exported.
pub fn safetensors(
    model: &Model,
    trained: Option<&Trained>,
    kind: torch_float::Weights,
    out: &Path,
) -> Result<Written, Error> {
    file(model, torch_float::export(model, trained, kind), out)
}

fn file(model: &Model, bytes: Result<Vec<u8>, ConvertError>, out: &Path) -> Result<Written, Error> {
    let bytes = bytes.map_err(|e| unconverted(&e))?;
    out::write(out, &bytes)?;
    Ok(told(model, &bytes, out))
}

/// Writes a folder of C.
pub fn c(model: &Model, options: &embed::Options, out: &Path) -> Result<Written, Error> {
    let (files, sizes) = embed::files(model, options).map_err(unembedded)?;
    out::make_place(out)?;
    embed::folder::replace(out, &files).map_err(unembedded)?;
    let first = format!(
        "{}: {} as the C library {}; {0}/README.md says what to copy; try it with: make -C {0} test",
        out::name(out),
        Counted(weights(model), "weight"),
        options.name.library(),
    );
    let boards = embed::boards::lines(sizes).into_iter();
    Ok(Written {
        lines: [first].into_iter().chain(boards).collect(),
        bytes: files.iter().map(|(_, text)| text.len()).sum(),
        integers: Some(Integers::from(sizes)),
    })
}

/// Writes a folder with a crate of Rust.
pub fn rust(model: &Model, options: &embed::Options, out: &Path) -> Result<Written, Error> {
    let files = embed::rust::files(model, &options.name).map_err(unembedded)?;
    out::make_place(out)?;
    embed::folder::replace(out, &files).map_err(unembedded)?;
    let line = format!(
        "{}: {} as a crate of Rust without std; {0}/README.md says how it is called; try it with: cargo test --release --manifest-path {0}/Cargo.toml",
        out::name(out),
        Counted(weights(model), "weight"),
    );
    Ok(Written {
        lines: vec![line],
        bytes: files.iter().map(|(_, text)| text.len()).sum(),
        integers: integers(model),
    })
}

/// Writes a page for a browser, and what it is made of beside it.
pub fn web(
    model: &Model,
    examples: Vec<page::Example>,
    tested: Option<Tested>,
    out: &Path,
) -> Result<Written, Error> {
    let tested = tested.map(|tested| web::Tested {
        wrong: tested.wrong,
        images: tested.images,
    });
    let options = page::Options::default()
        .with_examples(examples)
        .with_tested(tested);
    let files = page::files(model, &options).map_err(unembedded)?;
    let line = format!(
        "{0}: {1} in a page; open {0}/index.html in a browser, or put the folder on any server",
        out::name(out),
        Counted(weights(model), "weight"),
    );
    folder(model, &files, line, out)
}

/// Writes a package of npm.
pub fn npm(model: &Model, name: &npm::PackageName, out: &Path) -> Result<Written, Error> {
    let files = npm::files(model, name).map_err(unembedded)?;
    let line = format!(
        "{0}: {1} as a package of npm; {0}/README.md says how it is called; take it into a project with: npm install file:{2}",
        out::name(out),
        Counted(weights(model), "weight"),
        shell::folder(out),
    );
    folder(model, &files, line, out)
}

fn folder(model: &Model, files: &[web::File], line: String, out: &Path) -> Result<Written, Error> {
    out::make_place(out)?;
    embed::folder::replace(out, files).map_err(unembedded)?;
    Ok(Written {
        lines: vec![line],
        bytes: files.iter().map(|(_, bytes)| bytes.len()).sum(),
        integers: integers(model),
    })
}

/// What a network takes in integers, which C has counted to the byte.
fn integers(model: &Model) -> Option<Integers> {
    embed::sizes(model).ok().map(Integers::from)
}

fn told(model: &Model, bytes: &[u8], out: &Path) -> Written {
    let line = format!(
        "{}: {} weights in {} bytes",
        out::name(out),
        weights(model),
        bytes.len()
    );
    Written {
        lines: vec![line],
        bytes: bytes.len(),
        integers: None,
    }
}

/// How many weights the convolutions have.
pub fn weights(model: &Model) -> usize {
    model.convs().iter().map(|conv| conv.weight_count()).sum()
}

pub fn unconverted(error: &ConvertError) -> Error {
    // Flags that contradict each other.
    if matches!(error, ConvertError::Opset { .. }) {
        return Error::Usage(format!(
            "{error}; leave --opset out, or export with --weights float"
        ));
    }
    let way_out = match error {
        ConvertError::NoTraining => "; export the run with --run DIR, or give --weights signs",
        ConvertError::TooLarge { .. } => "; export it with --weights packed, or --to onebit",
        ConvertError::NoName { .. } | ConvertError::Operation { .. } => {
            "; export it in another form"
        }
        _ => "",
    };
    Error::Failed(format!("{error}{way_out}"))
}

fn unembedded(error: EmbedError) -> Error {
    match error {
        EmbedError::Folder { .. } => Error::Usage(format!("{error}; choose another --out")),
        EmbedError::Tool { package, .. } => {
            Error::Failed(format!("{error}; install Debian's {package}"))
        }
        EmbedError::Large { .. } => Error::Failed(format!(
            "{error}; export a smaller network, or one for smaller images"
        )),
        EmbedError::Name { .. } | EmbedError::PackageName { .. } => {
            Error::Usage(format!("--{error}"))
        }
        EmbedError::ClassName { .. } => Error::Failed(format!("{error}; give another name")),
        EmbedError::Model(error) => error.into(),
        _ => Error::Failed(error.to_string()),
    }
}
