//! The JSON before the tensors, each of whose names stands for one thing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use safetensors::tensor::TensorInfo;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::tensors::beginning;

/// Where safetensors has the metadata.
pub(super) const METADATA: &str = "__metadata__";

/// What stands before the tensors.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) tensors: Vec<(String, TensorInfo)>,
}

/// Texts by name. Of two with one name a reader of JSON takes the last, or the first.
#[derive(Debug, Default)]
pub(super) struct Texts(pub(super) BTreeMap<String, String>);

fn twice<E: Error>(name: &str) -> E {
    E::custom(format!("two entries `{}`", beginning(name)))
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut texts: Option<Texts> = None;
                let (mut names, mut tensors) = (BTreeSet::new(), Vec::new());
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        let found: Option<Texts> = map.next_value()?;
                        if texts.replace(found.unwrap_or_default()).is_some() {
                            return Err(twice(&name));
                        }
                        continue;
                    }
                    if !names.insert(name.clone()) {
                        return Err(twice(&name));
                    }
                    tensors.push((name, map.next_value()?));
                }
                let texts = texts.unwrap_or_default().0;
                Ok(Header { texts, tensors })
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    if texts.contains_key(&name) {
                        return Err(twice(&name));
                    }
                    texts.insert(name, text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_name_stands_for_one_thing() {
        let tensor =
            |name: &str| format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#);
        let metadata = r#""__metadata__":{"a":"1","b":"2"}"#;
        let read = |entries: &[&str]| {
            serde_json::from_str::<Header>(&format!("{{{}}}", entries.join(",")))
        };
        let whole = read(&[&tensor("x"), metadata, &tensor("y")]).unwrap();
        assert_eq!(whole.tensors.len(), 2);
        assert_eq!(whole.texts["b"], "2");
        assert!(read(&[r#""__metadata__":null"#]).unwrap().texts.is_empty());
        for (entries, name) in [
            ([&tensor("x")[..], &tensor("x")], "x"),
            ([metadata, metadata], "__metadata__"),
            ([r#""__metadata__":{"a":"1","a":"1"}"#, &tensor("x")], "a"),
        ] {
            let error = read(&entries).unwrap_err().to_string();
            let expected = format!("two entries `{name}`");
            assert!(error.contains(&expected), "{error}");
        }
    }
}
