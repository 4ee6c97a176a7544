//! A package of npm.

use runtime::{Model, printable};

use super::{File, common, versioned};
use crate::EmbedError;

pub use super::package_name::PackageName;

/// As text, since the order in it counts: Node takes the first entry that fits.
const PACKAGE: &str = include_str!("../../templates/web/package.json");
const INDEX: &str = include_str!("../../templates/web/index.js");
const NODE: &str = include_str!("../../templates/web/node.js");
const TYPES: &str = include_str!("../../templates/web/index.d.ts");
const README: &str = include_str!("../../templates/web/README.md");

/// The package of `model`, called `name`: module, packed file, an ES module for browsers and one for Node, types, README and
/// licences.
///
/// # Errors
///
/// As [`page::files`](super::page::files).
pub fn files(model: &Model, name: &PackageName) -> Result<Vec<File>, EmbedError> {
    let mut files = common(model)?;
    let name = name.to_string();
    let package = versioned(PACKAGE)
        .replace("@NAME@", &name)
        .replace("@CLASSES@", &model.classes().to_string());
    let [channels, height, width] = model.input();
    let classes = model.class_names().iter().take(20);
    let classes: Vec<String> = classes
        .map(|name| printable(name).replace(['`', '|'], "'"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_names_its_files() {
        let package: serde_json::Value = serde_json::from_str(PACKAGE).unwrap();
        let named = package["files"].as_array().unwrap().iter();
        let named: Vec<&str> = named.map(|name| name.as_str().unwrap()).collect();
        let net = include_bytes!("../../../zoo/models/cifar10-20-1.onebit");
        let files = files(&Model::read(net).unwrap(), &PackageName::default()).unwrap();
        // npm takes these whether they are named or not.
        let own = |name: &&str| !["package.json", "README.md"].contains(name);
        let names = files.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = names.filter(own).collect();
        names.sort_unstable();
        assert_eq!(named, names);
        let readme = files.iter().find(|(name, _)| name == "README.md");
        let readme = String::from_utf8_lossy(&readme.unwrap().1);
        assert!(!readme.contains('@'), "{readme}");
    }
}
