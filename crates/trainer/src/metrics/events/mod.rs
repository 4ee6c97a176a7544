//! TensorBoard's event files.
//!
//! An event file is a chain of TFRecords: a length of 8 bytes, little-endian, its masked CRC-32C, the data,
//! and theirs. The data are [`messages`] of TensorFlow.

mod hparams;
mod messages;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;
use run::metrics::Histogram;

use self::messages::{Held, HistogramProto, SessionLog, Value};
use super::earlier::Earlier;
use crate::Error;

pub(super) use self::messages::{Event, Summary, What};

/// How the names of event files begin and end, with the time between.
pub(super) const BEGIN: &str = "events.out.tfevents.";
pub(super) const END: &str = ".trainer";

/// What a run has of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub(super) step: usize,
    pub(super) summary: Summary,
}

impl Point {
    /// These numbers, each under its tag.
    pub fn new(step: usize, scalars: &[(&str, f64)]) -> Self {
        let value = |&(tag, value): &(&str, f64)| Value {
            tag: tag.into(),
            metadata: None,
            held: Some(Held::Scalar(value as f32)),
        };
        let value = scalars.iter().map(value).collect();
        Self {
            step,
            summary: Summary { value },
        }
    }

    /// A value of its own kind.
    fn of(step: usize, value: Value) -> Self {
        Self {
            step,
            summary: Summary { value: vec![value] },
        }
    }

    /// The same, with counts of numbers under a tag.
    #[must_use]
    pub fn with_histogram(mut self, tag: &str, histogram: &Histogram) -> Self {
        self.summary.value.push(Value {
            tag: tag.into(),
            metadata: None,
            held: Some(Held::Histogram(counted(histogram))),
        });
        self
    }

    /// Its step.
    pub fn step(&self) -> usize {
        self.step
    }
}

/// An event file of a run, in its folder `events`.
pub struct EventFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl EventFile {
    /// The folder of event files in that of a run.
    pub const FOLDER: &str = "events";

    /// A new file beside those of earlier sessions, after `step` steps that these have. Where they lack some of the
    /// points that `history` has of the run, or end amid an event, the new file takes their place. The settings, for
    /// TensorBoard's page of hyperparameters, are those of the first session.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written, or one of before cannot be read.
    pub fn create(
        folder: &Path,
        step: usize,
        history: &[Point],
        settings: &toml::Table,
    ) -> Result<Self, Error> {
        run::must_be_folder(folder)?;
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, &e))?;
        let before = Earlier::read(folder)?;
        // What is there of a run that begins anew is not of it.
        let is_new = step == 0 && !before.is_empty();
        let settings = Point::of(0, hparams::start(settings, now().as_secs_f64()));
        if before.hold(history) && !is_new {
            let mut events = Self::after(folder, step)?;
            if before.wall_time(&settings).is_none() {
                events.add(settings)?;
                events.flush()?;
            }
            return Ok(events);
        }
        // TensorBoard drops all that the others have, should one of them stay.
        let mut events = Self::after(folder, 0)?;
        events.write(
            1,
            What::SessionLog(SessionLog {
                status: SessionLog::START,
            }),
        )?;
        events.add(settings)?;
        let mut last = None;
        for point in history {
            last = before.wall_time(point).or(last);
            let time = last.unwrap_or_else(|| now().as_secs_f64());
            let summary = What::Summary(point.summary.clone());
            events.write_at(time, point.step, summary)?;
        }
        events.sync()?;
        before.remove()?;
        Ok(events)
    }

    /// A new file beside those of earlier sessions. TensorBoard drops what those have of steps after
    /// `step`: these are taken again.
    fn after(folder: &Path, step: usize) -> Result<Self, Error> {
        // TensorBoard reads the files in the order of their names, and knows them by "tfevents".
        let nanoseconds = now().as_nanos();
        let path = folder.join(format!("{BEGIN}{nanoseconds:020}{END}"));
        let file = File::create_new(&path).map_err(|e| Error::io("creating", &path, &e))?;
        let mut events = Self {
            file: BufWriter::new(file),
            path,
        };
        events.write(0, What::FileVersion("brain.Event:2".into()))?;
        if step > 0 {
            let start = SessionLog {
                status: SessionLog::START,
            };
            events.write(step + 1, What::SessionLog(start))?;
        }
        events.flush()?;
        aside::sync_name(&events.path);
        Ok(events)
    }

    /// Adds a point.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn add(&mut self, point: Point) -> Result<(), Error> {
        self.write(point.step, What::Summary(point.summary))
    }

    /// Adds that the run has come to its end, with its scores, to the folder of its event files. What is there already
    /// is not added again.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written, or one of before cannot be read.
    pub fn finish(folder: &Path, step: usize, scores: &[(&str, f64)]) -> Result<(), Error> {
        let mut point = Point::new(step, scores);
        point.summary.value.push(hparams::end(now().as_secs_f64()));
        if Earlier::read(folder)?.wall_time(&point).is_some() {
            return Ok(());
        }
        let mut events = Self::after(folder, step)?;
        events.add(point)?;
        events.sync()
    }

    /// Hands what is buffered to the system, for a TensorBoard that looks on.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn flush(&mut self) -> Result<(), Error> {
        let result = self.file.flush();
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }

    /// Brings it to the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.flush()?;
        let result = self.file.get_ref().sync_data();
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }

    fn write(&mut self, step: usize, what: What) -> Result<(), Error> {
        self.write_at(now().as_secs_f64(), step, what)
    }

    fn write_at(&mut self, wall_time: f64, step: usize, what: What) -> Result<(), Error> {
        let event = Event {
            wall_time,
            step: step as i64,
            what: Some(what),
        };
        let data = event.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        let record = [&length[..], &masked_crc(&length), &data, &masked_crc(&data)].concat();
        let result = self.file.write_all(&record);
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }
}

/// Counts as TensorBoard draws them. Of the numbers themselves no more is known than their intervals: sums are those of the
/// middles.
fn counted(histogram: &Histogram) -> HistogramProto {
    let Histogram { from, to, counts } = histogram;
    let width = (to - from) / counts.len().max(1) as f64;
    let bucket: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let sum_of = |of: fn(f64) -> f64| {
        let each = bucket.iter().enumerate();
        each.map(|(place, count)| count * of(from + (place as f64 + 0.5) * width))
            .sum()
    };
    HistogramProto {
        min: *from,
        max: *to,
        num: bucket.iter().sum(),
        sum: sum_of(|middle| middle),
        sum_squares: sum_of(|middle| middle * middle),
        bucket_limit: (1..=counts.len())
            .map(|place| from + place as f64 * width)
            .collect(),
        bucket,
    }
}

fn now() -> std::time::Duration {
    // A clock before 1970 has no better answer.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// TFRecord's checksum: CRC-32C, turned by 15 bits, plus a constant.
pub(super) fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
        .to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_framed_as_tfrecords() {
        let dir = tempfile::tempdir().unwrap();
        let mut events = EventFile::create(dir.path(), 7, &[], &toml::Table::new()).unwrap();
        events.add(Point::new(8, &[("loss/train", 0.5)])).unwrap();
        events.flush().unwrap();
        let mut rest = &std::fs::read(&events.path).unwrap()[..];
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (length, tail) = rest.split_at(8);
            assert_eq!(tail[..4], masked_crc(length));
            let count = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            let (data, tail) = tail[4..].split_at(count);
            assert_eq!(tail[..4], masked_crc(data));
            found.push(Event::decode(data).unwrap());
            rest = &tail[4..];
        }
        let steps: Vec<_> = found.iter().map(|event| event.step).collect();
        assert_eq!(steps, [0, 8, 0, 8]);
        let value = Value {
            tag: "loss/train".into(),
            metadata: None,
            held: Some(Held::Scalar(0.5)),
        };
        let summary = Summary { value: vec![value] };
        assert_eq!(found[3].what, Some(What::Summary(summary)));
    }

    #[test]
    fn counts_are_those_of_the_histogram() {
        let histogram = Histogram::new([-2.0, 2.0], 4, [-3.0, -0.5, 0.5, 9.0].into_iter());
        let found = counted(&histogram);
        assert_eq!(found.bucket, [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(found.bucket_limit, [-1.0, 0.0, 1.0, 2.0]);
        assert_eq!((found.min, found.max, found.num), (-2.0, 2.0, 4.0));
        assert_eq!((found.sum, found.sum_squares), (0.0, 5.0));
    }

    #[test]
    fn the_checksum_is_crc_32c() {
        // The check value of CRC-32C: that of "123456789" is e3069283.
        let crc = u32::from_le_bytes(masked_crc(b"123456789")).wrapping_sub(0xa282_ead8);
        assert_eq!(crc.rotate_left(15), 0xe306_9283);
    }
}
