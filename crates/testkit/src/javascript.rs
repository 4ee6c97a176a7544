//! JavaScript outside of browsers.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Need, attempt, prints};

const PACKAGE: &str =
    r#"{"name": "probe", "version": "1.0.0", "type": "module", "exports": "./index.js"}"#;
const INDEX: &str = "export const made = WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) ? 'made' : 'none';\n";
const MAIN: &str = "import { made } from 'probe';\nconsole.log(made);\n";

/// Node with modules and WebAssembly, and npm, which packs a package and installs it without a registry.
pub fn npm() -> Need {
    let install = "install Debian's nodejs and npm";
    Need::new("node with npm", install, |folder| {
        let write = |name: &str, text: &str| -> Result<(), String> {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))
                .map_err(|e| format!("{name}: {e}"))?;
            fs::write(path, text).map_err(|error| format!("{name}: {error}"))
        };
        write("probe/package.json", PACKAGE)?;
        write("probe/index.js", INDEX)?;
        write("app/package.json", r#"{"private": true}"#)?;
        write("app/main.mjs", MAIN)?;
        attempt(&folder.join("probe"), &mut npm_in(folder, &["pack"]))?;
        let tarball = folder.join("probe/probe-1.0.0.tgz").display().to_string();
        attempt(
            &folder.join("app"),
            &mut npm_in(folder, &["install", &tarball]),
        )?;
        prints(
            &folder.join("app"),
            Command::new("node").arg("main.mjs"),
            "made",
        )
    })
}

/// npm that asks nobody, with its cache in a folder.
fn npm_in(folder: &Path, args: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(args)
        .args(["--offline", "--no-audit", "--no-fund"]);
    npm.arg("--cache").arg(folder.join("cache"));
    npm
}
