//! How far two groups of runs are apart, and how sure that is.

use super::groups::Group;

/// How much greater the mean test error of a group is than that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// In percentage points.
    pub points: f64,
    /// Its standard error, where both groups have two seeds or more: √(s₁²/n₁ + s₂²/n₂).
    pub standard_error: Option<f64>,
    /// How far the truth may be from it, up or down, with 95 % confidence (Welch's interval), where both groups have two
    /// seeds or more.
    pub margin: Option<f64>,
}

impl Difference {
    /// That of a group and another.
    #[must_use]
    pub fn new(group: &Group, other: &Group) -> Self {
        let share = |group: &Group| Some(group.deviation?.powi(2) / group.seeds as f64);
        let shares = share(group).zip(share(other));
        let standard_error = shares.map(|(a, b)| (a + b).sqrt());
        let margin = shares.zip(standard_error).map(|((a, b), error)| {
            let part = |share: f64, group: &Group| share.powi(2) / (group.seeds as f64 - 1.0);
            let freedom = (a + b).powi(2) / (part(a, group) + part(b, other));
            // Of equal errors there is nothing to be unsure of that these numbers could tell.
            if error > 0.0 {
                quantile(freedom) * error
            } else {
                0.0
            }
        });
        Self {
            points: group.mean - other.mean,
            standard_error,
            margin,
        }
    }

    /// Where the truth lies with 95 % confidence, from the one point to the other.
    #[must_use]
    pub fn interval(&self) -> Option<[f64; 2]> {
        let points = self.points;
        self.margin.map(|margin| [points - margin, points + margin])
    }

    /// Whether the seeds alone are no likely reason for it; `None` where that is not known.
    #[must_use]
    pub fn exceeds_seeds(&self) -> Option<bool> {
        self.margin.map(|margin| self.points.abs() > margin)
    }
}

/// The 97.5 % quantile of Student's t with so many degrees of freedom, rounded down to a whole number, so that no interval
/// is too narrow.
fn quantile(freedom: f64) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    // Both groups have a degree of freedom at least. Sums of squares may round it to just below a whole number.
    let whole = (freedom + 1e-9) as usize;
    TABLE[whole.clamp(1, TABLE.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::super::groups::mean_and_deviation;
    use super::*;

    fn group(errors: &[f64]) -> Group {
        let (mean, deviation) = mean_and_deviation(errors);
        Group {
            runs: (0..errors.len()).collect(),
            seeds: errors.len(),
            mean,
            deviation,
            range: [0.0; 2],
        }
    }

    /// Against `scipy.stats.ttest_ind(…, equal_var=False)`, whose degrees of freedom are not rounded down.
    #[test]
    fn the_margin_is_that_of_welch() {
        // Alike in their deviation, so 4 degrees of freedom: 2.776 · √(2/3).
        let found = Difference::new(&group(&[4.0, 5.0, 6.0]), &group(&[1.0, 2.0, 3.0]));
        assert_eq!(found.points, 3.0);
        let margin = found.margin.unwrap();
        assert!(
            (margin - 2.776 * (2f64 / 3.0).sqrt()).abs() < 1e-9,
            "{margin}"
        );
        assert_eq!(found.exceeds_seeds(), Some(true));
        assert_eq!(found.interval(), Some([3.0 - margin, 3.0 + margin]));
        // One group does not scatter: the other's 2 degrees of freedom alone.
        let found = Difference::new(&group(&[4.0, 5.0, 6.0]), &group(&[4.0, 4.0, 4.0]));
        let margin = found.margin.unwrap();
        assert!((margin - 4.303 / 3f64.sqrt()).abs() < 1e-9, "{margin}");
        assert_eq!(found.exceeds_seeds(), Some(false));
    }

    #[test]
    fn of_single_runs_nothing_is_sure_and_of_equal_ones_all() {
        let found = Difference::new(&group(&[4.0]), &group(&[1.0, 2.0]));
        assert_eq!((found.points, found.margin), (2.5, None));
        assert_eq!(found.exceeds_seeds(), None);
        let found = Difference::new(&group(&[4.0, 4.0]), &group(&[1.0, 1.0]));
        assert_eq!(
            (found.margin, found.exceeds_seeds()),
            (Some(0.0), Some(true))
        );
    }
}
