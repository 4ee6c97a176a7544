//! The program with a library before the C library, which lets its operations on files fail: `file_faults/shim.c`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The library, compiled.
pub struct Shim {
    library: PathBuf,
    _folder: TempDir,
}

impl Shim {
    /// Compiles it; `None`, said aloud, where that cannot be.
    pub fn compile(test: &str) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            testkit::skipped(test, "no library is preloaded on this system");
            return None;
        }
        let flags = ["-shared", "-fPIC", "-O1"];
        let cc = testkit::compiler("cc", &[], "install Debian's gcc");
        if !testkit::ready(test, &[cc]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/file_faults/shim.c");
        let mut compile = Command::new("cc");
        compile.args(flags).arg("-o").arg(&library);
        super::success(compile.arg(source).arg("-ldl"));
        Some(Self {
            library,
            _folder: folder,
        })
    }

    /// Puts it before a program that works in `folder`.
    pub fn before(&self, command: &mut Command, folder: &Path) {
        command.env("LD_PRELOAD", &self.library);
        command.env("FAULT_FOLDER", folder);
    }
}
