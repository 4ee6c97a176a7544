//! `onebit models`

use serde::Serialize;
use word_list::{Counted, nearest};
use zoo::{Card, Packaged};

use super::table::{Kind, Table};
use crate::{Error, say, say_json};

/// List the built-in trained networks, or show the card of one
///
/// `predict`, `eval`, `export`, `inspect`, `bench infer` and `train --init` take their names in
/// place of a packed file. A file of the same name is preferred.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit models                                    all of them
  onebit models cifar10-20-1                       the card of one
  onebit predict --model cifar10-20-1 photo.png    what it sees
  onebit export --model cifar10-20-1 --to onebit --out net.onebit  its file")]
pub struct Args {
    /// The model whose card to show
    name: Option<String>,
    /// Print one line of JSON: a list, or the card
    #[arg(long)]
    json: bool,
}

/// What --json prints of a model.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    #[serde(flatten)]
    card: Card,
}

impl From<&Packaged> for Line {
    fn from(model: &Packaged) -> Self {
        Self {
            name: model.name,
            card: model.card(),
        }
    }
}

/// Carries out the command.
///
/// # Errors
///
/// [`Error::Usage`] for a name that no model has.
pub fn run(args: &Args) -> Result<(), Error> {
    let Some(name) = &args.name else {
        let lines: Vec<Line> = zoo::all().iter().map(Line::from).collect();
        match args.json {
            true => say_json(&json(&lines)),
            false => say(&table(&lines).text(crate::columns())),
        }
        return Ok(());
    };
    let model = zoo::find(name).ok_or_else(|| unknown(name))?;
    let line = Line::from(model);
    match args.json {
        true => say_json(&json(&line)),
        false => say(&shown(model, &line.card)?),
    }
    Ok(())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a card is JSON")
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = zoo::all().iter().map(|model| model.name).collect();
    let near = nearest(names.iter().copied(), name);
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Error::Usage(format!(
        "{name}: expected one of {}, found no such model{near}",
        names.join(", ")
    ))
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new(&[
        ("model", Kind::Name),
        ("data", Kind::Word),
        ("network", Kind::Word),
        ("epochs", Kind::Value),
        ("error, %", Kind::Value),
        ("int8", Kind::Value),
        ("integers", Kind::Value),
        ("bytes", Kind::Value),
        ("what it sees", Kind::Tail),
    ]);
    for Line { name, card } in lines {
        table.row(vec![
            (*name).into(),
            card.data.clone(),
            card.net.clone(),
            card.epochs.to_string(),
            format!("{:.2}", card.test.f32),
            format!("{:.2}", card.test.int8),
            format!("{:.2}", card.test.integer),
            card.bytes.to_string(),
            card.about.clone(),
        ]);
    }
    table
}

/// The card in lines.
fn shown(model: &Packaged, card: &Card) -> Result<String, Error> {
    let packed = runtime::Model::read(model.bytes)?;
    let [channels, height, width] = card.input;
    let errors = &card.test;
    let mut rows = vec![
        ("classes", packed.class_names().join(", ")),
        (
            "images",
            format!("{channels}x{height}x{width}, of {}", card.data),
        ),
        ("network", format!("{}, {} weights", card.net, card.weights)),
        (
            "recipe",
            format!(
                "{}, {}, seed {}",
                card.recipe,
                Counted(card.epochs, "epoch"),
                card.seed
            ),
        ),
        ("commit", card.commit.clone()),
        ("run", card.run.clone()),
        (
            "test error",
            format!(
                "{:.2} %; with 8-bit activations {:.2} %, in integers {:.2} %; of {} images",
                errors.f32, errors.int8, errors.integer, errors.images
            ),
        ),
        (
            "file",
            format!("{} bytes, SHA-256 {}", card.bytes, card.sha256),
        ),
    ];
    for (index, core) in card.device.iter().flat_map(|d| &d.cores).enumerate() {
        let name = if index == 0 { "as C code" } else { "" };
        rows.push((
            name,
            format!(
                "{}: {:.1} million instructions an image, {} bytes of flash, {} of RAM",
                core.name,
                core.instructions as f64 / 1e6,
                core.flash,
                core.ram
            ),
        ));
    }
    rows.push((
        "try it",
        format!("onebit predict --model {} PICTURE", model.name),
    ));
    let rows = rows
        .iter()
        .map(|(name, text)| format!("  {name:<11}{text}"));
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    Ok(format!(
        "{}: {}\n{}",
        model.name,
        card.about,
        rows.join("\n")
    ))
}
