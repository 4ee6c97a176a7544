//! A package of npm.

use runtime::{Model, printable};
use serde_json::json;

use super::{File, common, filled, versioned};
use crate::{EmbedError, Name, VERSION};

/// Written out, since Node takes the first of the conditions that holds.
const PACKAGE: &str = include_str!("../../templates/web/package.json");
const INDEX: &str = include_str!("../../templates/web/index.js");
const NODE: &str = include_str!("../../templates/web/node.js");
const TYPES: &str = include_str!("../../templates/web/index.d.ts");
const README: &str = include_str!("../../templates/web/README.md");

/// What a package is called that nobody named.
const NAME: &str = "onebit-network";

/// The package of `model`, called `name` or `onebit-network`: module, packed file, an ES module for browsers and one for Node, types, README and
/// licences.
///
/// # Errors
///
/// As [`page::files`](super::page::files).
pub fn files(model: &Model, name: Option<&Name>) -> Result<Vec<File>, EmbedError> {
    let mut files = common(model)?;
    let name = name.map_or(NAME.into(), Name::to_string);
    let names: Vec<String> = files
        .iter()
        .map(|(name, _)| name.clone())
        .chain(["index.js", "index.d.ts", "node.js"].map(String::from))
        .collect();
    let text = |text: &str| json!(text).to_string();
    let description = format!(
        "A network with one bit per weight, for images of {} classes",
        model.classes()
    );
    let package = filled(
        PACKAGE,
        &[
            ("@NAME@", &text(&name)),
            ("@DESCRIPTION@", &text(&description)),
            ("@FILES@", &json!(names).to_string()),
            ("@VERSION@", &text(VERSION)),
        ],
    );
    let [channels, height, width] = model.input();
    let classes = model.class_names().iter().take(20);
    let classes: Vec<String> = classes
        .map(|name| printable(name).replace('`', "'"))
        .collect();
    let more = model.classes().saturating_sub(classes.len());
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let readme = versioned(README)
        .replace("@NAME@", &name)
        .replace("@INPUT@", &format!("{channels} x {height} x {width}"))
        .replace("@BYTES@", &model.image_len().to_string())
        // The last, since they are a stranger's words.
        .replace("@CLASSES@", &format!("`{}`{more}", classes.join("`, `")));
    files.extend([
        ("package.json".into(), package.into_bytes()),
        ("index.js".into(), versioned(INDEX).into_bytes()),
        ("index.d.ts".into(), versioned(TYPES).into_bytes()),
        ("node.js".into(), versioned(NODE).into_bytes()),
        ("README.md".into(), readme.into_bytes()),
    ]);
    Ok(files)
}
