//! The images that a page has to try: of a dataset, or pictures of one's own.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use data::Source;
use data::photo::{Decoder, MAX_FILE};
use embed::web::page::Example;
use pixels::Fit;
use runtime::{Model, Preprocessing, printable};
use word_list::Counted;

use crate::{Error, images};

/// The most images: each is in the page, and has to be found on a phone.
const MAX: usize = 16;
/// What decoding may take.
const MAX_DECODED: u64 = 2 << 30;

/// What `words` name, as the network reads it: of a dataset the first test image of each class, of a picture what the network
/// sees of it. Neither a file nor where it was leaves with it.
///
/// # Errors
///
/// When one is neither, cannot be read, or is not what the network takes, or there are too many.
pub fn of(words: &[String], model: &Model, root: &Path) -> Result<Vec<Example>, Error> {
    let mut examples = Vec::new();
    for word in words {
        let path = Path::new(word);
        match data::claims_picture(word) && path.is_file() {
            true => examples.push(picture(path, model)?),
            false => examples.extend(of_dataset(word, model, root)?),
        }
    }
    if examples.len() > MAX {
        return Err(Error::Usage(format!(
            "--examples: expected at most {}, found {}; name some pictures in place of a dataset",
            Counted(MAX, "image"),
            examples.len()
        )));
    }
    Ok(examples)
}

/// The first test image of each class, of as many classes as there is room for.
fn of_dataset(word: &str, model: &Model, root: &Path) -> Result<Vec<Example>, Error> {
    let dataset: Source = word
        .parse()
        .map_err(|e: data::DataError| Error::Usage(format!("--examples: {e}")))?;
    let config = images::as_seen_by(model, dataset);
    let test = images::load(&config, root)?.test;
    images::must_fit(model, &test, &config.dataset)?;
    let mut examples = Vec::new();
    for (class, name) in model.class_names().iter().enumerate().take(MAX) {
        let labels = &mut test.labels().iter();
        if let Some(index) = labels.position(|&label| usize::from(label) == class) {
            examples.push(Example::new(name, test.read(index)?.into_owned()));
        }
    }
    Ok(examples)
}

fn picture(path: &Path, model: &Model) -> Result<Example, Error> {
    let wrong = |why: String| {
        let path = printable(&path.display().to_string());
        Error::Failed(format!("--examples {path}: {why}"))
    };
    let mut bytes = Vec::new();
    // Before opening, because opening a pipe waits for its other end.
    let kind = fs::metadata(path).map_err(|e| Error::io("reading", path, &e))?;
    if !kind.is_file() || kind.len() > MAX_FILE {
        return Err(wrong(format!(
            "expected a file of at most {MAX_FILE} bytes"
        )));
    }
    let file = File::open(path).map_err(|e| Error::io("opening", path, &e))?;
    file.take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io("reading", path, &e))?;
    // As the page does where the packed file says nothing of other sizes.
    let crop = Preprocessing::Fit(Fit::Crop);
    let model = match model.preprocessing() {
        Preprocessing::None => model.clone().with_preprocessing(crop)?,
        _ => model.clone(),
    };
    let mut image = vec![0; model.image_len()];
    let seen = Decoder::new(MAX_DECODED)
        .decode(&bytes, |decoded| model.see(&decoded.picture(), &mut image));
    seen.map_err(wrong)??;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Example::new(name, image))
}
