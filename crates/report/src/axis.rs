//! Axes of charts: from values to places, and the values that are written at the ticks.

/// The range of an axis, from its first to its last value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The least value.
    pub low: f64,
    /// The greatest value, above `low`.
    pub high: f64,
    /// Whether equal factors, not differences, are equally far apart; then `low` is positive.
    pub log: bool,
}

impl Axis {
    /// A linear axis from 0 that ends at a round number above all values.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let high = values.fold(0.0, f64::max);
        let high = if high > 0.0 { high } else { 1.0 };
        let step = step(high, 5.0);
        Self {
            low: 0.0,
            high: (high / step).ceil() * step,
            log: false,
        }
    }

    /// A logarithmic axis that holds all positive values, with a margin. A zero has no place on it and is drawn at its
    /// lower end.
    pub fn logarithmic(values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.filter(|&value| value > 0.0);
        let low = positive.clone().fold(f64::INFINITY, f64::min);
        let high = positive.fold(0.0, f64::max);
        let (low, high) = if high > 0.0 { (low, high) } else { (1.0, 10.0) };
        Self {
            low: low / 1.15,
            high: high * 1.15,
            log: true,
        }
    }

    /// Epochs, from the first to the last; `log` has none before the first.
    pub fn epochs(last: usize, log: bool) -> Self {
        let low = if log { 1.0 } else { 0.0 };
        let high = (last as f64).max(low + 1.0);
        Self { low, high, log }
    }

    /// Where a value is: 0 at `low`, 1 at `high`, and nowhere outside.
    pub fn place(&self, value: f64) -> f64 {
        let share = match self.log {
            true => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        share.clamp(0.0, 1.0)
    }

    /// Round values on the axis, about `count` of them.
    pub fn ticks(&self, count: f64) -> Vec<f64> {
        match self.log {
            true => self.decades(count),
            false => {
                let step = step(self.high - self.low, count);
                let first = (self.low / step).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                (first..=last).map(|n| n as f64 * step).collect()
            }
        }
    }

    /// 1, 2, 5 or fewer of each decade.
    fn decades(&self, count: f64) -> Vec<f64> {
        let range = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = |digits: &'static [f64]| {
            range
                .clone()
                .flat_map(move |decade| digits.iter().map(move |digit| digit * 10f64.powi(decade)))
        };
        let on = |digits| {
            let on = |value: &f64| (self.low..=self.high).contains(value);
            all(digits).filter(on).collect::<Vec<f64>>()
        };
        let choices: [&[f64]; 4] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
            &[1.0, 2.0, 3.0, 5.0],
            &[1.0, 2.0, 5.0],
            &[1.0],
        ];
        let ticks = choices
            .into_iter()
            .map(on)
            .find(|ticks| ticks.len() as f64 <= count);
        ticks.unwrap_or_else(|| on(&[1.0]))
    }
}

/// 1, 2 or 5 times a power of ten, near a `count`-th of `range`.
fn step(range: f64, count: f64) -> f64 {
    let rough = range / count;
    let power = 10f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|digit| digit * power >= rough * 0.999);
    digit.unwrap_or(10.0) * power
}

/// A value as a tick says it: short, with no more digits than it needs.
pub fn tick_text(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v >= 1e6 => format!("{:.0e}", v),
        v if v >= 1e4 => format!("{}k", v / 1e3),
        // Rounded first, since 3 · 0.1 has more digits than anyone asked for.
        v if v >= 1e-3 => format!("{}", (v * 1e6).round() / 1e6),
        v => format!("{v:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_ends_at_a_round_number_and_its_ticks_are_round() {
        let axis = Axis::from_zero([0.3, 1.66].into_iter());
        assert_eq!(axis.high, 2.0);
        let ticks: Vec<String> = axis.ticks(5.0).into_iter().map(tick_text).collect();
        assert_eq!(ticks, ["0", "0.5", "1", "1.5", "2"]);
        assert_eq!(axis.place(1.0), 0.5);
    }

    #[test]
    fn a_logarithmic_axis_places_by_factor_and_zeros_at_its_end() {
        let axis = Axis::logarithmic([0.0, 1.0, 100.0].into_iter());
        assert!((axis.place(10.0) - 0.5).abs() < 1e-12);
        assert_eq!(axis.place(0.0), 0.0);
        assert_eq!(axis.ticks(4.0), [1.0, 10.0, 100.0]);
    }

    #[test]
    fn axes_without_values_or_with_one_have_a_width() {
        for axis in [
            Axis::from_zero(std::iter::empty()),
            Axis::logarithmic(std::iter::empty()),
            Axis::logarithmic([0.0].into_iter()),
            Axis::logarithmic([5.0].into_iter()),
            Axis::epochs(1, true),
            Axis::epochs(0, false),
        ] {
            assert!(axis.high > axis.low, "{axis:?}");
            assert!(axis.place(3.0).is_finite(), "{axis:?}");
        }
    }
}
