//! The logits of [`runtime::integer`]: what an export in C must give.
//!
//! ```text
//! logits NET < IMAGES      a line for each image: the class, and all logits as integers
//! logits NET --c DIR       the C source of NET, in a new folder
//! logits NET --rust DIR    its crate
//! logits NET --web DIR     its page
//! logits NET --npm DIR     its package
//! ```

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use runtime::Model;
use runtime::integer::{Forward, Network};

fn run(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [file, rest @ ..] = args else {
        return Err("expected a packed file".into());
    };
    let model = Model::load(Path::new(file))?;
    if let [flag, folder] = rest
        && flag == "--c"
    {
        let (files, _) = embed::files(&model, &embed::Options::default())?;
        return Ok(embed::folder::replace(Path::new(folder), &files)?);
    }
    if let [flag, folder] = rest
        && flag == "--rust"
    {
        let files = embed::rust::files(&model, &embed::Name::default())?;
        return Ok(embed::folder::replace(Path::new(folder), &files)?);
    }
    if let [flag, folder] = rest
        && (flag == "--web" || flag == "--npm")
    {
        let files = match flag.as_str() {
            "--web" => embed::web::page::files(&model, &embed::web::page::Options::default())?,
            _ => embed::web::npm::files(&model, &Default::default())?,
        };
        return Ok(embed::folder::replace(Path::new(folder), &files)?);
    }
    let network = Network::new(&model)?;
    let mut forward = Forward::new(&network);
    let mut images = Vec::new();
    io::stdin().lock().read_to_end(&mut images)?;
    let mut out = io::stdout().lock();
    for image in images.chunks(model.image_len()) {
        let class = forward.classify(image)?;
        let logits: Vec<String> = forward.logits(image)?.iter().map(i32::to_string).collect();
        writeln!(out, "{class} {}", logits.join(" "))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
