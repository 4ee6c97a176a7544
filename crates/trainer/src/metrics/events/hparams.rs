//! A run's settings for TensorBoard's page of hyperparameters: the messages of its plugin's `plugin_data.proto` and
//! `api.proto`, and of `struct.proto`, of which the few fields here are written.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::messages::{Held, Metadata, PluginData, Tensor, Value};

/// The settings of a run, and when it began.
pub fn start(settings: &toml::Table, seconds: f64) -> Value {
    let hparams = settings.iter().map(|(key, value)| {
        let kind = match value {
            toml::Value::Integer(number) => Kind::Number(*number as f64),
            toml::Value::Float(number) => Kind::Number(*number),
            toml::Value::Boolean(whether) => Kind::Bool(*whether),
            toml::Value::String(word) => Kind::String(word.clone()),
            other => Kind::String(other.to_string()),
        };
        (key.clone(), Setting { kind: Some(kind) })
    });
    let start = SessionStart {
        hparams: hparams.collect(),
        start_time_secs: seconds,
    };
    value("_hparams_/session_start_info", Data::Start(start))
}

/// A run that has come to its end, and when.
pub fn end(seconds: f64) -> Value {
    let end = SessionEnd {
        status: SessionEnd::SUCCESS,
        end_time_secs: seconds,
    };
    value("_hparams_/session_end_info", Data::End(end))
}

/// The plugin knows its values by their tags, and reads what stands beside an empty one.
fn value(tag: &str, data: Data) -> Value {
    let content = Content { data: Some(data) };
    Value {
        tag: tag.into(),
        metadata: Some(Metadata {
            plugin_data: Some(PluginData {
                plugin_name: "hparams".into(),
                content: content.encode_to_vec(),
            }),
            data_class: Metadata::TENSOR,
        }),
        held: Some(Held::Tensor(Tensor::zero())),
    }
}

/// `HParamsPluginData`; its version is 0.
#[derive(Clone, PartialEq, Message)]
struct Content {
    #[prost(oneof = "Data", tags = "3, 4")]
    data: Option<Data>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Data {
    #[prost(message, tag = "3")]
    Start(SessionStart),
    #[prost(message, tag = "4")]
    End(SessionEnd),
}

/// `SessionStartInfo`.
#[derive(Clone, PartialEq, Message)]
struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    hparams: BTreeMap<String, Setting>,
    #[prost(double, tag = "5")]
    start_time_secs: f64,
}

/// `SessionEndInfo`.
#[derive(Clone, PartialEq, Message)]
struct SessionEnd {
    #[prost(int32, tag = "1")]
    status: i32,
    #[prost(double, tag = "2")]
    end_time_secs: f64,
}

impl SessionEnd {
    /// `Status.STATUS_SUCCESS`.
    const SUCCESS: i32 = 1;
}

/// `google.protobuf.Value`.
#[derive(Clone, PartialEq, Message)]
struct Setting {
    #[prost(oneof = "Kind", tags = "2, 3, 4")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    String(String),
    #[prost(bool, tag = "4")]
    Bool(bool),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_keep_their_kinds() {
        let settings = "epochs = 6\nrate = 0.5\nnet = 'wrn-8-1'\nlearn = true\ndrops = [1, 2]\n";
        let value = start(&settings.parse().unwrap(), 7.0);
        assert_eq!(value.tag, "_hparams_/session_start_info");
        let plugin = value.metadata.unwrap().plugin_data.unwrap();
        let content = Content::decode(&plugin.content[..]).unwrap();
        let Some(Data::Start(found)) = content.data else {
            panic!("{content:?}");
        };
        let kind = |key: &str| found.hparams[key].kind.clone().unwrap();
        assert_eq!(kind("epochs"), Kind::Number(6.0));
        assert_eq!(kind("rate"), Kind::Number(0.5));
        assert_eq!(kind("net"), Kind::String("wrn-8-1".into()));
        assert_eq!(kind("learn"), Kind::Bool(true));
        assert_eq!(kind("drops"), Kind::String("[1, 2]".into()));
        assert_eq!(found.start_time_secs, 7.0);
    }
}
