//! What the event files of a run's earlier sessions hold, to find out whether something of the run is missing there.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;

use super::events::{BEGIN, END, Event, Point, Summary, What, masked_crc};
use crate::Error;

/// The event files of earlier sessions.
pub struct Earlier {
    files: Vec<PathBuf>,
    /// What they hold, by step and checksum of the tags.
    points: HashMap<(usize, u32), Held>,
    /// Whether one ends amid an event.
    torn: bool,
}

/// When the numbers of a step were written, and which.
struct Held {
    time: f64,
    numbers: Vec<f32>,
}

/// By how much a number may differ that was read from a line: its last bit may be another.
const NEAR: f32 = 1e-6;

impl Earlier {
    /// Reads those in a folder.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] that names the folder or a file that cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let io = |e| Error::io("reading", folder, &e);
        let mut earlier = Self {
            files: Vec::new(),
            points: HashMap::new(),
            torn: false,
        };
        for entry in fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(BEGIN) && name.ends_with(END) {
                earlier.files.push(entry.path());
            }
        }
        earlier.files.sort_unstable();
        for file in &earlier.files {
            let bytes = run::read_bytes(file, run::MAX_LINES)?;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let Some(event) = next(&mut rest) else {
                    earlier.torn = true;
                    break;
                };
                if let (Ok(step), Some(What::Summary(summary))) =
                    (usize::try_from(event.step), event.what)
                {
                    let held = Held {
                        time: event.wall_time,
                        numbers: summary.numbers().collect(),
                    };
                    earlier.points.insert((step, tags(&summary)), held);
                }
            }
        }
        Ok(earlier)
    }

    /// Whether they are whole, and all of `history` is there.
    pub fn hold(&self, history: &[Point]) -> bool {
        let mut points = history.iter();
        !self.torn && points.all(|point| self.wall_time(point).is_some())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// When a point was written.
    pub fn wall_time(&self, point: &Point) -> Option<f64> {
        let held = self.points.get(&(point.step, tags(&point.summary)))?;
        let mut both = held.numbers.iter().zip(point.summary.numbers());
        let is_near = |a: f32, b: f32| a == b || (a - b).abs() <= NEAR * b.abs();
        both.all(|(&a, b)| is_near(a, b)).then_some(held.time)
    }

    /// Deletes them, since another file has all.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] that names a file that cannot be deleted.
    pub fn remove(&self) -> Result<(), Error> {
        self.files
            .iter()
            .try_for_each(|file| fs::remove_file(file).map_err(|e| Error::io("deleting", file, &e)))
    }
}

fn tags(summary: &Summary) -> u32 {
    let each = summary.tags();
    each.fold(0, |sum, tag| crc32c::crc32c_append(sum, tag.as_bytes()))
}

/// Takes an event off the front; `None` where no whole one stands there.
fn next(rest: &mut &[u8]) -> Option<Event> {
    let (length, tail) = rest.split_first_chunk::<8>()?;
    let (length_sum, tail) = tail.split_first_chunk::<4>()?;
    let count = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (data, tail) = tail.split_at_checked(count)?;
    let (data_sum, tail) = tail.split_first_chunk::<4>()?;
    if *length_sum != masked_crc(length) || *data_sum != masked_crc(data) {
        return None;
    }
    *rest = tail;
    Event::decode(data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::events::EventFile;

    fn points(steps: std::ops::RangeInclusive<usize>) -> Vec<Point> {
        let point = |step| Point::new(step, &[("step/loss", 1.0 / step as f64)]);
        steps.map(point).collect()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        Earlier::read(folder).unwrap().files
    }

    #[test]
    fn what_is_missing_is_written_anew_from_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let settings = toml::Table::new();
        let mut first = EventFile::create(dir.path(), 0, &[], &settings).unwrap();
        for point in points(1..=4) {
            first.add(point).unwrap();
        }
        first.sync().unwrap();
        drop(EventFile::create(dir.path(), 3, &points(1..=3), &settings).unwrap());
        assert_eq!(files(dir.path()).len(), 2, "all is there");
        let first = &points(1..=1)[0];
        let time = Earlier::read(dir.path()).unwrap().wall_time(first);

        // Of the first file the last events are lost, in the middle of one.
        let old = &files(dir.path())[0];
        let bytes = fs::read(old).unwrap();
        fs::write(old, &bytes[..bytes.len() - 70]).unwrap();
        assert!(!Earlier::read(dir.path()).unwrap().hold(&points(1..=3)));
        drop(EventFile::create(dir.path(), 3, &points(1..=3), &settings).unwrap());
        let now = Earlier::read(dir.path()).unwrap();
        assert_eq!(now.files.len(), 1);
        assert!(now.hold(&points(1..=3)) && !now.hold(&points(1..=4)));
        assert!(time.is_some() && now.wall_time(first) == time, "it is kept");
        let near = Point::new(1, &[("step/loss", 1.000_000_1)]);
        let others = [
            ("step/loss", 1.1),
            ("step/loss", f64::NAN),
            ("loss/train", 1.0),
        ];
        assert_eq!(now.wall_time(&near), time);
        for other in others {
            assert_eq!(now.wall_time(&Point::new(1, &[other])), None, "{other:?}");
        }
    }
}
