//! What lies at a path: pictures, with the part and the class of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pixels::{Channels, Orientation, Picture};

use super::arrays;
use super::foreign::Foreign;
use super::layout::layout;
use super::parallel::Gate;
use super::passed::Passed;
use super::sniff::{Kind, claims_picture, no_picture};
use super::store::Store;
use super::{OwnOptions, PassedOver};
use crate::DataError;
use crate::formats::photo::{Decoded, Header, MAX_FILE};

/// The parts that data may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartName {
    Train = 0,
    Validation = 1,
    Test = 2,
}

/// Something for each part.
#[derive(Default)]
pub(super) struct Parts<T> {
    pub(super) train: T,
    pub(super) validation: Option<T>,
    pub(super) test: Option<T>,
}

impl<T> Parts<T> {
    pub(super) fn only(train: T) -> Self {
        Self {
            train,
            validation: None,
            test: None,
        }
    }

    pub(super) fn map<U>(self, mut change: impl FnMut(T) -> U) -> Parts<U> {
        Parts {
            train: change(self.train),
            validation: self.validation.map(&mut change),
            test: self.test.map(&mut change),
        }
    }
}

/// Pictures with their classes and parts.
pub(super) struct Found {
    pub(super) root: PathBuf,
    /// As in `class folders in a zip archive`.
    pub(super) format: String,
    pub(super) classes: Vec<String>,
    /// Which picture, and its label.
    pub(super) parts: Parts<Vec<(usize, u16)>>,
    pub(super) pictures: Pictures,
    pub(super) passed: Vec<PassedOver>,
    pub(super) notes: Vec<String>,
}

/// Where the pictures are.
pub(super) enum Pictures {
    /// Files of encoded pictures, decoded when they are wanted.
    Files(OwnFiles),
    /// Pixels, the channels of each beside each other.
    Array {
        channels: Channels,
        height: u32,
        width: u32,
        pixels: Pixels,
    },
}

/// Pixels of pictures of one size, in blocks that never move.
#[derive(Default)]
pub(super) struct Pixels {
    /// The number of the first picture of each, and its bytes.
    blocks: Vec<(usize, Vec<u8>)>,
}

impl Pixels {
    /// Adds the pixels of the pictures from number `first` on.
    pub(super) fn push(&mut self, first: usize, pixels: Vec<u8>) {
        self.blocks.push((first, pixels));
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The number of the first picture behind a block.
    pub(super) fn end(&self, block: usize) -> usize {
        self.blocks
            .get(block + 1)
            .map_or(usize::MAX, |(first, _)| *first)
    }

    /// Gives a block's memory back.
    pub(super) fn give_back(&mut self, block: usize) {
        self.blocks[block].1 = Vec::new();
    }

    /// A picture of `size` bytes.
    fn get(&self, index: usize, size: usize) -> &[u8] {
        let block = self.blocks.partition_point(|(first, _)| *first <= index) - 1;
        let (first, pixels) = &self.blocks[block];
        &pixels[(index - first) * size..][..size]
    }
}

/// Pictures that stay in their files.
#[derive(Clone)]
pub(crate) struct OwnFiles {
    store: Arc<Store>,
    gate: Arc<Gate>,
}

impl OwnFiles {
    pub(crate) fn new(store: Store, memory: u64) -> Self {
        // Pictures in the making may take as much as those that are made.
        Self {
            store: Arc::new(store),
            gate: Arc::new(Gate::new(memory)),
        }
    }

    /// Whether these are the same files.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.store, &other.store)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Decodes a file, and hands it to `see`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a phrase.
    pub(crate) fn with<T>(
        &self,
        file: usize,
        see: impl FnOnce(&Decoded) -> T,
    ) -> Result<T, String> {
        let bytes = self
            .store
            .read(file, MAX_FILE)
            .map_err(|error| match error {
                DataError::Io { doing, source, .. } => format!("cannot {doing}: {source}"),
                DataError::Oversized { expected, .. } => {
                    format!("a file of more than {expected} bytes")
                }
                DataError::Corrupt { source, .. } => source.to_string(),
                other => other.to_string(),
            })?;
        let header = Header::read(&bytes)?;
        self.gate.pass(header.cost(), || {
            header.decode().map(|decoded| see(&decoded))
        })
    }
}

impl Pictures {
    /// Hands a picture and its mode to `see`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a phrase.
    pub(super) fn with<T>(
        &self,
        index: usize,
        see: impl FnOnce(&Picture, &[u8], &'static str) -> T,
    ) -> Result<T, String> {
        match self {
            Self::Files(files) => files.with(index, |decoded| {
                see(&decoded.picture(), decoded.bytes(), decoded.mode())
            }),
            Self::Array {
                channels,
                height,
                width,
                pixels,
            } => {
                let size = channels.count() * *height as usize * *width as usize;
                let bytes = pixels.get(index, size);
                let picture = Picture::new(bytes, *width, *height, *channels, Orientation::UPRIGHT);
                let mode = match channels {
                    Channels::Grey => "grey",
                    Channels::GreyAlpha => "grey with alpha",
                    Channels::Rgb => "RGB",
                    Channels::Rgba => "RGB with alpha",
                };
                Ok(see(
                    &picture.map_err(|error| error.to_string())?,
                    bytes,
                    mode,
                ))
            }
        }
    }

    /// Channels, height and width, where all are alike.
    pub(super) fn shape(&self) -> Option<[usize; 3]> {
        match self {
            Self::Files(_) => None,
            Self::Array {
                channels,
                height,
                width,
                ..
            } => Some([channels.count(), *height as usize, *width as usize]),
        }
    }

    /// What a picture is called, within the data.
    pub(super) fn name(&self, index: usize) -> String {
        match self {
            Self::Files(files) => files.store.name(index).to_owned(),
            Self::Array { .. } => format!("image {index}"),
        }
    }
}

/// Whether a path is the address of another machine, such as `https://host/a.zip`, and nothing here.
fn is_address(path: &Path) -> bool {
    let scheme = |text: &str| {
        text.len() > 1
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    path.to_str()
        .and_then(|text| text.split_once("://"))
        .is_some_and(|(before, _)| scheme(before))
        && !path.exists()
}

/// What is assumed of names that are no text.
fn escaped(store: &Store) -> Option<String> {
    (store.escaped > 0).then(|| {
        format!(
            "{} names of files or folders are not UTF-8; their other bytes are written as in \\xff",
            store.escaped
        )
    })
}

/// Finds out what lies at a path.
pub(super) fn find(path: &Path, options: &OwnOptions) -> Result<Found, DataError> {
    let mut passed = Passed::default();
    let memory = options.memory();
    if is_address(path) {
        return Err(DataError::Foreign {
            path: path.to_owned(),
            what: Foreign::Address,
        });
    }
    let store = match Store::open(path, memory, &mut passed)? {
        Some(store) => store,
        None => {
            let single = Store::single(path);
            // A file of images has its labels beside it.
            match single.kind(0)? {
                Kind::Idx { .. } => arrays::beside(path)?,
                _ => single,
            }
        }
    };
    let mut others = Vec::new();
    let mut is_picture = Vec::new();
    for index in 0..store.len() {
        // What calls itself a picture and is none is told as a file that cannot be read.
        let kind = match claims_picture(store.name(index)) {
            true => Kind::Picture,
            false => store.kind(index).unwrap_or(Kind::Other),
        };
        is_picture.push(kind == Kind::Picture);
        if kind != Kind::Picture {
            others.push((index, kind));
        }
    }
    if let Some(layout) = layout(&store, &is_picture, &mut passed)? {
        for (index, _) in others {
            let name = store.name(index);
            passed.add(no_picture(name), name);
        }
        return Ok(Found {
            root: store.root().to_owned(),
            format: format!("class folders{}", store.within),
            classes: layout.classes,
            parts: layout.parts,
            notes: escaped(&store).into_iter().chain(layout.notes).collect(),
            passed: passed.list(),
            pictures: Pictures::Files(OwnFiles::new(store, memory)),
        });
    }
    #[cfg(feature = "parquet")]
    if let Some(found) = super::parquet::find(&store, &others, memory, &mut passed)? {
        return Ok(found);
    }
    #[cfg(not(feature = "parquet"))]
    if let Some((file, _)) = others.iter().find(|(_, kind)| *kind == Kind::Parquet) {
        return Err(DataError::Malformed {
            path: store.path(*file),
            place: "format".into(),
            expected: "one that this build reads".into(),
            found: "parquet, which is left out of it".into(),
        });
    }
    if let Some(found) = arrays::find(path, &store, &others, memory, &mut passed)? {
        return Ok(found);
    }
    let foreign = others.iter().find_map(|&(file, kind)| match kind {
        Kind::Foreign(what) => Some((file, what)),
        _ => None,
    });
    let direct = is_picture.iter().filter(|&&is_picture| is_picture).count();
    if let (Some((file, what)), 0) = (foreign, direct) {
        return Err(DataError::Foreign {
            path: store.path(file),
            what,
        });
    }
    let names = || (0..store.len()).map(|index| store.name(index));
    Err(DataError::NoImages {
        path: path.to_owned(),
        pictures: direct,
        found: names().take(10).map(str::to_owned).collect(),
        files: store.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_paths() {
        for text in [
            "https://host/a.zip",
            "s3://bucket/x",
            "hf://a/b",
            "file://x",
        ] {
            assert!(is_address(Path::new(text)), "{text}");
        }
        for text in ["./a", "C:/a", "a/b://c", "://x", "/https:/x"] {
            assert!(!is_address(Path::new(text)), "{text}");
        }
    }

    #[test]
    fn pixels_are_found_in_their_block() {
        let mut pixels = Pixels::default();
        pixels.push(0, vec![0, 1, 2, 3]);
        pixels.push(2, vec![]);
        pixels.push(2, vec![4, 5]);
        for index in 0..3u8 {
            let bytes = [2 * index, 2 * index + 1];
            assert_eq!(pixels.get(index.into(), 2), bytes);
        }
    }
}
