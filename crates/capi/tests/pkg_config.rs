//! What is installed: pkg-config tells a compiler of it, wherever it lies.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runtime::Engine;
use testkit::{Need, prints, ready};

#[path = "../../runtime/tests/common/mod.rs"]
mod common;

use common::{Random, wide};

const TEST: &str = "the C library through pkg-config";

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn success(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(status.success(), "{command:?}\n{out}\n{err}");
    out
}

/// pkg-config, tried out on a library that is made up.
fn pkg_config() -> Need {
    let install = "install Debian's pkg-config";
    Need::new("pkg-config", install, |folder| {
        let text = "Name: made\nDescription: made\nVersion: 1\nCflags: -Imade\n";
        fs::write(folder.join("made.pc"), text).map_err(|error| error.to_string())?;
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", folder);
        prints(folder, command.args(["--cflags", "made"]), "-Imade")
    })
}

/// A folder that the recipe installed into, and what pkg-config says of it.
struct Installed(PathBuf);

impl Installed {
    fn ask(&self, flags: &[&str]) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", self.0.join("lib/pkgconfig"));
        let said = success(command.args(flags).arg("onebit"));
        said.split_whitespace().map(str::to_owned).collect()
    }

    /// The example, compiled with what pkg-config says: it prints the class of each image.
    fn answers(&self, flags: &[&str], folder: &Path) {
        let program = folder.join("classify");
        let mut compile = Command::new("gcc");
        compile.arg("-std=c99").arg(source("examples/classify.c"));
        compile.args(self.ask(flags)).arg("-o").arg(&program);
        success(&mut compile);
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", self.0.join("lib"));
        let said = success(run.args(["net.onebit", "images"]).current_dir(folder));

        let model = runtime::Model::load(&folder.join("net.onebit")).unwrap();
        let mut engine = Engine::new(&model, runtime::Options::default()).unwrap();
        let images = fs::read(folder.join("images")).unwrap();
        let images = images.chunks(model.image_len());
        let classes = images.map(|image| engine.classify(image).unwrap());
        let expected: Vec<&str> = classes
            .map(|class| &model.class_names()[class][..])
            .collect();
        let found = said.lines().map(|line| line.split('\t').next().unwrap());
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_program_is_compiled_by_what_pkg_config_says() {
    let gcc = testkit::compiler("gcc", &["-std=c99"], "install Debian's gcc");
    if !ready(TEST, &[gcc, pkg_config()]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let model = wide(21, [3, 13, 18], 8, 1, 6).model().unwrap();
    let mut random = Random(4);
    let images: Vec<u8> = (0..5).flat_map(|_| random.image(&model)).collect();
    model.save(&folder.join("net.onebit")).unwrap();
    fs::write(folder.join("images"), images).unwrap();

    // Where cargo puts the libraries of a tests' build: beside the tests.
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().unwrap();
    assert!(
        built
            .join(format!("{DLL_PREFIX}onebit{DLL_SUFFIX}"))
            .is_file()
    );
    let mut install = Command::new("sh");
    install.arg(source("install.sh")).arg("/prefix").arg(built);
    // Distributions install into a folder, and move what is there.
    let (before, moved) = (folder.join("before"), folder.join("moved"));
    success(install.env("DESTDIR", &before));
    fs::rename(before.join("prefix"), &moved).unwrap();
    let installed = Installed(moved);
    assert_eq!(
        installed.ask(&["--modversion"]),
        [env!("CARGO_PKG_VERSION")]
    );
    installed.answers(&["--cflags", "--libs"], folder);
    // Of the static library alone.
    fs::remove_file(
        installed
            .0
            .join("lib")
            .join(format!("{DLL_PREFIX}onebit{DLL_SUFFIX}")),
    )
    .unwrap();
    installed.answers(&["--cflags", "--libs", "--static"], folder);
}
