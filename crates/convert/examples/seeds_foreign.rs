//! Writes the smallest networks of each layout into the folders `mcdonnell`, `torch_packed` and
//! `torch_float` of a folder: the first seeds of the fuzz targets.

use std::{fs, io, path::Path};

use convert::{Options, torch_float, torch_packed};

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
    let dict = common::safetensors(&common::nets::torch());
    let options = Options::default();
    let model = torch_packed::import_from(Path::new("dict"), &dict, &options)
        .expect("a network of the port");
    let float = torch_float::export(&model, None, torch_float::Weights::Signs);
    write("torch_packed", "dict", dict)?;
    write("torch_float", "signs", float.expect("names for all layers"))
}
