//! From blocks of pixels to an image in zeros, and back to the rows of a block.

use alloc::vec::Vec;

use kernels::signs::PIXELS;

/// Pixels of a block that lie side by side in a plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The first, in the block.
    pixel: u32,
    /// How many.
    len: u32,
    /// Where it lies in the plane.
    at: u32,
}

/// Where each pixel of each block lies in a plane of `columns` a row: pixel (y, x) at
/// `(y · stride + top) · columns + x · stride + left`.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    runs: Vec<Run>,
    /// Where the runs of each block begin, and the end of the last.
    starts: Vec<u32>,
}

impl Runs {
    pub(super) fn new(
        [height, width]: [usize; 2],
        columns: usize,
        stride: usize,
        [top, left]: [usize; 2],
    ) -> Self {
        let pixels = height * width;
        let (mut runs, mut starts) = (Vec::<Run>::new(), Vec::new());
        for index in 0..pixels {
            let pixel = (index % PIXELS) as u32;
            if pixel == 0 {
                starts.push(runs.len() as u32);
            }
            let (y, x) = (index / width, index % width);
            let at = ((y * stride + top) * columns + x * stride + left) as u32;
            match runs.last_mut() {
                Some(run) if pixel > 0 && run.at + run.len == at => run.len += 1,
                _ => runs.push(Run { pixel, len: 1, at }),
            }
        }
        starts.push(runs.len() as u32);
        Self { runs, starts }
    }

    /// The runs of a block.
    pub(super) fn block(&self, block: usize) -> &[Run] {
        &self.runs[self.starts[block] as usize..self.starts[block + 1] as usize]
    }

    /// How many blocks.
    pub(super) fn blocks(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Fills `row` with the pixels of a block out of `plane`, which begins at the row's tap.
#[inline(always)]
pub(super) fn pick<T: Copy>(runs: &[Run], plane: &[T], row: &mut [T; PIXELS]) {
    for run in runs {
        let (pixel, at) = (run.pixel as usize, run.at as usize);
        // Copies of known lengths are a few instructions; others a call.
        match run.len {
            32 => row.copy_from_slice(&plane[at..at + 32]),
            16 => row[pixel..pixel + 16].copy_from_slice(&plane[at..at + 16]),
            8 => row[pixel..pixel + 8].copy_from_slice(&plane[at..at + 8]),
            1 => row[pixel] = plane[at],
            len => {
                let len = len as usize;
                row[pixel..pixel + len].copy_from_slice(&plane[at..at + len]);
            }
        }
    }
}

/// Writes what `convert` makes of the pixels of a block to their places in `plane`.
#[inline(always)]
pub(super) fn place<T>(runs: &[Run], pixels: &[f32], plane: &mut [T], convert: impl Fn(f32) -> T) {
    for run in runs {
        let (pixel, len, at) = (run.pixel as usize, run.len as usize, run.at as usize);
        for (to, &from) in plane[at..at + len]
            .iter_mut()
            .zip(&pixels[pixel..pixel + len])
        {
            *to = convert(from);
        }
    }
}
