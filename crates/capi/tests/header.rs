//! The committed header is what cbindgen makes of the crate: functions, their types, constants and words.

use std::path::Path;

#[test]
fn the_header_is_that_of_the_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    // The sources one by one: with the crate as a whole cbindgen would call cargo, which this runs in.
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in ["lib", "status", "model", "picture", "engine"] {
        builder = builder.with_src(root.join(format!("src/{file}.rs")));
    }
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
}
