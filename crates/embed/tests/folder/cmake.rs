//! CMake, really run: the folder by itself, two of them in a project, and the files for ESP-IDF and Zephyr with stand-ins for
//! their functions.

use std::fs;
use std::path::Path;
use std::process::Command;

use embed::Options;
use testkit::{attempt, cmake, ready};

use crate::small;

/// Lets CMake write down how it compiles.
const COMMANDS: &str = "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON";

/// Configures and builds a project, and runs its tests.
fn built(project: &Path, flags: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let run = |command: &mut Command| {
        attempt(dir.path(), command).unwrap_or_else(|error| panic!("{command:?}: {error}"))
    };
    let mut configure = Command::new("cmake");
    configure
        .arg("-S")
        .arg(project)
        .args(["-B", "build"])
        .args(flags);
    run(&mut configure);
    // Optimised even where the project around it says nothing.
    if flags.contains(&COMMANDS) {
        let commands = fs::read_to_string(dir.path().join("build/compile_commands.json")).unwrap();
        let compiles = commands.lines().filter(|line| line.contains("\"command\""));
        let mut network = compiles.filter(|line| line.contains("src/onebit.c"));
        assert!(network.next().unwrap().contains(" -O2 "), "{commands}");
    }
    run(Command::new("cmake").args(["--build", "build"]));
    run(Command::new("ctest").args(["--test-dir", "build", "--no-tests=error", "-V"]))
}

fn exported(folder: &Path, name: &str) {
    let options = Options::default().with_name(name.parse().unwrap());
    small(3).export_with(&folder.join(name), &options);
}

#[test]
fn by_itself_it_tests_itself() {
    if !ready("an export with CMake", &[cmake()]) {
        return;
    }
    for name in ["onebit", "parts"] {
        let dir = tempfile::tempdir().unwrap();
        exported(dir.path(), name);
        let said = built(&dir.path().join(name), &[]);
        assert!(said.contains("5 images have the expected logits"), "{said}");
    }
}

const MAIN: &str = "#include \"onebit.h\"\n#include \"parts.h\"\n\
    int main(void)\n{\n    static uint8_t image[ONEBIT_IMAGE_BYTES];\n    static int32_t logits[ONEBIT_CLASSES];\n\
    \x20   return onebit_selftest(image, logits) != 0 || parts_selftest(image, logits) != 0;\n}\n";

#[test]
fn two_are_parts_of_a_project() {
    if !ready("two exports in a CMake project", &[cmake()]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    exported(dir.path(), "onebit");
    exported(dir.path(), "parts");
    fs::write(dir.path().join("main.c"), MAIN).unwrap();
    let project = "cmake_minimum_required(VERSION 3.13)\nproject(both C)\nenable_testing()\n\
        add_subdirectory(onebit)\nadd_subdirectory(parts)\nadd_executable(both main.c)\n\
        target_link_libraries(both PRIVATE onebit onebit_parts)\nadd_test(NAME both COMMAND both)\n";
    fs::write(dir.path().join("CMakeLists.txt"), project).unwrap();
    let said = built(dir.path(), &[COMMANDS]);
    assert!(
        said.contains("1 tests passed") || said.contains("0 tests failed out of 1"),
        "{said}"
    );
}

/// What the build systems of ESP-IDF and Zephyr give, as far as an export uses it.
const STAND_INS: &str = r#"cmake_minimum_required(VERSION 3.13)
project(stand_in C)
enable_testing()
macro(idf_component_register)
  cmake_parse_arguments(IDF "" "" "SRCS;INCLUDE_DIRS" ${ARGN})
  add_library(component STATIC ${IDF_SRCS})
  target_include_directories(component PUBLIC ${IDF_INCLUDE_DIRS})
endmacro()
function(zephyr_include_directories)
  foreach(folder ${ARGN})
    get_filename_component(folder "${folder}" ABSOLUTE)
    set_property(GLOBAL APPEND PROPERTY folders "${folder}")
  endforeach()
endfunction()
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC)
  set_property(GLOBAL PROPERTY library ${name})
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
if(ESP_PLATFORM)
  add_subdirectory(parts)
  set(library component)
else()
  set(CONFIG_ONEBIT_PARTS y)
  add_subdirectory(parts/zephyr)
  get_property(library GLOBAL PROPERTY library)
  get_property(folders GLOBAL PROPERTY folders)
  target_include_directories(${library} PUBLIC ${folders})
endif()
add_executable(program parts/examples/computer/main.c)
target_link_libraries(program PRIVATE ${library})
add_test(NAME program COMMAND program --selftest)
"#;

#[test]
fn esp_idf_and_zephyr_find_every_file() {
    if !ready("an export for ESP-IDF and Zephyr", &[cmake()]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    exported(dir.path(), "parts");
    fs::write(dir.path().join("CMakeLists.txt"), STAND_INS).unwrap();
    for flags in [&["-DESP_PLATFORM=1"][..], &[]] {
        let said = built(dir.path(), flags);
        assert!(said.contains("5 images have the expected logits"), "{said}");
    }
}
