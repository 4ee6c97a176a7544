//! Error against what a network takes, as SVG.

use maud::{Markup, html};

use crate::axis::{Axis, tick_text};
use crate::chart::{COLOURS, mark, short};

const WIDTH: f64 = 356.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;
/// Marks there are.
const SHAPES: usize = 4;

/// Networks by what they take.
pub(super) struct Scatter<'a> {
    pub id: &'static str,
    /// What they take.
    pub what: &'static str,
    /// The most that they may.
    pub limit: Option<f64>,
    pub points: Vec<Point<'a>>,
}

/// A network.
pub(super) struct Point<'a> {
    pub name: &'a str,
    /// What it takes.
    pub x: f64,
    /// An error, in percent, and after how many epochs it was.
    pub error: f64,
    pub epoch: usize,
}

/// The epochs after which networks were compared, in order: each has a mark.
fn epochs(points: &[Point<'_>]) -> Vec<usize> {
    let mut epochs: Vec<usize> = points.iter().map(|point| point.epoch).collect();
    epochs.sort_unstable();
    epochs.dedup();
    epochs
}

/// Which mark means how many epochs.
pub(super) fn key(charts: &[Scatter<'_>]) -> Markup {
    let epochs = charts
        .first()
        .map_or(Vec::new(), |chart| epochs(&chart.points));
    html! {
        p.key { @for (index, epoch) in epochs.iter().enumerate() {
            span {
                svg class={ "c" (index % COLOURS) } viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" {
                    path.mark d=(mark(index % SHAPES, 6.0, 6.0, 4.5)) {}
                }
                (epoch) " epochs"
            }
        } }
    }
}

/// The points after so many epochs that none of these beats in both, from left to right: longer training alone lowers the
/// error, so that others are no equals.
fn front<'a>(points: &'a [Point<'a>], epoch: usize) -> Vec<&'a Point<'a>> {
    let mut all: Vec<&Point<'_>> = points.iter().filter(|point| point.epoch == epoch).collect();
    all.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.error.total_cmp(&b.error)));
    let mut min_error = f64::INFINITY;
    all.retain(|point| {
        let better = point.error < min_error;
        min_error = min_error.min(point.error);
        better
    });
    all
}

impl Scatter<'_> {
    /// The chart with its heading.
    pub(super) fn figure(&self) -> Markup {
        html! {
            figure {
                figcaption { h3 { "Validation error and " (self.what) } }
                @if self.points.is_empty() { p.missing { "No network has this number." } } @else { div.plot { (self.svg()) } }
            }
        }
    }

    fn svg(&self) -> Markup {
        let xs = self.points.iter().map(|point| point.x).chain(self.limit);
        let x_axis = Axis::from_zero(xs);
        let y_axis = Axis::logarithmic(self.points.iter().map(|point| point.error));
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let x = |value: f64| LEFT + x_axis.place(value) * (right - LEFT);
        let y = |value: f64| bottom - y_axis.place(value) * (bottom - TOP);
        let place = |point: &&Point<'_>| format!("{},{}", short(x(point.x)), short(y(point.error)));
        let epochs = epochs(&self.points);
        let line = |epoch: usize| -> Vec<String> {
            front(&self.points, epoch).iter().map(place).collect()
        };
        let (title, about) = (
            format!("front-{}-t", self.id),
            format!("front-{}-d", self.id),
        );
        html! {
            svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-labelledby={ (title) " " (about) } {
                title id=(title) { "Validation error and " (self.what) }
                desc id=(about) { (self.points.len()) " errors of networks; the table below has their numbers" }
                text.label x="0" y="13" { "validation error, %" }
                @for tick in y_axis.ticks(6.0) {
                    path.rule d={ "M" (LEFT) "," (short(y(tick))) "H" (right) } {}
                    text.tick x=(LEFT - 8.0) y=(short(y(tick) + 4.0)) text-anchor="end" { (tick_text(tick)) }
                }
                @for tick in x_axis.ticks(4.0) {
                    text.tick x=(short(x(tick))) y=(bottom + 18.0) text-anchor="middle" { (amount(tick)) }
                }
                path.axis d={ "M" (LEFT) "," (bottom) "H" (right) } {}
                text.label x=(right) y=(bottom + 36.0) text-anchor="end" { (self.what) }
                @if let Some(limit) = self.limit { path.axis.dashed d={ "M" (short(x(limit))) "," (TOP) "V" (bottom) } { title { "the budget" } } }
                @for (index, epoch) in epochs.iter().enumerate() {
                    g class={ "c" (index % COLOURS) } { path.line.front d={ "M" (line(*epoch).join("L")) } {} }
                }
                @for point in &self.points {
                    @let index = epochs.iter().position(|epoch| *epoch == point.epoch).unwrap_or(0);
                    g class={ "c" (index % COLOURS) } {
                        path.mark d=(mark(index % SHAPES, x(point.x), y(point.error), 5.0)) {
                            title { (point.name) ": " (format!("{:.2}", point.error)) " % after " (point.epoch) " epochs" }
                        }
                    }
                }
            }
        }
    }
}

/// A number at a tick: with millions, which are instructions.
fn amount(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{}M", (v / 1e5).round() / 10.0),
        v => tick_text(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, error: f64) -> Point<'static> {
        Point {
            name: "n",
            x,
            error,
            epoch: 2,
        }
    }

    #[test]
    fn none_beats_a_point_of_the_front_in_both() {
        let longer = Point {
            epoch: 6,
            ..point(1.0, 3.0)
        };
        let points = [
            point(3.0, 5.0),
            point(1.0, 9.0),
            point(2.0, 9.5),
            point(3.0, 4.0),
            point(4.0, 4.0),
            longer,
        ];
        let found = |epoch| -> Vec<(f64, f64)> {
            let front = front(&points, epoch).into_iter();
            front.map(|point| (point.x, point.error)).collect()
        };
        // One that was trained for longer beats none that was not.
        assert_eq!(found(2), [(1.0, 9.0), (3.0, 4.0)]);
        assert_eq!(found(6), [(1.0, 3.0)]);
    }

    #[test]
    fn ticks_have_few_digits() {
        assert_eq!(
            [0.0, 500.0, 20_000.0, 2_500_000.0, 3e7].map(amount),
            ["0", "500", "20k", "2.5M", "30M"]
        );
    }
}
