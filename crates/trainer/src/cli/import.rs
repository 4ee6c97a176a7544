//! `onebit import`

use std::path::PathBuf;

use clap::ValueEnum;
use convert::{ConvertError, Imported, Note, Options, mcdonnell, torch_float, torch_packed};
use run::{must_protect_runs, must_protect_source};

use crate::{Error, say};

/// Turn a network of another program into a packed file
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit import net.mat --from mcdonnell --out net.onebit
  onebit import net.safetensors --from safetensors --out net.onebit --real-weights")]
pub struct Args {
    /// The file to read
    file: PathBuf,
    /// What it is
    #[arg(long, value_enum)]
    from: Format,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The network's name, such as plain-20-4, where the file cannot tell
    #[arg(long)]
    net: Option<String>,
    /// Keep real weights of a state dict as they are, where otherwise their signs are taken
    #[arg(long)]
    real_weights: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The author's own, of Keras or of MATLAB (.mat)
    Mcdonnell,
    /// The packed state dict of the PyTorch port, as safetensors
    TorchPacked,
    /// A state dict of 32-bit numbers: of `export --to safetensors`, or the PyTorch port's own
    Safetensors,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    must_protect_runs(&args.out)?;
    must_protect_source(&args.out, &args.file)?;
    if args.real_weights && matches!(args.from, Format::Mcdonnell | Format::TorchPacked) {
        let expected = "--real-weights: expected --from safetensors, found a form whose blocks hold signs alone";
        return Err(Error::Usage(expected.into()));
    }
    let options = Options::default()
        .with_net(args.net.as_deref().map(str::parse).transpose()?)
        .with_real_weights(args.real_weights);
    let imported = match args.from {
        Format::Mcdonnell => mcdonnell::import(&args.file, &options).map(Imported::from),
        Format::TorchPacked => torch_packed::import(&args.file, &options).map(Imported::from),
        Format::Safetensors => torch_float::import(&args.file, &options),
    };
    let Imported { model, notes, .. } = imported.map_err(|e| failed(&e))?;
    for note in &notes {
        let other = match note {
            Note::SignsOnly { .. } => "; --real-weights keeps them",
            _ => "",
        };
        say(&format!("note: {note}{other}"));
    }
    model
        .save(&args.out)
        .map_err(|e| Error::Failed(e.to_string()))?;
    let net = runtime::inspect::net_name(&model).unwrap_or_else(|| "a network".into());
    say(&format!(
        "{}: {net}, {} classes; score it with: onebit eval --model {0} --dataset DATASET",
        args.out.display(),
        model.classes()
    ));
    Ok(())
}

/// What went wrong, with the way out.
fn failed(error: &ConvertError) -> Error {
    let way_out = match error {
        ConvertError::NotPacked { .. } => "; import it with --from safetensors",
        ConvertError::NoMetadata { .. } => {
            "; give it the metadata of the file that it was made from, or export it again"
        }
        ConvertError::OtherNet { .. } => "; leave --net out, or name the network that it holds",
        _ => "",
    };
    Error::Failed(format!("{error}{way_out}"))
}
