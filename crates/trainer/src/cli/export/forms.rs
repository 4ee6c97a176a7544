//! The forms in which a network leaves.

use std::path::Path;

use convert::torch_float::{self, Trained};
use convert::{ConvertError, onnx};
use embed::EmbedError;
use runtime::{Model, RuntimeError, write_whole};

use crate::{Error, say};

/// Writes the packed file.
pub fn onebit(model: &Model, out: &Path) -> Result<(), Error> {
    model.save(out).map_err(failed)?;
    tell(out, &format!("{} one-bit weights", weights(model)));
    Ok(())
}

/// Writes an ONNX file.
pub fn onnx(model: &Model, kind: onnx::Weights, out: &Path) -> Result<(), Error> {
    file(model, onnx::export(model, kind), out)
}

/// Writes PyTorch's state dict, with what was `trained` where a run is exported.
pub fn safetensors(
    model: &Model,
    trained: Option<&Trained>,
    kind: torch_float::Weights,
    out: &Path,
) -> Result<(), Error> {
    file(model, torch_float::export(model, trained, kind), out)
}

fn file(model: &Model, bytes: Result<Vec<u8>, ConvertError>, out: &Path) -> Result<(), Error> {
    let bytes = bytes.map_err(|e| Error::Failed(e.to_string()))?;
    write_whole(out, &bytes).map_err(failed)?;
    tell(out, &format!("{} weights", weights(model)));
    Ok(())
}

/// Writes a folder of C.
pub fn c(model: &Model, out: &Path) -> Result<(), Error> {
    let (files, sizes) = embed::files(model).map_err(unembedded)?;
    embed::folder::replace(out, &files).map_err(unembedded)?;
    say(&format!(
        "{}: {} one-bit weights as C; try it with: make -C {0} && {0}/classify < IMAGES",
        out.display(),
        weights(model)
    ));
    embed::boards::lines(sizes)
        .iter()
        .for_each(|line| say(line));
    Ok(())
}

/// Writes a page for a browser.
pub fn web(model: &Model, out: &Path) -> Result<(), Error> {
    let page = embed::web::page(model).map_err(unembedded)?;
    write_whole(out, page.as_bytes()).map_err(failed)?;
    say(&format!(
        "{}: {} one-bit weights in a page of {} bytes; open it in a browser",
        out.display(),
        weights(model),
        page.len()
    ));
    Ok(())
}

fn tell(out: &Path, what: &str) {
    let bytes = std::fs::metadata(out).map_or(0, |file| file.len());
    say(&format!("{}: {what} in {bytes} bytes", out.display()));
}

fn weights(model: &Model) -> usize {
    model.convs().iter().map(|conv| conv.weight_count()).sum()
}

fn unembedded(error: EmbedError) -> Error {
    match error {
        EmbedError::Folder { .. } => Error::Usage(error.to_string()),
        _ => Error::Failed(error.to_string()),
    }
}

pub fn failed(error: RuntimeError) -> Error {
    Error::Failed(error.to_string())
}
