//! One part of a correlation: its weights packed, its pixels read in place or packed, its tiles computed.

use super::correlate::{Correlation, Part};
use crate::scratch::Scratch;
use crate::tile::{self, Offsets, Tile, VECTORS};
use crate::{ExecContext, Isa};

/// Floats of packed pixels that stay in the second-level cache along with the weights.
const PANEL: usize = 48 * 1024;

/// A part, with its weights packed.
pub(super) struct Plan<'a> {
    whole: &'a Correlation,
    part: &'a Part,
    isa: Isa,
    /// `[⌈out_channels / rows⌉][in_channels][taps][rows]`, the rows past the last channel zero.
    weights: Scratch<'a>,
    /// Where the steps of the sum lie, when the vectors can be loaded from the padded image as it is.
    pub(super) in_place: Option<Offsets>,
    /// Images whose pixels are taken together, so that small images fill the vectors.
    pub(super) group: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        whole: &'a Correlation,
        context: &'a ExecContext,
        index: usize,
        weight: &(impl Fn(usize, usize, usize, usize) -> f32 + Sync),
    ) -> Self {
        let (isa, part) = (context.isa(), &whole.parts[index]);
        let (rows, taps) = (tile::rows(isa), part.taps.len());
        let panel = whole.source.channels * taps * rows;
        let mut weights = context.scratch(whole.out_channels.div_ceil(rows) * panel);
        if panel > 0 {
            context.run(weights.chunks_mut(panel), |block, panel| {
                for (k, panel) in panel.chunks_mut(rows).enumerate() {
                    for (row, to) in panel.iter_mut().enumerate() {
                        let channel = block * rows + row;
                        let inside = channel < whole.out_channels;
                        *to = if inside {
                            weight(index, channel, k / taps, k % taps)
                        } else {
                            0.0
                        };
                    }
                }
            });
        }
        let lanes = tile::lanes(isa);
        let dense = whole.col_step == 1 && part.cols.is_multiple_of(lanes);
        let channel_len = whole.source.channel_len();
        let in_place =
            dense.then(|| {
                Offsets::new((0..whole.source.channels).flat_map(|channel| {
                    part.taps.iter().map(move |tap| channel * channel_len + tap)
                }))
            });
        let pixels = part.rows * part.cols;
        // The fewest images that waste under a tenth of the lanes.
        let little_waste = |group: &usize| {
            let floats = group * pixels;
            floats >= lanes && floats.next_multiple_of(lanes) * 10 <= floats * 11
        };
        let group = match in_place {
            Some(_) => 1,
            None => (1..=4 * lanes).find(little_waste).unwrap_or(1),
        };
        Self {
            whole,
            part,
            isa,
            weights,
            in_place,
            group,
        }
    }

    /// The tiles read the padded image where it lies, and write to the output.
    pub(super) fn read_in_place(&self, offsets: &Offsets, padded: &[f32], out: &mut [f32]) {
        let lanes = tile::lanes(self.isa);
        let row_vectors = self.part.cols / lanes;
        let place = |vector: usize| (vector / row_vectors, vector % row_vectors * lanes);
        let vectors = self.part.rows * row_vectors;
        self.multiply(0, self.source_depth(), |block, rows, weights| {
            for (start, count) in tile::tiles(vectors) {
                let each = |f: &dyn Fn(usize, usize) -> usize| {
                    std::array::from_fn(|v| {
                        let (y, x) = place((start + v).min(vectors - 1));
                        f(y, x)
                    })
                };
                let tile = Tile {
                    weights,
                    weights_pitch: tile::rows(self.isa),
                    source: padded,
                    offsets,
                    bases: each(&|y, x| y * self.whole.source.cols + x),
                    vectors: count,
                    rows,
                    out_bases: each(&|y, x| self.part.first + y * self.whole.row_step + x),
                    out_pitch: self.whole.out_pixels,
                    accumulate: false,
                };
                tile.compute(
                    self.isa,
                    &mut out[block * tile::rows(self.isa) * self.whole.out_pixels..],
                );
            }
        });
    }

    /// The pixels that each step of the sum needs are first copied side by side.
    pub(super) fn pack_and_multiply(
        &self,
        context: &ExecContext,
        padded: &[f32],
        images: usize,
        out: &mut [f32],
    ) {
        let (lanes, rows) = (tile::lanes(self.isa), tile::rows(self.isa));
        let columns = (images * self.part.rows * self.part.cols).next_multiple_of(lanes);
        let (channels, taps) = (self.whole.source.channels, self.part.taps.len());
        if columns == 0 {
            return;
        }
        let block = (PANEL / (columns * taps.max(1))).clamp(1, channels);
        let mut panel = context.scratch(block * taps * columns);
        let mut sums = context.scratch(self.whole.out_channels.next_multiple_of(rows) * columns);
        let offsets = Offsets::new((0..block * taps).map(|k| k * columns));
        if taps == 0 {
            sums.fill(0.0);
        }
        for start in (0..channels).step_by(block) {
            let end = (start + block).min(channels);
            self.pack(padded, images, start..end, columns, &mut panel);
            self.multiply(start * taps, end * taps, |block, rows_here, weights| {
                for (vector, count) in tile::tiles(columns / lanes) {
                    let bases = std::array::from_fn::<_, VECTORS, _>(|v| (vector + v) * lanes);
                    let tile = Tile {
                        weights,
                        weights_pitch: tile::rows(self.isa),
                        source: &panel,
                        offsets: &offsets,
                        bases,
                        vectors: count,
                        rows: rows_here,
                        out_bases: bases,
                        out_pitch: columns,
                        accumulate: start > 0,
                    };
                    tile.compute(self.isa, &mut sums[block * rows * columns..]);
                }
            });
        }
        self.scatter(&sums, columns, out);
    }

    fn source_depth(&self) -> usize {
        self.whole.source.channels * self.part.taps.len()
    }

    /// Calls `task(block, rows, weights)` for each block of output channels with its weights `from..to`.
    fn multiply(&self, from: usize, to: usize, mut task: impl FnMut(usize, usize, &[f32])) {
        let (rows, depth) = (tile::rows(self.isa), self.source_depth());
        if depth == 0 {
            return;
        }
        for (block, weights) in self.weights.chunks(depth * rows).enumerate() {
            let rows_here = (self.whole.out_channels - block * rows).min(rows);
            task(block, rows_here, &weights[from * rows..to * rows]);
        }
    }

    /// `panel[channel][tap][image, row, column]`, zero past the last pixel.
    fn pack(
        &self,
        padded: &[f32],
        images: usize,
        channels: std::ops::Range<usize>,
        columns: usize,
        panel: &mut [f32],
    ) {
        let (source, part) = (&self.whole.source, self.part);
        let pixels = part.rows * part.cols;
        let mut lines = panel.chunks_exact_mut(columns);
        for channel in channels {
            for (&tap, line) in part.taps.iter().zip(&mut lines) {
                let from = &padded[channel * source.channel_len() + tap..];
                for (image, line) in line.chunks_mut(pixels).take(images).enumerate() {
                    for (y, line) in line.chunks_exact_mut(part.cols).enumerate() {
                        let from = &from[image * source.len() + y * source.cols..];
                        line.copy_from_slice(&from[..part.cols]);
                    }
                }
                line[images * pixels..].fill(0.0);
            }
        }
    }

    /// From `sums[channel][image, row, column]` to the output images.
    fn scatter(&self, sums: &[f32], columns: usize, out: &mut [f32]) {
        let (whole, part) = (self.whole, self.part);
        for (index, plane) in out.chunks_exact_mut(whole.out_pixels).enumerate() {
            let (image, channel) = (index / whole.out_channels, index % whole.out_channels);
            let sums = &sums[channel * columns + image * part.rows * part.cols..];
            for (y, sums) in sums.chunks(part.cols).take(part.rows).enumerate() {
                let out = &mut plane[part.first + y * whole.row_step..];
                if whole.col_step == 1 {
                    out[..part.cols].copy_from_slice(sums);
                } else {
                    for (out, sum) in out.iter_mut().step_by(whole.col_step).zip(sums) {
                        *out = *sum;
                    }
                }
            }
        }
    }
}
