//! A zero-padded image, its pixels dealt out so that a stride becomes a step of one.
//!
//! Padded pixel `(y, x)` goes to plane `(y mod stride, x mod stride)` at `(y / stride, x / stride)`: whatever the
//! stride, neighbouring output pixels then read neighbouring floats.

/// How an image of `channels × height × width` lies in a padded one.
pub(crate) struct Padded {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Zeros above the image.
    pub(crate) top: usize,
    /// Zeros on the left of the image.
    pub(crate) left: usize,
    /// Rows and columns of each of the `stride²` planes of a channel.
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) stride: usize,
}

impl Padded {
    /// Floats of one channel.
    pub(crate) fn channel_len(&self) -> usize {
        self.stride * self.stride * self.rows * self.cols
    }

    pub(crate) fn len(&self) -> usize {
        self.channels * self.channel_len()
    }

    /// Where output pixel (0, 0) reads for the kernel's element `(dy, dx)`; pixel `(y, x)` reads
    /// `y · cols + x` further.
    pub(crate) fn tap(&self, dy: usize, dx: usize) -> usize {
        let plane = dy % self.stride * self.stride + dx % self.stride;
        (plane * self.rows + dy / self.stride) * self.cols + dx / self.stride
    }

    /// Copies an image in and writes all the zeros around it.
    pub(crate) fn fill(&self, image: &[f32], out: &mut [f32]) {
        let planes = out.chunks_exact_mut(self.rows * self.cols);
        for (index, plane) in planes
            .take(self.channels * self.stride * self.stride)
            .enumerate()
        {
            let (channel, phase) = (index / self.stride.pow(2), index % self.stride.pow(2));
            let channel = &image[channel * self.height * self.width..][..self.height * self.width];
            for (row, out) in plane.chunks_exact_mut(self.cols).enumerate() {
                let y = (row * self.stride + phase / self.stride).wrapping_sub(self.top);
                if y < self.height {
                    self.fill_row(
                        &channel[y * self.width..][..self.width],
                        phase % self.stride,
                        out,
                    );
                } else {
                    out.fill(0.0);
                }
            }
        }
    }

    fn fill_row(&self, row: &[f32], phase: usize, out: &mut [f32]) {
        // The first column at or after `left` of this phase.
        let first = self.left.saturating_sub(phase).div_ceil(self.stride);
        let skipped = first * self.stride + phase - self.left;
        let count = row.len().saturating_sub(skipped).div_ceil(self.stride);
        let (before, rest) = out.split_at_mut(first);
        let (inside, after) = rest.split_at_mut(count);
        before.fill(0.0);
        if self.stride == 1 {
            inside.copy_from_slice(row);
        } else {
            for (out, x) in inside
                .iter_mut()
                .zip(row[skipped.min(row.len())..].iter().step_by(self.stride))
            {
                *out = *x;
            }
        }
        after.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tap_reads_its_pixel() {
        for (height, width, kernel, stride) in [
            (1usize, 1usize, 3, 1),
            (5, 4, 3, 2),
            (4, 7, 5, 3),
            (6, 6, 1, 2),
        ] {
            let (channels, pad) = (2, kernel / 2);
            let (rows, cols) = (
                (height + 2 * pad).div_ceil(stride),
                (width + 2 * pad).div_ceil(stride),
            );
            let padded = Padded {
                channels,
                height,
                width,
                top: pad,
                left: pad,
                rows,
                cols,
                stride,
            };
            let image: Vec<f32> = (1..=channels * height * width).map(|i| i as f32).collect();
            let mut out = vec![f32::NAN; padded.len()];
            padded.fill(&image, &mut out);
            for c in 0..channels {
                for y in 0..height + 2 * pad {
                    for x in 0..width + 2 * pad {
                        let (iy, ix) = (y.wrapping_sub(pad), x.wrapping_sub(pad));
                        let inside = iy < height && ix < width;
                        let want = if inside {
                            image[(c * height + iy) * width + ix]
                        } else {
                            0.0
                        };
                        assert_eq!(out[c * padded.channel_len() + padded.tap(y, x)], want);
                    }
                }
            }
        }
    }
}
