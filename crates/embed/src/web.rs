//! A page that runs a network in a browser: the C code as WebAssembly, in one file without network.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::integer::Network;
use runtime::{Model, Preprocessing};
use serde_json::json;

use crate::{EmbedError, Options, c_folder};

const CLANG: &str = "clang";
const LINKER: &str = "wasm-ld";
/// Sums of pixels side by side become vectors; every browser of the last years has them.
const FLAGS: [&str; 8] = [
    "--target=wasm32",
    "-msimd128",
    "-O3",
    "-std=c99",
    "-ffreestanding",
    "-fno-ident",
    "-I.",
    "-c",
];
/// The library's copies of four bytes are one instruction each; what defines `memcpy` must not call it.
const OBJECTS: [(&str, &str, &str); 3] = [
    ("onebit.c", "onebit.o", "-fbuiltin"),
    ("onebit_pixels.c", "onebit_pixels.o", "-fbuiltin"),
    ("wasm.c", "wasm.o", "-fno-builtin"),
];

/// The page, as HTML, for a picture: drawn, where the network reads one channel, or dropped.
///
/// # Errors
///
/// As [`files`](crate::files), and [`EmbedError::Tool`] when clang or its linker for WebAssembly is not there.
pub fn page(model: &Model) -> Result<String, EmbedError> {
    let code = compiled(model)?;
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let [channels, height, width] = model.input();
    let bits = |conv: &runtime::Conv| conv.weight_count() * conv.weights.storage().bits();
    let bits: usize = model.convs().iter().map(bits).sum();
    let size = |bytes: usize| format!("{:.1} KB", bytes as f64 / 1e3);
    let mut about: Vec<(&str, String)> = vec![
        ("weights", format!("{bits} bits")),
        ("model and code", size(code.len())),
    ];
    let provenance = model
        .provenance()
        .iter()
        .filter(|(key, _)| *key != "weights");
    about.extend(provenance.map(|(key, value)| (key.as_str(), value.clone())));
    let network = json!({
        "channels": channels,
        "height": height,
        "width": width,
        "names": model.class_names(),
        "logitBits": network.logit_bits,
        "about": about,
        "wasm": STANDARD.encode(&code),
    });
    // Inside of a script nothing but `<` could end it.
    let network = network.to_string().replace('<', "\\u003c");
    Ok(include_str!("../templates/page.html").replace("@NETWORK@", &network))
}

/// The library as a module of WebAssembly.
fn compiled(model: &Model) -> Result<Vec<u8>, EmbedError> {
    let (mut files, _) = c_folder::library(model, &Options::default())?;
    for (name, text) in [
        ("wasm.c", include_str!("../templates/wasm.c")),
        ("string.h", include_str!("../templates/string.h")),
    ] {
        files.push((name.into(), text.into()));
    }
    run(CLANG, Path::new("."), ["--version"])?;
    run(LINKER, Path::new("."), ["--version"])?;
    let io = |doing: &'static str, path: &Path| {
        let path = path.to_owned();
        move |source| EmbedError::Io {
            path,
            doing,
            source,
        }
    };
    let folder = tempfile::tempdir().map_err(io("make a folder in", &std::env::temp_dir()))?;
    let folder = folder.path();
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(io("write", &path))?;
    }
    // Where the file says nothing of pictures of other sizes, a page takes their middle.
    let fit = match model.preprocessing() {
        Preprocessing::None => "-DONEBIT_FIT=ONEBIT_CROP",
        _ => "-DONEBIT_FIT=ONEBIT_PREPROCESSING",
    };
    for (source, object, builtin) in OBJECTS {
        run(
            CLANG,
            folder,
            FLAGS.iter().chain(&[builtin, fit, source, "-o", object]),
        )?;
    }
    // Pictures are put behind all else.
    let link = [
        "--no-entry",
        "--strip-all",
        "--export=__heap_base",
        "-z",
        "stack-size=16384",
    ];
    let objects = OBJECTS.iter().map(|(_, object, _)| object);
    run(
        LINKER,
        folder,
        link.iter().chain(objects).chain(&["-o", "net.wasm"]),
    )?;
    let module = folder.join("net.wasm");
    fs::read(&module).map_err(io("read", &module))
}

/// Runs a program to a successful end.
fn run<S: AsRef<OsStr>>(
    program: &'static str,
    folder: &Path,
    args: impl IntoIterator<Item = S>,
) -> Result<(), EmbedError> {
    let failed = |found: String| EmbedError::Tool {
        program: program.into(),
        purpose: "WebAssembly",
        found,
        package: "clang and lld",
    };
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output();
    let output = output.map_err(|e| failed(format!("none that starts ({e})")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said
        .lines()
        .find(|line| line.contains("error"))
        .unwrap_or("no word of why");
    Err(failed(format!("one that failed: {first}")))
}
