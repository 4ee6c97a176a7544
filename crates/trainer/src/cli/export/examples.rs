//! The images that a page has to try: of a dataset, or pictures of one's own.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use data::Source;
use data::photo::{Decoder, MAX_FILE};
use embed::web::page::Example;
use pixels::Fit;
use runtime::integer::{Forward, Network};
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
    // Of a dataset the classes are known, and with them whether the network is right.
    let mut right = None;
    for word in words {
        let path = Path::new(word);
        match data::claims_picture(word) && path.is_file() {
            true => examples.push(picture(path, model)?),
            false => {
                let known = of_dataset(word, model, root)?;
                let found = match right {
                    None => first_right(&known, model)?,
                    Some(_) => None,
                };
                right = right.or(found.map(|at| examples.len() + at));
                examples.extend(known.into_iter().map(|(_, example)| example));
            }
        }
    }
    if examples.len() > MAX {
        return Err(Error::Usage(format!(
            "--examples: expected at most {}, found {}; name some pictures in place of a dataset",
            Counted(MAX, "image"),
            examples.len()
        )));
    }
    // The page opens with the first; the others keep their order.
    if let Some(at) = right.filter(|_| first_is_of_data(words)) {
        examples[..=at].rotate_right(1);
    }
    Ok(examples)
}

/// Whether the first image is one of a dataset, and not a picture that somebody put there.
fn first_is_of_data(words: &[String]) -> bool {
    let first = words.first();
    first.is_some_and(|word| !(data::claims_picture(word) && Path::new(word).is_file()))
}

/// The first image that the network is right about.
fn first_right(known: &[(usize, Example)], model: &Model) -> Result<Option<usize>, Error> {
    let network = Network::new(model)?;
    let mut forward = Forward::new(&network);
    for (at, (class, example)) in known.iter().enumerate() {
        if network.answer(forward.logits(&example.image)?) == Some(*class) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The first test image of each class, with that class, of as many classes as there is room for.
fn of_dataset(word: &str, model: &Model, root: &Path) -> Result<Vec<(usize, Example)>, Error> {
    let path = Path::new(word);
    let dataset: Source = word.parse().map_err(|e: data::DataError| {
        let name = printable(word);
        let way_out = match data::claims_picture(word) {
            _ if path.exists() => String::new(),
            true => format!("; there is no file `{name}`"),
            false => format!("; data of your own are named by a path, such as `./{name}`"),
        };
        Error::Usage(format!("--examples: {e}{way_out}"))
    })?;
    let config = images::as_seen_by(model, dataset);
    let test = images::load(&config, root)?.test;
    images::must_fit(model, &test, &config.dataset)?;
    let mut examples = Vec::new();
    for (class, name) in model.class_names().iter().enumerate().take(MAX) {
        let labels = &mut test.labels().iter();
        if let Some(index) = labels.position(|&label| usize::from(label) == class) {
            examples.push((class, Example::new(name, test.read(index)?.into_owned())));
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
