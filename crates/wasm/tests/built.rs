//! The module that exports carry is what its sources make.

use std::path::Path;
use std::process::Command;

#[test]
#[cfg(unix)]
fn the_module_is_what_its_sources_make() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("build");
    let mut build = Command::new(script);
    // Cargo, which runs this, tells of itself by many variables.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME" {
            build.env_remove(name);
        }
    }
    build.env_remove("RUSTUP_TOOLCHAIN");
    let output = build.arg("--check").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    if let Some(reason) = said.trim().strip_prefix("SKIPPED ") {
        testkit::skipped("the module is what its sources make", reason);
        return;
    }
    assert!(said.contains("is what its sources make"), "{said}");
}
