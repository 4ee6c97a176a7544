//! A page that runs a network in a browser, in one file without network, and what it is made of beside it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use runtime::Model;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{File, MODULE, PACKED, SCRIPT, Tested, common, filled, versioned};
use crate::EmbedError;

const PAGE: &str = include_str!("../../templates/web/page.html");
const STYLE: &str = include_str!("../../templates/web/page.css");
const LOGIC: &str = include_str!("../../templates/web/page.js");

/// What a page shows beside the network.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Images to try.
    pub examples: Vec<Example>,
    /// How the network did.
    pub tested: Option<Tested>,
}

/// An image to try.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Example {
    /// What it is called.
    pub name: String,
    /// Channels × height × width bytes, as the network reads them.
    pub image: Vec<u8>,
}

impl Example {
    /// An image by its name.
    pub fn new(name: impl Into<String>, image: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            image,
        }
    }
}

impl Options {
    /// With images to try.
    pub fn with_examples(mut self, examples: Vec<Example>) -> Self {
        self.examples = examples;
        self
    }

    /// With how the network did.
    pub fn with_tested(mut self, tested: Option<Tested>) -> Self {
        self.tested = tested;
        self
    }
}

/// A folder: `index.html`, which works alone, and beside it the module, the packed file and the class for pages of one's own.
///
/// # Errors
///
/// [`EmbedError::Model`] for networks that integers cannot compute, and for examples of another size than the network's.
pub fn files(model: &Model, options: &Options) -> Result<Vec<File>, EmbedError> {
    let mut files = common(model)?;
    let packed = files.iter().find(|(name, _)| name == PACKED);
    let page = page(model, packed.map_or(&[][..], |(_, bytes)| bytes), options)?;
    files.insert(0, ("index.html".into(), page.into_bytes()));
    Ok(files)
}

/// The page, as HTML.
fn page(model: &Model, packed: &[u8], options: &Options) -> Result<String, EmbedError> {
    let expected = model.image_len();
    if let Some(example) = options.examples.iter().find(|e| e.image.len() != expected) {
        let [channels, height, width] = model.input();
        return Err(EmbedError::Model(runtime::RuntimeError::Image {
            expected,
            shape: format!("{channels} x {height} x {width}"),
            found: example.image.len(),
        }));
    }
    let examples: Vec<_> = options
        .examples
        .iter()
        .map(|example| json!({"name": example.name, "image": STANDARD.encode(&example.image)}))
        .collect();
    let tested = options.tested.filter(|tested| tested.images > 0);
    let data = json!({
        "module": STANDARD.encode(zipped(MODULE)),
        "network": STANDARD.encode(packed),
        "examples": examples,
        "tested": tested.map(|tested| json!({"wrong": tested.wrong, "images": tested.images})),
    });
    // Inside of a script nothing but `<` could end it.
    let data = data.to_string().replace('<', "\\u003c");
    // The class is a module's for others, and a script's here: pages that are opened from a disk have no modules.
    let class = versioned(SCRIPT).replace("\nexport class ", "\nclass ");
    let script = format!("\"use strict\";\n{class}\n{LOGIC}");
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    Ok(filled(
        &versioned(PAGE),
        &[
            ("@SCRIPT_HASH@", &hash(&script)),
            ("@STYLE_HASH@", &hash(STYLE)),
            ("@STYLE@", STYLE),
            ("@DATA@", &data),
            ("@SCRIPT@", &script),
        ],
    ))
}

/// As browsers unpack it themselves: the page is less than half as long.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // A vector takes what it is given.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_end_where_they_should() {
        for text in [SCRIPT, LOGIC] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
        assert!(!STYLE.contains('<'));
        assert_eq!(SCRIPT.matches("\nexport ").count(), 2);
        assert_eq!(SCRIPT.matches("\nexport class ").count(), 2);
        let words = [
            "@SCRIPT_HASH@",
            "@STYLE_HASH@",
            "@STYLE@",
            "@DATA@",
            "@SCRIPT@",
        ];
        for word in words {
            assert_eq!(PAGE.matches(word).count(), 1, "{word}");
        }
    }
}
