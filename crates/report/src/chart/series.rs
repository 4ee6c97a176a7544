//! A line of a chart.

use std::fmt::Write;

use maud::{Markup, html};

use super::mark::{mark, shape, short};
use super::{COLOURS, FINISHED};

/// The most points of a line: more than the pixels that it is drawn on.
const MAX_POINTS: usize = 400;

/// A line of a chart.
pub struct Series {
    /// Which run, by index: decides colour and marks.
    pub run: usize,
    /// The run's name.
    pub name: String,
    /// What of the run: `train`, `test`.
    pub part: &'static str,
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
    /// The line, between scales of both axes.
    pub fn draw(&self, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64, digits: usize) -> Markup {
        let measured = thinned(&self.points, &self.marked);
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
        let shape = shape(self.run);
        let radius = if self.part == FINISHED { 6.5 } else { 4.0 };
        let marks: String = measured
            .iter()
            .filter(|(epoch, _)| self.marked.contains(epoch) || measured.len() == 1)
            .map(|&(epoch, value)| mark(shape, x(epoch as f64), y(value), radius))
            .collect();
        let values: Vec<String> = measured
            .iter()
            .map(|&(epoch, value)| format!("{epoch}:{value:.digits$}"))
            .collect();
        html! {
            g class={ "series c" (self.run % COLOURS) } data-run=(self.run) data-name=(self.name) data-part=(self.part)
                data-values=(values.join(" ")) {
                path.line.dashed[self.dashed] d=(path) {}
                @if !marks.is_empty() { path.mark.hollow[self.dashed] d=(marks) {} }
            }
        }
    }
}

/// At most some hundred points, with the marked ones and both ends among them.
fn thinned(points: &[(usize, f64)], marked: &[usize]) -> Vec<(usize, f64)> {
    let every = points.len().div_ceil(MAX_POINTS).max(1);
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
        let kept = thinned(&points, &[1022, 2046]);
        assert!(kept.len() <= MAX_POINTS + 3, "{}", kept.len());
        for epoch in [1, 1022, 2046, 5000] {
            assert!(kept.contains(&(epoch, 1.0)), "{epoch}");
        }
    }
}
