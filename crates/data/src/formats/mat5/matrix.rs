//! Array elements: flags, dimensions, name, content.

use super::element::{
    Elements, INT8, INT32, MATRIX, Tag, UINT8, UINT16, UINT32, UTF8, UTF16, UTF32,
};
use super::numbers::Numbers;
use super::{Array, Data, Variable};
use crate::DataError;

/// Cells inside cells inside cells; MATLAB itself has no limit, files have two or three.
const MAX_DEPTH: u32 = 16;
const MAX_DIMS: usize = 32;
/// MATLAB allows 63; others write longer ones.
const MAX_NAME: u64 = 4096;
/// What an array costs beside its content, so that millions of empty cells are bounded too.
const ARRAY_COST: u64 = 128;

const CLASS_CELL: u8 = 1;
const CLASS_CHAR: u8 = 4;
const CLASS_DOUBLE: u8 = 6;
const CLASS_OPAQUE: u8 = 17;
const LOGICAL: u32 = 0x0200;
const COMPLEX: u32 = 0x0800;

/// What stands before an array's content.
struct Head {
    class: u8,
    flags: u32,
    dims: Vec<usize>,
    count: usize,
    name: String,
}

impl Elements<'_, '_> {
    /// The variable of an array element, or `None` if it is not wanted or has no name (MATLAB
    /// keeps data of its own in such).
    pub(super) fn variable(
        &mut self,
        tag: Tag,
        wanted: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<Variable>, DataError> {
        let mut left = self.length(tag)?;
        let head = self.head(&mut left)?;
        if head.name.is_empty() || !wanted(&head.name) {
            // Inside a compressed part the caller drops the rest, still compressed; what is left
            // of the file's own bytes has to be passed over here.
            if !self.input.is_unpacked() {
                self.skip(&mut left)?;
            }
            return Ok(None);
        }
        self.budget.charge(self.input.path(), MAX_NAME)?;
        let name = head.name.clone();
        self.onto.reach(&name);
        let array = self
            .array(head, &mut left, 0)
            .map_err(|error| match error {
                DataError::Malformed {
                    path,
                    place,
                    expected,
                    found,
                } => DataError::Malformed {
                    path,
                    place: format!("variable `{name}`: {place}"),
                    expected,
                    found,
                },
                other => other,
            })?;
        Ok(Some(Variable { name, array }))
    }

    /// The length of an array element.
    fn length(&self, tag: Tag) -> Result<u64, DataError> {
        match tag.small {
            None => Ok(tag.len),
            Some(_) if tag.len == 0 => Ok(0),
            Some(_) => Err(self.malformed("an array", "an element of full size", "a small one")),
        }
    }

    fn head(&mut self, left: &mut u64) -> Result<Head, DataError> {
        let flags = self.small(&[UINT32], "flags", 8, left)?;
        let [a, b, c, d, _, _, _, _] = flags[..] else {
            let found = format!("{} bytes", flags.len());
            return Err(self.malformed("an array's flags", "8 bytes", found));
        };
        let flags = self.order.u32([a, b, c, d]);
        let class = (flags & 0xff) as u8;
        // Objects of the newer kinds have no dimensions here.
        let dims = if class == CLASS_OPAQUE {
            Vec::new()
        } else {
            self.dims(left)?
        };
        let count = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
        let Some(count) = count else {
            let found = format!("{dims:?}");
            return Err(self.malformed("an array's dimensions", "an addressable product", found));
        };
        let name = self.small(&[INT8, UINT8, UTF8], "name", MAX_NAME, left)?;
        let name = String::from_utf8(name).map_err(|error| {
            let found = format!("the bytes {:02x?}", error.as_bytes());
            self.malformed("an array's name", "UTF-8", found)
        })?;
        Ok(Head {
            class,
            flags,
            dims,
            count,
            name,
        })
    }

    fn dims(&mut self, left: &mut u64) -> Result<Vec<usize>, DataError> {
        let bytes = self.small(&[INT32, UINT32], "dimensions", 4 * MAX_DIMS as u64, left)?;
        let words = bytes.chunks_exact(4);
        if !words.remainder().is_empty() || words.len() < 2 {
            let found = format!("{} bytes", bytes.len());
            let expected = format!("2 to {MAX_DIMS} numbers of 4 bytes");
            return Err(self.malformed("an array's dimensions", expected, found));
        }
        words
            .map(|word| {
                let dim = self.order.u32([word[0], word[1], word[2], word[3]]);
                let dim = i32::try_from(dim).ok().and_then(|dim| dim.try_into().ok());
                dim.ok_or_else(|| {
                    self.malformed("an array's dimensions", "none below 0", "one below 0")
                })
            })
            .collect()
    }

    /// The content of an element that has to be small; not charged.
    fn small(
        &mut self,
        kinds: &[u32],
        what: &str,
        max: u64,
        left: &mut u64,
    ) -> Result<Vec<u8>, DataError> {
        let tag = self.tag(left)?;
        if !kinds.contains(&tag.kind) || tag.len > max {
            let expected = format!("at most {max} bytes of type {kinds:?}");
            let found = format!("{} of type {}", tag.len, tag.kind);
            return Err(self.malformed(&format!("an array's {what}"), expected, found));
        }
        let mut bytes = Vec::new();
        self.chunks(tag, left, &mut |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(())
        })?;
        Ok(bytes)
    }

    fn array(&mut self, head: Head, left: &mut u64, depth: u32) -> Result<Array, DataError> {
        self.budget.charge(self.input.path(), ARRAY_COST)?;
        let data = match head.class {
            2 => Data::Other("struct"),
            3 => Data::Other("object"),
            5 => Data::Other("sparse array"),
            16 => Data::Other("function handle"),
            CLASS_OPAQUE => Data::Other("opaque object"),
            CLASS_CELL => self.cells(head.count, left, depth)?,
            CLASS_CHAR => self.text(head.count, left)?,
            CLASS_DOUBLE..=15 if head.flags & COMPLEX != 0 => Data::Other("complex array"),
            CLASS_DOUBLE..=15 => {
                let tag = self.tag(left)?;
                let numbers = Numbers::read(self, tag, head.class, head.count, left)?;
                match numbers {
                    // Stored one byte each, whatever their number; nonzero is true.
                    Numbers::U8(bytes) if head.flags & LOGICAL != 0 => {
                        Data::Logical(bytes.into_iter().map(|byte| byte != 0).collect())
                    }
                    numbers if head.flags & LOGICAL != 0 => {
                        // Before version 6.5, MATLAB flagged doubles.
                        let bytes = (numbers.len() as u64).saturating_mul(8 + 1);
                        self.budget.charge(self.input.path(), bytes)?;
                        Data::Logical(numbers.to_f64s().iter().map(|&n| n != 0.0).collect())
                    }
                    numbers => Data::Numbers(numbers),
                }
            }
            class => {
                let found = format!("class {class}");
                return Err(self.malformed("an array's flags", "a class of 1 to 17", found));
            }
        };
        if let Data::Other(_) = data {
            self.skip(left)?;
        }
        if *left > 0 {
            let found = format!("{left} more bytes");
            return Err(self.malformed("an array", "its end after its content", found));
        }
        Ok(Array {
            dims: head.dims,
            data,
        })
    }

    fn cells(&mut self, count: usize, left: &mut u64, depth: u32) -> Result<Data, DataError> {
        if depth == MAX_DEPTH {
            let expected = format!("cells at most {MAX_DEPTH} deep");
            return Err(self.malformed("a cell", expected, "deeper ones"));
        }
        let mut cells = Vec::new();
        for _ in 0..count {
            let tag = self.tag(left)?;
            if tag.kind != MATRIX {
                let found = format!("element type {}", tag.kind);
                return Err(self.malformed("a cell", "an array (14)", found));
            }
            let len = self.length(tag)?;
            // What encloses the array is shorter by its content and padding.
            let padded = len.next_multiple_of(8).min(*left);
            *left -= padded;
            if len == 0 {
                self.budget.charge(self.input.path(), ARRAY_COST)?;
                cells.push(Array {
                    dims: vec![0, 0],
                    data: Data::Numbers(Numbers::F64(Vec::new())),
                });
                continue;
            }
            let mut inside = len;
            let head = self.head(&mut inside)?;
            cells.push(self.array(head, &mut inside, depth + 1)?);
            self.input.skip(padded - len)?;
        }
        Ok(Data::Cells(cells))
    }

    fn text(&mut self, count: usize, left: &mut u64) -> Result<Data, DataError> {
        let tag = self.tag(left)?;
        let bytes = self.content(tag, left)?;
        // The text beside its bytes: at most twice as long.
        self.budget
            .charge(self.input.path(), tag.len.saturating_mul(2))?;
        let order = self.order;
        let units = |bytes: &[u8]| {
            let pairs = bytes.chunks_exact(2);
            let whole = pairs.remainder().is_empty();
            let units = pairs.map(|pair| order.u16([pair[0], pair[1]]));
            let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
            text.filter(|_| whole)
        };
        let text = match tag.kind {
            INT8 | UINT8 => Some(bytes.iter().map(|&byte| char::from(byte)).collect()),
            UTF8 => String::from_utf8(bytes).ok(),
            UINT16 | UTF16 => units(&bytes),
            UTF32 => {
                let words = bytes.chunks_exact(4);
                let whole = words.remainder().is_empty();
                let chars = words.map(|w| char::from_u32(order.u32([w[0], w[1], w[2], w[3]])));
                chars.collect::<Option<String>>().filter(|_| whole)
            }
            kind => {
                let found = format!("element type {kind}");
                return Err(self.malformed("text", "characters", found));
            }
        };
        let Some(text) = text else {
            return Err(self.malformed("text", "Unicode", "a code that is none"));
        };
        // Beyond the basic plane some writers count a character once, others twice.
        let chars = text.chars().count();
        if chars != count && text.encode_utf16().count() != count {
            let found = format!("{chars}");
            return Err(self.malformed("text", format!("{count} characters"), found));
        }
        Ok(Data::Text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numeric_classes_are_those_that_numbers_know() {
        assert!((CLASS_DOUBLE..=15).all(|class| Numbers::empty(class).is_some()));
        assert!(Numbers::empty(CLASS_DOUBLE - 1).is_none() && Numbers::empty(16).is_none());
        assert!(matches!(Numbers::empty(9), Some(Numbers::U8(_))));
    }
}
