//! The weights along one axis.

use core::ops::Range;

/// From how many pixels to how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    source: u64,
    target: u64,
}

impl Axis {
    pub fn new(source: u32, target: u32) -> Self {
        Self {
            source: source.into(),
            target: target.into(),
        }
    }

    pub fn target(&self) -> usize {
        self.target as usize
    }

    /// From here on a source pixel does not count any more.
    fn reach(&self) -> u64 {
        2 * self.source.max(self.target)
    }

    /// The weight of source pixel `j` in output `i`, below 2¹⁸.
    pub fn weight(&self, i: usize, j: usize) -> u32 {
        let centre = (2 * i as u64 + 1) * self.source;
        let place = (2 * j as u64 + 1) * self.target;
        self.reach().saturating_sub(centre.abs_diff(place)) as u32
    }

    /// The source pixels that count in output `i`.
    pub fn span(&self, i: usize) -> Range<usize> {
        let centre = (2 * i as u64 + 1) * self.source;
        let step = 2 * self.target;
        let start = match centre.checked_sub(self.reach() + self.target) {
            Some(before) => before / step + 1,
            None => 0,
        };
        let end = (centre + self.reach() - self.target).div_ceil(step);
        start as usize..end.min(self.source) as usize
    }

    /// The sum of the weights in output `i`.
    pub fn total(&self, i: usize) -> u64 {
        self.span(i).map(|j| u64::from(self.weight(i, j))).sum()
    }

    /// No sum of the weights in an output is greater.
    pub fn max_total(&self) -> u64 {
        // Samples of a triangle, `h` from each other, add up to `r²/h + h/4` at most; here `h` is twice
        // the target, and rounding down loses less than 1.
        self.reach().pow(2) / (2 * self.target) + self.target.div_ceil(2) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [u32; 14] = [1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 100, 255, 640, 65_535];

    #[test]
    fn a_span_is_where_weights_are() {
        for source in SIDES {
            for target in SIDES {
                let axis = Axis::new(source, target);
                for i in (0..target as usize).step_by(1 + target as usize / 50) {
                    let span = axis.span(i);
                    assert!(!span.is_empty() && span.end <= source as usize);
                    assert!(span.clone().all(|j| axis.weight(i, j) > 0));
                    assert!(span.start == 0 || axis.weight(i, span.start - 1) == 0);
                    assert!(span.end == source as usize || axis.weight(i, span.end) == 0);
                    assert!(axis.total(i) <= axis.max_total(), "{source} to {target}");
                }
            }
        }
    }

    #[test]
    fn nothing_changes_at_the_same_size() {
        for side in SIDES {
            let axis = Axis::new(side, side);
            for i in (0..side as usize).step_by(1 + side as usize / 100) {
                assert_eq!(axis.span(i), i..i + 1);
            }
        }
    }

    #[test]
    fn weights_are_symmetric() {
        for (source, target) in [(5, 3), (3, 5), (64, 9), (10, 10)] {
            let axis = Axis::new(source as u32, target as u32);
            for i in 0..target {
                for j in 0..source {
                    let mirrored = axis.weight(target - 1 - i, source - 1 - j);
                    assert_eq!(axis.weight(i, j), mirrored);
                }
            }
        }
    }
}
