//! Writes the smallest networks of each layout into the folders `mcdonnell` and `torch_packed` of a
//! folder: the first seeds of the fuzz targets.

use std::{fs, io, path::Path};

#[path = "../tests/common/mod.rs"]
mod common;

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).expect("usage: seeds FOLDER");
    let write = |target: &str, name: &str, file: Vec<u8>| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), file)
    };
    write("mcdonnell", "keras", common::mat(&common::nets::keras()))?;
    write("mcdonnell", "matlab", common::mat(&common::nets::matlab()))?;
    write(
        "torch_packed",
        "dict",
        common::safetensors(&common::nets::torch()),
    )
}
