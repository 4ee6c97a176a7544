//! `trainer summary`

use embed::boards;
use model::{InputNorm, NetName, NetworkConfig, Summary, Weights};
use serde::Serialize;

use super::network;
use crate::footprint::Integers;
use crate::numbers::{grouped, size};
use crate::{Error, footprint, say};

/// Tell what a network costs: weights, memory and operations of each layer, for one image
#[derive(clap::Args)]
pub struct Args {
    /// The network, such as wrn-20-4
    #[arg(long)]
    net: String,
    /// Channels, height and width of an image [default: 3x32x32, or 3x224x224 for resnet-18]
    #[arg(long, value_name = "CxHxW")]
    input: Option<String>,
    /// Number of classes [default: 10, or 1000 for resnet-18]
    #[arg(long)]
    classes: Option<usize>,
    /// 1bit, 32bit, bwn, bwn-layer or binaryconnect
    #[arg(long, default_value = "1bit")]
    weights: String,
    /// fixed, learned or learned-relu
    #[arg(long, default_value = "learned")]
    input_norm: String,
    /// Count the scales and offsets of all batch norms as trainable
    #[arg(long)]
    learn_norms: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What --json prints.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    /// `null` for networks that are not for the C code, or too large for it.
    integers: Option<Integers>,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let usage = |error: model::ModelError| Error::Usage(error.to_string());
    let name: NetName = args.net.parse().map_err(usage)?;
    let input = network::input(name, args.input.as_deref())?;
    let classes = network::classes(name, args.classes)?;
    let weights: Weights = args.weights.parse().map_err(usage)?;
    let input_norm: InputNorm = args.input_norm.parse().map_err(usage)?;
    let config = NetworkConfig {
        weights,
        input_norm,
        learn_norms: args.learn_norms,
        ..NetworkConfig::new(name, input, classes)
    };
    let summary = Summary::new(&config).map_err(usage)?;
    // Only networks of one bit are exported as C.
    let sizes = (weights != Weights::Full).then(|| footprint::sizes(&config, &summary));
    if args.json {
        let line = Line {
            summary: &summary,
            integers: sizes.and_then(|sizes| sizes.ok()?.map(Integers::from)),
        };
        say(&serde_json::to_string(&line).expect("counts are JSON"));
        return Ok(());
    }
    say(&table(&config, &summary));
    let Some(sizes) = sizes else { return Ok(()) };
    say("");
    match sizes {
        Ok(Some(sizes)) => boards::lines(sizes).iter().for_each(|line| say(line)),
        Ok(None) => {
            say("in integers: more weights than any of the boards of `trainer export --to c` holds")
        }
        // The counts above are right all the same.
        Err(error) => say(&format!("in integers: {error}")),
    }
    Ok(())
}

fn table(config: &NetworkConfig, summary: &Summary) -> String {
    let [channels, height, width] = config.input;
    let NetworkConfig {
        name,
        weights,
        classes,
        ..
    } = config;
    let mut lines = vec![
        format!(
            "{name}, {weights} weights, {channels}x{height}x{width} in, {classes} classes; operations for one image"
        ),
        String::new(),
        format!(
            "{:<22} {:>13} {:>13} {:>13} {:>11} {:>15} {:>15}",
            "layer", "output", "1-bit weights", "float weights", "bytes", "adds", "multiplies"
        ),
    ];
    for layer in &summary.layers {
        let [c, h, w] = layer.output;
        lines.push(format!(
            "{:<22} {:>13} {:>13} {:>13} {:>11} {:>15} {:>15}",
            layer.name,
            format!("{c}x{h}x{w}"),
            grouped(layer.one_bit_weights),
            grouped(layer.float_weights),
            grouped(layer.bytes),
            grouped(layer.additions),
            grouped(layer.multiplications),
        ));
    }
    let totals = &summary.totals;
    lines.push(format!(
        "{:<22} {:>13} {:>13} {:>13} {:>11} {:>15} {:>15}",
        "total",
        "",
        grouped(totals.one_bit_weights),
        grouped(totals.float_weights),
        grouped(totals.bytes),
        grouped(totals.additions),
        grouped(totals.multiplications),
    ));
    lines.push(String::new());
    lines.extend([
        format!(
            "one-bit weights:     {} = {}",
            grouped(totals.one_bit_weights),
            size(totals.one_bit_weights.div_ceil(8))
        ),
        format!("all weights:         {}", size(totals.bytes)),
        format!("trainable weights:   {}", grouped(totals.trainable_weights)),
        format!(
            "multiply-accumulates of the convolutions: {}",
            grouped(totals.multiply_accumulates)
        ),
        format!(
            "peak activations:    {} in 32 bits",
            size(totals.peak_activation_bytes)
        ),
    ]);
    lines.join("\n")
}
