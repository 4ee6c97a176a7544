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

use self::messages::{Event, Held, HistogramProto, SessionLog, Summary, Value, What};
use crate::Error;

/// An event file of a run, in its folder `events`.
pub struct EventFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl EventFile {
    /// The folder of event files in that of a run.
    pub const FOLDER: &str = "events";

    /// A new file beside those of earlier sessions. TensorBoard drops what those have of steps after
    /// `step`: these are taken again.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn create(folder: &Path, step: usize) -> Result<Self, Error> {
        run::must_be_folder(folder)?;
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, &e))?;
        // TensorBoard reads the files in the order of their names, and knows them by "tfevents".
        let nanoseconds = now().as_nanos();
        let path = folder.join(format!("events.out.tfevents.{nanoseconds:020}.trainer"));
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
        Ok(events)
    }

    /// Adds numbers of a step, each under its tag.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when they cannot be written.
    pub fn scalars(&mut self, step: usize, scalars: &[(&str, f64)]) -> Result<(), Error> {
        let value = |&(tag, value): &(&str, f64)| Value {
            tag: tag.into(),
            metadata: None,
            held: Some(Held::Scalar(value as f32)),
        };
        self.values(step, scalars.iter().map(value).collect())
    }

    /// Adds the numbers of a step under a tag, counted.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when they cannot be written.
    pub fn histogram(&mut self, step: usize, tag: &str, counted: &Counted) -> Result<(), Error> {
        let value = Value {
            tag: tag.into(),
            metadata: None,
            held: Some(Held::Histogram(counted.0.clone())),
        };
        self.values(step, vec![value])
    }

    /// Adds the run's settings, for TensorBoard's page of hyperparameters.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when they cannot be written.
    pub fn settings(&mut self, settings: &toml::Table) -> Result<(), Error> {
        self.values(0, vec![hparams::start(settings, now().as_secs_f64())])
    }

    /// Adds that the run has come to its end.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn finished(&mut self, step: usize) -> Result<(), Error> {
        self.values(step, vec![hparams::end(now().as_secs_f64())])
    }

    fn values(&mut self, step: usize, value: Vec<Value>) -> Result<(), Error> {
        self.write(step, What::Summary(Summary { value }))
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

    fn write(&mut self, step: usize, what: What) -> Result<(), Error> {
        let event = Event {
            wall_time: now().as_secs_f64(),
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

/// Numbers as TensorBoard draws them: counted in intervals.
pub struct Counted(HistogramProto);

impl Counted {
    /// Numbers whose counts are known in multiples of `unit`; `None` where one is not finite.
    pub fn new(numbers: &[f32], histogram: &Histogram, unit: f64) -> Option<Self> {
        let each = || numbers.iter().map(|&number| f64::from(number));
        if numbers.is_empty() || !each().all(f64::is_finite) {
            return None;
        }
        let max = each().fold(f64::NEG_INFINITY, f64::max);
        let intervals = histogram.counts.len();
        let width = (histogram.to - histogram.from) / intervals as f64;
        let end = |place: usize| (histogram.from + (place + 1) as f64 * width) * unit;
        let mut bucket_limit: Vec<f64> = (0..intervals).map(end).collect();
        // What lies outside is counted at the ends.
        if let Some(last) = bucket_limit.last_mut() {
            *last = last.max(max);
        }
        Some(Self(HistogramProto {
            min: each().fold(f64::INFINITY, f64::min),
            max,
            num: numbers.len() as f64,
            sum: each().sum(),
            sum_squares: each().map(|number| number * number).sum(),
            bucket_limit,
            bucket: histogram.counts.iter().map(|&count| count as f64).collect(),
        }))
    }
}

fn now() -> std::time::Duration {
    // A clock before 1970 has no better answer.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// TFRecord's checksum: CRC-32C, turned by 15 bits, plus a constant.
fn masked_crc(bytes: &[u8]) -> [u8; 4] {
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
        let mut events = EventFile::create(dir.path(), 7).unwrap();
        events.scalars(8, &[("loss/train", 0.5)]).unwrap();
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
        assert_eq!(steps, [0, 8, 8]);
        let value = Value {
            tag: "loss/train".into(),
            metadata: None,
            held: Some(Held::Scalar(0.5)),
        };
        let summary = Summary { value: vec![value] };
        assert_eq!(found[2].what, Some(What::Summary(summary)));
    }

    #[test]
    fn counts_reach_as_far_as_the_numbers() {
        let numbers = [-3.0, -0.5, 0.5, 9.0];
        let histogram = Histogram::new([-2.0, 2.0], 4, numbers.iter().map(|&n| f64::from(n) / 2.0));
        let Counted(found) = Counted::new(&numbers, &histogram, 2.0).unwrap();
        assert_eq!(found.bucket, [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(found.bucket_limit, [-2.0, 0.0, 2.0, 9.0]);
        assert_eq!((found.min, found.max, found.num), (-3.0, 9.0, 4.0));
        assert_eq!((found.sum, found.sum_squares), (6.0, 90.5));
        assert!(Counted::new(&[1.0, f32::NAN], &histogram, 2.0).is_none());
    }

    #[test]
    fn the_checksum_is_crc_32c() {
        // The check value of CRC-32C: that of "123456789" is e3069283.
        let crc = u32::from_le_bytes(masked_crc(b"123456789")).wrapping_sub(0xa282_ead8);
        assert_eq!(crc.rotate_left(15), 0xe306_9283);
    }
}
