//! What each opcode does.

use super::machine::Machine;
use super::objects::{Object, Value};
use crate::DataError;

/// The opcodes that are known but never followed, and why not.
const REFUSED: [(u8, &str); 16] = [
    (b'i', "INST, which calls a class"),
    (b'o', "OBJ, which calls a class"),
    (0x81, "NEWOBJ, which calls a class"),
    (0x92, "NEWOBJ_EX, which calls a class"),
    (b'P', "PERSID, an object outside the file"),
    (b'Q', "BINPERSID, an object outside the file"),
    (0x82, "EXT1, a registered object"),
    (0x83, "EXT2, a registered object"),
    (0x84, "EXT4, a registered object"),
    (0x8f, "EMPTY_SET"),
    (0x90, "ADDITEMS, of a set"),
    (0x91, "FROZENSET"),
    (0x97, "NEXT_BUFFER, a buffer outside the file"),
    (0x98, "READONLY_BUFFER, a buffer outside the file"),
    (0x8b, "LONG4, an enormous integer"),
    (b'.', "STOP"),
];

/// Numbers in text have fewer digits than this.
const MAX_DIGITS: u64 = 40;

/// An opcode in messages.
pub(super) fn name(opcode: u8) -> String {
    if opcode.is_ascii_graphic() {
        format!("`{}`", char::from(opcode))
    } else {
        format!("{opcode:#04x}")
    }
}

impl Machine<'_, '_> {
    /// Follows `self.opcode`.
    pub(super) fn step(&mut self) -> Result<(), DataError> {
        match self.opcode {
            0x80 => match self.input.byte()? {
                0..=5 => Ok(()),
                protocol => Err(self.wrong("protocol 0 to 5", protocol.to_string())),
            },
            // A frame only says how many bytes to read ahead.
            0x95 => self.input.array::<8>().map(|_| ()),

            b'(' => self.mark(),
            b'0' => self.pop_any(),
            b'1' => self.pop_mark().map(|_| ()),
            b'2' => {
                let top = self.top()?;
                self.push(top)
            }

            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'I' => match &self.line(MAX_DIGITS)?[..] {
                "00" => self.push(Value::Bool(false)),
                "01" => self.push(Value::Bool(true)),
                digits => self.push_digits(digits),
            },
            b'L' => {
                let digits = self.line(MAX_DIGITS)?;
                self.push_digits(digits.strip_suffix('L').unwrap_or(&digits))
            }
            b'J' => {
                let integer = i32::from_le_bytes(self.input.array()?);
                self.push(Value::Int(integer.into()))
            }
            b'K' => {
                let integer = self.input.byte()?;
                self.push(Value::Int(integer.into()))
            }
            b'M' => {
                let integer = u16::from_le_bytes(self.input.array()?);
                self.push(Value::Int(integer.into()))
            }
            0x8a => {
                let len = self.input.byte()?;
                if len > 8 {
                    let found = format!("one of {len} bytes");
                    return Err(self.wrong("an integer of at most 8 bytes", found));
                }
                let bytes = self.input.bytes(len.into())?;
                let sign = bytes.last().map_or(0, |last| last >> 7);
                let mut wide = [sign * 0xff; 8];
                wide[..bytes.len()].copy_from_slice(&bytes);
                self.push(Value::Int(i64::from_le_bytes(wide)))
            }
            // The value of a real number is of no use here.
            b'F' => {
                let digits = self.line(MAX_DIGITS)?;
                match digits.parse::<f64>() {
                    Ok(_) => self.push(Value::Float),
                    Err(_) => Err(self.wrong("a real number", format!("`{digits}`"))),
                }
            }
            b'G' => {
                self.input.array::<8>()?;
                self.push(Value::Float)
            }

            b'S' => self.quoted(),
            b'V' => self.escaped(),
            b'T' => self.long_bytes(),
            b'B' => self.long_bytes(),
            b'U' | b'C' => {
                let len = self.input.byte()?;
                self.bytes(len.into())
            }
            0x8e | 0x96 => {
                let len = u64::from_le_bytes(self.input.array()?);
                self.bytes(len)
            }
            b'X' => {
                let len = u32::from_le_bytes(self.input.array()?);
                self.text(len.into())
            }
            0x8c => {
                let len = self.input.byte()?;
                self.text(len.into())
            }
            0x8d => {
                let len = u64::from_le_bytes(self.input.array()?);
                self.text(len)
            }

            b']' => self.push_object(Object::List(Vec::new())),
            b')' => self.push_object(Object::Tuple(Vec::new())),
            b'}' => self.push_object(Object::Dict(Vec::new())),
            b'l' => {
                let values = self.pop_mark()?;
                self.push_object(Object::List(values))
            }
            b't' => {
                let values = self.pop_mark()?;
                self.push_object(Object::Tuple(values))
            }
            b'd' => {
                let pairs = self.pop_mark()?;
                self.push_object(Object::Dict(Vec::new()))?;
                self.insert(&pairs)
            }
            0x85..=0x87 => {
                let len = usize::from(self.opcode - 0x84);
                let mut values = vec![Value::None; len];
                for value in values.iter_mut().rev() {
                    *value = self.pop()?;
                }
                self.charge(64)?;
                self.push_object(Object::Tuple(values))
            }
            b'a' => {
                let value = self.pop()?;
                self.append(&[value])
            }
            b'e' => {
                let values = self.pop_mark()?;
                self.append(&values)
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.insert(&[key, value])
            }
            b'u' => {
                let pairs = self.pop_mark()?;
                self.insert(&pairs)
            }

            b'p' => {
                let index = self.index()?;
                self.put(index)
            }
            b'q' => {
                let index = self.input.byte()?;
                self.put(index.into())
            }
            b'r' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.put(index)
            }
            0x94 => self.memoize(),
            b'g' => {
                let index = self.index()?;
                self.get(index)
            }
            b'h' => {
                let index = self.input.byte()?;
                self.get(index.into())
            }
            b'j' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.get(index)
            }

            b'c' => self.named_global(),
            0x93 => self.stacked_global(),
            b'R' => self.reduce(),
            b'b' => self.build(),

            opcode => {
                let refused = REFUSED.iter().find(|(refused, _)| *refused == opcode);
                let found = refused.map_or("an unknown opcode", |(_, why)| why);
                Err(self.wrong("one that arrays, dictionaries and lists need", found))
            }
        }
    }

    /// The text up to the end of the line, of ASCII.
    pub(super) fn line(&mut self, max: u64) -> Result<String, DataError> {
        let line = self.input.until(b'\n', max)?;
        match String::from_utf8(line) {
            Ok(line) if line.is_ascii() => Ok(line),
            _ => Err(self.wrong("a line of ASCII", "other bytes")),
        }
    }

    fn push_digits(&mut self, digits: &str) -> Result<(), DataError> {
        match digits.parse() {
            Ok(integer) => self.push(Value::Int(integer)),
            Err(_) => Err(self.wrong("an integer of 64 bits", format!("`{digits}`"))),
        }
    }

    fn index(&mut self) -> Result<u32, DataError> {
        let digits = self.line(MAX_DIGITS)?;
        let wrong = |_| self.wrong("a number of the memo", format!("`{digits}`"));
        digits.parse().map_err(wrong)
    }

    fn long_bytes(&mut self) -> Result<(), DataError> {
        let len = u32::from_le_bytes(self.input.array()?);
        self.bytes(len.into())
    }

    fn bytes(&mut self, len: u64) -> Result<(), DataError> {
        self.charge(len)?;
        let bytes = self.input.bytes(len)?;
        self.push_object(Object::Bytes(bytes))
    }

    fn text(&mut self, len: u64) -> Result<(), DataError> {
        self.charge(len)?;
        match String::from_utf8(self.input.bytes(len)?) {
            Ok(text) => self.push_object(Object::Text(text)),
            Err(_) => Err(self.wrong("UTF-8", "other bytes")),
        }
    }
}
