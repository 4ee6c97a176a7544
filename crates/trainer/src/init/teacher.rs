//! A trained network that another one learns from.

use std::path::Path;

use burn::tensor::Device;
use convert::torch_float::Moments;
use graph::Graph;
use model::Network;
use run::AboutInit;
use runtime::printable;

use super::InitError;
use super::source::{self, Start};

/// A trained network, of the classes and images of the one that learns from it.
pub struct Teacher {
    start: Start,
}

impl Teacher {
    /// Reads the network of the run or file `path`, for images of this shape (channels, height, width)
    /// and these classes.
    ///
    /// # Errors
    ///
    /// [`InitError::Teacher`] when it cannot be read, or takes other images or has other classes.
    pub fn read(path: &Path, input: [usize; 3], class_names: &[String]) -> Result<Self, InitError> {
        let read = Self::try_read(path, input, class_names);
        read.map_err(|error| InitError::Teacher(Box::new(error)))
    }

    fn try_read(path: &Path, input: [usize; 3], class_names: &[String]) -> Result<Self, InitError> {
        let start = source::read(path)?;
        let shape = |[c, h, w]: [usize; 3]| format!("images of {c}x{h}x{w}");
        let theirs = start.graph.input();
        let other = |expected: String, found: String| InitError::OtherTask {
            path: path.into(),
            expected,
            found,
        };
        if theirs != input {
            return Err(other(shape(input), shape(theirs)));
        }
        let (ours, theirs) = (class_names.len(), start.graph.classes());
        if ours != theirs {
            return Err(other(format!("{ours} classes"), format!("{theirs}")));
        }
        // Runs of earlier versions, and files without names, have numbers.
        let numbers = start.class_names.iter().enumerate();
        let unnamed = numbers
            .into_iter()
            .all(|(number, name)| *name == number.to_string());
        let pairs = class_names.iter().zip(&start.class_names).enumerate();
        let mut differ = pairs.filter(|(_, (ours, theirs))| ours != theirs);
        match differ.next() {
            Some((number, (ours, theirs))) if !unnamed => Err(other(
                format!("class {number} to be `{ours}`, as in the data"),
                format!("`{theirs}`"),
            )),
            _ => Ok(Self { start }),
        }
    }

    /// What a run says of it.
    pub fn about(&self) -> &AboutInit {
        &self.start.about
    }

    /// Its nodes.
    pub fn graph(&self) -> &Graph {
        &self.start.graph
    }

    /// What becomes of it, in a line for a person.
    pub fn note(&self) -> String {
        let about = &self.start.about;
        let weights: usize = self.start.effective.iter().map(Vec::len).sum();
        format!(
            "teacher: learning from the logits of {}{} (sha256 {}…, {weights} weights) besides the labels",
            printable(&about.name),
            self.start.named.aside(),
            &about.sha256[..12]
        )
    }

    /// The network, which learns nothing, on a device without gradients.
    pub fn network(&self, device: &Device) -> Network {
        let norms = self.start.trained.norms.iter().cloned();
        let norms = norms.map(|norm| {
            let Moments {
                gamma,
                beta,
                mean,
                variance,
            } = norm;
            [gamma, beta, mean, variance]
        });
        let (graph, weights) = (self.start.graph.clone(), self.start.effective.clone());
        Network::fixed(graph, weights, norms.collect(), device)
    }
}
