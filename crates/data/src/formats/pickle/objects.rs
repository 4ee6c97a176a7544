//! The values of the machine.

use super::super::ndarray::{DType, NdArray, byte_len};

/// A value on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Global(Global),
    /// An index into [`Objects`].
    Object(usize),
}

/// The names of Python that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    Reconstruct,
    FromBuffer,
    NdArray,
    DType,
    Encode,
}

#[derive(Debug)]
pub(super) enum Object {
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    DType(DType),
    /// An array, empty-handed until its state comes.
    Array(Option<Array>),
    /// What has become part of another object.
    Moved,
}

/// An array whose bytes are another object.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
    pub(super) fortran: bool,
    pub(super) bytes: usize,
}

#[derive(Default)]
pub(super) struct Objects(Vec<Object>);

impl Objects {
    pub(super) fn add(&mut self, object: Object) -> Value {
        self.0.push(object);
        Value::Object(self.0.len() - 1)
    }

    pub(super) fn get(&self, value: Value) -> Option<&Object> {
        match value {
            Value::Object(index) => self.0.get(index),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Object(index) => self.0.get_mut(index),
            _ => None,
        }
    }

    /// The bytes of a text of either kind.
    pub(super) fn text(&self, value: Value) -> Option<&[u8]> {
        match self.get(value) {
            Some(Object::Text(text)) => Some(text.as_bytes()),
            Some(Object::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn tuple(&self, value: Value) -> Option<&[Value]> {
        match self.get(value) {
            Some(Object::Tuple(values)) => Some(values),
            _ => None,
        }
    }

    pub(super) fn dtype(&self, value: Value) -> Option<DType> {
        match self.get(value) {
            Some(Object::DType(dtype)) => Some(*dtype),
            _ => None,
        }
    }

    /// The dimensions of a tuple of integers.
    pub(super) fn shape(&self, value: Value) -> Option<Vec<usize>> {
        let dims = self.tuple(value)?.iter();
        dims.map(|dim| match dim {
            Value::Int(dim) => usize::try_from(*dim).ok(),
            _ => None,
        })
        .collect()
    }

    /// Puts an array's parts together, or says what does not fit.
    pub(super) fn array(
        &self,
        dtype: DType,
        shape: Vec<usize>,
        fortran: bool,
        bytes: Value,
    ) -> Result<Array, String> {
        let (Value::Object(index), Some(Object::Bytes(content))) = (bytes, self.get(bytes)) else {
            return Err(format!("{} as its content", self.kind(bytes)));
        };
        if byte_len(dtype, &shape) != Some(content.len()) {
            let len = content.len();
            return Err(format!("{len} bytes for the shape {shape:?} of {dtype}"));
        }
        Ok(Array {
            dtype,
            shape,
            fortran,
            bytes: index,
        })
    }

    /// Takes an array out, or says what is there instead.
    pub(super) fn take_array(&mut self, value: Value) -> Result<NdArray, String> {
        let kind = self.kind(value);
        let Some(Object::Array(array)) = self.get_mut(value) else {
            return Err(kind.to_owned());
        };
        let Some(Array {
            dtype,
            shape,
            fortran,
            bytes,
        }) = array.take()
        else {
            return Err("an array without content".into());
        };
        if fortran && shape.len() > 1 {
            return Err("an array in column-major order".into());
        }
        match self
            .0
            .get_mut(bytes)
            .map(|b| std::mem::replace(b, Object::Moved))
        {
            Some(Object::Bytes(bytes)) => Ok(NdArray {
                dtype,
                shape,
                bytes,
            }),
            _ => Err("an array that shares its content with another".into()),
        }
    }

    /// What a value is, for messages.
    pub(super) fn kind(&self, value: Value) -> &'static str {
        match value {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) => "an integer",
            Value::Float => "a real number",
            Value::Global(_) => "a function or class",
            Value::Object(_) => match self.get(value) {
                Some(Object::Text(_)) => "a text",
                Some(Object::Bytes(_)) => "bytes",
                Some(Object::List(_)) => "a list",
                Some(Object::Tuple(_)) => "a tuple",
                Some(Object::Dict(_)) => "a dictionary",
                Some(Object::DType(_)) => "a type of numbers",
                Some(Object::Array(_)) => "an array",
                Some(Object::Moved) | None => "a text used before",
            },
        }
    }
}
