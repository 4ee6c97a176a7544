//! What a convolution reads: a map as it lies, or what a norm makes of it.

use std::ops::Range;

use super::channels::{Channels, Normed, group};
use crate::conv::winograd::Rows;
use crate::isa::per_isa;
use crate::prefetch::Portion;
use crate::{Conv2d, Isa};

/// A map to read, `[image][row][column][channel]`.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// As it is.
    Plain(&'a [f32]),
    /// Through a norm, and its ReLU.
    Normed {
        /// The norm's input.
        x: &'a [f32],
        /// The norm.
        normed: Normed<'a>,
    },
    /// The gradient by a norm's input.
    Gradient {
        /// By its output, as far as the ReLU lets it through.
        grad: &'a [f32],
        /// The norm's input.
        x: &'a [f32],
        /// The norm.
        normed: Normed<'a>,
        /// The gradient by its scale.
        grad_gamma: &'a [f32],
        /// The gradient by its offset.
        grad_beta: &'a [f32],
    },
}

impl Source<'_> {
    /// # Panics
    ///
    /// If it has not as many floats.
    pub(super) fn assert_len(&self, len: usize) {
        let maps = match self {
            Self::Plain(x) => [*x; 2],
            Self::Normed { x, .. } => [*x; 2],
            Self::Gradient { grad, x, .. } => [*grad, *x],
        };
        for map in maps {
            assert_eq!(map.len(), len, "floats of a map");
        }
    }
}

/// A source whose numbers per channel are computed.
pub(super) struct Reading<'a> {
    isa: Isa,
    source: Source<'a>,
    norm: Option<Channels>,
    /// Of a gradient: the mean of what reaches the norm's output, and of that times the normalised input.
    means: [Vec<f32>; 2],
    channels: usize,
    height: usize,
    width: usize,
}

impl<'a> Reading<'a> {
    pub(super) fn new(isa: Isa, source: Source<'a>, [channels, height, width]: [usize; 3]) -> Self {
        let (normed, means) = match &source {
            Source::Plain(_) => (None, [Vec::new(), Vec::new()]),
            Source::Normed { normed, .. } => (Some(normed), [Vec::new(), Vec::new()]),
            Source::Gradient {
                normed,
                grad_gamma,
                grad_beta,
                ..
            } => (Some(normed), means(normed, grad_gamma, grad_beta)),
        };
        Self {
            isa,
            source,
            norm: normed.map(Channels::new),
            means,
            channels,
            height,
            width,
        }
    }

    /// The input of a convolution.
    pub(super) fn input(isa: Isa, source: Source<'a>, shape: &Conv2d) -> Self {
        Self::new(isa, source, [shape.in_channels, shape.height, shape.width])
    }

    /// What has the size of its output.
    pub(super) fn output(isa: Isa, source: Source<'a>, shape: &Conv2d) -> Self {
        let sizes = [shape.out_channels, shape.out_height(), shape.out_width()];
        Self::new(isa, source, sizes)
    }
}

/// Of the gradients by offset and scale, over all pixels.
pub(super) fn means(normed: &Normed<'_>, gamma: &[f32], beta: &[f32]) -> [Vec<f32>; 2] {
    let pixels = (normed.norm.batch * normed.norm.pixels) as f64;
    [beta, gamma].map(|sums| {
        sums.iter()
            .map(|&sum| (f64::from(sum) / pixels) as f32)
            .collect()
    })
}

impl Rows for Reading<'_> {
    fn row(&self, image: usize, y: usize, first: usize, group: usize, out: &mut [f32]) {
        let (pitch, isa) = (self.channels, self.isa);
        let start = (image * self.height + y) * self.width * pitch + first;
        let len = (self.width - 1) * pitch + group;
        match (&self.source, &self.norm) {
            (Source::Plain(x), _) => plain(isa, group, &x[start..][..len], pitch, out),
            (Source::Normed { x, .. }, Some(norm)) => {
                normed(isa, group, &x[start..][..len], pitch, norm, first, out);
            }
            (Source::Gradient { grad, x, .. }, Some(norm)) => {
                let (grad, x) = (&grad[start..][..len], &x[start..][..len]);
                gradient(isa, group, grad, x, pitch, norm, &self.means, first, out);
            }
            _ => unreachable!("both have a norm"),
        }
    }

    fn fetch(&self, image: usize, rows: Range<usize>, portion: Portion) {
        let row_len = self.width * self.channels;
        let start = (image * self.height + rows.start) * row_len;
        let len = rows.len() * row_len;
        let maps = match &self.source {
            Source::Plain(x) | Source::Normed { x, .. } => [Some(*x), None],
            Source::Gradient { grad, x, .. } => [Some(*grad), Some(*x)],
        };
        for map in maps.into_iter().flatten() {
            portion.fetch(&map[start..][..len]);
        }
    }
}

/// Calls a function for groups of so many channels.
macro_rules! by_group {
    ($group:expr, $f:ident($($arg:expr),*)) => {
        match $group {
            4 => $f::<4>($($arg),*),
            8 => $f::<8>($($arg),*),
            16 => $f::<16>($($arg),*),
            _ => unreachable!("a group is the lanes or the rows of a tile"),
        }
    };
}
pub(super) use by_group;

per_isa! {
    fn plain(group: usize, x: &[f32], pitch: usize, out: &mut [f32]) {
        by_group!(group, plain_of(x, pitch, out))
    }
}

#[inline(always)]
fn plain_of<const G: usize>(x: &[f32], pitch: usize, out: &mut [f32]) {
    let (x, step) = (x.as_chunks::<G>().0, pitch / G);
    for (i, out) in out.as_chunks_mut::<G>().0.iter_mut().enumerate() {
        *out = x[i * step];
    }
}

per_isa! {
    fn normed(group: usize, x: &[f32], pitch: usize, norm: &Channels, first: usize, out: &mut [f32]) {
        by_group!(group, normed_of(x, pitch, norm, first, out))
    }
}

#[inline(always)]
fn normed_of<const G: usize>(
    x: &[f32],
    pitch: usize,
    norm: &Channels,
    first: usize,
    out: &mut [f32],
) {
    let mean = group::<G>(&norm.mean, first);
    let scale = group::<G>(&norm.scale, first);
    let beta = group::<G>(&norm.beta, first);
    let floor = norm.floor;
    let (x, step) = (x.as_chunks::<G>().0, pitch / G);
    for (i, out) in out.as_chunks_mut::<G>().0.iter_mut().enumerate() {
        let x = &x[i * step];
        for lane in 0..G {
            let value = (x[lane] - mean[lane]) * scale[lane] + beta[lane];
            // `max` would hide a NaN; this comparison lets it through.
            out[lane] = if value < floor { floor } else { value };
        }
    }
}

per_isa! {
    #[expect(clippy::too_many_arguments, reason = "two maps and what the norm has")]
    fn gradient(
        group: usize,
        grad: &[f32],
        x: &[f32],
        pitch: usize,
        norm: &Channels,
        means: &[Vec<f32>; 2],
        first: usize,
        out: &mut [f32],
    ) {
        by_group!(group, gradient_of(grad, x, pitch, norm, means, first, out))
    }
}

#[inline(always)]
fn gradient_of<const G: usize>(
    grad: &[f32],
    x: &[f32],
    pitch: usize,
    norm: &Channels,
    means: &[Vec<f32>; 2],
    first: usize,
    out: &mut [f32],
) {
    let mean = group::<G>(&norm.mean, first);
    let inv_std = group::<G>(&norm.inv_std, first);
    let scale = group::<G>(&norm.scale, first);
    let beta = group::<G>(&means[0], first);
    let gamma = group::<G>(&means[1], first);
    let (grad, x, step) = (grad.as_chunks::<G>().0, x.as_chunks::<G>().0, pitch / G);
    for (i, out) in out.as_chunks_mut::<G>().0.iter_mut().enumerate() {
        let (grad, x) = (&grad[i * step], &x[i * step]);
        for lane in 0..G {
            let x_hat = (x[lane] - mean[lane]) * inv_std[lane];
            out[lane] = scale[lane] * (grad[lane] - beta[lane] - x_hat * gamma[lane]);
        }
    }
}
