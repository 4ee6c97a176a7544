//! A network of drawn weights as C source, with what its costs are made of; `benchmarks/embedded/model.py` measures it.
//!
//! ```text
//! drawn "wrn-20-1 3x32x32 10 1bit 8" DIR
//! ```
//!
//! writes the C source to a new folder, a drawn image beside it as `DIR.raw`, and prints a line of JSON: bytes that the
//! export tells, the kind of its code, the counts, and the logits of the image.

#[path = "../tests/drawn/mod.rs"]
mod drawn;
#[path = "../../runtime/tests/common/mod.rs"]
mod networks;

use std::path::Path;

use networks::Random;
use runtime::integer::{Forward, Network};
use serde_json::{Map, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [line, folder] = args.as_slice() else {
        return Err("expected a line and a folder".into());
    };
    let model = drawn::model(line);
    let (files, sizes) = embed::files(&model, &embed::Options::default())?;
    embed::folder::replace(Path::new(folder), &files)?;
    let image = Random(1).image(&model);
    std::fs::write(format!("{folder}.raw"), &image)?;
    let network = Network::new(&model)?;
    let mut forward = Forward::new(&network);
    let class = forward.classify(&image)?;
    let logits: Vec<String> = forward.logits(&image)?.iter().map(i32::to_string).collect();
    let (kind, counts) = embed::cost::counted(&model)?;
    let counts: Map<_, _> = counts
        .into_iter()
        .map(|(name, count)| (name.into(), json!(count)))
        .collect();
    let answer = format!("{class} {}", logits.join(" "));
    println!(
        "{}",
        json!({"flash": sizes.flash, "ram": sizes.ram, "kind": kind, "counts": counts, "answer": answer})
    );
    Ok(())
}
