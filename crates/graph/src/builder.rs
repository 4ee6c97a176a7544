//! Nodes, one after the other.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::GraphError;
use crate::node::{Graph, Node, Op, Shape, Value};

/// A graph in the making.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
}

impl Builder {
    /// Adds a node that reads `input`; gives what it gives.
    pub(crate) fn push(&mut self, name: impl Into<String>, op: Op, input: Value) -> Value {
        self.push_reading(name.into(), op, vec![input])
    }

    /// Adds the sum of two values.
    pub(crate) fn add(&mut self, name: impl Into<String>, y: Value, x: Value) -> Value {
        self.push_reading(name.into(), Op::Add, vec![y, x])
    }

    fn push_reading(&mut self, name: String, op: Op, inputs: Vec<Value>) -> Value {
        self.nodes.push(Node { name, op, inputs });
        Value::Node(self.nodes.len() - 1)
    }

    pub(crate) fn finish(self, input: Shape) -> Result<Graph, GraphError> {
        Graph::new(input, self.nodes)
    }
}

/// `block 3 conv 1`: the name of a part of a block, counted from 1.
pub(crate) fn block(number: usize, part: &str) -> String {
    format!("block {number} {part}")
}
