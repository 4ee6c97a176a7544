//! `onebit inspect`

use std::collections::BTreeMap;
use std::path::PathBuf;

use runtime::inspect::{Layer, Summary};
use runtime::{Model, Rejection, printable};
use serde::Serialize;

use super::{DataRoot, export};
use crate::carried::{self, Named, Packed};
use crate::{Error, note, say, say_json};

/// Show what is in a packed file: layers, bits, counts of +1 and -1, bytes against the least
/// possible
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit inspect net.onebit                  a packed file
  onebit inspect runs/mnist-wrn-20-4-1bit-1  what its packed file would hold
  onebit inspect cifar10-20-1                a built-in model")]
pub struct Args {
    /// A packed file, the folder of a run (seen as its packed file), or the name of a built-in
    /// model (`onebit models`)
    #[arg(value_name = "FILE|RUN|NAME")]
    file: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let Packed { model, bytes } =
        match args.file.is_dir() && !args.file.join(carried::IN_FOLDER).is_file() {
            true => {
                if let Some(line) = Named::of(&args.file, true).told() {
                    note(&line);
                }
                let model = export::packed(&args.file, &args.root.path())?;
                let bytes = model.write()?.len();
                Packed { model, bytes }
            }
            false => carried::load(&args.file)?,
        };
    let summary = Summary::new(&model, bytes);
    if args.json {
        let line = Line::new(&model, &summary);
        say_json(&serde_json::to_string(&line).expect("counts are JSON"));
        return Ok(());
    }
    say(&summary.to_string());
    for (key, value) in model.provenance() {
        // Words of whoever wrote the file.
        say(&format!("{}: {}", printable(key), printable(value)));
    }
    Ok(())
}

/// What --json prints.
#[derive(Serialize)]
struct Line<'a> {
    net: &'a Option<String>,
    /// Channels, height and width of an image.
    input: [usize; 3],
    class_names: &'a [String],
    preprocessing: String,
    /// `null` where no image is none of the classes.
    rejection: Option<Rejection>,
    /// Whether 8-bit activations have their steps.
    calibrated: bool,
    /// Of the map that skip connections add to, in integers.
    residual_bits: usize,
    layers: Vec<LayerLine<'a>>,
    sign_bits: usize,
    sign_bits_plus: usize,
    sign_bits_minus: usize,
    ternary_weights: usize,
    ternary_zeros: usize,
    eight_bit_weights: usize,
    float_weights: usize,
    weight_bytes: usize,
    min_weight_bytes: usize,
    floats: usize,
    file_bytes: usize,
    /// Words of whoever wrote the file.
    provenance: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct LayerLine<'a> {
    name: &'a str,
    /// Output channels, input channels, kernel, kernel.
    shape: [usize; 4],
    stride: usize,
    storage: &'a str,
    scale: &'a str,
    weights: usize,
    bits: usize,
    plus: usize,
    minus: usize,
    zeros: usize,
    bytes: usize,
}

impl<'a> From<&'a Layer> for LayerLine<'a> {
    fn from(layer: &'a Layer) -> Self {
        Self {
            name: &layer.name,
            shape: layer.shape,
            stride: layer.stride,
            storage: layer.storage,
            scale: layer.scale,
            weights: layer.weights,
            bits: layer.bits,
            plus: layer.plus,
            minus: layer.minus,
            zeros: layer.zeros,
            bytes: layer.bytes,
        }
    }
}

impl<'a> Line<'a> {
    fn new(model: &'a Model, summary: &'a Summary) -> Self {
        Self {
            net: &summary.net,
            input: summary.input,
            class_names: model.class_names(),
            preprocessing: summary.preprocessing.to_string(),
            rejection: summary.rejection,
            calibrated: model.activation_scales().is_some(),
            residual_bits: if summary.narrow_residual { 8 } else { 16 },
            layers: summary.layers.iter().map(LayerLine::from).collect(),
            sign_bits: summary.bits,
            sign_bits_plus: summary.plus,
            sign_bits_minus: summary.minus,
            ternary_weights: summary.ternary,
            ternary_zeros: summary.zeros,
            eight_bit_weights: summary.int8,
            float_weights: summary.real,
            weight_bytes: summary.weight_bytes,
            min_weight_bytes: summary.minimum_weight_bytes,
            floats: summary.floats,
            file_bytes: summary.file_bytes,
            provenance: model.provenance(),
        }
    }
}
