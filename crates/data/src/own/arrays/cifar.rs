//! CIFAR's binary files with names and classes of one's own.
//!
//! ```text
//! record: label, or a coarse and a fine label; then 32x32 red, 32x32 green, 32x32 blue
//! ```
//!
//! There is no header: files that end in `.bin` and are whole records are taken for it.

use pixels::Channels;

use super::names::{MAX_BYTES, Names};
use super::{ArrayPart, Arrays, Given, blocks, interleave, part};
use crate::DataError;
use crate::own::sniff::ending;

const PIXELS: usize = 3 * 32 * 32;

pub(super) fn read(given: &mut Given) -> Result<Option<Arrays>, DataError> {
    let all = given.of(|_| true);
    let ends = |file: usize| ending(given.store.name(file)).as_deref() == Some("bin");
    let files: Vec<usize> = all.iter().copied().filter(|&file| ends(file)).collect();
    if files.is_empty() {
        return Ok(None);
    }
    let names = all
        .iter()
        .copied()
        .find(|&file| Names::may_be(given.store.name(file)));
    let mut contents = Vec::new();
    for &file in &files {
        contents.push(given.read(file)?);
    }
    let whole = |labels: usize| {
        contents
            .iter()
            .all(|bytes| !bytes.is_empty() && bytes.len() % (labels + PIXELS) == 0)
    };
    let fine = names.is_some_and(|file| given.store.name(file).contains("fine"));
    let labels = match (whole(1), whole(2)) {
        (true, true) if fine => 2,
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => {
            let odd = contents
                .iter()
                .position(|bytes| bytes.is_empty() || bytes.len() % (1 + PIXELS) != 0);
            let odd = odd.unwrap_or(0);
            return Err(DataError::Records {
                path: given.store.path(files[odd]),
                record: 1 + PIXELS,
                found: contents[odd].len() as u64,
            });
        }
    };
    let mut parts: [Option<ArrayPart>; 3] = [None, None, None];
    for (&file, mut bytes) in files.iter().zip(contents) {
        // The folder may be called after a part too.
        let name = given.store.name(file);
        let slot = parts[part(name) as usize].get_or_insert_with(|| ArrayPart {
            channels: Channels::Rgb,
            height: 32,
            width: 32,
            pixels: Vec::new(),
            labels: Vec::new(),
        });
        // The pixels of each record go to where they stay.
        let count = bytes.len() / (labels + PIXELS);
        given.plan(file, count)?;
        for image in 0..count {
            let start = image * (labels + PIXELS) + labels;
            slot.labels.push(bytes[start - 1].into());
            bytes.copy_within(start..start + PIXELS, image * PIXELS);
        }
        bytes.truncate(count * PIXELS);
        interleave(&mut bytes, 3, PIXELS / 3);
        slot.pixels.extend(blocks(bytes, PIXELS));
    }
    let mut used = files;
    let names = match names {
        Some(file) => {
            used.push(file);
            Names::parse(given.store.name(file), &given.store.read(file, MAX_BYTES)?)
        }
        None => Names::None,
    };
    Ok(Some(Arrays {
        format: "CIFAR's binary files",
        parts,
        names,
        used,
    }))
}
