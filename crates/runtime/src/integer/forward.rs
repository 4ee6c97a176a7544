//! The integers computed: sums by table look-up, all else as the specification has it.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use kernels::Isa;
use kernels::lookup::LookupScratch;

use super::sums::Sums;
use super::{Layer, Network, Output};
use crate::reference::argmax;
use crate::{PoolDivisor, RuntimeError};

/// A network in integers, with the memory to compute on one thread.
pub struct Forward<'a> {
    network: Held<'a>,
    isa: Isa,
    layers: Vec<Sums>,
    scratch: LookupScratch,
    sums: Vec<i32>,
    floats: Vec<f32>,
    residual: Vec<i16>,
    pooled: Vec<i16>,
    logits: Vec<i32>,
}

/// The network, the caller's or shared.
#[derive(Clone)]
enum Held<'a> {
    Borrowed(&'a Network),
    /// Not without `std`: there are processors that cannot count its owners.
    #[cfg(feature = "std")]
    Shared(std::sync::Arc<Network>),
}

impl core::ops::Deref for Held<'_> {
    type Target = Network;

    fn deref(&self) -> &Network {
        match self {
            Self::Borrowed(network) => network,
            #[cfg(feature = "std")]
            Self::Shared(network) => network,
        }
    }
}

#[cfg(feature = "std")]
impl Forward<'static> {
    /// Memory and tables for a network that it owns together with others.
    pub fn sharing(network: std::sync::Arc<Network>) -> Self {
        Self::of(Held::Shared(network))
    }
}

impl<'a> Forward<'a> {
    /// Memory and tables for `network`.
    pub fn new(network: &'a Network) -> Self {
        Self::of(Held::Borrowed(network))
    }

    fn of(network: Held<'a>) -> Self {
        let sums = |layer| Sums::new(layer, network.padding);
        let layers: Vec<_> = network.layers.iter().map(sums).collect();
        let lines = layers.iter().map(|layer| layer.scratch_lines()).max();
        let numbers = |shape: [usize; 3]| shape.iter().product::<usize>();
        let shapes = network.layers.iter().flat_map(|l| [l.from, l.to]);
        let largest = shapes.map(numbers).max().unwrap_or(0);
        let residual = if network.residual { largest } else { 0 };
        Self {
            isa: Isa::best(),
            scratch: LookupScratch::new(lines.unwrap_or(0)),
            layers,
            sums: vec![0; largest],
            floats: vec![0.0; largest],
            residual: vec![0; residual],
            pooled: vec![0; residual],
            logits: Vec::new(),
            network,
        }
    }

    /// The bytes that a [`new`](Self::new) one takes beside its tables.
    pub fn memory(network: &Network) -> u64 {
        let shapes = network.layers.iter().flat_map(|l| [l.from, l.to]);
        let numbers = shapes.map(|shape| shape.iter().map(|&side| side as u64).product::<u64>());
        let each = if network.residual {
            4 + 4 + 2 + 2
        } else {
            4 + 4
        };
        each * numbers.max().unwrap_or(0)
    }

    /// The logits of an image of channels × height × width bytes, in steps of 2^−[`Network::logit_bits`].
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when the image is not of the network's size.
    pub fn logits(&mut self, image: &[u8]) -> Result<&[i32], RuntimeError> {
        self.watched(image, &mut |_, _| {})?;
        Ok(&self.logits)
    }

    /// The logits of the image before.
    pub(super) fn last(&self) -> &[i32] {
        &self.logits
    }

    /// The same, and `watch` sees the residual map each time that it was written: all of its numbers, and how many a
    /// channel has.
    pub(super) fn watched(
        &mut self,
        image: &[u8],
        watch: &mut dyn FnMut(&[i16], usize),
    ) -> Result<(), RuntimeError> {
        let [channels, height, width] = self.network.input;
        if image.len() != channels * height * width {
            return Err(RuntimeError::Image {
                expected: channels * height * width,
                shape: format!("{channels} x {height} x {width}"),
                found: image.len(),
            });
        }
        let network = self.network.clone();
        for (index, layer) in network.layers.iter().enumerate() {
            if let Some(lines) = &layer.input {
                let sums = &mut self.layers[index];
                match index {
                    0 => sums.lay_out(layer, lines, image.iter().map(|&pixel| i32::from(pixel))),
                    _ => sums.lay_out(layer, lines, self.residual.iter().map(|&x| i32::from(x))),
                }
            }
            self.layers[index].sum(
                self.isa,
                &mut self.sums,
                &mut self.floats,
                &mut self.scratch,
            );
            self.place(index, layer);
            if matches!(layer.output, Output::Residual | Output::Add) {
                let size = match network.max_pool && index == 0 {
                    true => network.stem()[1] * network.stem()[2],
                    false => layer.to[1] * layer.to[2],
                };
                watch(&self.residual[..layer.to[0] * size], size);
            }
        }
        Ok(())
    }

    /// The class of an image.
    ///
    /// # Errors
    ///
    /// As [`logits`](Self::logits).
    pub fn classify(&mut self, image: &[u8]) -> Result<usize, RuntimeError> {
        Ok(argmax(self.logits(image)?))
    }

    /// What becomes of a convolution's sums, which lie in `sums`.
    fn place(&mut self, index: usize, layer: &Layer) {
        let network = self.network.clone();
        let size = layer.to[1] * layer.to[2];
        let [min, max] = network.residual_range();
        let sums = &self.sums[..layer.to[0] * size];
        match layer.output {
            Output::Next => {
                let next = &network.layers[index + 1];
                let numbers = sums.iter().copied();
                self.layers[index + 1].lay_out(next, &layer.sums, numbers);
            }
            Output::Residual => {
                let sums = sums.chunks_exact(size).zip(&layer.sums);
                for (residual, (sums, line)) in self.residual.chunks_exact_mut(size).zip(sums) {
                    for (x, &sum) in residual.iter_mut().zip(sums) {
                        *x = line.at(sum).clamp(min, max) as i16;
                    }
                }
                if network.max_pool {
                    let max = |window: &mut dyn Iterator<Item = i16>| window.max().unwrap_or(0);
                    self.pool(layer.to, max);
                }
            }
            Output::Add => {
                let first = &network.layers[index - 1];
                if first.stride == 2 {
                    let divisor = network.divisor;
                    self.pool(first.from, |window| mean(window, divisor));
                }
                // Channels that the map lacks.
                self.residual[first.from[0] * size..layer.to[0] * size].fill(0);
                let sums = &self.sums[..layer.to[0] * size];
                let sums = sums.chunks_exact(size).zip(&layer.sums);
                for (residual, (sums, line)) in self.residual.chunks_exact_mut(size).zip(sums) {
                    for (x, &sum) in residual.iter_mut().zip(sums) {
                        *x = (i32::from(*x) + line.at(sum)).clamp(min, max) as i16;
                    }
                }
            }
            Output::Logits => {
                self.logits.clear();
                let sums = sums.chunks_exact(size).zip(&layer.sums);
                for ((sums, line), offset) in sums.zip(&network.logit_offsets) {
                    let sum: i32 = sums.iter().sum();
                    self.logits.push(line.at(sum) + offset);
                }
            }
        }
    }

    /// Pools the residual map, a map of that shape, by 3×3 windows with stride 2; `join` sees the pixels inside the image.
    fn pool(
        &mut self,
        [channels, height, width]: [usize; 3],
        join: impl Fn(&mut dyn Iterator<Item = i16>) -> i16,
    ) {
        let padding = self.network.padding;
        let [rows, columns] = [height, width].map(|size| padding.output(size, 2));
        let window = |output: usize, size: usize| {
            let before = padding.before(size, 3, 2);
            (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
        };
        let planes = self.residual.chunks_exact(height * width).take(channels);
        for (plane, out) in planes.zip(self.pooled.chunks_exact_mut(rows * columns)) {
            for (at, out) in out.iter_mut().enumerate() {
                let (row, column) = (at / columns, at % columns);
                let mut pixels = window(row, height).flat_map(|y| {
                    let columns = window(column, width);
                    columns.map(move |x| plane[y * width + x])
                });
                *out = join(&mut pixels);
            }
        }
        core::mem::swap(&mut self.residual, &mut self.pooled);
    }
}

/// ⌊(2·Σx + n) / 2n⌋.
fn mean(window: &mut dyn Iterator<Item = i16>, divisor: PoolDivisor) -> i16 {
    let (sum, count) = window.fold((0i32, 0i32), |(sum, n), x| (sum + i32::from(x), n + 1));
    let count = match divisor {
        PoolDivisor::Inside => count,
        PoolDivisor::Kernel => 9,
    };
    (2 * sum + count).div_euclid(2 * count) as i16
}
