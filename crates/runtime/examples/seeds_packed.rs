//! Writes small packed files into a folder: the first seeds of the fuzz target.

use std::path::Path;

#[path = "../tests/common/mod.rs"]
mod common;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: seeds FOLDER")?;
    let small = ("small", common::wide(1, [1, 4, 4], 2, 1, 2));
    for (name, parts) in common::variants().into_iter().chain([small]) {
        let name: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        std::fs::write(Path::new(&folder).join(name), parts.model()?.write()?)?;
    }
    Ok(())
}
