//! Texts of protocol 0, which stand in lines of ASCII with escapes.

use super::machine::Machine;
use super::objects::Object;
use crate::DataError;

impl Machine<'_, '_> {
    /// `S`: bytes as Python 2's `repr` shows them.
    pub(super) fn quoted(&mut self) -> Result<(), DataError> {
        let quote = self.input.byte()?;
        if !matches!(quote, b'\'' | b'"') {
            return Err(self.wrong("a quotation mark", super::opcodes::name(quote)));
        }
        let mut bytes = Vec::new();
        loop {
            let byte = match self.input.byte()? {
                b'\n' => return Err(self.wrong("a closing quotation mark", "the line's end")),
                b'\\' => match self.input.byte()? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'x' => self.hex(2)? as u8,
                    same @ (b'\\' | b'\'' | b'"') => same,
                    other => {
                        let found = super::opcodes::name(other);
                        return Err(self.wrong("an escape of `repr`", found));
                    }
                },
                byte if byte == quote => break,
                byte => byte,
            };
            self.charge(1)?;
            bytes.push(byte);
        }
        if self.input.byte()? != b'\n' {
            return Err(self.wrong("the line's end after the text", "more"));
        }
        self.push_object(Object::Bytes(bytes))
    }

    /// `V`: characters, those beyond Latin-1 and some others as `\uXXXX` or `\UXXXXXXXX`.
    pub(super) fn escaped(&mut self) -> Result<(), DataError> {
        let mut text = String::new();
        let mut pending = None;
        loop {
            let byte = match pending.take() {
                Some(byte) => byte,
                None => self.input.byte()?,
            };
            let code = match byte {
                b'\n' => break,
                b'\\' => match self.input.byte()? {
                    b'u' => self.hex(4)?,
                    b'U' => self.hex(8)?,
                    other => {
                        pending = Some(other);
                        u32::from(b'\\')
                    }
                },
                byte => byte.into(),
            };
            let Some(character) = char::from_u32(code) else {
                return Err(self.wrong("a character of Unicode", format!("{code:#x}")));
            };
            self.charge(character.len_utf8() as u64)?;
            text.push(character);
        }
        self.push_object(Object::Text(text))
    }

    fn hex(&mut self, digits: u32) -> Result<u32, DataError> {
        let mut code = 0;
        for _ in 0..digits {
            let byte = self.input.byte()?;
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.wrong("a hexadecimal digit", super::opcodes::name(byte)));
            };
            code = code << 4 | digit;
        }
        Ok(code)
    }
}
