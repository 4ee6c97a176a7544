//! The tables and tiles of a convolution by look-up.

use crate::lookup::{Tiling, Window};

/// What a look-up's loop is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    /// Channels of a group: 4 or 5.
    pub group: usize,
    /// Rows of a tile: 2, 4, or 0 for what fits best.
    pub rows: usize,
}

/// For a deployed network. The widest layers gain from tables of five channels: 32 entries to fill, for a fifth less
/// to add.
pub(crate) fn deployed(window: &Window, outputs: usize) -> Tables {
    if window.kernel == 3 && outputs >= 96 {
        Tables { group: 5, rows: 2 }
    } else {
        Tables { group: 4, rows: 0 }
    }
}

/// For training. A batch is too much for any cache: four rows, which read the words half as often, gain a twentieth.
#[cfg(feature = "std")]
pub(crate) fn training(window: &Window, outputs: usize) -> Tables {
    let rows = 0;
    Tables {
        rows,
        ..deployed(window, outputs)
    }
}

/// The cheapest tiling of `output` rows and columns into vectors of `lanes`, and among equals the one with the longest
/// segments. `rows` limits the choice where it is not 0.
///
/// # Panics
///
/// When a size is 0 or `lanes` is not a power of two from 4 on.
pub(crate) fn tiling(output: [usize; 2], lanes: usize, rows: usize) -> Tiling {
    assert!(output[0] > 0 && output[1] > 0, "an image without pixels");
    assert!(lanes.is_power_of_two() && lanes >= 4, "lanes");
    let mut best: Option<Tiling> = None;
    for rows in [4, 2].into_iter().filter(|&r| rows == 0 || rows == r) {
        let mut width = lanes;
        while width >= 4 {
            let tiling = Tiling {
                width,
                rows,
                segments: lanes / width,
                across: output[1].div_ceil(width),
                down: output[0].div_ceil(rows),
            };
            if best.is_none_or(|best| cost(&tiling) < cost(&best)) {
                best = Some(tiling);
            }
            width /= 2;
        }
    }
    best.expect("`rows` is 0, 2 or 4")
}

/// What the vectors cost, and joining them of segments: about a twentieth of a vector's work for two segments, with 64
/// outputs, and more for more.
fn cost(tiling: &Tiling) -> usize {
    let joining = match tiling.segments {
        1 => 0,
        2 => 1,
        4 => 3,
        _ => 8,
    };
    tiling.vectors() * (20 + joining)
}
