//! MATLAB files and safetensors containers written by hand, to get them wrong in one place.
#![allow(dead_code)] // Each test file uses some of it.

pub mod nets;

/// A MATLAB array, uncompressed.
#[derive(Clone)]
pub enum Value {
    /// `double`: dimensions, and numbers in column-major order.
    Double(Vec<usize>, Vec<f64>),
    /// `logical`.
    Logical(Vec<usize>, Vec<bool>),
    /// A row of cells.
    Cells(Vec<Value>),
    /// `char`.
    Text(&'static str),
}

impl Value {
    /// A column of numbers.
    pub fn column(numbers: &[f64]) -> Self {
        Self::Double(vec![numbers.len(), 1], numbers.to_vec())
    }

    /// All true.
    pub fn trues(dims: &[usize]) -> Self {
        Self::Logical(dims.to_vec(), vec![true; dims.iter().product()])
    }
}

fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [kind.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn array(name: &str, value: &Value) -> Vec<u8> {
    let (class, dims, content) = match value {
        Value::Double(dims, numbers) => {
            let numbers: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            (6, dims.clone(), element(9, &numbers))
        }
        Value::Logical(dims, bits) => {
            let bytes: Vec<u8> = bits.iter().map(|&bit| bit.into()).collect();
            (0x209, dims.clone(), element(2, &bytes))
        }
        Value::Cells(cells) => {
            let arrays: Vec<u8> = cells.iter().flat_map(|cell| array("", cell)).collect();
            (1, vec![1, cells.len()], arrays)
        }
        Value::Text(text) => (4, vec![1, text.len()], element(16, text.as_bytes())),
    };
    let flags: Vec<u8> = [u32::to_le_bytes(class), [0; 4]].concat();
    let dims: Vec<u8> = dims
        .iter()
        .flat_map(|&dim| (dim as i32).to_le_bytes())
        .collect();
    let parts = [
        element(6, &flags),
        element(5, &dims),
        element(1, name.as_bytes()),
        content,
    ];
    element(14, &parts.concat())
}

/// A level-5 file of these variables.
pub fn mat(variables: &[(String, Value)]) -> Vec<u8> {
    let mut file: Vec<u8> = vec![b' '; 124];
    file.extend([0x00, 0x01, b'I', b'M']);
    for (name, value) in variables {
        file.extend(array(name, value));
    }
    file
}

/// A safetensors container of tensors (name, type, shape, bytes).
pub fn safetensors(tensors: &[(String, &str, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let mut header = String::from("{");
    let mut data: Vec<u8> = Vec::new();
    for (name, dtype, shape, bytes) in tensors {
        let start = data.len();
        data.extend(bytes);
        let comma = if start == 0 { "" } else { "," };
        let at = [start, data.len()];
        header += &format!(
            r#"{comma}"{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":{at:?}}}"#
        );
    }
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}
