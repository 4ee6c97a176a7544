//! What a checkpoint says of itself, written when all its parts are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Position;
use crate::RunError;
use crate::digest::sha256;
use crate::files::{read_bytes, read_record, write_aside};

const VERSION: u32 = 1;
/// No checkpoint has a longer one: a line for each parameter of the network.
const MAX_BYTES: u64 = 16 << 20;
const EXPECTED: &str = "the manifest of a checkpoint";

/// `manifest-N.json`.
///
/// A new field takes `#[serde(default)]`: without it no checkpoint of before could be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    version: u32,
    /// The run that it is of, as in its `network.json`; none of a run of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Where in the run it stands.
    #[serde(flatten)]
    pub at: Position,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// What the metrics have summed up in the unfinished epoch; none at the end of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
    /// The shape of each of the network's parameters, by its name.
    #[serde(default)]
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// The other files.
    pub parts: Vec<Part>,
}

/// A file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, as hexadecimal digits.
    pub sha256: String,
}

/// Sums over the steps of an unfinished epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Images that were trained on.
    pub images: usize,
    /// Of the batches' mean losses, each times its images.
    #[serde(with = "exact")]
    pub loss: f64,
    /// Of the batches' errors in percent, each times its images.
    #[serde(with = "exact")]
    pub error_percent: f64,
    /// The learning rate of the last step.
    #[serde(with = "exact")]
    pub learning_rate: f64,
}

impl Sums {
    fn are_finite(&self) -> bool {
        let sums = [self.loss, self.error_percent, self.learning_rate];
        sums.iter().all(|sum| sum.is_finite())
    }
}

impl Manifest {
    /// That of a checkpoint without any part yet.
    pub fn new(run: Option<&str>, at: Position, steps_per_epoch: usize) -> Self {
        Self {
            version: VERSION,
            run: run.map(str::to_owned),
            at,
            steps_per_epoch,
            sums: None,
            shapes: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    /// Adds the file `path`, which holds `bytes`.
    pub fn add(&mut self, path: &Path, bytes: &[u8]) {
        self.parts.push(Part {
            file: name(path),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        });
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be read, [`RunError::Damaged`] when it is none.
    pub(super) fn read(path: &Path) -> Result<Self, RunError> {
        let size = path
            .metadata()
            .map_err(|e| RunError::io("reading", path, e))?
            .len();
        if size > MAX_BYTES {
            return Err(RunError::damaged(
                path,
                EXPECTED,
                format_args!("{size} bytes"),
            ));
        }
        let manifest: Self = serde_json::from_slice(&read_bytes(path, MAX_BYTES)?)
            .map_err(|e| RunError::damaged(path, EXPECTED, e))?;
        if manifest.version != VERSION {
            let found = format_args!("version {}, not {VERSION}", manifest.version);
            return Err(RunError::damaged(path, EXPECTED, found));
        }
        Ok(manifest)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), RunError> {
        let json = serde_json::to_string_pretty(self).expect("a manifest is JSON");
        write_aside(path, format!("{json}\n").as_bytes())
    }

    /// Refuses that of another run or another place.
    pub(super) fn must_be(
        &self,
        path: &Path,
        run: Option<&str>,
        at: Position,
    ) -> Result<(), RunError> {
        if self.at != at {
            let found = format_args!("that of a checkpoint {}", self.at);
            return Err(RunError::damaged(path, EXPECTED, found));
        }
        if run.is_some() && self.run.as_deref() != run {
            let found = "that of another run";
            return Err(RunError::damaged(path, EXPECTED, found));
        }
        match &self.sums {
            None if !at.is_end_of_epoch() => Err(RunError::damaged(path, EXPECTED, "no sums")),
            Some(sums) if !sums.are_finite() => Err(RunError::damaged(
                path,
                EXPECTED,
                "sums that are not finite",
            )),
            _ => Ok(()),
        }
    }

    /// What it says of a file.
    fn part(&self, file: &Path) -> Option<&Part> {
        let name = name(file);
        self.parts.iter().find(|part| part.file == name)
    }

    /// Refuses a part that is not there, or not as long as it should be.
    pub(super) fn must_fit(&self, manifest: &Path, file: &Path) -> Result<(), RunError> {
        let Some(part) = self.part(file) else {
            let found = format_args!("nothing of {}", name(file));
            return Err(RunError::damaged(manifest, EXPECTED, found));
        };
        let there = fs::metadata(file).map_err(|e| RunError::io("reading", file, e))?;
        if there.len() != part.bytes {
            let expected = format!("the {} bytes that its manifest tells of", part.bytes);
            return Err(RunError::damaged(file, &expected, there.len()));
        }
        Ok(())
    }

    /// Refuses a part that holds other bytes.
    pub(super) fn must_hold(&self, file: &Path) -> Result<(), RunError> {
        let found = sha256(&read_record(file)?);
        match self.part(file) {
            Some(part) if part.sha256 == found => Ok(()),
            _ => Err(RunError::damaged(
                file,
                "the SHA-256 that its manifest tells of",
                found,
            )),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Numbers as texts, which come back with the same bits. JSON's own numbers may not, and infinity is none of them.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:?}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_back_with_the_same_bits() {
        for value in [0.1 + 0.2, f64::MIN_POSITIVE, -1e300, f64::INFINITY] {
            let sums = Sums {
                images: 3,
                loss: value,
                error_percent: value / 3.0,
                learning_rate: value / 7.0,
            };
            let text = serde_json::to_string(&sums).unwrap();
            assert_eq!(serde_json::from_str::<Sums>(&text).unwrap(), sums, "{text}");
        }
        let text = r#"{"images":1,"loss":"NaN","error_percent":"0","learning_rate":"0"}"#;
        assert!(serde_json::from_str::<Sums>(text).unwrap().loss.is_nan());
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("manifest-1.json");
        Manifest::new(Some("run"), Position::end_of(1), 4)
            .write(&path)
            .unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        assert!(Manifest::read(&path).is_ok());
        for other in [
            String::new(),
            whole[..whole.len() / 2].into(),
            whole.replace("\"version\": 1", "\"version\": 2"),
            whole.replace("\"epoch\": 1", "\"epoch\": -1"),
        ] {
            assert_ne!(other, whole);
            fs::write(&path, other).unwrap();
            let error = Manifest::read(&path).unwrap_err().to_string();
            assert!(error.contains("manifest-1.json"), "{error}");
        }
    }

    #[test]
    fn sums_that_are_not_finite_are_refused() {
        let at = Position { epoch: 0, step: 2 };
        let mut manifest = Manifest::new(None, at, 4);
        let path = Path::new("manifest-0-2.json");
        let sums = Sums::default();
        manifest.sums = Some(sums);
        manifest.must_be(path, None, at).unwrap();
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        for sums in [
            None,
            Some(Sums { loss: inf, ..sums }),
            Some(Sums {
                error_percent: nan,
                ..sums
            }),
            Some(Sums {
                learning_rate: -inf,
                ..sums
            }),
        ] {
            manifest.sums = sums;
            let error = manifest.must_be(path, None, at).unwrap_err().to_string();
            assert!(error.contains("manifest-0-2.json"), "{error}");
        }
    }
}
