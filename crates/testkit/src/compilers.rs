//! Compilers of C and C++, make, and CMake.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Need, attempt, prints};

/// Both C and C++, with a header and a function of the standard library.
const SOURCE: &str = "#include <stdio.h>\n\nint main(void)\n{\n    return puts(\"made\") < 0;\n}\n";
/// What exports bring along, in short.
const MAKEFILE: &str = "CFLAGS ?= -O2\nCFLAGS += -std=c99 -Wall -Wextra -Werror -pedantic\n\nmain: main.c\n\t$(CC) $(CFLAGS) main.c -o $@\n";
const PROJECT: &str = "cmake_minimum_required(VERSION 3.13)\nproject(probe C)\nadd_executable(main main.c)\nenable_testing()\nadd_test(NAME main COMMAND main)\n";
fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
}

fn run_main(folder: &Path) -> Result<(), String> {
    prints(folder, &mut Command::new(folder.join("main")), "made")
}

/// A compiler whose program, compiled and linked with these flags, runs: flags such as `-fsanitize=address` need more
/// than the compiler.
pub fn compiler(program: &'static str, flags: &[&'static str], install: &str) -> Need {
    let flags = flags.to_vec();
    let name = format!("{program} {}", flags.join(" "));
    Need::new(name, install, move |folder| {
        write(folder, "main.c", SOURCE)?;
        let mut compile = Command::new(program);
        compile.args(&flags).args(["main.c", "-o", "main"]);
        attempt(folder, &mut compile)?;
        run_main(folder)
    })
}

/// `make`, and the C compiler that it finds.
pub fn make() -> Need {
    let install = "install Debian's make and gcc";
    Need::new("make with a C compiler", install, |folder| {
        write(folder, "main.c", SOURCE)?;
        write(folder, "Makefile", MAKEFILE)?;
        attempt(folder, &mut Command::new("make"))?;
        run_main(folder)
    })
}

/// CMake that makes a library and a program of C, and runs it as a test.
pub fn cmake() -> Need {
    let install = "install Debian's cmake, make and gcc";
    Need::new("cmake with a C compiler", install, |folder| {
        write(folder, "main.c", SOURCE)?;
        write(folder, "CMakeLists.txt", PROJECT)?;
        attempt(folder, Command::new("cmake").args([".", "-B", "build"]))?;
        attempt(folder, Command::new("cmake").args(["--build", "build"]))?;
        let mut test = Command::new("ctest");
        prints(folder, test.args(["--test-dir", "build", "-V"]), "made")
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A program that is there, and does not do all of the task.
    fn broken(folder: &Path, script: &str) -> &'static str {
        // A shell writes it: no process that another test starts can hold a file open that this one has closed.
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" > cc; chmod +x cc"#;
        let mut sh = Command::new("sh");
        attempt(folder, sh.args(["-c", write, "sh", script])).unwrap();
        folder.join("cc").display().to_string().leak()
    }

    #[test]
    fn a_compiler_that_is_there_and_broken_is_missing() {
        for (script, words) in [
            // As clang does without the sanitizers' libraries.
            (
                "echo 'ld: cannot find libclang_rt.asan.a' >&2; exit 1",
                "cc fails: ld: cannot find libclang_rt",
            ),
            ("exit 0", "main: "),
            (
                "printf '#!/bin/sh\\nexit 127\\n' > main; chmod +x main",
                "main fails",
            ),
            (
                "printf '#!/bin/sh\\n' > main; chmod +x main",
                "main does not print `made`",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let program = broken(folder.path(), script);
            let need = compiler(program, &["-fsanitize=address"], "install it");
            let trouble = need.outcome().unwrap_err();
            assert!(trouble.contains(words), "{script}: {trouble}");
        }
    }
}
