//! A run's checkpoints: which there are, and which of them are whole.
//!
//! A checkpoint is some files, its parts, and a manifest that is written last:
//!
//! ```text
//! model-3.bpk      optim-3.bpk      scheduler-3.bpk      manifest-3.json       after epoch 3
//! model-3-120.bpk  optim-3-120.bpk  scheduler-3-120.bpk  manifest-3-120.json   120 steps later
//! signs-3-120.bin
//! ```
//!
//! The manifest tells which run it is of, where in the run it stands, and length and SHA-256 of each
//! part. Parts without a manifest are no checkpoint, but in runs of earlier versions, which wrote none.

mod manifest;
mod position;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::RunError;
pub use manifest::{Manifest, Part, Sums};
pub use position::Position;

/// The parts of each checkpoint: network, optimiser, schedule.
pub const PARTS: [&str; 3] = ["model", "optim", "scheduler"];

/// The part that a checkpoint within an epoch has besides: the signs of the weights at the end of the epoch before,
/// with which those at its own end are compared.
pub const SIGNS: &str = "signs";

const MANIFEST: &str = "manifest";

/// How many checkpoints of an unfinished epoch are kept: if the last one is damaged, one is left.
const KEPT_WITHIN: usize = 2;

/// The names of the parts of a checkpoint.
pub fn parts(at: Position) -> impl Iterator<Item = &'static str> {
    PARTS
        .into_iter()
        .chain((!at.is_end_of_epoch()).then_some(SIGNS))
}

/// The checkpoints of a run.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    /// The run's own name, which its manifests have; none in runs of earlier versions.
    run: Option<String>,
}

impl Checkpoints {
    /// Those in a folder, of the run with this id.
    pub fn new(folder: PathBuf, run: Option<String>) -> Self {
        Self { folder, run }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The run's id; none of a run of an earlier version.
    pub fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// The file of one part.
    pub fn path(&self, part: &str, at: Position) -> PathBuf {
        let end = match part {
            MANIFEST => "json",
            SIGNS => "bin",
            _ => "bpk",
        };
        self.folder.join(format!("{part}-{}.{end}", at.name()))
    }

    /// Where the checkpoints stand of which there is a network or a manifest, whole or not, the newest first.
    pub fn all(&self) -> Vec<Position> {
        self.list().unwrap_or_default()
    }

    /// As [`all`](Self::all), where a folder that cannot be read must not pass for one without checkpoints.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when there is a folder that cannot be read.
    pub fn list(&self) -> Result<Vec<Position>, RunError> {
        let names: Vec<String> = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            entries => {
                let entries = entries.and_then(Iterator::collect::<Result<Vec<_>, _>>);
                let entries = entries.map_err(|e| RunError::io("reading", &self.folder, e))?;
                let names = entries.into_iter().map(|entry| entry.file_name());
                names.filter_map(|name| name.into_string().ok()).collect()
            }
        };
        let mut all: Vec<Position> = names
            .iter()
            .filter_map(|name| {
                let of = |part, end| Some(name.strip_prefix(part)?.strip_suffix(end)?.to_owned());
                let place = of("model-", ".bpk").or_else(|| of("manifest-", ".json"))?;
                Position::parse(&place)
            })
            .collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.dedup();
        Ok(all)
    }

    /// The newest checkpoint that looks whole; `None` when there is none.
    pub fn newest(&self) -> Option<Position> {
        self.all().into_iter().find(|&at| self.look(at).is_ok())
    }

    /// The newest end of an epoch with a checkpoint that looks whole.
    pub fn newest_epoch(&self) -> Option<usize> {
        let mut ends = self.all().into_iter().filter(|at| at.is_end_of_epoch());
        ends.find(|&at| self.look(at).is_ok()).map(|at| at.epoch)
    }

    /// Whether a checkpoint looks whole: all files are there and as long as the manifest says. The manifest is `None` in
    /// runs of earlier versions.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] or [`RunError::Io`] that names the file that is not what it should be.
    pub fn look(&self, at: Position) -> Result<Option<Manifest>, RunError> {
        let path = self.path(MANIFEST, at);
        if !path.exists() && self.may_lack_manifest(at) {
            for part in PARTS {
                let path = self.path(part, at);
                let there = fs::metadata(&path).map_err(|e| RunError::io("reading", &path, e))?;
                if !there.is_file() {
                    let error =
                        io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
                    return Err(RunError::io("reading", &path, error));
                }
            }
            return Ok(None);
        }
        let manifest = Manifest::read(&path)?;
        manifest.must_be(&path, self.run(), at)?;
        for part in parts(at) {
            manifest.must_fit(&path, &self.path(part, at))?;
        }
        Ok(Some(manifest))
    }

    /// As [`look`](Self::look), and reads all parts for their checksums.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    pub fn verify(&self, at: Position) -> Result<Option<Manifest>, RunError> {
        let manifest = self.look(at)?;
        if let Some(manifest) = &manifest {
            for part in parts(at) {
                manifest.must_hold(&self.path(part, at))?;
            }
        }
        Ok(manifest)
    }

    /// Whether there are files of checkpoints, whole or not.
    pub fn has_files(&self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.any(|name| name.ends_with(".bpk") || name.ends_with(".json"))
    }

    /// Whether the writing of a checkpoint came to its end.
    pub fn is_sealed(&self, at: Position) -> bool {
        self.path(MANIFEST, at).exists() || self.may_lack_manifest(at)
    }

    /// Deletes what is left of checkpoints after a place whose writing was broken off.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] that names a file that cannot be deleted.
    pub fn sweep(&self, after: Position) -> Result<(), RunError> {
        let mut later = self.all().into_iter().filter(|&at| at > after);
        match self.run {
            Some(_) => later.try_for_each(|at| match self.is_sealed(at) {
                true => Ok(()),
                false => self.delete(at),
            }),
            None => Ok(()),
        }
    }

    /// Programs of before wrote no manifests. Once one is there, what comes after it has one too.
    fn may_lack_manifest(&self, at: Position) -> bool {
        let earlier = |&other: &Position| other <= at && self.path(MANIFEST, other).exists();
        self.run.is_none() && at.is_end_of_epoch() && !self.all().iter().any(earlier)
    }

    /// Ends the writing of a checkpoint: from here on it counts.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when the manifest cannot be written.
    pub fn seal(&self, manifest: &Manifest) -> Result<(), RunError> {
        manifest.write(&self.path(MANIFEST, manifest.at))
    }

    /// Begins the writing of a checkpoint: until it is sealed none stands at its place.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when the folder cannot be made, or an older manifest cannot be deleted.
    pub fn unseal(&self, at: Position) -> Result<(), RunError> {
        fs::create_dir_all(&self.folder).map_err(|e| RunError::io("creating", &self.folder, e))?;
        remove(&self.path(MANIFEST, at))
    }

    /// Deletes all but the newest `keep` ends of epochs, the end of the epoch `best`, and the last few within the epoch
    /// that comes after them.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] that names a file that cannot be deleted.
    pub fn prune(&self, keep: usize, best: Option<usize>) -> Result<(), RunError> {
        let all = self.all();
        let whole: Vec<Position> = all
            .iter()
            .copied()
            .filter(|&at| self.look(at).is_ok())
            .collect();
        let ends = whole.iter().filter(|at| at.is_end_of_epoch());
        let last = ends.clone().next().copied();
        let within = whole
            .iter()
            .filter(|at| !at.is_end_of_epoch() && Some(**at) > last);
        let kept: Vec<Position> = ends
            .take(keep)
            .chain(within.take(KEPT_WITHIN))
            .copied()
            .chain(best.map(Position::end_of))
            .collect();
        // What is newer than all that is whole is not ours to judge.
        let newest = whole.first().copied();
        all.into_iter()
            .filter(|at| Some(*at) <= newest && !kept.contains(at))
            .try_for_each(|at| self.delete(at))
    }

    fn delete(&self, at: Position) -> Result<(), RunError> {
        // The manifest first: what is left of a checkpoint does not count. The network last: by it the rest is found.
        remove(&self.path(MANIFEST, at))?;
        let parts: Vec<&str> = parts(at).collect();
        let mut last = parts.into_iter().rev();
        last.try_for_each(|part| remove(&self.path(part, at)))
    }
}

fn remove(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(RunError::io("deleting", path, error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a checkpoint of the run `id`, each part of which holds its name.
    fn write(checkpoints: &Checkpoints, at: Position) {
        checkpoints.unseal(at).unwrap();
        let mut manifest = Manifest::new(checkpoints.run(), at, 400);
        manifest.sums = (!at.is_end_of_epoch()).then(Sums::default);
        for part in parts(at) {
            let path = checkpoints.path(part, at);
            fs::write(&path, part).unwrap();
            manifest.add(&path, part.as_bytes());
        }
        checkpoints.seal(&manifest).unwrap();
    }

    fn empty(run: Option<&str>) -> (tempfile::TempDir, Checkpoints) {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("checkpoint");
        (dir, Checkpoints::new(folder, run.map(str::to_owned)))
    }

    #[test]
    fn of_an_earlier_run_a_checkpoint_counts_when_its_parts_are_there() {
        let (_dir, checkpoints) = empty(None);
        assert_eq!(checkpoints.newest(), None);
        fs::create_dir(checkpoints.folder()).unwrap();
        for (epoch, parts) in [(2, &PARTS[..]), (3, &PARTS[..2]), (1, &PARTS[..])] {
            for part in parts {
                fs::write(checkpoints.path(part, Position::end_of(epoch)), "").unwrap();
            }
        }
        fs::write(checkpoints.folder().join("model-old.bpk"), "").unwrap();
        assert_eq!(checkpoints.newest_epoch(), Some(2));
        assert_eq!(checkpoints.look(Position::end_of(2)).unwrap(), None);
        // Once it goes on with manifests, what comes later has one.
        write(&checkpoints, Position { epoch: 2, step: 7 });
        write(&checkpoints, Position::end_of(3));
        assert_eq!(checkpoints.newest_epoch(), Some(3));
        fs::remove_file(checkpoints.path(MANIFEST, Position::end_of(3))).unwrap();
        assert_eq!(
            checkpoints.newest(),
            Some(Position { epoch: 2, step: 7 }),
            "no manifest, though a checkpoint before it has one"
        );
        assert_eq!(checkpoints.newest_epoch(), Some(2));
    }

    #[test]
    fn damage_makes_the_one_before_the_newest() {
        let (old, new) = (Position::end_of(3), Position { epoch: 3, step: 5 });
        for part in PARTS.into_iter().chain([SIGNS, MANIFEST]) {
            for damage in ["missing", "cut", "changed"] {
                let (_dir, checkpoints) = empty(Some("run"));
                write(&checkpoints, old);
                write(&checkpoints, new);
                assert_eq!(checkpoints.newest(), Some(new));
                assert!(checkpoints.verify(new).is_ok());
                let path = checkpoints.path(part, new);
                let mut bytes = fs::read(&path).unwrap();
                match damage {
                    "missing" => fs::remove_file(&path).unwrap(),
                    "cut" => fs::write(&path, &bytes[..bytes.len() - 3]).unwrap(),
                    _ => {
                        bytes[1] ^= 1;
                        fs::write(&path, bytes).unwrap();
                    }
                }
                let error = checkpoints.verify(new).unwrap_err().to_string();
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(error.contains(name), "{damage}: {error}");
                // Only reading tells of a byte that was changed.
                if damage != "changed" {
                    assert_eq!(checkpoints.newest(), Some(old), "{part} {damage}");
                }
                assert!(checkpoints.verify(old).is_ok());
            }
        }
    }

    #[test]
    fn a_checkpoint_of_another_run_or_place_does_not_count() {
        let (_dir, checkpoints) = empty(Some("run"));
        let at = Position::end_of(1);
        let others = Checkpoints::new(checkpoints.folder().into(), Some("other".into()));
        write(&others, at);
        assert_eq!((others.newest(), checkpoints.newest()), (Some(at), None));
        write(&checkpoints, at);
        let next = Position::end_of(2);
        for part in parts(at).chain([MANIFEST]) {
            fs::copy(checkpoints.path(part, at), checkpoints.path(part, next)).unwrap();
        }
        assert_eq!(checkpoints.newest(), Some(at));
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_no_empty_one() {
        let (_dir, checkpoints) = empty(Some("run"));
        assert_eq!(checkpoints.list().unwrap(), []);
        assert!(!checkpoints.has_files());
        // A file in its place cannot be listed by anybody.
        fs::write(checkpoints.folder(), "").unwrap();
        let error = checkpoints.list().unwrap_err().to_string();
        assert!(error.contains("checkpoint"), "{error}");
        fs::remove_file(checkpoints.folder()).unwrap();
        write(&checkpoints, Position::end_of(1));
        assert!(checkpoints.has_files());
    }

    #[test]
    fn what_was_broken_off_is_swept() {
        let (_dir, checkpoints) = empty(Some("run"));
        let (first, second) = (Position::end_of(1), Position { epoch: 1, step: 4 });
        write(&checkpoints, first);
        write(&checkpoints, second);
        checkpoints.unseal(second).unwrap();
        assert!(checkpoints.is_sealed(first) && !checkpoints.is_sealed(second));
        checkpoints.sweep(first).unwrap();
        assert_eq!(checkpoints.all(), [first]);
        assert_eq!(fs::read_dir(checkpoints.folder()).unwrap().count(), 4);
    }

    /// A program that is killed while it deletes a checkpoint leaves nothing that is not found again.
    #[test]
    fn what_is_left_of_a_deleted_checkpoint_is_swept() {
        let (first, second) = (Position::end_of(1), Position { epoch: 1, step: 4 });
        // A folder in the place of a file cannot be removed as one.
        for part in parts(second) {
            let (_dir, checkpoints) = empty(Some("run"));
            write(&checkpoints, first);
            write(&checkpoints, second);
            let path = checkpoints.path(part, second);
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            checkpoints.delete(second).unwrap_err();
            fs::remove_dir(&path).unwrap();
            if part != PARTS[0] {
                checkpoints.sweep(first).unwrap();
            }
            assert_eq!(
                fs::read_dir(checkpoints.folder()).unwrap().count(),
                4,
                "{part}"
            );
        }
    }

    #[test]
    fn the_last_ones_and_the_best_are_kept() {
        let (_dir, checkpoints) = empty(Some("run"));
        for epoch in 1..=5 {
            write(&checkpoints, Position::end_of(epoch));
            for step in [10, 20, 30] {
                write(&checkpoints, Position { epoch, step });
            }
        }
        checkpoints.prune(2, Some(2)).unwrap();
        let within = |step| Position { epoch: 5, step };
        let ends = [5, 4, 2].map(Position::end_of);
        let expected = [within(30), within(20), ends[0], ends[1], ends[2]];
        assert_eq!(checkpoints.all(), expected);
        assert_eq!(
            fs::read_dir(checkpoints.folder()).unwrap().count(),
            2 * 5 + 3 * 4
        );
    }
}
