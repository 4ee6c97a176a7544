//! A packed file taken apart, to change a piece of it.

use std::fmt::Write;

/// Metadata, tensors and data of a file, in the order of the file.
#[derive(Clone)]
pub struct Pieces {
    pub metadata: Vec<(String, String)>,
    pub tensors: Vec<Tensor>,
}

#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dtype: String,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Pieces {
    /// Takes apart what [`runtime::Model::write`] wrote. The checksum is left out, so that what is changed
    /// is looked at for itself.
    pub fn of(file: &[u8]) -> Self {
        let mut pieces = Self::with_checksum(file);
        pieces.metadata.retain(|(key, _)| key != "checksum");
        pieces
    }

    /// As [`of`](Self::of), with the checksum.
    pub fn with_checksum(file: &[u8]) -> Self {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
        let mut metadata = Vec::new();
        let mut tensors = Vec::new();
        for (name, entry) in header.as_object().unwrap() {
            if name == "__metadata__" {
                for (key, value) in entry.as_object().unwrap() {
                    metadata.push((key.clone(), value.as_str().unwrap().to_string()));
                }
                continue;
            }
            let numbers = |key: &str| -> Vec<usize> {
                let numbers = entry[key].as_array().unwrap().iter();
                numbers
                    .map(|number| number.as_u64().unwrap() as usize)
                    .collect()
            };
            let at = numbers("data_offsets");
            let tensor = Tensor {
                name: name.clone(),
                dtype: entry["dtype"].as_str().unwrap().to_string(),
                shape: numbers("shape"),
                bytes: file[8 + length + at[0]..8 + length + at[1]].to_vec(),
            };
            tensors.push((at[0], tensor));
        }
        tensors.sort_by_key(|&(start, _)| start);
        let tensors = tensors.into_iter().map(|(_, tensor)| tensor).collect();
        Self { metadata, tensors }
    }

    /// Puts them together again.
    pub fn file(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut header = String::from("{");
        let mut data = Vec::new();
        for Tensor {
            name,
            dtype,
            shape,
            bytes,
        } in &self.tensors
        {
            let (name, start) = (quoted(name), data.len());
            data.extend(bytes);
            let at = [start, data.len()];
            write!(
                header,
                r#"{name}:{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":{at:?}}},"#
            )
            .unwrap();
        }
        let metadata: Vec<String> = self
            .metadata
            .iter()
            .map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)))
            .collect();
        write!(header, r#""__metadata__":{{{}}}}}"#, metadata.join(",")).unwrap();
        with_header(&header, &data)
    }

    /// The tensor `name`.
    pub fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors
            .iter_mut()
            .find(|tensor| tensor.name == name)
            .unwrap()
    }

    /// The value of a key of the metadata.
    pub fn value(&mut self, key: &str) -> &mut String {
        &mut self
            .metadata
            .iter_mut()
            .find(|(name, _)| name == key)
            .unwrap()
            .1
    }
}

/// A file of this header and this data.
pub fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// That reading `file` fails with a message that contains all of `words`.
pub fn rejects(what: &str, file: &[u8], words: &[&str]) {
    match runtime::Model::read(file) {
        Ok(_) => panic!("{what}: was read"),
        Err(error) => {
            let error = error.to_string();
            for word in words {
                assert!(error.contains(word), "{what}: no `{word}` in: {error}");
            }
        }
    }
}
