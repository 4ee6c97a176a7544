//! The stack, the marks on it, and the memo.

use std::collections::HashMap;

use super::super::input::{Budget, Input};
use super::objects::{Object, Objects, Value};
use super::opcodes;
use crate::DataError;

/// What a place on the stack, in a list or a tuple costs at most, spare room included.
const SLOT: u64 = 32;
/// What an object, or a place in the memo, costs beside its content.
const OBJECT: u64 = 64;

/// What values may take in all: a list has a place for each number, of which a hostile one has millions.
const VALUES: u64 = 32 << 20;
/// And one byte for so many of the file, so that labels and names of many images fit.
const PER_VALUE: u64 = 8;

/// Runs a pickle. Every method that takes memory charges it before.
pub(super) struct Machine<'a, 'b> {
    pub(super) input: &'a mut Input<'b>,
    pub(super) objects: Objects,
    pub(super) opcode: u8,
    budget: Budget,
    /// What values may take, of the budget.
    values: Budget,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl<'a, 'b> Machine<'a, 'b> {
    pub(super) fn new(input: &'a mut Input<'b>, limit: u64) -> Self {
        Self {
            objects: Objects::default(),
            opcode: 0,
            budget: Budget::new(limit),
            values: Budget::new(VALUES + input.left() / PER_VALUE),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            input,
        }
    }

    /// Runs up to `.`; the objects, and the one that the file is about.
    pub(super) fn run(mut self) -> Result<(Objects, Value), DataError> {
        loop {
            self.opcode = self.input.byte()?;
            if self.opcode == b'.' {
                let root = self.pop()?;
                return Ok((self.objects, root));
            }
            self.step()?;
        }
    }

    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), DataError> {
        self.budget.charge(self.input.path(), bytes)
    }

    /// As [`charge`](Self::charge), for values beside the content of arrays and texts.
    fn charge_values(&mut self, bytes: u64) -> Result<(), DataError> {
        self.values.charge(self.input.path(), bytes)?;
        self.charge(bytes)
    }

    pub(super) fn push(&mut self, value: Value) -> Result<(), DataError> {
        self.charge_values(SLOT)?;
        self.stack.push(value);
        Ok(())
    }

    /// Pushes a new object, whose content has been charged.
    pub(super) fn push_object(&mut self, object: Object) -> Result<(), DataError> {
        self.charge_values(OBJECT)?;
        let value = self.objects.add(object);
        self.push(value)
    }

    /// The lowest place that belongs to the mark on top.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self) -> Result<Value, DataError> {
        if self.stack.len() > self.floor()
            && let Some(value) = self.stack.pop()
        {
            return Ok(value);
        }
        Err(self.wrong("a value on the stack", "none"))
    }

    pub(super) fn top(&mut self) -> Result<Value, DataError> {
        let value = self.pop()?;
        self.stack.push(value);
        Ok(value)
    }

    pub(super) fn mark(&mut self) -> Result<(), DataError> {
        self.charge_values(SLOT)?;
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// Takes the values above the mark on top, and the mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>, DataError> {
        let Some(mark) = self.marks.pop() else {
            return Err(self.wrong("a mark on the stack", "none"));
        };
        self.charge_values(SLOT * (self.stack.len() - mark) as u64)?;
        Ok(self.stack.split_off(mark))
    }

    /// Takes a mark off, or the value on top if there is no mark above it.
    pub(super) fn pop_any(&mut self) -> Result<(), DataError> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    pub(super) fn put(&mut self, index: u32) -> Result<(), DataError> {
        self.charge_values(OBJECT)?;
        let value = self.top()?;
        self.memo.insert(index, value);
        Ok(())
    }

    pub(super) fn memoize(&mut self) -> Result<(), DataError> {
        // The charge for each entry keeps their number far below this bound.
        let index = u32::try_from(self.memo.len()).unwrap_or(u32::MAX);
        self.put(index)
    }

    pub(super) fn get(&mut self, index: u32) -> Result<(), DataError> {
        match self.memo.get(&index) {
            Some(&value) => self.push(value),
            None => Err(self.wrong(format!("entry {index} in the memo"), "none")),
        }
    }

    /// Appends to the list on top.
    pub(super) fn append(&mut self, values: &[Value]) -> Result<(), DataError> {
        self.charge_values(SLOT * values.len() as u64)?;
        let target = self.top()?;
        match self.objects.get_mut(target) {
            Some(Object::List(list)) => {
                list.extend_from_slice(values);
                Ok(())
            }
            _ => Err(self.wrong("a list to append to", self.objects.kind(target))),
        }
    }

    /// Puts keys and values, in turn, into the dictionary on top.
    pub(super) fn insert(&mut self, pairs: &[Value]) -> Result<(), DataError> {
        self.charge_values(SLOT * pairs.len() as u64)?;
        let target = self.top()?;
        if !pairs.len().is_multiple_of(2) {
            return Err(self.wrong("a value for each key", "a key without"));
        }
        match self.objects.get_mut(target) {
            Some(Object::Dict(entries)) => {
                entries.extend(pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                Ok(())
            }
            _ => Err(self.wrong("a dictionary to fill", self.objects.kind(target))),
        }
    }

    /// An error at the present opcode.
    pub(super) fn wrong(&self, expected: impl Into<String>, found: impl Into<String>) -> DataError {
        let place = format!("opcode {}", opcodes::name(self.opcode));
        self.input.malformed(place, expected, found)
    }
}
