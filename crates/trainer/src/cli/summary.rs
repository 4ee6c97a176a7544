//! `onebit summary`

use embed::boards;
use graph::{Costs, Graph, GraphError, Storage};
use model::{InputNorm, Net, NetworkConfig, Weights};
use run::config::{parse_first_last, stand_over};
use run::numbers::{grouped, size};
use serde::Serialize;
use word_list::Counted;

use super::network;
use crate::footprint::Integers;
use crate::{Error, footprint, say, say_json};

/// Show what a network costs: weights, memory and operations of each layer, for one image
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit summary --net wrn-20-4  3x32x32 in, 10 classes, 1-bit weights
  onebit summary --net ./mine.toml --input 1x48x48 --classes 5 --json")]
pub struct Args {
    #[arg(long, help = network::net_help())]
    net: String,
    /// Channels, height and width of an image [default: 3x32x32, or 3x224x224 for resnet-18]
    #[arg(long, value_name = "CxHxW")]
    input: Option<String>,
    /// Number of classes [default: 10, or 1000 for resnet-18]
    #[arg(long)]
    classes: Option<usize>,
    #[arg(long, help = network::weights_help(" [default: 1bit, or the network file's]"))]
    weights: Option<String>,
    /// Kind of weights of the first and the last convolution, or as-weights [default: as --weights,
    /// or the network file's]
    #[arg(long, value_name = "WEIGHTS")]
    first_last: Option<String>,
    /// Batch norm of the input: fixed, learned or learned-relu
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
    summary: &'a Costs,
    /// `null` for networks that are not for the C code, or too large for it.
    integers: Option<Integers>,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let usage = |error: GraphError| Error::Usage(error.to_string());
    let mut net = network::net(&args.net)?;
    let input = network::input(&net, args.input.as_deref())?;
    let classes = network::classes(&net, args.classes)?;
    let given: Option<Weights> = args.weights.as_deref().map(str::parse).transpose()?;
    let first_last = args.first_last.as_deref().map(parse_first_last);
    let first_last = first_last.transpose()?;
    let weights = given.unwrap_or(Weights::ONE_BIT);
    if let Net::Own(design) = &mut net {
        let notes = stand_over(design, weights, given, first_last);
        // With --json the output is one line.
        notes
            .iter()
            .filter(|_| !args.json)
            .for_each(|note| say(note));
    }
    let input_norm: InputNorm = args.input_norm.parse().map_err(usage)?;
    let config = NetworkConfig::new(net, input, classes)
        .with_weights(weights)
        .with_first_last(first_last.flatten())
        .with_input_norm(input_norm)
        .with_learn_norms(args.learn_norms);
    let summary = config.costs().map_err(usage)?;
    let graph = config.graph().map_err(usage)?;
    // Real weights are not exported as C.
    let mut convs = graph.convs();
    let real = convs.find(|(_, conv)| conv.weights.storage() == Storage::Float);
    let sizes = match real {
        Some(_) => None,
        None => Some(footprint::sizes(&config, &summary)),
    };
    if args.json {
        let line = Line {
            summary: &summary,
            integers: sizes.and_then(|sizes| sizes.ok()?.map(Integers::from)),
        };
        say_json(&serde_json::to_string(&line).expect("counts are JSON"));
        return Ok(());
    }
    say(&table(&config, &graph, &summary));
    say("");
    if let Some((node, conv)) = real {
        say(&format!(
            "in integers: not computed, as the weights of `{}` are {}",
            graph.nodes()[node].name,
            conv.weights
        ));
    }
    let Some(sizes) = sizes else { return Ok(()) };
    match sizes {
        Ok(Some(sizes)) => boards::lines(sizes).iter().for_each(|line| say(line)),
        Ok(None) => {
            say("in integers: more weights than any of the boards of `onebit export --to c` holds")
        }
        // The counts above are right all the same.
        Err(error) => say(&format!("in integers: {error}")),
    }
    Ok(())
}

/// The kind of all weights, or the kinds in the order of the layers.
fn kinds(graph: &Graph) -> String {
    let kinds = graph.kinds();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    match names[..] {
        [one] => format!("{one} weights"),
        _ => format!("mixed weights ({})", names.join(", ")),
    }
}

fn table(config: &NetworkConfig, graph: &Graph, summary: &Costs) -> String {
    let [channels, height, width] = config.input;
    let NetworkConfig { net, classes, .. } = config;
    let weights = kinds(graph);
    let mut lines = vec![
        format!(
            "{net}, {weights}, {channels}x{height}x{width} in, {}; operations for one image",
            Counted(*classes, "class")
        ),
        String::new(),
        format!(
            "{:<22} {:>13} {:>13} {:>13} {:>11} {:>15} {:>15}",
            "layer", "output", "weights", "float weights", "bytes", "adds", "multiplies"
        ),
    ];
    for layer in &summary.layers {
        let [c, h, w] = layer.output;
        lines.push(format!(
            "{:<22} {:>13} {:>13} {:>13} {:>11} {:>15} {:>15}",
            layer.name,
            format!("{c}x{h}x{w}"),
            grouped(layer.one_bit_weights + layer.ternary_weights + layer.eight_bit_weights),
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
        grouped(totals.one_bit_weights + totals.ternary_weights + totals.eight_bit_weights),
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
