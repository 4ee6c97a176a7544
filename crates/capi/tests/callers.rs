//! The foreign callers: C99, C++ and Python print the logits that the Rust engine computes, bit for bit, and
//! what C can do wrong is refused, under the sanitizers too.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runtime::pixels::{Channels, Fit, Orientation, Picture};
use runtime::{Activations, Engine, Model, Options, Preprocessing, Rejection, calibrate, margin};
use tempfile::TempDir;
use testkit::ready;

#[path = "../../runtime/tests/common/mod.rs"]
mod common;

use common::{Random, wide};

const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
const C99: [&str; 2] = ["-std=c99", "-O1"];
const CPP: [&str; 3] = ["-std=c++11", "-x", "c++"];
const SANITIZERS: [&str; 4] = [
    "-std=c99",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-g",
];
/// What Rust's own libraries ask for: `rustc --print native-static-libs`.
const NATIVE: [&str; 3] = ["-lpthread", "-ldl", "-lm"];
const IMAGES: usize = 7;

/// Where cargo puts the libraries of a tests' build: beside the tests.
fn libraries() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().to_owned()
}

fn shared() -> PathBuf {
    libraries().join(format!("{DLL_PREFIX}onebit{DLL_SUFFIX}"))
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether a compiler works under these flags; if not, says that `test` is skipped.
fn compiles(compiler: &'static str, flags: &[&'static str], test: &str) -> bool {
    let flags: Vec<&str> = STRICT.iter().chain(flags).copied().collect();
    let package = match flags.contains(&SANITIZERS[1]) {
        true => "gcc, libasan and libubsan",
        false => compiler,
    };
    let install = format!("install Debian's {package}");
    ready(test, &[testkit::compiler(compiler, &flags, &install)])
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A network with activation scales, the same without, images, and something else.
struct Files {
    folder: TempDir,
    model: Model,
    images: Vec<u8>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plain = wide(21, [3, 13, 18], 20, 1, 6).model().unwrap();
        let mut random = Random(4);
        let images: Vec<u8> = (0..IMAGES).flat_map(|_| random.image(&plain)).collect();
        let scales = calibrate(&plain, &images).unwrap();
        plain.save(&folder.path().join("plain.onebit")).unwrap();
        let model = plain.with_activation_scales(scales).unwrap();
        model.save(&folder.path().join("net.onebit")).unwrap();
        std::fs::write(folder.path().join("images"), &images).unwrap();
        Self {
            folder,
            model,
            images,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// That a program prints the classes and the logits of all images.
    fn agree(&self, what: &str, program: impl Fn() -> Command) {
        for (word, activations) in [("f32", Activations::F32), ("int8", Activations::Int8)] {
            for threads in [1, 2] {
                let mut engine = Engine::new(
                    &self.model,
                    Options::default()
                        .with_threads(threads)
                        .with_activations(activations),
                )
                .unwrap();
                let mut command = program();
                command.args([self.path("net.onebit"), self.path("images")]);
                let output = command.args([word, &threads.to_string()]).output().unwrap();
                assert!(output.status.success(), "{what}: {}", text(&output));
                let printed = String::from_utf8(output.stdout).unwrap();
                let lines: Vec<&str> = printed.lines().collect();
                assert_eq!(lines.len(), IMAGES, "{what}: {printed}");
                for (line, image) in lines.iter().zip(self.images.chunks(self.model.image_len())) {
                    let mut words = line.split('\t');
                    let class = engine.classify(image).unwrap();
                    assert_eq!(
                        words.next(),
                        Some(self.model.class_names()[class].as_str()),
                        "{what}"
                    );
                    let bits = |logit: &str| logit.parse::<f32>().unwrap().to_bits();
                    let found: Vec<u32> = words.map(bits).collect();
                    let logits = engine.logits(image).unwrap();
                    let expected: Vec<u32> = logits.iter().map(|logit| logit.to_bits()).collect();
                    assert_eq!(found, expected, "{what}, {word}, {threads} threads: {line}");
                }
            }
        }
    }

    /// A compiled program, linked with the shared library.
    fn compiled(&self, name: &str, compiler: &str, flags: &[&str], file: &str) -> PathBuf {
        let mut command = Command::new(compiler);
        command
            .args(STRICT)
            .args(flags)
            .arg("-I")
            .arg(source("include"));
        command
            .arg(source(file))
            .arg("-x")
            .arg("none")
            .arg(shared());
        command.arg(format!("-Wl,-rpath,{}", libraries().display()));
        self.built(name, command)
    }

    fn built(&self, name: &str, mut command: Command) -> PathBuf {
        let program = self.path(name);
        let output = command.arg("-o").arg(&program).output().unwrap();
        assert!(output.status.success(), "{name}: {}", text(&output));
        program
    }

    fn misuse(&self, program: &Path) {
        let mut command = Command::new(program);
        command.args(["net.onebit", "plain.onebit", "images"].map(|name| self.path(name)));
        let output = command.current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(text(&output), "all refused\n");
    }
}

#[test]
fn c99() {
    if !compiles("gcc", &C99, "the C interface from C") {
        return;
    }
    let files = Files::new();
    let program = files.compiled("c", "gcc", &C99, "examples/classify.c");
    files.agree("C99", || Command::new(&program));
    files.misuse(&files.compiled("misuse", "gcc", &C99, "tests/misuse.c"));

    // The example's own errors.
    for (arguments, code, words) in [
        (vec![], 2, "usage"),
        (
            vec!["missing", "images"],
            1,
            "missing: no such file or folder",
        ),
        (
            vec!["plain.onebit", "missing"],
            1,
            "missing: cannot be read",
        ),
        (
            vec!["plain.onebit", "plain.onebit"],
            1,
            "expected images of 702 bytes",
        ),
        (
            vec!["plain.onebit", "images", "int8"],
            1,
            "activation_scales",
        ),
    ] {
        let mut command = Command::new(&program);
        let output = command
            .args(arguments)
            .current_dir(files.folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert!(
            text(&output).contains(words),
            "no `{words}` in: {}",
            text(&output)
        );
    }
}

/// Pictures of any size and orientation are seen as the file says, and some are none of the classes.
#[test]
fn pictures_from_c() {
    if !compiles("gcc", &SANITIZERS, "pictures through the C interface") {
        return;
    }
    let files = Files::new();
    let program = files.compiled("see", "gcc", &SANITIZERS, "tests/see.c");
    let mut random = Random(5);
    let (mut classes, mut none) = (0, 0);
    for fit in Fit::ALL {
        // About the half of noise has a smaller margin.
        let model = files
            .model
            .clone()
            .with_preprocessing(Preprocessing::Fit(fit));
        let mut engine = Engine::new(&files.model, Options::default()).unwrap();
        let mut pictures = Vec::new();
        let mut seen = Vec::new();
        for orientation in 1..=8 {
            for channels in 1..=4 {
                let [width, height] = [0, 1].map(|_| 1 + (random.next() % 60) as u32);
                let len = (width * height * channels) as usize;
                let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
                let numbers = [width, height, channels, orientation].map(u32::to_le_bytes);
                pictures.extend([&numbers.concat(), &bytes[..]].concat());
                let kind = Channels::from_count(channels as usize).unwrap();
                let turned = Orientation::from_exif(orientation as u16).unwrap();
                let picture = Picture::new(&bytes, width, height, kind, turned).unwrap();
                let mut image = vec![0; files.model.image_len()];
                model.as_ref().unwrap().see(&picture, &mut image).unwrap();
                let logits = engine.logits(&image).unwrap().to_vec();
                seen.push((image, logits));
            }
        }
        let mut margins: Vec<f32> = seen.iter().map(|(_, logits)| margin(logits)).collect();
        margins.sort_by(f32::total_cmp);
        let rejection = Rejection::new(margins[margins.len() / 2], 0.5, margins.len());
        let model = model.unwrap().with_rejection(Some(rejection)).unwrap();
        model.save(&files.path("see.onebit")).unwrap();
        std::fs::write(files.path("pictures"), &pictures).unwrap();

        let mut command = Command::new(&program);
        let output = command.args(["see.onebit", "pictures"].map(|name| files.path(name)));
        let output = output.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut lines = printed.lines();
        assert_eq!(lines.next(), Some(fit.name()));
        for (image, logits) in &seen {
            let hexadecimal: String = image.iter().map(|byte| format!("{byte:02x}")).collect();
            let answer = match model.answer(logits) {
                Some(class) => model.class_names()[class].as_str(),
                None => "none",
            };
            let counted = if answer == "none" {
                &mut none
            } else {
                &mut classes
            };
            *counted += 1;
            assert_eq!(
                lines.next(),
                Some(&format!("{answer} {hexadecimal}")[..]),
                "{fit}"
            );
        }
        assert_eq!(lines.next(), None);
    }
    assert_eq!((classes, none), (48, 48));
}

#[test]
fn c_with_the_static_library() {
    if !compiles("gcc", &NATIVE, "the static library") {
        return;
    }
    let files = Files::new();
    let mut command = Command::new("gcc");
    command
        .arg("-std=c99")
        .args(STRICT)
        .arg("-I")
        .arg(source("include"));
    command
        .arg(source("examples/classify.c"))
        .arg(libraries().join("libonebit.a"));
    command.args(NATIVE);
    let program = files.built("static", command);
    files.agree("the static library", || Command::new(&program));
}

#[test]
fn c_plus_plus() {
    if !compiles("g++", &CPP, "the C interface from C++") {
        return;
    }
    let files = Files::new();
    let program = files.compiled("cpp", "g++", &CPP, "examples/classify.c");
    files.agree("C++", || Command::new(&program));
}

#[test]
fn python() {
    // One of 32 bits cannot load a library of 64.
    let task = format!(
        "assert ctypes.sizeof(ctypes.c_void_p) == {}",
        size_of::<usize>()
    );
    let Some(python) = testkit::python("the C interface from Python", "ctypes", &task) else {
        return;
    };
    let files = Files::new();
    files.agree("Python", || {
        let mut command = Command::new(&python);
        command.arg(source("examples/classify.py")).arg(shared());
        command
    });
}

#[test]
fn under_the_sanitizers() {
    if !compiles("gcc", &SANITIZERS, "the C interface under the sanitizers") {
        return;
    }
    let files = Files::new();
    let program = files.compiled("asan", "gcc", &SANITIZERS, "examples/classify.c");
    files.agree("the sanitizers", || Command::new(&program));
    let misuse = files.compiled("asan-misuse", "gcc", &SANITIZERS, "tests/misuse.c");
    files.misuse(&misuse);
}
