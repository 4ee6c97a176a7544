//! The list of files to download: where they are, where they go, how they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use serde::Deserialize;

use crate::DataError;

/// The files of every dataset that can be fetched, by the dataset's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    datasets: BTreeMap<String, Vec<ManifestFile>>,
}

/// One file to download.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ManifestFile {
    /// Where it goes below the data root; `/` parts folders.
    pub path: String,
    /// Addresses, `https` or `http`, in the order in which they are tried.
    pub urls: Vec<String>,
    /// Bytes, if known.
    pub size: Option<u64>,
    /// The MD5 sum, 32 hexadecimal digits, if known.
    pub md5: Option<String>,
    /// The SHA-256 sum, 64 hexadecimal digits, if known; one of the two sums must be.
    pub sha256: Option<String>,
}

impl Manifest {
    /// The manifest of this version of the program, `src/fetch/manifest.toml`.
    pub fn embedded() -> Self {
        Self::from_toml(include_str!("manifest.toml")).expect("a test parses the embedded manifest")
    }

    /// A manifest from its text: a list of [`ManifestFile`]s under each dataset's name.
    ///
    /// # Errors
    ///
    /// [`DataError::Manifest`] when the text is not TOML, has unknown or missing keys, a path that
    /// leaves the data root, no address or no checksum.
    pub fn from_toml(text: &str) -> Result<Self, DataError> {
        let datasets: BTreeMap<String, Vec<ManifestFile>> =
            toml::from_str(text).map_err(|error| DataError::Manifest {
                expected: "a list of files under each dataset's name, in TOML".into(),
                found: error.message().to_owned(),
            })?;
        let mut paths = BTreeSet::new();
        for (dataset, files) in &datasets {
            if files.is_empty() {
                return wrong(
                    "at least one file of each dataset",
                    format!("none of `{dataset}`"),
                );
            }
            for file in files {
                file.check()?;
                if !paths.insert(&file.path) {
                    return wrong("each path once", format!("`{}` twice", file.path));
                }
            }
        }
        Ok(Self { datasets })
    }

    /// The names of the datasets, sorted.
    pub fn datasets(&self) -> impl Iterator<Item = &str> {
        self.datasets.keys().map(String::as_str)
    }

    /// The files of one dataset, 1 or more.
    ///
    /// # Errors
    ///
    /// [`DataError::Name`] when there is no such dataset.
    pub fn files(&self, dataset: &str) -> Result<&[ManifestFile], DataError> {
        self.datasets
            .get(dataset)
            .map(Vec::as_slice)
            .ok_or_else(|| {
                let known: Vec<&str> = self.datasets().collect();
                DataError::word("dataset to fetch", &known, dataset)
            })
    }
}

impl ManifestFile {
    fn check(&self) -> Result<(), DataError> {
        let path = &self.path;
        // Backslashes and colons would be separators on some systems, names on others.
        let harmless = !path.contains(['\\', ':', '\0'])
            && path.split('/').all(|part| !part.is_empty() && part != ".")
            && Path::new(path)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
        if !harmless {
            return wrong("a path that stays below the data root", format!("`{path}`"));
        }
        if self.urls.is_empty() {
            return wrong("at least one address", format!("none of `{path}`"));
        }
        let web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        if let Some(url) = self.urls.iter().find(|url| !web(url)) {
            return wrong(
                "addresses that begin with https:// or http://",
                format!("`{url}`"),
            );
        }
        if self.size == Some(0) {
            return wrong("a size of 1 byte or more", format!("0 of `{path}`"));
        }
        if self.md5.is_none() && self.sha256.is_none() {
            return wrong("md5 or sha256 of each file", format!("neither of `{path}`"));
        }
        for (sum, digits) in [(&self.md5, 32), (&self.sha256, 64)] {
            if let Some(sum) = sum
                && (sum.len() != digits || !sum.bytes().all(|byte| byte.is_ascii_hexdigit()))
            {
                return wrong(&format!("{digits} hexadecimal digits"), format!("`{sum}`"));
            }
        }
        Ok(())
    }
}

fn wrong<T>(expected: &str, found: String) -> Result<T, DataError> {
    Err(DataError::Manifest {
        expected: expected.to_owned(),
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dataset;

    #[test]
    fn the_embedded_manifest_covers_every_dataset_with_files() {
        let manifest = Manifest::embedded();
        for dataset in Dataset::ALL {
            let files = manifest.files(dataset.name());
            match dataset {
                Dataset::Glyphs => assert!(files.is_err()),
                // For registered users of image-net.org only.
                Dataset::Imagenet32 | Dataset::Imagenet => assert!(files.is_err()),
                _ => assert!(files.is_ok(), "{dataset}"),
            }
        }
        let files = manifest
            .datasets()
            .flat_map(|name| manifest.files(name).unwrap());
        assert!(
            files
                .into_iter()
                .all(|file| file.sha256.is_some() && file.md5.is_some())
        );
    }

    /// A manifest of one file, with one line of it replaced.
    fn with(key: &str, line: &str) -> Result<Manifest, DataError> {
        let mut text = String::from("[[d]]\n");
        for (name, usual) in [
            ("path", "path = \"d/f\""),
            ("urls", "urls = [\"https://h/f\"]"),
            ("size", "size = 3"),
            ("md5", "md5 = \"00112233445566778899aabbccddeeff\""),
            ("end", ""),
        ] {
            text += if name == key { line } else { usual };
            text += "\n";
        }
        Manifest::from_toml(&text)
    }

    #[test]
    fn malformed_manifests_are_refused() {
        with("end", "").unwrap();
        for (key, line, word) in [
            ("end", "colour = 1", "colour"),
            ("end", "[[", "TOML"),
            ("path", "", "path"),
            ("path", "path = \"../f\"", "below the data root"),
            ("path", "path = \"a/../../f\"", "below the data root"),
            ("path", "path = \"/etc/f\"", "below the data root"),
            ("path", "path = 'C:\\f'", "below the data root"),
            ("path", "path = \"a//f\"", "below the data root"),
            ("path", "path = \"./f\"", "below the data root"),
            ("path", "path = \"\"", "below the data root"),
            ("urls", "urls = []", "at least one address"),
            ("urls", "urls = [\"file:///etc/passwd\"]", "https://"),
            ("size", "size = 0", "1 byte or more"),
            ("size", "size = -1", "TOML"),
            ("md5", "", "md5 or sha256"),
            ("md5", "md5 = \"abc\"", "32 hexadecimal digits"),
            (
                "end",
                "[[e]]\npath = \"d/f\"\nurls = [\"https://h\"]\nmd5 = \
              \"00112233445566778899aabbccddeeff\"",
                "twice",
            ),
            ("end", "[other]\npath = 1", "TOML"),
            ("end", "other = []", "other"),
        ] {
            let error = with(key, line).expect_err(line).to_string();
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}
