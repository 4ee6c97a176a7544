//! The folder of an export: the library, programs that use it, and what the tools of boards read.

use runtime::Model;
use runtime::integer::Network;

use crate::memory::Memory;
use crate::{EmbedError, File, Options, Sizes, model_header, readme, selftest, source};

/// A file of the folder from its template.
macro_rules! template {
    ($place:literal, $template:literal) => {
        ($place, include_str!(concat!("../templates/", $template)))
    };
}

/// The library's files that are the same for every network but for its name.
const LIBRARY: [(&str, &str); 3] = [
    template!("onebit.c", "onebit.c"),
    template!("onebit_pixels.c", "onebit_pixels.c"),
    template!("onebit_camera.c", "onebit_camera.c"),
];

/// What stands around it.
const AROUND: [(&str, &str); 11] = [
    template!("Makefile", "folder/Makefile"),
    template!("CMakeLists.txt", "folder/CMakeLists.txt"),
    template!("library.properties", "folder/library.properties"),
    template!("library.json", "folder/library.json"),
    template!("idf_component.yml", "folder/idf_component.yml"),
    template!("zephyr/module.yml", "folder/zephyr/module.yml"),
    template!("zephyr/Kconfig", "folder/zephyr/Kconfig"),
    template!("zephyr/CMakeLists.txt", "folder/zephyr/CMakeLists.txt"),
    template!("examples/computer/main.c", "folder/examples/computer.c"),
    template!("examples/board/main.c", "folder/examples/board.c"),
    template!("examples/sketch/sketch.ino", "folder/examples/sketch.ino"),
];

/// The library alone, without the self-test: names of files, which lie side by side.
fn library(
    model: &Model,
    network: &Network,
    options: &Options,
) -> Result<(Vec<File>, Sizes), EmbedError> {
    let name = &options.name;
    let memory = Memory::of(network, model.conv_names())?;
    let (header, flash) = model_header::text(network, &memory, model.class_names(), name)?;
    let sizes = Sizes {
        flash,
        ram: memory.bytes(),
    };
    let public = source::public_header(model, network, sizes, options);
    let mut files = vec![
        (name.put_on("onebit.h"), public),
        (name.put_on("onebit_model.h"), header),
    ];
    files.extend(LIBRARY.map(|(file, text)| (name.put_on(file), name.put_on(text))));
    Ok((files, sizes))
}

/// The whole folder.
pub(crate) fn files(model: &Model, options: &Options) -> Result<(Vec<File>, Sizes), EmbedError> {
    let name = &options.name;
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let (mut library, sizes) = library(model, &network, options)?;
    let logits = selftest::logits(&network, model.input())?;
    let test = name.put_on(include_str!("../templates/onebit_selftest.c"));
    let test = test.replace("@LOGITS@", &selftest::rows(&logits));
    library.push((name.put_on("onebit_selftest.c"), test));

    let mut files = vec![(
        "README.md".to_owned(),
        readme::text(model, &network, sizes, options),
    )];
    files.extend(
        library
            .into_iter()
            .map(|(file, text)| (format!("src/{file}"), text)),
    );
    files.extend(AROUND.map(|(file, text)| (file.to_owned(), name.put_on(text))));
    Ok((files, sizes))
}

#[cfg(test)]
mod tests {
    use crate::Name;

    use super::*;

    /// No template has a place that nobody fills, and none is called by the usual name when it has another.
    #[test]
    fn a_name_is_put_on_everything() {
        let name: Name = "parts".parse().unwrap();
        for (file, text) in LIBRARY.iter().chain(&AROUND) {
            let text = name.put_on(text);
            let mut places = text.split('@').skip(1);
            let left = places.find(|rest| rest.starts_with(char::is_uppercase));
            assert_eq!(left, None, "{file}");
            let known = text.replace("onebit_parts", "").replace("ONEBIT_PARTS", "");
            for word in ["onebit_", "ONEBIT", "onebit."] {
                assert!(!known.contains(word), "{word} in {file}");
            }
        }
    }
}
