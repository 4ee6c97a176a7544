//! JPEGs of which a part is missing, though an end marker stands behind what is left.
//!
//! The decoder reads zeros where there is nothing more, and paints what they stand for; a network would learn from
//! it. Here codes are counted, not decoded to pixels: whether the scans have one for each block of 8×8.
//!
//! ```text
//! scan: codes of Huffman, most significant bit first; 0xff is followed by 0x00
//! restart interval: so many MCUs (a block, or all components' blocks of a square), then a marker 0xffd0 to 0xffd7
//! ```
//!
//! Of a progressive JPEG the scans are followed that bring coefficients for the first time, whose codes do not
//! depend on what was there before. One of which a part of a later scan is missing has all of its picture, less sharp.

use super::huffman::{Bits, Gap, Table};

/// A scan may lack one in so many of its blocks: viewers show such pictures, and so do networks' training sets.
const TOLERATED: usize = 20;

/// Behind its blocks a scan may have as much as one in so many of its bytes.
const SURPLUS: usize = 8;

/// The decoder refuses more.
const MAX_SCANS: usize = 100;

/// A component of the frame.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    /// Blocks in an MCU, across and down.
    sampling: [usize; 2],
    /// The coefficients that scans have brought wholly.
    brought: u64,
}

/// What headers say.
#[derive(Default)]
struct Frame {
    is_progressive: bool,
    /// Height and width in pixels.
    size: [usize; 2],
    components: Vec<Component>,
    /// Of DC and of AC, by their numbers.
    tables: [[Option<Box<Table>>; 4]; 2],
    /// MCUs between restarts; 0 for none.
    restart: usize,
}

/// Whether scans lack blocks. What is no JPEG of Huffman codes, or is malformed elsewhere, is the decoder's to judge.
pub(super) fn has_gaps(file: &[u8]) -> bool {
    let mut frame = Frame::default();
    frame.walk(file).unwrap_or(false)
}

impl Frame {
    /// `None` where nothing can be said.
    fn walk(&mut self, file: &[u8]) -> Option<bool> {
        let (mut at, mut scans) = (2, 0);
        loop {
            while *file.get(at)? != 0xff || matches!(file.get(at + 1)?, 0xff | 0 | 0xd0..=0xd8) {
                at += 1;
            }
            let marker = file[at + 1];
            if marker == 0xd9 {
                break;
            }
            let length = usize::from(u16::from_be_bytes([*file.get(at + 2)?, *file.get(at + 3)?]));
            let header = file.get(at + 4..at + 2 + length)?;
            at += 2 + length;
            match marker {
                0xc0..=0xc2 if self.components.is_empty() => self.frame(marker, header)?,
                0xc4 => self.tables(header)?,
                // Lossless, arithmetic, hierarchical.
                0xc0..=0xcf => return None,
                0xdd => {
                    self.restart =
                        usize::from(u16::from_be_bytes([*header.first()?, *header.get(1)?]))
                }
                0xda => {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return None;
                    }
                    if self.scan(header, &file[at..])? {
                        return Some(true);
                    }
                }
                _ => {}
            }
        }
        // A first component without some of its coefficients was cut off between scans.
        let first = self.components.first()?;
        Some(self.is_progressive && first.brought != u64::MAX)
    }

    fn frame(&mut self, marker: u8, header: &[u8]) -> Option<()> {
        let &[8, h, eight, w, idth, count, ref components @ ..] = header else {
            return None;
        };
        self.is_progressive = marker == 0xc2;
        self.size = [[h, eight], [w, idth]].map(|bytes| usize::from(u16::from_be_bytes(bytes)));
        let (components, _) = components.as_chunks::<3>();
        if components.len() != usize::from(count) || self.size.contains(&0) {
            return None;
        }
        for &[id, sampling, _] in components {
            let sampling = [sampling >> 4, sampling & 15].map(usize::from);
            if !sampling.iter().all(|blocks| (1..=4).contains(blocks)) {
                return None;
            }
            self.components.push(Component {
                id,
                sampling,
                brought: 0,
            });
        }
        Some(())
    }

    fn tables(&mut self, mut header: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = header {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let all = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(all)?;
            let table = self.tables.get_mut(usize::from(kind >> 4))?;
            *table.get_mut(usize::from(kind & 15))? = Some(Box::new(Table::new(counts, symbols)?));
            header = rest;
        }
        Some(())
    }

    /// Whether a scan lacks blocks; `None` where nothing can be said of the file.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Option<bool> {
        let (&count, rest) = header.split_first()?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[start, end, approximation] = rest else {
            return None;
        };
        if !(1..=4).contains(&count) || start > end || end > 63 {
            return None;
        }
        let [height, width] = self.size;
        let max = |axis: usize| self.components.iter().map(|c| c.sampling[axis]).max();
        let [across, down] = [max(0)?, max(1)?];
        let mut blocks = Vec::new();
        let mut mcus = width.div_ceil(8 * across) * height.div_ceil(8 * down);
        for pair in chosen.chunks_exact(2) {
            let component = self.components.iter_mut().find(|c| c.id == pair[0])?;
            // To their last bit.
            if approximation & 15 == 0 {
                (start..=end).for_each(|at| component.brought |= 1 << at);
            }
            let [h, v] = component.sampling;
            let mut each = h * v;
            if count == 1 {
                // A component alone has no blocks beside the picture.
                let side =
                    |size: usize, own: usize, max: usize| (size * own).div_ceil(max).div_ceil(8);
                mcus = side(width, h, across) * side(height, v, down);
                each = 1;
            }
            let [dc, ac] = [pair[1] >> 4, pair[1] & 15].map(usize::from);
            blocks.extend(std::iter::repeat_n([dc, ac], each));
        }
        let how = match (self.is_progressive, start, approximation >> 4) {
            (false, ..) => How::Sequential,
            (true, 0, 0) => How::Dc,
            (true, 0, _) => How::DcBit,
            (true, _, 0) => How::Ac([start, end]),
            // Depends on the coefficients that are there.
            _ => return Some(false),
        };
        let mut bits = Bits::new(data);
        let (mut missing, mut done) = (0, 0);
        while done < mcus {
            let next = match self.restart {
                0 => mcus,
                restart => mcus.min(done + restart),
            };
            let mut run = 0;
            'interval: while done < next {
                for &[dc, ac] in &blocks {
                    let tables = (
                        self.tables[0].get(dc)?.as_deref(),
                        self.tables[1].get(ac)?.as_deref(),
                    );
                    match block(&mut bits, how, tables, &mut run) {
                        Ok(()) => {}
                        Err(Gap::NoTable) => return None,
                        Err(Gap::End | Gap::NoCode) => break 'interval,
                    }
                }
                done += 1;
            }
            missing += next - done;
            done = next;
            if done < mcus && !bits.restart() {
                missing += mcus - done;
                break;
            }
        }
        // Codes that stand where others were are shorter, as zeros are: too much is left behind the last block.
        let all = data_len(data);
        let surplus = all.saturating_sub(bits.at()) > all / SURPLUS + 64;
        Some(missing > mcus / TOLERATED || surplus)
    }
}

/// The bytes of a scan, up to the next marker that is none of a restart.
fn data_len(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = data[at..].iter().position(|&byte| byte == 0xff) {
        at += next;
        match data.get(at + 1) {
            Some(0 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            _ => return at,
        }
    }
    data.len()
}

/// What the codes of a block are.
#[derive(Clone, Copy)]
enum How {
    Sequential,
    /// The first bits of the first coefficient.
    Dc,
    /// One bit more of it.
    DcBit,
    /// The first bits of some others.
    Ac([u8; 2]),
}

/// Passes over the codes of a block; `run` blocks have none.
fn block(
    bits: &mut Bits,
    how: How,
    (dc, ac): (Option<&Table>, Option<&Table>),
    run: &mut u32,
) -> Result<(), Gap> {
    let [start, end] = match how {
        How::DcBit => return bits.skip(1),
        How::Ac(_) if *run > 0 => {
            *run -= 1;
            return Ok(());
        }
        How::Ac(band) => band,
        How::Sequential | How::Dc => {
            let size = bits.code(dc.ok_or(Gap::NoTable)?)?;
            bits.skip(u32::from(size))?;
            if matches!(how, How::Dc) {
                return Ok(());
            }
            [1, 63]
        }
    };
    let ac = ac.ok_or(Gap::NoTable)?;
    let mut at = u32::from(start);
    while at <= u32::from(end) {
        let symbol = bits.code(ac)?;
        let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, size) {
            (15, 0) => at += 16,
            (0, 0) => return Ok(()),
            (zeros, 0) if matches!(how, How::Ac(_)) => {
                *run = (1 << zeros) - 1 + bits.take(zeros)?;
                return Ok(());
            }
            (_, 0) => return Ok(()),
            _ => {
                at += zeros + 1;
                bits.skip(size)?;
            }
        }
    }
    Ok(())
}
