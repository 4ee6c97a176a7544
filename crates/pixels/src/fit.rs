//! How a picture of one shape fills another.

use word_list::word_list;

use crate::PixelsError;

word_list! {
    /// How a picture of one shape fills another.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Fit("fit", PixelsError) {
        /// The shorter side is scaled to the size, and the middle is cut out.
        #[default]
        Crop = "crop",
        /// The longer side is scaled to the size, and the rest is 0.
        Pad = "pad",
        /// Both sides are scaled, each by its own factor.
        Stretch = "stretch",
    }
}

/// Which part of a picture goes where in the target. Sides are `[height, width]`, places
/// `[top, left]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    /// Where the part begins in the picture.
    pub from: [u32; 2],
    /// The part's size in the picture.
    pub part: [u32; 2],
    /// Where it begins in the target.
    pub to: [u32; 2],
    /// Its size there.
    pub scaled: [u32; 2],
}

impl Fit {
    /// Which part of a picture of `size` goes where in `target`.
    pub(crate) fn place(self, size: [u32; 2], target: [u32; 2]) -> Placement {
        let (part, scaled) = match self {
            Self::Crop => (inside(size, target), target),
            Self::Pad => (size, inside(target, size)),
            Self::Stretch => (size, target),
        };
        Placement {
            from: core::array::from_fn(|axis| (size[axis] - part[axis]) / 2),
            part,
            to: core::array::from_fn(|axis| (target[axis] - scaled[axis]) / 2),
            scaled,
        }
    }
}

/// The largest size within `outer` that has the aspect ratio of `shape`, rounded.
fn inside(outer: [u32; 2], shape: [u32; 2]) -> [u32; 2] {
    let [height, width] = outer.map(u64::from);
    let [h, w] = shape.map(u64::from);
    // Not greater than the side of `outer`, since the quotient is not.
    let rounded = |a: u64, b: u64| ((2 * a + b) / (2 * b)).max(1) as u32;
    if width * h > height * w {
        [outer[0], rounded(height * w, h)]
    } else {
        [rounded(width * h, w), outer[1]]
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn words_go_both_ways() {
        for fit in Fit::ALL {
            assert_eq!(fit.name().parse(), Ok(fit));
        }
        let error = "zoom".parse::<Fit>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "fit `zoom`: expected one of crop, pad, stretch"
        );
    }

    fn placement(fit: Fit, size: [u32; 2], target: [u32; 2]) -> [[u32; 2]; 4] {
        let Placement {
            from,
            part,
            to,
            scaled,
        } = fit.place(size, target);
        [from, part, to, scaled]
    }

    #[test]
    fn crop_cuts_the_middle_out() {
        // Wide: all rows, 5 columns left over.
        let wide = placement(Fit::Crop, [10, 15], [32, 32]);
        assert_eq!(wide, [[0, 2], [10, 10], [0, 0], [32, 32]]);
        // High, for a wide target: 100·2/3 = 66.67 rows.
        let high = placement(Fit::Crop, [300, 100], [2, 3]);
        assert_eq!(high, [[116, 0], [67, 100], [0, 0], [2, 3]]);
        // Halves go up: 5·1/2.
        let half = placement(Fit::Crop, [5, 9], [2, 1]);
        assert_eq!(half, [[0, 3], [5, 3], [0, 0], [2, 1]]);
        // At least one column.
        let thin = placement(Fit::Crop, [1, 7], [100, 1]);
        assert_eq!(thin, [[0, 3], [1, 1], [0, 0], [100, 1]]);
    }

    #[test]
    fn pad_shows_all_of_it() {
        let wide = placement(Fit::Pad, [10, 15], [32, 32]);
        assert_eq!(wide, [[0, 0], [10, 15], [5, 0], [21, 32]]);
        let high = placement(Fit::Pad, [15, 10], [32, 32]);
        assert_eq!(high, [[0, 0], [15, 10], [0, 5], [32, 21]]);
        let thin = placement(Fit::Pad, [1, 1000], [8, 8]);
        assert_eq!(thin, [[0, 0], [1, 1000], [3, 0], [1, 8]]);
    }

    #[test]
    fn what_fits_is_taken_whole() {
        for fit in Fit::ALL {
            for (size, target) in [([7, 7], [32, 32]), ([20, 30], [40, 60]), ([1, 1], [3, 3])] {
                let whole = placement(fit, size, target);
                assert_eq!(whole, [[0, 0], size, [0, 0], target], "{fit}");
            }
        }
    }

    #[test]
    fn every_part_lies_within() {
        for fit in Fit::ALL {
            for size in [
                [1, 1],
                [1, 65_535],
                [65_535, 1],
                [640, 479],
                [65_535, 65_534],
            ] {
                for target in [[1, 1], [1, 65_535], [65_535, 1], [31, 33], [65_534, 65_535]] {
                    let place = fit.place(size, target);
                    for axis in 0..2 {
                        assert!(place.part[axis] >= 1 && place.scaled[axis] >= 1);
                        assert!(place.from[axis] + place.part[axis] <= size[axis]);
                        assert!(place.to[axis] + place.scaled[axis] <= target[axis]);
                    }
                }
            }
        }
    }
}
