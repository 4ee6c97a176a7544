//! Where trained weights come from: a run, a packed file, or a state dict.

use std::fs;
use std::path::Path;

use convert::{Options, torch_float};
use data::Source;
use graph::{Graph, Storage};
use run::{AboutInit, RunDir, read_record};
use runtime::format::{Container, FORMAT_NAME};
use runtime::{Model, RuntimeError};
use torch_float::Trained;

use super::InitError;
use crate::carried::Named;
use crate::checkpoint::load_model;
use crate::deploy::{effective, trained};
use crate::{device, network};

/// The largest file: twice the 32-bit weights of the paper's largest network.
const MAX_BYTES: u64 = 1 << 30;

/// A trained network.
pub struct Start {
    pub graph: Graph,
    pub class_names: Vec<String>,
    pub trained: Trained,
    /// The weights of each convolution that count, such as ± scale.
    pub effective: Vec<Vec<f32>>,
    /// Of each convolution, whether it holds what became of its weights, such as ± scale, and not the
    /// weights that were trained.
    pub deployed: Vec<bool>,
    pub about: AboutInit,
    /// What its name stood for.
    pub named: Named,
}

/// Reads the trained network of a run's folder, or of a file, whatever its name; or the built-in model.
pub fn read(path: &Path) -> Result<Start, InitError> {
    let named = Named::of(path, true);
    let start = match named {
        Named::Carried(model) => of_bytes(path, model.bytes),
        _ if path.is_dir() => of_run(path),
        _ => of_file(path),
    };
    Ok(Start { named, ..start? })
}

fn of_run(path: &Path) -> Result<Start, InitError> {
    let (run, config) = RunDir::open(path)?;
    let (input, class_names) = match (run.about()?, &config.dataset) {
        (Some(about), _) => (about.graph.input(), about.class_names),
        // Runs of earlier versions are on these alone, and do not know their classes' names.
        (None, Source::Named(dataset)) => {
            let names = (0..dataset.classes()).map(|class| class.to_string());
            (dataset.shape(), names.collect())
        }
        (None, Source::Own(_)) => {
            return Err(InitError::Form {
                path: path.into(),
                found: "a run without network.json".into(),
            });
        }
    };
    let device = device::find(device::DEFAULT)?;
    let net = network::of(&config, input, class_names.len());
    let net = net
        .init(config.seed, &device)
        .map_err(run::RunError::from)?;
    let net = load_model(&run, net)?;
    Ok(Start {
        graph: net.graph().clone(),
        class_names,
        trained: trained(&net)?,
        effective: effective(&net)?,
        deployed: vec![false; net.convs().count()],
        about: about(path, &read_record(&run.model())?),
        named: Named::Place,
    })
}

fn of_file(path: &Path) -> Result<Start, InitError> {
    let io = |source| InitError::Io {
        path: path.into(),
        source,
    };
    let form = |found: String| InitError::Form {
        path: path.into(),
        found,
    };
    // Before opening, because opening a pipe waits for its other end.
    let kind = fs::metadata(path).map_err(io)?;
    if !kind.is_file() {
        return Err(form("no regular file".into()));
    }
    if kind.len() > MAX_BYTES {
        return Err(form(format!("{} bytes, more than {MAX_BYTES}", kind.len())));
    }
    of_bytes(path, &fs::read(path).map_err(io)?)
}

fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Start, InitError> {
    let container = Container::new(bytes).map_err(|error| InitError::Form {
        path: path.into(),
        found: match error {
            RuntimeError::OtherFile { found } => found.to_string(),
            error => error.to_string(),
        },
    })?;
    let (model, trained) = match container.text("format") == Some(FORMAT_NAME) {
        true => {
            let failed = |source| InitError::Packed {
                path: path.into(),
                source,
            };
            let model = Model::read(bytes).map_err(failed)?;
            let trained = Trained::of(&model);
            (model, trained)
        }
        false => {
            let options = Options::default();
            let (imported, trained) = torch_float::import_trained(path, bytes, &options)?;
            (imported.model, trained)
        }
    };
    let layers = model.convs().iter().zip(&trained.latent);
    let deployed = layers.map(|(conv, latent)| {
        let mut rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
        let quantized = conv.weights.storage() != Storage::Float;
        quantized && latent.iter().all(|&weight| rows.next() == Some(weight))
    });
    Ok(Start {
        graph: model.graph().clone(),
        class_names: model.class_names().to_vec(),
        deployed: deployed.collect(),
        trained,
        effective: Trained::of(&model).latent,
        about: about(path, bytes),
        named: Named::Place,
    })
}

/// What a run says of where it started: never a place.
fn about(path: &Path, bytes: &[u8]) -> AboutInit {
    let whole = path.canonicalize();
    let whole = whole.as_deref().unwrap_or(path);
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    AboutInit {
        name: name.into_owned(),
        sha256: run::sha256(bytes),
    }
}
