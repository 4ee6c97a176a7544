//! `onebit import`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use convert::{
    ConvertError, FileKind, Imported, Note, Options, mcdonnell, torch_float, torch_packed,
};
use runtime::Model;
use serde::Serialize;
use word_list::Counted;

use super::class_names::ClassNames;
use super::{DataRoot, network, out};

use crate::{Error, images, say, say_json};

/// Turn a network of another program into a packed file
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit import net.mat --from mcdonnell --out net.onebit
  onebit import net.safetensors --from safetensors --out net.onebit
  onebit import net.mat --from mcdonnell --out net.onebit --dataset cifar10")]
pub struct Args {
    /// The file to read
    file: PathBuf,
    /// Where the file comes from
    #[arg(long, value_enum)]
    from: Format,
    /// File to write; `-` for the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The network, where the file does not tell: a name such as plain-20-4, or a network file
    #[arg(long, value_name = "NAME|FILE")]
    net: Option<String>,
    /// Keep the real weights of a state dict; without it, only their signs are kept
    #[arg(long)]
    real_weights: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    names: ClassNames,
    #[command(flatten)]
    root: DataRoot,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The paper's author: a network of Keras or MATLAB (.mat)
    Mcdonnell,
    /// The PyTorch port: its packed state dict, as safetensors
    TorchPacked,
    /// A state dict: from `export --to safetensors`, or from the PyTorch port
    #[value(alias = "pytorch")]
    Safetensors,
}

/// What --json prints.
#[derive(Serialize)]
struct Line {
    out: Option<String>,
    net: Option<String>,
    classes: usize,
    /// Whether they have more than numbers.
    class_names: bool,
    bytes: usize,
    notes: Vec<String>,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    if args.json {
        out::must_not_meet_json(&args.out)?;
    }
    out::must_be_free(&args.out, Some(&args.file))?;
    if args.real_weights && matches!(args.from, Format::Mcdonnell | Format::TorchPacked) {
        let expected = "--real-weights: expected --from safetensors, found a form whose blocks hold signs alone";
        return Err(Error::Usage(expected.into()));
    }
    let options = Options::default()
        .with_net(args.net.as_deref().map(network::net).transpose()?)
        .with_real_weights(args.real_weights);
    let imported = match args.from {
        Format::Mcdonnell => mcdonnell::import(&args.file, &options).map(Imported::from),
        Format::TorchPacked => torch_packed::import(&args.file, &options).map(Imported::from),
        Format::Safetensors => torch_float::import(&args.file, &options),
    };
    let Imported {
        model, notes: told, ..
    } = imported.map_err(|e| failed(&e, &args.file))?;
    let mut notes = Vec::new();
    for note in &told {
        let other = match note {
            Note::SignsOnly { .. } => "; --real-weights keeps them",
            _ => "",
        };
        notes.push(format!("{note}{other}"));
    }
    if !args.json {
        notes.iter().for_each(|note| say(&format!("note: {note}")));
    }
    let model = args.names.put_on(model, &args.root.path())?;
    let bytes = model.write()?;
    out::write(&args.out, &bytes)?;
    let net = runtime::inspect::net_name(&model);
    if args.json {
        let line = Line {
            out: out::path(&args.out),
            net,
            classes: model.classes(),
            class_names: images::has_names(&model),
            bytes: bytes.len(),
            notes,
        };
        say_json(&serde_json::to_string(&line).expect("texts are JSON"));
        return Ok(());
    }
    let net = net.unwrap_or_else(|| "a network".into());
    say(&format!(
        "{}: {net}, {}; score it with: onebit eval --model {} --dataset DATASET",
        out::name(&args.out),
        Counted(model.classes(), "class"),
        out::as_model(&args.out)
    ));
    // A dataset's own names can be digits.
    let named = args.names.are_given() || model.provenance().contains_key("dataset");
    if !named && !images::has_names(&model) {
        say("the classes have only numbers; --classes FILE or --dataset NAME gives them names");
    }
    Ok(())
}

/// What went wrong, with the way out.
fn failed(error: &ConvertError, path: &Path) -> Error {
    let way_out = match error {
        _ if Model::load(path).is_ok() => "; name it with --model as it is",
        ConvertError::OtherFile {
            expected, found, ..
        } => other_kind(expected, *found),
        ConvertError::NotPacked { .. } => "; import it with --from safetensors",
        ConvertError::NoMetadata { .. } => {
            "; save it again in Python with those of the file that was exported, here net.safetensors: save_file(sd, \"x.safetensors\", metadata=safe_open(\"net.safetensors\", \"pt\").metadata())"
        }
        ConvertError::OtherNet { .. } => "; leave --net out, or name the network that it holds",
        _ => "",
    };
    Error::Failed(format!("{error}{way_out}"))
}

/// What to do with a file of another kind.
fn other_kind(expected: &str, found: FileKind) -> &'static str {
    match found {
        FileKind::Torch => {
            "; if you trust it, convert it in Python: safetensors.torch.save_file(torch.load(\"FILE\", weights_only=True, map_location=\"cpu\"), \"FILE.safetensors\"), with the state dict alone where the file holds more; if the network is of an export of onebit, here net.safetensors, with its metadata too: metadata=safetensors.safe_open(\"net.safetensors\", \"pt\").metadata()"
        }
        FileKind::Pickle => {
            "; if you trust it, load it in Python and save its tensors with safetensors.torch.save_file"
        }
        FileKind::Hdf5 | FileKind::Zip | FileKind::Npy => {
            "; read its tensors in Python and save them with safetensors.numpy.save_file"
        }
        FileKind::Gzip => "; unpack it with gunzip",
        FileKind::Matlab => "; import it with --from mcdonnell",
        FileKind::Safetensors if expected != "a safetensors file" => {
            "; import it with --from safetensors"
        }
        _ => "",
    }
}
