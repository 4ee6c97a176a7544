//! A network as nodes, in the order of its computation.

use runtime::{Activation, Model, Padding, PoolDivisor, Stem, Structure};

use super::graph::{Attribute, Graph};
use super::proto::DataType;
use super::weights::weight;
use super::{INPUT, OUTPUT, Weights};

use Attribute::{Float, Int, Ints};

/// What `Cast` is told.
const FLOAT: i64 = DataType::Float as i64;

/// Height and width of the maps on the way, which decide the padding.
pub(super) struct Builder<'a> {
    graph: Graph,
    model: &'a Model,
    weights: Weights,
    size: [usize; 2],
}

/// All nodes from [`INPUT`] to [`OUTPUT`].
pub(super) fn nodes(model: &Model, weights: Weights) -> Graph {
    let [_, height, width] = model.input();
    let builder = Builder {
        graph: Graph::default(),
        model,
        weights,
        size: [height, width],
    };
    builder.build()
}

impl Builder<'_> {
    fn build(mut self) -> Graph {
        let last = self.model.convs().len() - 1;
        let mut x = self.graph.node(
            "Cast",
            &[INPUT],
            "images.float".into(),
            &[("to", Int(FLOAT))],
        );
        x = self.norm(x, 0);
        if self.model.input_relu() {
            x = self.graph.node("Relu", &[&x], "norms.0.relu".into(), &[]);
        }
        x = self.conv(x, 0);
        if self.model.stem() == Stem::MaxPool {
            x = self.pool("MaxPool", x, self.size, "stem".into(), &[]);
            self.shrink(2);
        }
        let mut index = 1;
        while index < last {
            let size = self.size;
            let y = self.activated(x.clone(), index);
            let y = self.conv(y, index);
            if self.model.structure() == Structure::Plain {
                x = y;
                index += 1;
                continue;
            }
            let y = self.activated(y, index + 1);
            let y = self.conv(y, index + 1);
            let skip = self.skip(x, index, size);
            let name = format!("blocks.{}", index / 2);
            x = self.graph.node("Add", &[&y, &skip], name, &[]);
            index += 2;
        }
        let y = self.activated(x, last);
        let y = self.conv(y, last);
        let y = self.norm(y, last + 1);
        let mean = self
            .graph
            .node("GlobalAveragePool", &[&y], "mean".into(), &[]);
        let temperature = self.model.temperature();
        if temperature == 1.0 {
            self.graph
                .node("Flatten", &[&mean], OUTPUT.into(), &[("axis", Int(1))]);
            return self.graph;
        }
        let flat = self
            .graph
            .node("Flatten", &[&mean], "flat".into(), &[("axis", Int(1))]);
        let divisor = [temperature].into_iter();
        let divisor = self.graph.floats("temperature".into(), &[], divisor);
        self.graph
            .node("Div", &[&flat, &divisor], OUTPUT.into(), &[]);
        self.graph
    }

    /// The norm before convolution `index`, or x. A batch norm whose moments are 0 and 1, and not a
    /// product and a sum, because runtimes fold it into a convolution before it.
    fn norm(&mut self, x: String, index: usize) -> String {
        let Some(norm) = &self.model.norms()[index] else {
            return x;
        };
        let graph = &mut self.graph;
        let channels = norm.channels();
        let mut constant = |part: &str, numbers: &[f32]| {
            let numbers = numbers.iter().copied();
            graph.floats(format!("norms.{index}.{part}"), &[channels], numbers)
        };
        let parts = [
            constant("scale", &norm.scale),
            constant("offset", &norm.offset),
            constant("mean", &vec![0.0; channels]),
            constant("variance", &vec![1.0; channels]),
        ];
        let [scale, offset, mean, variance] = parts.each_ref().map(String::as_str);
        let inputs = [x.as_str(), scale, offset, mean, variance];
        let name = format!("norms.{index}");
        graph.node(
            "BatchNormalization",
            &inputs,
            name,
            &[("epsilon", Float(0.0))],
        )
    }

    /// The norm before convolution `index`, and the activation.
    fn activated(&mut self, x: String, index: usize) -> String {
        let x = self.norm(x, index);
        let name = format!("activations.{index}");
        match self.model.activation() {
            Activation::Relu => self.graph.node("Relu", &[&x], name, &[]),
            Activation::ShiftedRelu => {
                let floor = [-1.0].into_iter();
                let floor = self.graph.floats(format!("{name}.floor"), &[], floor);
                self.graph.node("Max", &[&x, &floor], name, &[])
            }
        }
    }

    fn conv(&mut self, x: String, index: usize) -> String {
        let conv = &self.model.convs()[index];
        let weight = weight(&mut self.graph, conv, index, self.weights);
        let (kernel, stride) = (conv.kernel as i64, conv.stride as i64);
        let pads = pads(self.model.padding(), self.size, conv.kernel, conv.stride);
        let attributes = [
            ("kernel_shape", Ints(&[kernel, kernel])),
            ("strides", Ints(&[stride, stride])),
            ("pads", Ints(&pads)),
        ];
        let name = format!("convs.{index}");
        self.shrink(conv.stride);
        self.graph.node("Conv", &[&x, &weight], name, &attributes)
    }

    fn shrink(&mut self, stride: usize) {
        let padding = self.model.padding();
        self.size = self.size.map(|size| padding.output(size, stride));
    }

    /// A 3×3 pool with stride 2 of maps of this size.
    fn pool(
        &mut self,
        operator: &str,
        x: String,
        size: [usize; 2],
        name: String,
        more: &[(&'static str, i64)],
    ) -> String {
        let pads = pads(self.model.padding(), size, 3, 2);
        let mut attributes = vec![
            ("kernel_shape", Ints(&[3, 3])),
            ("strides", Ints(&[2, 2])),
            ("pads", Ints(&pads)),
        ];
        attributes.extend(more.iter().map(|&(name, number)| (name, Int(number))));
        self.graph.node(operator, &[&x], name, &attributes)
    }

    /// What is added to the result of the block that begins with convolution `index`, whose input
    /// `x` has maps of this size.
    fn skip(&mut self, x: String, index: usize, size: [usize; 2]) -> String {
        let conv = &self.model.convs()[index];
        if conv.stride == 1 {
            return x;
        }
        let name = format!("blocks.{}.skip", index / 2);
        let include_pad = match self.model.pool_divisor() {
            PoolDivisor::Inside => 0,
            PoolDivisor::Kernel => 1,
        };
        let more = [("count_include_pad", include_pad)];
        let pooled = self.pool("AveragePool", x, size, format!("{name}.mean"), &more);
        // Zeros behind the channels; the numbers are those before each axis, then those after.
        let zeros = (conv.out_channels - conv.in_channels) as i64;
        let pads = [0, 0, 0, 0, 0, zeros, 0, 0];
        let pads = self.graph.integers(format!("{name}.pads"), &pads);
        self.graph.node("Pad", &[&pooled, &pads], name, &[])
    }
}

/// Top, left, bottom, right.
fn pads(padding: Padding, size: [usize; 2], kernel: usize, stride: usize) -> [i64; 4] {
    let before = size.map(|size| padding.before(size, kernel, stride));
    let after = match padding {
        // At stride 2 more than is read of an even size, but the same on all sides runs everywhere.
        Padding::Symmetric => before,
        Padding::BottomRight => [0, 1].map(|axis| {
            let reach = (padding.output(size[axis], stride) - 1) * stride + kernel;
            reach.saturating_sub(before[axis] + size[axis])
        }),
    };
    [before[0], before[1], after[0], after[1]].map(|pixels| pixels as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_pads_as_far_as_the_last_window() {
        let keras = |size, kernel, stride| pads(Padding::BottomRight, size, kernel, stride);
        assert_eq!(keras([32, 7], 3, 2), [0, 1, 1, 1]);
        assert_eq!(keras([32, 32], 3, 1), [1, 1, 1, 1]);
        assert_eq!(keras([8, 8], 1, 2), [0, 0, 0, 0]);
        assert_eq!(keras([224, 224], 7, 2), [2, 2, 3, 3]);
        assert_eq!(pads(Padding::Symmetric, [224, 9], 7, 2), [3, 3, 3, 3]);
    }
}
