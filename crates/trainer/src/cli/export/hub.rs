//! A folder for a model hub: a model card, its config, and the weights.

use std::fs;
use std::path::Path;

use convert::ConvertError;
use convert::torch_float::{self, Trained};
use data::Source;
use run::RunResult;
use runtime::inspect::{Summary, net_name};
use runtime::{Model, Preprocessing, printable};
use serde_json::{Value, json};

use super::formats::{Written, unconverted};
use crate::cli::out::make_place;
use crate::{Error, shell};

const CARD: &str = "README.md";
const CONFIG: &str = "config.json";
const STATE: &str = "model.safetensors";
const PACKED: &str = "model.onebit";
/// By which a folder of an earlier export is known, in its config.
const LIBRARY: &str = "onebit";

/// Writes the folder, with the test error where the `result` of a run is known.
///
/// # Errors
///
/// When something is there that no such export wrote, or it cannot be written.
pub fn write(
    model: &Model,
    trained: Option<&Trained>,
    result: Option<&RunResult>,
    out: &Path,
) -> Result<Written, Error> {
    must_be_ours(out)?;
    let packed = model.write()?;
    let state = match torch_float::export(model, trained, torch_float::Weights::Signs) {
        Ok(bytes) => Some(bytes),
        Err(ConvertError::NoName { .. }) => None,
        Err(error) => return Err(unconverted(&error)),
    };
    let card = card(model, result, packed.len(), state.is_some());
    let config = config(model, state.is_some());
    let config = serde_json::to_string_pretty(&config).expect("texts and numbers are JSON") + "\n";
    let mut files = vec![
        (CARD, card.into_bytes()),
        (CONFIG, config.into_bytes()),
        (PACKED, packed),
    ];
    files.extend(state.map(|bytes| (STATE, bytes)));
    make_place(out)?;
    let failed = |e| Error::io("writing", out, &e);
    let old = aside::write_folder(out, |folder| {
        files
            .iter()
            .try_for_each(|(name, bytes)| aside::write_synced(&folder.join(name), bytes))
    });
    if let Some(old) = old.map_err(failed)? {
        fs::remove_dir_all(&old).map_err(|e| Error::io("removing", &old, &e))?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let mut lines = vec![format!(
        "{}: {}; add a licence to the head of {CARD} before you publish it",
        shell::folder(out),
        names.join(", ")
    )];
    if !names.contains(&STATE) {
        lines.push(format!(
            "no {STATE}: PyTorch's names are those of networks in pairs of convolutions; {PACKED} has all"
        ));
    }
    Ok(Written {
        lines,
        bytes: files.iter().map(|(_, bytes)| bytes.len()).sum(),
        integers: None,
    })
}

/// Refuses a folder that holds anything but an earlier export.
fn must_be_ours(out: &Path) -> Result<(), Error> {
    let found = match fs::symlink_metadata(out) {
        Err(_) => return Ok(()),
        Ok(there) if !there.is_dir() => "a file".to_owned(),
        Ok(_) => {
            let entries = fs::read_dir(out).map_err(|e| Error::io("reading", out, &e))?;
            let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            let names: Result<Vec<_>, _> = names.collect();
            let names = names.map_err(|e| Error::io("reading", out, &e))?;
            let known = [CARD, CONFIG, STATE, PACKED];
            let other = names.iter().find(|name| !known.iter().any(|k| name == k));
            match other {
                Some(name) => format!("`{}` in it", printable(&name.to_string_lossy())),
                None if names.is_empty() || is_marked(out) => return Ok(()),
                None => format!("files without the {CONFIG} of an export"),
            }
        }
    };
    Err(Error::Usage(format!(
        "--out {}: expected a new folder, an empty one or that of an earlier export, found {found}; choose another --out",
        printable(&out.display().to_string())
    )))
}

fn is_marked(folder: &Path) -> bool {
    // A config of ours is small.
    let small = fs::metadata(folder.join(CONFIG)).is_ok_and(|about| about.len() < 16 << 20);
    let text = small.then(|| fs::read_to_string(folder.join(CONFIG)).ok());
    let config = text
        .flatten()
        .and_then(|text| serde_json::from_str(&text).ok());
    config.is_some_and(|config: Value| config["library_name"] == LIBRARY)
}

fn config(model: &Model, has_state: bool) -> Value {
    let [channels, height, width] = model.input();
    let names = model.class_names();
    let numbered = names.iter().enumerate();
    let id2label: serde_json::Map<String, Value> = numbered
        .map(|(id, name)| (id.to_string(), json!(name)))
        .collect();
    let mut files = json!({ "packed": PACKED });
    if has_state {
        files["state_dict"] = json!(STATE);
    }
    json!({
        "library_name": LIBRARY,
        "model_type": "onebit",
        "net": net_name(model),
        "graph": model.graph(),
        "num_channels": channels,
        "image_size": [height, width],
        "input": "pixels 0-255 as they are, N x channels x height x width; nothing is normalised",
        "preprocessing": model.preprocessing().to_string(),
        "num_labels": model.classes(),
        "id2label": id2label,
        "rejection": model.rejection(),
        "provenance": model.provenance(),
        "files": files,
    })
}

/// A line of YAML: JSON's texts are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("texts are JSON")
}

fn card(model: &Model, result: Option<&RunResult>, packed_bytes: usize, has_state: bool) -> String {
    let about = model.provenance();
    let net = net_name(model).unwrap_or_else(|| "a network of its own".into());
    // The data's name, where it is one that others know.
    let named = about.get("dataset").filter(|name| {
        let known = name.parse::<Source>();
        matches!(known, Ok(Source::Named(_)))
    });
    let title = match named {
        Some(dataset) => format!("{net} for {dataset}"),
        None => format!("{net} for images of {} classes", model.classes()),
    };
    let summary = Summary::new(model, packed_bytes);
    let accuracy = result.map(|result| 100.0 - result.test_error_percent);
    let mut head = vec![
        "---".to_owned(),
        format!("library_name: {LIBRARY}"),
        "pipeline_tag: image-classification".into(),
        "tags: [image-classification, quantization, 1-bit]".into(),
    ];
    if let Some(dataset) = named {
        head.push(format!("datasets: [{}]", quoted(dataset)));
    }
    if let Some(accuracy) = accuracy {
        let dataset = named.map_or("the author's images", String::as_str);
        head.extend([
            "metrics: [accuracy]".into(),
            "model-index:".into(),
            format!("- name: {}", quoted(&title)),
            "  results:".into(),
            "  - task: {type: image-classification}".into(),
            format!(
                "    dataset: {{name: {0}, type: {0}, split: test}}",
                quoted(dataset)
            ),
            format!("    metrics: [{{type: accuracy, value: {accuracy:.2}}}]"),
        ]);
    }
    head.push("---".into());
    let [channels, height, width] = model.input();
    let pictures = match model.preprocessing() {
        Preprocessing::None => format!("{channels}x{height}x{width} (channels, height, width)"),
        seen => format!("any size; {seen} to {channels}x{height}x{width}"),
    };
    let mut lines = vec![
        format!("# {}", printable(&title)),
        String::new(),
        format!(
            "A network of {} weights in {packed_bytes} bytes: {} of them take one bit each.",
            model
                .convs()
                .iter()
                .map(|conv| conv.weight_count())
                .sum::<usize>(),
            summary.bits
        ),
        String::new(),
        "| | |".into(),
        "| --- | --- |".into(),
        format!("| images | {pictures}; pixels 0-255 as they are |"),
        format!("| classes | {}, by name in `{CONFIG}` |", model.classes()),
    ];
    if let Some(result) = result {
        lines.push(format!(
            "| test error | {:.2} % ({} of {} images, 32-bit activations; one run) |",
            result.test_error_percent, result.wrong, result.images
        ));
    }
    let cell = |text: &str| printable(text).replace('|', "\\|");
    lines.extend(
        about
            .iter()
            .map(|(key, value)| format!("| {} | {} |", cell(key), cell(value))),
    );
    lines.extend([
        String::new(),
        "## Use".into(),
        String::new(),
        "```sh".into(),
        format!("onebit predict --model {PACKED} photo.jpg"),
        format!("onebit export --model {PACKED} --to onnx --out net.onnx   # for onnxruntime"),
        format!(
            "onebit export --model {PACKED} --to c --out net           # for a microcontroller"
        ),
        "```".into(),
    ]);
    if has_state {
        lines.extend([
            String::new(),
            format!(
                "`{STATE}` is a state dict for PyTorch: the weights as 32-bit numbers, with the names of the port of \
                 McDonnell's networks."
            ),
        ]);
    }
    lines.extend([
        String::new(),
        "Method: M. D. McDonnell, *Training wide residual networks for deployment using a single bit for each \
         weight*, ICLR 2018, arXiv 1802.08530."
            .into(),
        String::new(),
    ]);
    format!("{}\n\n{}", head.join("\n"), lines.join("\n"))
}
