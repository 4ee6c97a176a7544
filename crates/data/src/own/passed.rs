//! What is passed over in a user's data, and why.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many examples of each reason are kept.
const EXAMPLES: usize = 5;

/// Files and folders that are passed over for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PassedOver {
    /// Why, as a phrase such as `hidden`.
    pub reason: String,
    /// How many; a folder counts once, with all that is in it.
    pub count: usize,
    /// The first few, by their paths within the data.
    pub examples: Vec<String>,
}

/// Collects what is passed over.
#[derive(Default)]
pub(crate) struct Passed(BTreeMap<String, (usize, Vec<String>)>);

impl Passed {
    pub(crate) fn add(&mut self, reason: impl Into<String>, name: &str) {
        let (count, examples) = self.0.entry(reason.into()).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(name.to_owned());
        }
    }

    pub(crate) fn list(&self) -> Vec<PassedOver> {
        let entry = |(reason, (count, examples)): (&String, &(usize, Vec<String>))| PassedOver {
            reason: reason.clone(),
            count: *count,
            examples: examples.clone(),
        };
        self.0.iter().map(entry).collect()
    }
}

/// Why a file or folder of this name is no part of the data; programs leave such things behind.
pub(crate) fn leftover(name: &str) -> Option<&'static str> {
    const SYSTEM: [&str; 13] = [
        "@eadir",
        "@recycle",
        "#recycle",
        "__macosx",
        "__pycache__",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "picasa.ini",
    ];
    let lower = name.to_lowercase();
    if SYSTEM.contains(&&*lower) {
        Some("left there by a system")
    } else if name.starts_with('.') || name.starts_with("~$") {
        Some("hidden")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_programs_are_known_and_pictures_are_none() {
        for name in [
            ".ipynb_checkpoints",
            "@eaDir",
            "__MACOSX",
            "Thumbs.db",
            ".DS_Store",
        ] {
            assert!(leftover(name).is_some(), "{name}");
        }
        for name in ["cat", "0", "a.png", "_x", "été", "Icon.png"] {
            assert!(leftover(name).is_none(), "{name}");
        }
    }

    #[test]
    fn reasons_are_counted_with_a_few_examples() {
        let mut passed = Passed::default();
        (0..9).for_each(|i| passed.add("hidden", &format!(".{i}")));
        passed.add("a link", "l");
        let list = passed.list();
        assert_eq!(
            (list[0].count, &list[0].examples[..]),
            (1, &["l".to_owned()][..])
        );
        assert_eq!((list[1].count, list[1].examples.len()), (9, EXAMPLES));
    }
}
