//! The messages of TensorFlow's `event.proto`, `summary.proto` and `tensor.proto`, of which the few fields here are written.

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

#[derive(Clone, PartialEq, Message)]
pub struct SessionLog {
    #[prost(int32, tag = "1")]
    pub status: i32,
}

impl SessionLog {
    /// `SessionLog.SessionStatus.START`.
    pub const START: i32 = 1;
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

impl Summary {
    /// The tags, in their order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.value.iter().map(|value| value.tag.as_str())
    }

    /// What stands under them: numbers, and counts.
    pub fn numbers(&self) -> impl Iterator<Item = f32> {
        self.value.iter().flat_map(|value| match &value.held {
            Some(Held::Scalar(number)) => vec![*number],
            Some(Held::Histogram(counted)) => {
                counted.bucket.iter().map(|&count| count as f32).collect()
            }
            Some(Held::Tensor(_)) | None => Vec::new(),
        })
    }
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<Metadata>,
    #[prost(oneof = "Held", tags = "2, 5, 8")]
    pub held: Option<Held>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Held {
    #[prost(float, tag = "2")]
    Scalar(f32),
    #[prost(message, tag = "5")]
    Histogram(HistogramProto),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// Numbers, counted in intervals.
#[derive(Clone, PartialEq, Message)]
pub struct HistogramProto {
    #[prost(double, tag = "1")]
    pub min: f64,
    #[prost(double, tag = "2")]
    pub max: f64,
    #[prost(double, tag = "3")]
    pub num: f64,
    #[prost(double, tag = "4")]
    pub sum: f64,
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    /// The upper end of each interval; the first begins at `min`.
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}

/// Which plugin of TensorBoard a value is for, and what it reads.
#[derive(Clone, PartialEq, Message)]
pub struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
    #[prost(int32, tag = "4")]
    pub data_class: i32,
}

impl Metadata {
    /// `DataClass.DATA_CLASS_TENSOR`.
    pub const TENSOR: i32 = 2;
}

#[derive(Clone, PartialEq, Message)]
pub struct PluginData {
    #[prost(string, tag = "1")]
    pub plugin_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub content: Vec<u8>,
}

/// A tensor without dimensions, as a plugin has it whose content is elsewhere.
#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
    #[prost(float, repeated, tag = "5")]
    pub float_val: Vec<f32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Shape {}

impl Tensor {
    /// Zero, `DT_FLOAT`.
    pub fn zero() -> Self {
        Self {
            dtype: 1,
            shape: Some(Shape {}),
            float_val: vec![0.0],
        }
    }
}
