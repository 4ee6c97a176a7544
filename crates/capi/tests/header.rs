//! The committed header is what cbindgen makes of the crate: functions, their types, constants and words.

use std::path::Path;

#[test]
fn the_header_is_that_of_the_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    // By its file: with the crate as a whole cbindgen would call cargo, which this runs in. It follows the modules.
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = builder.with_src(root.join("src/lib.rs"));
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();
    let path = root.join("include/onebit.h");
    if std::env::var_os("ONEBIT_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(
        there == made,
        "{} is not what src/ says; make it anew: ONEBIT_WRITE_HEADER=1 cargo test --release -p onebit-c --test header",
        path.display()
    );
    let mut names: Vec<&str> = made.lines().filter_map(declared).collect();
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert!(
        before > 0 && names.len() == before,
        "a function is declared twice"
    );
}

/// The name of the function whose declaration begins with a line.
fn declared(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    let begins = line.starts_with(|first: char| first.is_ascii_alphabetic());
    (begins && name.starts_with("onebit_")).then_some(name)
}
