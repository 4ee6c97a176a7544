//! What is wrong with an array of images or labels, in words.

use crate::formats::{NdArray, words};

/// Why an array holds no images or labels as they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArrayFault {
    /// Images whose values are no bytes: real numbers, truth values, or whole numbers beyond 255.
    Values,
    /// Images whose values are real numbers of 0 to 1.
    Unit,
    /// Images whose values are real numbers of 0 to 255.
    Rounded,
    /// Not one image.
    Empty,
    /// Images of another shape.
    Shape,
    /// A table of labels with a column for each class, as of one-hot labels.
    OneHot,
    /// Labels that are no whole numbers.
    Labels,
    /// Labels that are whole numbers of 2^63 or more, which no signed type holds.
    Large,
    /// Elements that are no numbers.
    Type,
    /// Numbers in Fortran's order.
    ColumnMajor,
}

/// What was expected of an array, and what was found.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) fault: ArrayFault,
}

/// What is found in an array whose values are no images: with a range, where they have one.
pub(super) fn of_values(pieces: &[NdArray], shape: &[usize]) -> Wrong {
    let reals = pieces.iter().filter_map(NdArray::range);
    let reals = reals.reduce(|[a, b], [min, max]| [a.min(min), b.max(max)]);
    let integers = || -> Option<[i64; 2]> {
        let mut both: Option<[i64; 2]> = None;
        for piece in pieces {
            for integer in piece.integers()? {
                let [min, max] = both.unwrap_or([integer; 2]);
                both = Some([min.min(integer), max.max(integer)]);
            }
        }
        both
    };
    let range = match reals {
        Some([min, max]) => format!(", from {min} to {max}"),
        None => integers().map_or(String::new(), |[min, max]| format!(", from {min} to {max}")),
    };
    let fault = match reals {
        Some([min, max]) if min >= 0.0 && max <= 1.0 => ArrayFault::Unit,
        Some([min, max]) if min >= 0.0 && max <= 255.0 => ArrayFault::Rounded,
        _ => ArrayFault::Values,
    };
    Wrong {
        expected: "images of whole numbers of 0 to 255, such as uint8".into(),
        found: format!("{}{range}", words(pieces[0].dtype, shape)),
        fault,
    }
}
