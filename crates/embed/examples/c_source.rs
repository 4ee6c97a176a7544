//! A network as C source for a microcontroller, in a new folder:
//!
//! ```text
//! cargo run --release -p onebit-embed --example c_source -- DIR
//! cargo run --release -p onebit-embed --example c_source -- DIR net.onebit
//! ```
//!
//! Without a packed file the network is one that was never trained. `make -C DIR` compiles it.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use embed::boards::BOARDS;
use graph::{Net, NetOptions};
use runtime::{Affine, Conv, Model, Parts, Scale, Weights, calibrate};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (folder, net) = match arguments.as_slice() {
        [folder] => (folder, None),
        [folder, net] => (folder, Some(net)),
        _ => {
            eprintln!("usage: c_source DIR [NET.onebit]");
            return ExitCode::from(2);
        }
    };
    match write(folder.as_ref(), net.map(Path::new)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path, net: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let model = match net {
        Some(net) => Model::load(net)?,
        None => untrained()?,
    };
    let (files, sizes) = embed::files(&model, &embed::Options::default())?;
    embed::folder::replace(folder, &files)?;
    for (name, text) in &files {
        println!("{:>8} bytes  {}", text.len(), folder.join(name).display());
    }
    println!(
        "the network takes {} bytes of flash and {} of RAM; it fits on:",
        sizes.flash, sizes.ram
    );
    for board in BOARDS.iter().filter(|board| board.fits(sizes)) {
        println!("  {}", board.name);
    }
    Ok(())
}

/// `wrn-8-1` for images of 1×28×28, with signs of no meaning.
fn untrained() -> Result<Model, Box<dyn Error>> {
    let net: Net = "wrn-8-1".parse()?;
    let graph = net.graph(&NetOptions::new([1, 28, 28], 10))?;
    let mut signs = (0u32..).map(|n| n.wrapping_mul(2_654_435_761) >> 31 == 1);
    let convs = graph.convs().map(|(node, op)| {
        let [out, inputs, kernel, _] = graph.weight_shape(node);
        let row = inputs * kernel * kernel;
        Conv {
            in_channels: inputs,
            out_channels: out,
            kernel,
            stride: op.stride,
            weights: Weights::Signs {
                scale: Scale::Layer((2.0 / row as f32).sqrt()),
                bits: Conv::pack(signs.by_ref().take(out * row), row),
            },
        }
    });
    let convs = convs.collect();
    let norms = graph.norms().map(|node| {
        let channels = graph.input_shape(node)[0];
        // Pixels are 0 to 255.
        let scale = if graph.is_input_norm(node) {
            1.0 / 64.0
        } else {
            0.5
        };
        Affine {
            scale: vec![scale; channels],
            offset: vec![0.0; channels],
        }
    });
    let norms = norms.collect();
    let model = Model::new(Parts::new(graph, norms, convs))?;
    // Integers need the step of each convolution's input, which images tell.
    let image: Vec<u8> = (0..model.image_len()).map(|n| (n * 31) as u8).collect();
    let steps = calibrate(&model, &image)?;
    Ok(model.with_activation_scales(steps)?)
}
