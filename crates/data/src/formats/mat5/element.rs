//! The elements that a level-5 file is made of.

use super::super::input::{Budget, Input};
use super::Onto;
use crate::DataError;

pub(super) const INT8: u32 = 1;
pub(super) const UINT8: u32 = 2;
pub(super) const UINT16: u32 = 4;
pub(super) const INT32: u32 = 5;
pub(super) const UINT32: u32 = 6;
pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;
pub(super) const UTF8: u32 = 16;
pub(super) const UTF16: u32 = 17;
pub(super) const UTF32: u32 = 18;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// An element's type and length, and the content of a small one.
#[derive(Clone, Copy)]
pub(super) struct Tag {
    pub(super) kind: u32,
    /// Bytes of content.
    pub(super) len: u64,
    pub(super) small: Option<[u8; 4]>,
}

/// Reads elements; `left` arguments are what is left of the array around them.
pub(super) struct Elements<'a, 'b> {
    pub(super) input: &'a mut Input<'b>,
    pub(super) order: ByteOrder,
    pub(super) budget: &'a mut Budget,
    /// Where the bytes of a variable go, if that one comes.
    pub(super) onto: &'a mut Onto,
}

const CHUNK: usize = 1 << 16;

impl<'a, 'b> Elements<'a, 'b> {
    pub(super) fn new(
        input: &'a mut Input<'b>,
        order: ByteOrder,
        budget: &'a mut Budget,
        onto: &'a mut Onto,
    ) -> Self {
        Self {
            input,
            order,
            budget,
            onto,
        }
    }

    /// The tag of an element that nothing encloses.
    pub(super) fn top_tag(&mut self) -> Result<Tag, DataError> {
        let bytes = self.input.array::<8>()?;
        let [a, b, c, d, small @ ..] = bytes;
        let word = self.order.u32([a, b, c, d]);
        if word >> 16 == 0 {
            let len = u64::from(self.order.u32(small));
            return Ok(Tag {
                kind: word,
                len,
                small: None,
            });
        }
        let len = u64::from(word >> 16);
        if len > 4 {
            let found = format!("{len} bytes in it, or a type of {word:#010x}");
            return Err(self.malformed("an element", "a small one of 4 bytes at most", found));
        }
        Ok(Tag {
            kind: word & 0xffff,
            len,
            small: Some(small),
        })
    }

    /// The tag of the next element inside an array.
    pub(super) fn tag(&mut self, left: &mut u64) -> Result<Tag, DataError> {
        self.take(8, left)?;
        let tag = self.top_tag()?;
        if tag.small.is_none() && tag.len > *left {
            let expected = format!("an element that ends inside its array, {left} bytes on");
            return Err(self.malformed("an element", expected, format!("{} bytes", tag.len)));
        }
        Ok(tag)
    }

    /// The content of a wanted element, charged.
    pub(super) fn content(&mut self, tag: Tag, left: &mut u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.content_onto(&mut bytes, tag, left)?;
        Ok(bytes)
    }

    /// As [`content`](Self::content), behind what `bytes` has already.
    pub(super) fn content_onto(
        &mut self,
        bytes: &mut Vec<u8>,
        tag: Tag,
        left: &mut u64,
    ) -> Result<(), DataError> {
        self.budget.charge(self.input.path(), tag.len)?;
        if let Some(small) = tag.small {
            bytes.extend_from_slice(&small[..tag.len as usize]);
            return Ok(());
        }
        self.take(tag.len, left)?;
        self.input.bytes_onto(bytes, tag.len)?;
        self.pad(tag.len, left)
    }

    /// Hands the content, which the caller has charged, to `use_chunk`, in pieces of a multiple of
    /// 8 bytes but for the last.
    pub(super) fn chunks(
        &mut self,
        tag: Tag,
        left: &mut u64,
        use_chunk: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), DataError> {
        let mut rest = tag.len;
        let mut buffer = [0; CHUNK];
        if let Some(small) = tag.small {
            return use_chunk(&small[..rest as usize])
                .map_err(|found| self.malformed("numbers", "values of their class", found));
        }
        self.take(tag.len, left)?;
        while rest > 0 {
            let chunk = &mut buffer[..rest.min(CHUNK as u64) as usize];
            self.input.fill(chunk)?;
            use_chunk(chunk)
                .map_err(|found| self.malformed("numbers", "values of their class", found))?;
            rest -= chunk.len() as u64;
        }
        self.pad(tag.len, left)
    }

    /// Passes over what is left of an array.
    pub(super) fn skip(&mut self, left: &mut u64) -> Result<(), DataError> {
        self.input.skip(std::mem::take(left))
    }

    fn pad(&mut self, len: u64, left: &mut u64) -> Result<(), DataError> {
        let padding = (len.next_multiple_of(8) - len).min(*left);
        *left -= padding;
        self.input.skip(padding)
    }

    fn take(&self, bytes: u64, left: &mut u64) -> Result<(), DataError> {
        match left.checked_sub(bytes) {
            Some(rest) => {
                *left = rest;
                Ok(())
            }
            None => {
                let expected = format!("{bytes} more bytes of it");
                Err(self.malformed("an array", expected, format!("its end after {left}")))
            }
        }
    }

    pub(super) fn malformed(
        &self,
        place: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DataError {
        self.input.malformed(place, expected, found)
    }
}
