//! A graph that grows node by node. Each node gives one value, which has the node's name.

use std::collections::BTreeSet;

use super::proto::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, NodeProto, TensorProto,
    TensorShapeProto, TensorType, TypeProto, ValueInfoProto,
};

/// The graph so far.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    names: BTreeSet<String>,
}

/// The value of an attribute.
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(&'a [i64]),
}

impl Graph {
    /// A graph without nodes; nothing else gets these names.
    pub(super) fn new(reserved: [&str; 2]) -> Self {
        Self {
            names: reserved.map(String::from).into(),
            ..Self::default()
        }
    }

    /// The name itself, or, where it is taken, with an underscore more; names of a network's nodes
    /// have none.
    fn own(&mut self, mut name: String) -> String {
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    /// A node; returns the name of its value.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        name: String,
        attributes: &[(&str, Attribute)],
    ) -> String {
        let name = self.own(name);
        self.push(operator, inputs, name.clone(), attributes);
        name
    }

    /// The node that gives the value with a reserved name.
    pub(super) fn push(
        &mut self,
        operator: &str,
        inputs: &[&str],
        name: String,
        attributes: &[(&str, Attribute)],
    ) {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![name.clone()],
            name,
            op_type: operator.into(),
            attribute: attributes.iter().map(attribute).collect(),
        });
    }

    /// Constant numbers; returns their name.
    pub(super) fn floats(
        &mut self,
        name: String,
        shape: &[usize],
        numbers: impl Iterator<Item = f32>,
    ) -> String {
        let bytes = numbers.flat_map(f32::to_le_bytes).collect();
        self.constant(name, shape, DataType::Float, bytes)
    }

    /// As [`floats`](Self::floats), a list of integers.
    pub(super) fn integers(&mut self, name: String, numbers: &[i64]) -> String {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        self.constant(name, &[numbers.len()], DataType::Int64, bytes.collect())
    }

    /// As [`floats`](Self::floats), bytes.
    pub(super) fn bytes(&mut self, name: String, shape: &[usize], bytes: &[u8]) -> String {
        self.constant(name, shape, DataType::Uint8, bytes.to_vec())
    }

    /// As [`floats`](Self::floats), integers of 8 bits.
    pub(super) fn small(&mut self, name: String, shape: &[usize], numbers: &[i8]) -> String {
        let bytes = numbers.iter().map(|&number| number as u8).collect();
        self.constant(name, shape, DataType::Int8, bytes)
    }

    fn constant(
        &mut self,
        name: String,
        shape: &[usize],
        data_type: DataType,
        raw_data: Vec<u8>,
    ) -> String {
        let name = self.own(name);
        self.constants.push(TensorProto {
            dims: shape.iter().map(|&size| size as i64).collect(),
            data_type: data_type.into(),
            name: name.clone(),
            raw_data,
        });
        name
    }

    /// The whole.
    pub(super) fn finish(self, input: ValueInfoProto, output: ValueInfoProto) -> GraphProto {
        GraphProto {
            node: self.nodes,
            name: "onebit".into(),
            initializer: self.constants,
            input: vec![input],
            output: vec![output],
        }
    }
}

fn attribute((name, value): &(&str, Attribute)) -> AttributeProto {
    let mut attribute = AttributeProto {
        name: (*name).into(),
        ..AttributeProto::default()
    };
    match *value {
        Attribute::Float(number) => {
            attribute.set_type(AttributeType::Float);
            attribute.f = Some(number);
        }
        Attribute::Int(number) => {
            attribute.set_type(AttributeType::Int);
            attribute.i = Some(number);
        }
        Attribute::Ints(numbers) => {
            attribute.set_type(AttributeType::Ints);
            attribute.ints = numbers.to_vec();
        }
    }
    attribute
}

/// A value of the shape `[N, rest…]`, where each call chooses N unless it is fixed.
pub(super) fn batch(
    name: &str,
    of: DataType,
    fixed: Option<usize>,
    rest: &[usize],
    doc: &str,
) -> ValueInfoProto {
    let batch = Dimension {
        dim_value: fixed.map(|images| images as i64),
        dim_param: fixed.is_none().then(|| "N".into()),
    };
    let rest = rest.iter().map(|&size| Dimension {
        dim_value: Some(size as i64),
        dim_param: None,
    });
    let shape = TensorShapeProto {
        dim: std::iter::once(batch).chain(rest).collect(),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorType {
                elem_type: of.into(),
                shape: Some(shape),
            }),
        }),
        doc_string: doc.into(),
    }
}
