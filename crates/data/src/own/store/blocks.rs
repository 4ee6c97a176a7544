//! Files that are held in memory, in blocks that never move: growing takes no second copy.

use std::io::{self, Read};

use crate::formats::{read_whole, reserve};

/// The size of a block that many small files share.
const SHARED: usize = 1 << 20;
/// A file of at least this size has a block of its own.
const LARGE: usize = 64 << 10;

/// Bytes in blocks.
#[derive(Default)]
pub(crate) struct Blocks {
    blocks: Vec<Vec<u8>>,
    /// The block that the next small file goes into.
    open: Option<usize>,
}

/// Where a file lies in blocks.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    block: usize,
    start: usize,
    len: usize,
}

impl Span {
    pub(crate) fn len(&self) -> u64 {
        self.len as u64
    }
}

impl Blocks {
    /// Takes `len` bytes from `reader`, and room for no more than `possible` of them before they
    /// come.
    pub(crate) fn take(
        &mut self,
        reader: &mut dyn Read,
        len: u64,
        possible: u64,
    ) -> io::Result<Span> {
        let whole = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        if whole >= LARGE {
            let bytes = read_whole(reader, len.min(possible), len)?;
            return match bytes.len() == whole {
                true => Ok(self.own(bytes)),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        let block = self.with_room(whole)?;
        let bytes = &mut self.blocks[block];
        let start = bytes.len();
        bytes.resize(start + whole, 0);
        reader.read_exact(&mut bytes[start..])?;
        Ok(Span {
            block,
            start,
            len: whole,
        })
    }

    /// Copies `bytes`.
    #[cfg(feature = "parquet")]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<Span> {
        self.take(&mut &*bytes, bytes.len() as u64, u64::MAX)
    }

    pub(crate) fn get(&self, span: Span) -> &[u8] {
        &self.blocks[span.block][span.start..][..span.len]
    }

    fn own(&mut self, bytes: Vec<u8>) -> Span {
        self.blocks.push(bytes);
        Span {
            block: self.blocks.len() - 1,
            start: 0,
            len: self.blocks[self.blocks.len() - 1].len(),
        }
    }

    /// The number of a shared block with room for a small file.
    fn with_room(&mut self, len: usize) -> io::Result<usize> {
        if let Some(open) = self.open
            && SHARED - self.blocks[open].len() >= len
        {
            return Ok(open);
        }
        let mut block = Vec::new();
        reserve(&mut block, SHARED as u64)?;
        self.blocks.push(block);
        self.open = Some(self.blocks.len() - 1);
        Ok(self.blocks.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_what_they_are_and_blocks_hold_little_else() {
        let sizes = [0, 1, 40_000, 65_535, 65_536, 3_000_000, 7];
        let file = |i: usize| vec![i as u8; sizes[i % sizes.len()]];
        let (mut blocks, mut all) = (Blocks::default(), 0);
        let spans: Vec<Span> = (0..200)
            .map(|i| {
                let file = file(i);
                all += file.len();
                blocks.take(&mut &file[..], file.len() as u64, 9).unwrap()
            })
            .collect();
        for (i, span) in spans.iter().enumerate() {
            assert_eq!(blocks.get(*span), file(i));
        }
        let small: usize = (0..200).map(|i| file(i).len()).filter(|&n| n < LARGE).sum();
        let shared = blocks.blocks.iter().filter(|b| b.capacity() == SHARED);
        assert!(
            shared.count() <= 2 + small * 11 / 10 / SHARED,
            "of {all} bytes"
        );
    }

    #[test]
    fn what_is_cut_short_is_told() {
        for len in [9, 200_000] {
            let error = Blocks::default().take(&mut &b"12345678"[..], len, 9);
            let kind = error.map(|_| ()).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{len}");
        }
    }
}
