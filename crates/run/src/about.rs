//! `network.json`: what a run is about, so that it needs neither its images nor this program's lists
//! to be read, exported and reported.

use std::collections::BTreeMap;
use std::path::Path;

use data::{Dataset, Digests, Images, Source, Splits};
use graph::Graph;
use pixels::Fit;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::config::TrainConfig;
use crate::files::{read_bytes, write_aside};

pub(crate) const NAME: &str = "network.json";
const VERSION: u32 = 1;
/// No run writes more: the graph of 1202 layers and the names of 65,536 classes.
const MAX_BYTES: u64 = 64 << 20;

/// What a run is about.
///
/// A new field takes `#[serde(default)]`: without it the files of all runs before could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// 1.
    version: u32,
    /// The run's own name, drawn when it begins; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The network's name.
    pub net: String,
    /// The network's nodes; its input is the shape of an image.
    pub graph: Graph,
    /// A name for each class, in the order of the logits.
    pub class_names: Vec<String>,
    /// What becomes of an image before the network sees it.
    pub preprocessing: Preprocessing,
    /// The images.
    pub data: AboutData,
    /// How the run counts its steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Steps>,
    /// The trained weights that it started from, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<AboutInit>,
    /// The network that it learned from besides the labels, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<AboutInit>,
    /// What its last session computes with; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computes: Option<Computes>,
    /// The settings that it began with, as in `config.toml`, but for those that may change; none in runs of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// What a run's bits depend on besides its settings, its data and the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Computes {
    /// The instruction set of the kernels on the CPU: `portable`, `avx2` or `avx512`.
    pub instructions: String,
    /// The widest that the processor has, which the rest of the arithmetic on the CPU takes.
    pub widest: String,
    /// The device.
    pub device: String,
}

impl std::fmt::Display for Computes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            instructions,
            widest,
            device,
        } = self;
        write!(f, "{instructions} instructions")?;
        if instructions != widest {
            write!(f, " of a processor with {widest}")?;
        }
        write!(f, " on {device}")
    }
}

/// Trained weights that a run started from, or learned from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AboutInit {
    /// The name of the file, or of the run's folder, without the place.
    pub name: String,
    /// The SHA-256 of the file, or of the run's `model.bpk`.
    pub sha256: String,
}

/// How a run counts its steps, which the learning rate follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Images in each step.
    pub batch_size: usize,
    /// Steps of an epoch.
    pub per_epoch: usize,
}

/// What becomes of an image before the network sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocessing {
    /// Nothing: pixels 0–255 as they are.
    None,
    /// Of a photograph's centre, scaled so that its shorter side has 256 pixels, 224×224.
    CentreCrop,
    /// Scaled so that its shorter side fits, and the middle cut out.
    Crop,
    /// Scaled so that its longer side fits, and the rest 0.
    Pad,
    /// Each side scaled by itself.
    Stretch,
}

impl From<Fit> for Preprocessing {
    fn from(fit: Fit) -> Self {
        match fit {
            Fit::Crop => Self::Crop,
            Fit::Pad => Self::Pad,
            Fit::Stretch => Self::Stretch,
        }
    }
}

/// The images of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AboutData {
    /// The dataset's name.
    pub name: String,
    /// Where it was read from, as a whole path. For this machine alone: nothing that leaves it has
    /// the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Training images of each class, those that are held out among them.
    pub train: Vec<usize>,
    /// Images of each class in a validation part that the data bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Vec<usize>>,
    /// Test images of each class.
    pub test: Vec<usize>,
    /// What the images are.
    #[serde(flatten)]
    pub digests: Digests,
    /// Of a run that was limited to a part of a dataset: the digest of the whole, free of order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

impl About {
    /// What a run with this config on these images is about.
    ///
    /// # Errors
    ///
    /// When the config's network cannot be, or a photograph cannot be read.
    pub fn new(config: &TrainConfig, splits: &Splits, root: &Path) -> Result<Self, RunError> {
        let test = &splits.test;
        Ok(Self {
            version: VERSION,
            run: None,
            net: config.net.to_string(),
            graph: config.graph(test.shape(), test.classes())?,
            class_names: test.class_names().to_vec(),
            preprocessing: match &config.dataset {
                Source::Named(Dataset::Imagenet) => Preprocessing::CentreCrop,
                Source::Named(_) => Preprocessing::None,
                Source::Own(_) => config.fit.into(),
            },
            data: AboutData {
                name: config.dataset.name(),
                place: match &config.dataset {
                    Source::Named(Dataset::Glyphs) => None,
                    // From whatever folder a process works in later.
                    Source::Named(_) => {
                        let root = std::path::absolute(root).unwrap_or_else(|_| root.into());
                        Some(root.display().to_string())
                    }
                    own @ Source::Own(_) => Some(own.absolute().to_string()),
                },
                train: splits.train.counts(),
                validation: splits.validation.as_ref().map(Images::counts),
                test: test.counts(),
                digests: splits.digests()?,
                whole: None,
            },
            steps: None,
            init: None,
            teacher: None,
            computes: None,
            settings: config.began_with(),
        })
    }

    /// Reads that of the run in this folder; `None` for a run of an earlier version.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] when it is damaged.
    pub fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(NAME);
        if !path.exists() {
            return Ok(None);
        }
        let wrong =
            |found: &dyn std::fmt::Display| RunError::damaged(&path, "what a run is about", found);
        let size = path
            .metadata()
            .map_err(|e| RunError::io("reading", &path, e))?
            .len();
        if size > MAX_BYTES {
            return Err(wrong(&format_args!("{size} bytes")));
        }
        let about: Self =
            serde_json::from_slice(&read_bytes(&path, MAX_BYTES)?).map_err(|e| wrong(&e))?;
        if about.version != VERSION {
            return Err(wrong(&format_args!(
                "version {}, not {VERSION}",
                about.version
            )));
        }
        let (classes, names) = (about.graph.classes(), about.class_names.len());
        let counts = [about.data.train.len(), about.data.test.len()];
        if [names, counts[0], counts[1]] != [classes; 3] {
            return Err(wrong(&format_args!(
                "{classes} classes of the network, {names} names, and counts of {counts:?} classes"
            )));
        }
        Ok(Some(about))
    }

    /// Writes it into a run's folder, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let json = serde_json::to_string_pretty(self).expect("what a run is about is JSON");
        write_aside(&folder.join(NAME), format!("{json}\n").as_bytes())
    }

    /// Refuses images that the network does not take or whose classes are others: "trained on cat,
    /// dog; these data have ant, cat".
    ///
    /// # Errors
    ///
    /// [`RunError::OtherClasses`] that names what the run has and what the images have.
    pub fn must_take(&self, images: &Images) -> Result<(), RunError> {
        self.must_fit(images.shape(), images.class_names())
    }

    /// As [`must_take`](Self::must_take), of images that another run is about.
    ///
    /// # Errors
    ///
    /// As [`must_take`](Self::must_take).
    pub fn must_take_those_of(&self, other: &Self) -> Result<(), RunError> {
        self.must_fit(other.graph.input(), &other.class_names)
    }

    fn must_fit(&self, input: [usize; 3], theirs: &[String]) -> Result<(), RunError> {
        let ours = &self.class_names;
        let shape = |[c, h, w]: [usize; 3]| format!("{c}x{h}x{w}");
        let (expected, found) = match self.graph.input() == input {
            false => (
                format!("images of {}", shape(self.graph.input())),
                format!("images of {}", shape(input)),
            ),
            true if ours.len() != theirs.len() => (
                format!("the run's {} classes ({})", ours.len(), names(ours)),
                format!("{} in the data ({})", theirs.len(), names(theirs)),
            ),
            true if ours.as_slice() != theirs => (
                format!("the classes that the run was trained on, {}", names(ours)),
                format!("{} in the data", names(theirs)),
            ),
            true => return Ok(()),
        };
        Err(RunError::OtherClasses { expected, found })
    }

    /// Refuses a config that has been changed to that of another network.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherNetwork`] that names the first node that differs.
    pub fn must_be_of(&self, config: &TrainConfig) -> Result<(), RunError> {
        let now = config.graph(self.graph.input(), self.graph.classes())?;
        if now == self.graph {
            return Ok(());
        }
        let (ours, theirs) = (self.graph.nodes(), now.nodes());
        let first = ours
            .iter()
            .zip(theirs)
            .find(|(ours, theirs)| ours != theirs);
        let name = first.map(|(node, _)| node.name.clone());
        let counts = || format!("{} nodes and {}", ours.len(), theirs.len());
        Err(RunError::OtherNetwork {
            difference: name.map_or_else(counts, |name| format!("node `{name}` differs")),
        })
    }

    /// Refuses data that are no longer those of the run, and says in what they differ.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherData`] that names both sides.
    pub fn must_be(&self, now: &Self) -> Result<(), RunError> {
        match self.differs(now) {
            None => Ok(()),
            Some(difference) => Err(RunError::OtherData {
                dataset: now.data.name.clone(),
                difference,
            }),
        }
    }

    /// Refuses another number of steps an epoch, which would shift the learning rate's schedule amid a run.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherSteps`] that names both numbers.
    pub fn must_step_as(&self, now: &Self) -> Result<(), RunError> {
        match (self.steps, now.steps) {
            (Some(expected), Some(found)) if expected != found => {
                Err(RunError::OtherSteps { expected, found })
            }
            _ => Ok(()),
        }
    }

    /// Refuses another teacher, from which a run would go on to learn something else.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherTeacher`] that names both.
    pub fn must_learn_from(&self, now: &Self) -> Result<(), RunError> {
        let sha256 = |about: &Self| about.teacher.as_ref().map(|of| of.sha256.clone());
        if sha256(self) == sha256(now) {
            return Ok(());
        }
        let told = |about: &Self| match &about.teacher {
            Some(AboutInit { name, sha256 }) => {
                let start: String = sha256.chars().take(12).collect();
                format!("{name} (sha256 {start}…)")
            }
            None => "none".into(),
        };
        Err(RunError::OtherTeacher {
            expected: told(self),
            found: told(now),
        })
    }

    /// In what the data differ from those of another time: `expected …, found …`.
    pub fn differs(&self, now: &Self) -> Option<String> {
        let (ours, theirs) = (&self.data, &now.data);
        let sum = |counts: &[usize]| counts.iter().sum::<usize>();
        let counts = |data: &AboutData| {
            format!(
                "{} images to train with and {} to test",
                sum(&data.train),
                sum(&data.test)
            )
        };
        if self.class_names != now.class_names {
            let (ours, theirs) = (names(&self.class_names), names(&now.class_names));
            return Some(format!(
                "expected the run's classes, {ours}, found {theirs}"
            ));
        }
        if (&ours.train, &ours.test) != (&theirs.train, &theirs.test) {
            let parts = [
                ("to train with", &ours.train, &theirs.train),
                ("to test", &ours.test, &theirs.test),
            ];
            let moved = parts.iter().find_map(|(purpose, ours, theirs)| {
                let class = ours
                    .iter()
                    .zip(*theirs)
                    .position(|(ours, theirs)| ours != theirs)?;
                let (name, ours, theirs) = (&self.class_names[class], ours[class], theirs[class]);
                let name = short(name);
                Some(format!(
                    "; of class {name} the run has {ours} {purpose}, the data have {theirs}"
                ))
            });
            let (ours, theirs) = (counts(ours), counts(theirs));
            let moved = moved.unwrap_or_default();
            return Some(format!("expected the run's {ours}, found {theirs}{moved}"));
        }
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        if ours.digests.content != theirs.digests.content {
            return Some(format!(
                "expected the run's images, with the digest {}…, found as many others, with {}…",
                short(&ours.digests.content),
                short(&theirs.digests.content)
            ));
        }
        (ours.digests.order != theirs.digests.order).then(|| {
            format!(
                "expected the run's images in their order, with the digest {}…, found them in another, with {}…",
                short(&ours.digests.order),
                short(&theirs.digests.order)
            )
        })
    }
}

/// A name of a class, for a message.
fn short(name: &str) -> String {
    const LENGTH: usize = 40;
    let end = name.char_indices().nth(LENGTH);
    let start = end.map_or(name, |(end, _)| &name[..end]);
    word_list::Printable(start).to_string()
}

/// The first names of classes, for a message.
fn names(all: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = all.iter().take(SHOWN).map(|name| short(name)).collect();
    match all.len() > SHOWN {
        true => format!("{}, … ({} in all)", shown.join(", "), all.len()),
        false => shown.join(", "),
    }
}
