//! Lists the packed files of `models/`, so that a model is a file and its card, and no line of code.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=models");
    let mut names: Vec<String> = fs::read_dir("models")
        .expect("the folder `models` lies beside build.rs")
        .map(|entry| entry.expect("the folder can be read").file_name())
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".onebit")?.to_owned()))
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in &names {
        // Never what a command would take for a path or a flag.
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        assert!(
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain),
            "models/{name}.onebit: expected a name of a-z, 0-9, `-` and `.` that begins with a letter"
        );
        assert!(
            Path::new(&format!("models/{name}.toml")).is_file(),
            "models/{name}.onebit: expected its card beside it, models/{name}.toml, found none"
        );
        let file =
            |end: &str| format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/models/{name}.{end}\")");
        writeln!(
            list,
            "    Packaged {{ name: {name:?}, bytes: include_bytes!({}), card: include_str!({}) }},",
            file("onebit"),
            file("toml")
        )
        .expect("a text takes all");
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("models.rs"), list).expect("the output folder takes a file");
}
