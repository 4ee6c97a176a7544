//! TensorBoard's event files.
//!
//! An event file is a chain of TFRecords: a length of 8 bytes, little-endian, its masked CRC-32C, the data,
//! and theirs. The data are messages of TensorFlow's `event.proto`, of which the few fields here are written.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::{Message, Oneof};

use crate::Error;

#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, tag = "2")]
    simple_value: f32,
}

#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// `SessionLog.SessionStatus.START`.
const START: i32 = 1;

/// An event file of a run, in its folder `events`.
pub struct EventFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl EventFile {
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
            let start = SessionLog { status: START };
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
            simple_value: value as f32,
        };
        let value = scalars.iter().map(value).collect();
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
            simple_value: 0.5,
        };
        let summary = Summary { value: vec![value] };
        assert_eq!(found[2].what, Some(What::Summary(summary)));
    }

    #[test]
    fn the_checksum_is_crc_32c() {
        // The check value of CRC-32C: that of "123456789" is e3069283.
        let crc = u32::from_le_bytes(masked_crc(b"123456789")).wrapping_sub(0xa282_ead8);
        assert_eq!(crc.rotate_left(15), 0xe306_9283);
    }
}
