//! A folder for a model hub: a model card, its config, and the weights.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use convert::ConvertError;
use convert::torch_float::{self, Trained};
use data::Source;
use runtime::inspect::{Summary, net_name};
use runtime::{Model, Preprocessing, printable};
use serde_json::{Value, json};

use super::formats::{Written, unconverted};
use crate::cli::out::{make_place, must_be_own, write_into};
use crate::{Error, shell};

const CARD: &str = "README.md";
const CONFIG: &str = "config.json";
const STATE: &str = "model.safetensors";
const PACKED: &str = crate::carried::IN_FOLDER;
/// By which a folder of an earlier export is known, in its config.
const LIBRARY: &str = "onebit";

/// Where the text of a card goes that would replace somebody's words.
const NEW_CARD: &str = "README.new.md";

/// How a network did on its test images, with 32-bit activations.
#[derive(Clone, Copy)]
pub struct Tested {
    pub error_percent: f64,
    pub wrong: usize,
    pub images: usize,
}

/// Writes the files, each whole, with the test error where it is known. What else is in the folder stays, and so does a card
/// that somebody changed.
///
/// # Errors
///
/// When something is there that no such export wrote, or it cannot be written.
pub fn write(
    model: &Model,
    trained: Option<&Trained>,
    tested: Option<Tested>,
    out: &Path,
) -> Result<Written, Error> {
    let earlier = must_be_ours(out)?;
    let packed = model.write()?;
    let state = match torch_float::export(model, trained, torch_float::Weights::Signs) {
        Ok(bytes) => Some(bytes),
        Err(ConvertError::NoName { .. }) => None,
        Err(error) => return Err(unconverted(&error)),
    };
    let card = card(model, tested, packed.len(), state.is_some());
    let edited = is_edited(out, earlier.as_ref());
    let config = config(model, &card, state.is_some());
    let config = serde_json::to_string_pretty(&config).expect("texts and numbers are JSON") + "\n";
    // The config last: it tells that the rest is there.
    let mut files = vec![
        (if edited { NEW_CARD } else { CARD }, card.into_bytes()),
        (PACKED, packed),
    ];
    files.extend(state.map(|bytes| (STATE, bytes)));
    files.push((CONFIG, config.into_bytes()));
    make_place(&out.join(CARD))?;
    match fs::symlink_metadata(out).is_ok() {
        // All at once: a program that is ended leaves no folder that the next one takes for somebody's.
        false => {
            let filled = aside::write_folder(out, |aside| {
                let mut files = files.iter();
                files.try_for_each(|(name, bytes)| aside::write_synced(&aside.join(name), bytes))
            });
            filled.map_err(|e| Error::io("writing", out, &e))?;
        }
        true => {
            // Before any is written: an export is whole or as it was.
            for (name, _) in &files {
                must_be_own(out, name)?;
            }
            // What one that was ended left.
            aside::sweep(out).map_err(|e| Error::io("reading", out, &e))?;
            for (name, bytes) in &files {
                write_into(out, name, bytes)?;
            }
        }
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let has_state = names.contains(&STATE);
    if !has_state && earlier.is_some() {
        let old = out.join(STATE);
        match fs::remove_file(&old) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(Error::io("removing", &old, &e));
            }
            _ => {}
        }
    }
    let about_card = match edited {
        true => format!("{CARD} was edited and stays as it is"),
        false => format!("add a licence to the head of {CARD} before you publish it"),
    };
    let mut lines = vec![format!(
        "{}: {}; {about_card}",
        shell::folder(out),
        names.join(", ")
    )];
    if !has_state {
        lines.push(format!(
            "no {STATE}: the PyTorch port has names only for networks in pairs of convolutions; {PACKED} holds the whole network"
        ));
    }
    Ok(Written {
        lines,
        bytes: files.iter().map(|(_, bytes)| bytes.len()).sum(),
        integers: None,
    })
}

/// The config of an earlier export in this folder; none of a folder that is new, or that holds no more than a hub's own
/// beginning. Any other folder is refused.
fn must_be_ours(out: &Path) -> Result<Option<Value>, Error> {
    let found = match fs::symlink_metadata(out) {
        Err(_) => return Ok(None),
        Ok(_) if !out.is_dir() => "a file".to_owned(),
        Ok(_) => {
            if let Some(config) = marked(out) {
                return Ok(Some(config));
            }
            let entries = fs::read_dir(out).map_err(|e| Error::io("reading", out, &e))?;
            let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            let names: Result<Vec<_>, _> = names.collect();
            let names = names.map_err(|e| Error::io("reading", out, &e))?;
            let mut names = names.iter().map(|name| name.to_string_lossy());
            // A repository that somebody has just made.
            let begun =
                |name: &str| name.starts_with('.') || name.starts_with("LICEN") || name == CARD;
            match names.find(|name| !begun(name)) {
                Some(name) => format!(
                    "`{}` in it, without the {CONFIG} of an export",
                    printable(&name)
                ),
                None => return Ok(None),
            }
        }
    };
    Err(Error::Usage(format!(
        "--out {}: expected a new folder, an empty one or that of an earlier export, found {found}; choose another --out",
        printable(&out.display().to_string())
    )))
}

/// Whether the folder's card has other words than an earlier export wrote.
fn is_edited(out: &Path, earlier: Option<&Value>) -> bool {
    let card = out.join(CARD);
    if fs::symlink_metadata(&card).is_err() {
        return false;
    }
    let small = fs::metadata(&card).is_ok_and(|about| about.is_file() && about.len() < 1 << 20);
    let now = small.then(|| fs::read(&card).ok()).flatten();
    let then = earlier.and_then(|config| config["card_sha256"].as_str());
    now.is_none_or(|now| then != Some(&*run::sha256(&now)))
}

/// The config of an earlier export.
fn marked(folder: &Path) -> Option<Value> {
    // A config of ours is small.
    let path = folder.join(CONFIG);
    let about = fs::symlink_metadata(&path).ok()?;
    let small = about.is_file() && about.len() < 16 << 20;
    let text = small.then(|| fs::read_to_string(path).ok()).flatten()?;
    let config: Value = serde_json::from_str(&text).ok()?;
    (config["library_name"] == LIBRARY).then_some(config)
}

fn config(model: &Model, card: &str, has_state: bool) -> Value {
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
        // By it an export knows whether somebody changed the card.
        "card_sha256": run::sha256(card.as_bytes()),
    })
}

/// A line of YAML: JSON's texts are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("texts are JSON")
}

/// Somebody's text in Markdown, without the HTML that it could be taken for.
fn plain(text: &str) -> String {
    let text = printable(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn card(model: &Model, tested: Option<Tested>, packed_bytes: usize, has_state: bool) -> String {
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
    let accuracy = tested.map(|tested| 100.0 - tested.error_percent);
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
        // As the table below has it.
        let dataset = about.get("dataset");
        let dataset = dataset.map_or("the author's images", String::as_str);
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
        format!("# {}", plain(&title)),
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
    if let Some(tested) = tested {
        lines.push(format!(
            "| test error | {:.2} % ({} of {} images, 32-bit activations; one run) |",
            tested.error_percent, tested.wrong, tested.images
        ));
    }
    let cell = |text: &str| plain(text).replace('|', "\\|");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_no_html_of_a_strangers() {
        let text = plain("<img src=x onerror=alert(1)>&lt;\n");
        assert_eq!(text, r"&lt;img src=x onerror=alert(1)&gt;&amp;lt;\n");
    }
}
