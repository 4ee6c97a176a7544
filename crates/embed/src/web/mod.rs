//! A network for browsers and for JavaScript elsewhere, which needs no tool on the machine that exports it.
//!
//! One module of WebAssembly reads any packed file (crate `onebit-wasm`, built by `crates/wasm/build`); it is carried by this
//! crate. [`page::files`] puts it into a page that runs without a server, [`npm::files`] into a package of npm. Both have the
//! same class for JavaScript (`templates/web/onebit.js`).

pub mod npm;
mod package_name;
pub mod page;

use runtime::Model;
use runtime::integer::Network;

use crate::{EmbedError, VERSION};

/// The module, as it is compiled.
pub const MODULE: &[u8] = include_bytes!("../../templates/web/onebit.wasm");
/// The licences of what is linked into it.
const LICENSES: &str = include_str!("../../templates/web/LICENSES.md");
/// The class for JavaScript, and its types.
const SCRIPT: &str = include_str!("../../templates/web/onebit.js");
const TYPES: &str = include_str!("../../templates/web/onebit.d.ts");

/// How the packed file is called.
const PACKED: &str = "net.onebit";

/// A file's name, with `/` where it is in a folder of its own, and its bytes.
pub type File = (String, Vec<u8>);

/// How a network did on test images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Images that were taken for another class.
    pub wrong: usize,
    /// Images in all.
    pub images: usize,
}

/// Text in which the version of this program stands.
fn versioned(text: &str) -> String {
    text.replace("@VERSION@", VERSION)
}

/// A template with its words filled in, each once and in this order; what is filled in is not looked at again.
fn filled(template: &str, words: &[(&str, &str)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    for (word, text) in words {
        if let Some((before, behind)) = rest.split_once(word) {
            page.push_str(before);
            page.push_str(text);
            rest = behind;
        }
    }
    page + rest
}

/// What each export has: module, packed file, class and licences.
fn common(model: &Model) -> Result<Vec<File>, EmbedError> {
    // Refused here, and not by the module in somebody's browser.
    Network::new(model).map_err(EmbedError::Model)?;
    let packed = model.write().map_err(EmbedError::Model)?;
    Ok(vec![
        ("onebit.js".into(), versioned(SCRIPT).into_bytes()),
        ("onebit.d.ts".into(), versioned(TYPES).into_bytes()),
        ("onebit.wasm".into(), MODULE.into()),
        (PACKED.into(), packed),
        ("LICENSES.md".into(), LICENSES.into()),
    ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_filled_in_is_text() {
        let words = [("@A@", "@B@"), ("@B@", "b")];
        assert_eq!(super::filled("<@A@|@B@>", &words), "<@B@|b>");
    }

    /// What everybody downloads with the program, and with a page.
    #[test]
    fn the_module_is_small() {
        assert!(super::MODULE.starts_with(b"\0asm"));
        assert!(super::MODULE.len() < 420_000, "{}", super::MODULE.len());
    }
}
