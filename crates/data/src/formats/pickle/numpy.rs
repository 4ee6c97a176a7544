//! What the few known functions would do.
//!
//! numpy writes an array as a call of `_reconstruct(ndarray, (0,), b'b')` and a state for it,
//! `(1, shape, dtype, is column-major, bytes)`; from protocol 5 on as `_frombuffer(bytes, dtype,
//! shape, order)`. A type of numbers is `dtype('u1', False, True)` and a state with its byte
//! order. Bytes, which Python 3 has and protocols 0 to 2 have not, are `encode(text, 'latin1')`.

use super::super::ndarray::DType;
use super::machine::Machine;
use super::objects::{Global, Object, Value};
use crate::DataError;

/// Names are shorter than this.
const MAX_NAME: u64 = 256;
/// Longer texts are not copied when they become bytes.
const MAX_COPIED: usize = 4096;

fn known(module: &str, name: &str) -> Option<Global> {
    // numpy 2 renamed `core` to `_core`.
    Some(match (module, name) {
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Global::Reconstruct,
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Global::FromBuffer,
        ("numpy", "ndarray") => Global::NdArray,
        ("numpy", "dtype") => Global::DType,
        ("_codecs", "encode") => Global::Encode,
        _ => return None,
    })
}

impl Machine<'_, '_> {
    pub(super) fn named_global(&mut self) -> Result<(), DataError> {
        let module = self.line(MAX_NAME)?;
        let name = self.line(MAX_NAME)?;
        self.push_global(&module, &name)
    }

    pub(super) fn stacked_global(&mut self) -> Result<(), DataError> {
        let mut text = || {
            let value = self.pop()?;
            match self.objects.get(value) {
                Some(Object::Text(text)) if text.len() as u64 <= MAX_NAME => Ok(text.clone()),
                _ => Err(self.wrong("a short text as a name", self.objects.kind(value))),
            }
        };
        let (name, module) = (text()?, text()?);
        self.push_global(&module, &name)
    }

    fn push_global(&mut self, module: &str, name: &str) -> Result<(), DataError> {
        match known(module, name) {
            Some(global) => self.push(Value::Global(global)),
            None => {
                let found = format!("`{}`", format!("{module}.{name}").escape_debug());
                let expected = "a name that numpy arrays need (nothing else is ever called)";
                Err(self.wrong(expected, found))
            }
        }
    }

    /// Calls the known function below the tuple of arguments on top.
    pub(super) fn reduce(&mut self) -> Result<(), DataError> {
        let arguments = self.pop()?;
        let callee = self.pop()?;
        let Value::Global(callee) = callee else {
            return Err(self.wrong("a known function", self.objects.kind(callee)));
        };
        let Some(arguments) = self.objects.tuple(arguments) else {
            return Err(self.wrong("a tuple of arguments", self.objects.kind(arguments)));
        };
        match (callee, arguments) {
            (Global::Reconstruct, &[Value::Global(Global::NdArray), _, _]) => {
                self.push_object(Object::Array(None))
            }
            (Global::DType, &[code, _, _]) => {
                let code = self.objects.text(code).unwrap_or_default();
                let Some(dtype) = std::str::from_utf8(code).ok().and_then(DType::parse) else {
                    let code = &code[..code.len().min(64)];
                    let found = format!("dtype `{}`", code.escape_ascii());
                    return Err(self.wrong("a type of numbers, as `u1`", found));
                };
                self.push_object(Object::DType(dtype))
            }
            (Global::Encode, &[text, encoding]) => self.encode(text, encoding),
            (Global::FromBuffer, &[bytes, dtype, shape, order]) => {
                let fortran = match self.objects.text(order) {
                    Some(b"C") => false,
                    Some(b"F") => true,
                    _ => return Err(self.wrong("an order of `C` or `F`", "another")),
                };
                self.push_object(Object::Array(None))?;
                self.set_array(dtype, shape, fortran, bytes)
            }
            (callee, arguments) => {
                let found = format!("{} for {callee:?}", arguments.len());
                Err(self.wrong("the arguments that numpy writes", found))
            }
        }
    }

    /// Gives the object below the state on top that state.
    pub(super) fn build(&mut self) -> Result<(), DataError> {
        let state = self.pop()?;
        let target = self.top()?;
        let state = self.objects.tuple(state).unwrap_or_default();
        match (self.objects.get(target), state) {
            (Some(Object::Array(_)), &[Value::Int(1), shape, dtype, fortran, bytes]) => {
                let fortran = matches!(fortran, Value::Bool(true) | Value::Int(1));
                self.set_array(dtype, shape, fortran, bytes)
            }
            (
                Some(&Object::DType(dtype)),
                &[
                    Value::Int(_),
                    order,
                    Value::None,
                    Value::None,
                    Value::None,
                    ..,
                ],
            ) => {
                let big_endian = match self.objects.text(order) {
                    Some(b">") => dtype.size > 1,
                    Some(b"<" | b"|" | b"=") => false,
                    _ => return Err(self.wrong("a byte order of `<`, `>` or `|`", "another")),
                };
                if let Some(object) = self.objects.get_mut(target) {
                    *object = Object::DType(DType {
                        big_endian,
                        ..dtype
                    });
                }
                Ok(())
            }
            (_, state) => {
                let kind = self.objects.kind(target);
                let found = format!("a state of {} for {kind}", state.len());
                Err(self.wrong("the state of an array or its type of numbers", found))
            }
        }
    }

    /// Fills the array on top.
    fn set_array(
        &mut self,
        dtype: Value,
        shape: Value,
        fortran: bool,
        bytes: Value,
    ) -> Result<(), DataError> {
        let Some(dtype) = self.objects.dtype(dtype) else {
            return Err(self.wrong("an array's type of numbers", self.objects.kind(dtype)));
        };
        let dims = self.objects.tuple(shape).map_or(0, <[_]>::len);
        self.charge(8 * dims as u64)?;
        let Some(shape) = self.objects.shape(shape) else {
            return Err(self.wrong("a tuple of dimensions", self.objects.kind(shape)));
        };
        let array = match self.objects.array(dtype, shape, fortran, bytes) {
            Ok(array) => array,
            Err(found) => return Err(self.wrong("an array whose parts fit", found)),
        };
        let target = self.top()?;
        if let Some(object) = self.objects.get_mut(target) {
            *object = Object::Array(Some(array));
        }
        Ok(())
    }

    fn encode(&mut self, text: Value, encoding: Value) -> Result<(), DataError> {
        if !matches!(self.objects.text(encoding), Some(b"latin1" | b"latin-1")) {
            return Err(self.wrong("the encoding `latin1`", "another"));
        }
        let kind = self.objects.kind(text);
        let text = match self.objects.get_mut(text) {
            // Python shares short texts, which may be used again.
            Some(Object::Text(text)) if text.len() <= MAX_COPIED => text.clone(),
            Some(object @ Object::Text(_)) => match std::mem::replace(object, Object::Moved) {
                Object::Text(text) => text,
                _ => String::new(),
            },
            _ => return Err(self.wrong("a text to encode", kind)),
        };
        if text.len() <= MAX_COPIED {
            self.charge(text.len() as u64)?;
        }
        match latin1(text) {
            Some(bytes) => self.push_object(Object::Bytes(bytes)),
            None => Err(self.wrong("characters of Latin-1", "others")),
        }
    }
}

/// The characters as bytes, in place; `None` if one is beyond 255.
fn latin1(text: String) -> Option<Vec<u8>> {
    let mut bytes = text.into_bytes();
    let (mut from, mut to) = (0, 0);
    while from < bytes.len() {
        bytes[to] = match bytes[from] {
            byte @ 0..0x80 => byte,
            // The two-byte characters up to 255.
            first @ 0xc2..=0xc3 => {
                from += 1;
                first << 6 | (bytes[from] & 0x3f)
            }
            _ => return None,
        };
        from += 1;
        to += 1;
    }
    bytes.truncate(to);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_is_undone_for_every_byte() {
        let text: String = (0..=255).map(char::from).collect();
        assert_eq!(latin1(text), Some((0..=255).collect()));
        assert_eq!(latin1("aĀ".into()), None);
        assert_eq!(latin1("≤".into()), None);
    }
}
