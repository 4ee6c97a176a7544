//! A packed file in, an ONNX file and a state dict for PyTorch out:
//!
//! ```text
//! cargo run --release -p onebit-convert --example export -- net.onebit net.onnx net.safetensors
//! ```

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use convert::{Options, onnx, torch_float};
use runtime::{Model, write_whole};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [net, onnx, dict] = arguments.as_slice() else {
        eprintln!("usage: export NET.onebit NET.onnx NET.safetensors");
        return ExitCode::from(2);
    };
    match export(net.as_ref(), onnx.as_ref(), dict.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn export(net: &Path, onnx_file: &Path, dict_file: &Path) -> Result<(), Box<dyn Error>> {
    let model = Model::load(net)?;
    println!(
        "{} convolutions, {} classes",
        model.convs().len(),
        model.classes()
    );

    // With `onnx::Weights::Float` the file would hold 32 bits a weight, which some runtimes run faster.
    let bytes = onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed))?;
    write_whole(onnx_file, &bytes)?;
    println!("{}: {} bytes", onnx_file.display(), bytes.len());

    // The weights that count, ±scale. A run has its latent weights and its norms' moments too, which
    // `Some(&trained)` would write.
    let bytes = torch_float::export(&model, None, torch_float::Weights::Signs)?;
    write_whole(dict_file, &bytes)?;
    println!("{}: {} bytes", dict_file.display(), bytes.len());

    // The state dict comes back as the network that it was.
    let again = torch_float::import(dict_file, &Options::default())?.model;
    println!(
        "read again: {}",
        match again.convs() == model.convs() {
            true => "the same convolutions",
            false => "other convolutions",
        }
    );
    Ok(())
}
