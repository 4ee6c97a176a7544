//! A line of a chart.

use std::fmt::Write;

use maud::{Markup, html};

use super::FINISHED;
use super::mark::{look_class, mark, shape, short};

/// The most points of a line: more than the pixels that it is drawn on, or of a thin one than anybody looks for.
const MAX_POINTS: usize = 400;
const MAX_THIN: usize = 120;

/// A line of a chart.
pub struct Series {
    /// Which group of runs, by index: they are hidden together.
    pub group: usize,
    /// Decides colour and marks; without one it is grey.
    pub look: Option<usize>,
    /// What the group is called.
    pub name: String,
    /// What of the runs: `train`, `test`.
    pub part: &'static str,
    /// Whether it is one run of several that have a mean: a thin line, and no values for a reader.
    pub thin: bool,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Epoch and value of each measurement.
    pub points: Vec<(usize, f64)>,
    /// A line through more than the measurements, where that is known.
    pub curve: Option<Vec<(f64, f64)>>,
    /// Epochs that get a mark.
    pub marked: Vec<usize>,
}

impl Series {
    /// The line, between scales of both axes; with its `values` where a reader may ask for them.
    pub fn draw(
        &self,
        x: impl Fn(f64) -> f64,
        y: impl Fn(f64) -> f64,
        values: Option<usize>,
    ) -> Markup {
        let max = if self.thin { MAX_THIN } else { MAX_POINTS };
        let measured = thinned(&self.points, &self.marked, max);
        let mut path = String::new();
        let through: Vec<(f64, f64)> = match &self.curve {
            Some(curve) => curve.clone(),
            None => measured.iter().map(|&(e, v)| (e as f64, v)).collect(),
        };
        for (place, &(epoch, value)) in through.iter().enumerate() {
            let command = if place == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _ = write!(path, "{command}{},{}", short(x(epoch)), short(y(value)));
        }
        let shape = shape(self.look.unwrap_or(0));
        let radius = match (self.part == FINISHED, self.thin) {
            (true, false) => 6.5,
            (true, true) => 3.0,
            (false, _) => 4.0,
        };
        let is_marked = |epoch: &usize| {
            measured.len() == 1
                || (self.look.is_some() && !self.thin && self.marked.contains(epoch))
        };
        let marks: String = measured
            .iter()
            .filter(|(epoch, _)| is_marked(epoch))
            .map(|&(epoch, value)| mark(shape, x(epoch as f64), y(value), radius))
            .collect();
        let values = values.filter(|_| !self.thin).map(|digits| {
            let value = |&(epoch, value): &(usize, f64)| format!("{epoch}:{value:.digits$}");
            measured.iter().map(value).collect::<Vec<_>>().join(" ")
        });
        html! {
            g.series.thin[self.thin].{ (look_class(self.look)) } data-group=(self.group) data-look=[self.look]
                data-name=[values.as_ref().map(|_| &self.name)] data-part=[values.as_ref().map(|_| self.part)]
                data-span=[self.span()] data-values=[&values] {
                path.line.dashed[self.dashed] d=(path) {}
                @if !marks.is_empty() { path.mark.hollow[self.dashed] d=(marks) {} }
            }
        }
    }

    /// The last epoch, and the least and the greatest value above 0: what axes have to hold.
    fn span(&self) -> Option<String> {
        let last = self.points.iter().map(|point| point.0).max()?;
        let curve = self.curve.iter().flatten().map(|point| point.1);
        let values = self.points.iter().map(|point| point.1).chain(curve);
        Some(span(last, values))
    }
}

/// A span as the page's script reads it.
pub fn span(last: usize, values: impl Iterator<Item = f64>) -> String {
    let positive = values.filter(|&value| value > 0.0);
    let [low, high] = positive.fold([f64::INFINITY, 0.0], |[low, high], value: f64| {
        [low.min(value), high.max(value)]
    });
    match low <= high {
        true => format!("{last} {low} {high}"),
        false => format!("{last}"),
    }
}

/// At most some hundred points, with the marked ones and both ends among them.
fn thinned(points: &[(usize, f64)], marked: &[usize], max: usize) -> Vec<(usize, f64)> {
    let every = points.len().div_ceil(max).max(1);
    let last = points.len().saturating_sub(1);
    let keep = |(place, (epoch, _)): &(usize, &(usize, f64))| {
        place % every == 0 || *place == last || marked.contains(epoch)
    };
    points
        .iter()
        .enumerate()
        .filter(keep)
        .map(|(_, point)| *point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_training_is_thinned_but_keeps_its_marks_and_end() {
        let points: Vec<(usize, f64)> = (1..=5000).map(|epoch| (epoch, 1.0)).collect();
        let kept = thinned(&points, &[1022, 2046], MAX_POINTS);
        assert!(kept.len() <= MAX_POINTS + 3, "{}", kept.len());
        for epoch in [1, 1022, 2046, 5000] {
            assert!(kept.contains(&(epoch, 1.0)), "{epoch}");
        }
    }

    #[test]
    fn a_span_has_no_zeros() {
        assert_eq!(span(6, [0.0, 0.5, 40.0].into_iter()), "6 0.5 40");
        assert_eq!(span(6, [0.0].into_iter()), "6");
    }
}
