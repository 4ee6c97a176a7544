//! Writes small packed files into a folder: the first seeds of the fuzz target.

use std::path::Path;

use runtime::Model;

#[path = "../tests/common/mod.rs"]
mod common;

fn main() -> Result<(), runtime::RuntimeError> {
    let folder = std::env::args().nth(1).expect("usage: seeds FOLDER");
    for (name, parts) in common::variants() {
        let name: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        Model::new(parts)?.save(&Path::new(&folder).join(name))?;
    }
    Model::new(common::wide(1, [1, 4, 4], 2, 1, 2))?.save(&Path::new(&folder).join("small"))
}
