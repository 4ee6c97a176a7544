//! Prints the layers and the costs of a network that has a name, or of one that a text describes:
//!
//! ```text
//! cargo run --release -p onebit-graph --example describe
//! cargo run --release -p onebit-graph --example describe -- wrn-20-4
//! ```

use std::error::Error;

use graph::{Costs, Design, Net, NetOptions, Value};

/// A small network with ternary weights, but for its first and last convolution.
const OWN: &str = r#"
version = 1
name = "small"

[stem]
channels = 16
weights = "8bit"

[[stages]]
channels = 16
blocks = 1

[[stages]]
channels = 32
blocks = 1

[head]
weights = "8bit"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let net = match std::env::args().nth(1) {
        Some(name) => name.parse()?,
        None => Net::own(toml::from_str::<Design>(OWN)?)?,
    };
    // What a description leaves open: the images, the classes, and the kind of the other weights.
    let options = NetOptions::new([3, 32, 32], 10).with_weights("ternary".parse()?);
    let graph = net.graph(&options)?;

    println!("{net}\n");
    for (index, node) in graph.nodes().iter().enumerate() {
        let [channels, height, width] = graph.shape(Value::Node(index));
        let op = node.op.word();
        println!(
            "{:<24} {op:<14} {channels:>4} x {height} x {width}",
            node.name
        );
    }

    // No norm but the input's learns, as in the paper.
    let costs = Costs::of(&graph, |norm| graph.is_input_norm(norm)).totals;
    println!("\nweights of 2 bits   {:>10}", costs.ternary_weights);
    println!("weights of 8 bits   {:>10}", costs.eight_bit_weights);
    println!("bytes in all        {:>10}", costs.bytes);
    println!("additions           {:>10}", costs.additions);
    println!("multiplications     {:>10}", costs.multiplications);
    Ok(())
}
