//! A line chart as SVG. Its colours are classes, so that the page's themes and the style of a file apply to it alike.

use std::fmt::Write;

use maud::{Markup, html};

use super::axis::{Axis, tick_text};

/// Colours there are; further runs begin anew, with other marks.
pub const COLOURS: usize = 8;
/// Marks there are: circle, square, triangle, diamond.
const SHAPES: usize = 4;
/// The part of a run that is one point, its finished network.
pub const FINISHED: &str = "finished";
/// The most points of a line: more than the pixels that it is drawn on.
const MAX_POINTS: usize = 400;

/// A chart of values against epochs.
pub struct Chart {
    /// Names it in the page and as a file.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is to be seen on it, for those who cannot.
    pub description: String,
    /// Epochs.
    pub x: Axis,
    /// Epochs with a tick and a rule.
    pub epochs: Vec<usize>,
    /// The values.
    pub y: Axis,
    /// What the values are.
    pub y_label: &'static str,
    /// Digits of a value behind the point, where a reader asks for it.
    pub digits: usize,
    /// The lines.
    pub series: Vec<Series>,
    /// Marks of figures published elsewhere: epoch, value, and what it is.
    pub published: Vec<(f64, f64, String)>,
}

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

/// Width and height in pixels, and whether the chart tells its lines apart by itself.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Width.
    pub width: f64,
    /// Height of the chart without its legend.
    pub height: f64,
    /// Whether it has a legend: on the page, one serves all charts.
    pub legend: bool,
}

impl Frame {
    /// The large chart of the page.
    pub const WIDE: Self = Self::new(1080.0, 430.0);
    /// One of three beside each other, and the large chart on a phone.
    pub const NARROW: Self = Self::new(356.0, 268.0);

    const fn new(width: f64, height: f64) -> Self {
        let legend = false;
        Self {
            width,
            height,
            legend,
        }
    }
}

const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;
const LEGEND_LINE: f64 = 20.0;
const MARGIN: f64 = 12.0;

impl Chart {
    /// The SVG element; `style` stands in it, where nothing around it has one.
    pub fn svg(&self, frame: Frame, style: Option<&str>) -> Markup {
        let Frame { width, height, .. } = frame;
        let legend = self.legend();
        let lines = if frame.legend {
            legend.len().div_ceil(2)
        } else {
            0
        };
        let whole = height + lines as f64 * LEGEND_LINE;
        // A file's figure stands on its own, so it has a margin.
        let margin = if frame.legend { MARGIN } else { 0.0 };
        let [outer_width, outer_height] = [width, whole].map(|side| side + 2.0 * margin);
        let right = width - RIGHT;
        let bottom = height - BOTTOM;
        let x = |value: f64| LEFT + self.x.place(value) * (right - LEFT);
        let y = |value: f64| bottom - self.y.place(value) * (bottom - TOP);
        let id = format!("{}-{width}", self.id);
        let axis = [self.x.low, self.x.high, LEFT, right].map(short).join(" ");
        html! {
            svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox={ (-margin) " " (-margin) " " (outer_width) " " (outer_height) }
                aria-labelledby={ (id) "-t " (id) "-d" } data-axis=(axis) data-log=[self.x.log.then_some("1")]
                data-digits=(self.digits) width=[style.map(|_| outer_width)] height=[style.map(|_| outer_height)] {
                title id={ (id) "-t" } { (self.title) }
                desc id={ (id) "-d" } { (self.description) }
                @if let Some(style) = style { style { (style) } }
                text.label x="0" y="13" { (self.y_label) }
                @for tick in self.y.ticks(if height > 300.0 { 9.0 } else { 6.0 }) {
                    path.rule d={ "M" (short(LEFT)) "," (short(y(tick))) "H" (short(right)) } {}
                    text.tick x=(LEFT - 8.0) y=(short(y(tick) + 4.0)) text-anchor="end" { (tick_text(tick)) }
                }
                @for epoch in self.shown_epochs(right - LEFT) {
                    path.rule.cycle d={ "M" (short(x(epoch as f64))) "," (TOP) "V" (bottom) } {}
                    text.tick x=(short(x(epoch as f64))) y=(bottom + 18.0) text-anchor="middle" { (epoch) }
                }
                path.axis d={ "M" (LEFT) "," (bottom) "H" (right) } {}
                text.label x=(right) y=(bottom + 36.0) text-anchor="end" { @if self.x.log { "epoch (logarithmic)" } @else { "epoch" } }
                @for series in &self.series { (series.draw(x, y, self.digits)) }
                @for (epoch, value, what) in &self.published {
                    path.published d=(mark(3, x(*epoch), y(*value), 5.0)) { title { (what) } }
                }
                @if frame.legend {
                    @for (place, key) in legend.into_iter().enumerate() {
                        @let x = if place < lines { LEFT } else { width / 2.0 };
                        @let y = height + 10.0 + (place % lines) as f64 * LEGEND_LINE;
                        (key.draw(x, y))
                    }
                }
            }
        }
    }

    /// What the colours, lines and marks are.
    fn legend(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for series in &self.series {
            let key = Key::Run(series.run, series.name.clone());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let has = |wanted: &dyn Fn(&Series) -> bool| self.series.iter().any(wanted);
        if has(&|series| series.dashed) {
            keys.push(Key::Dashed);
        }
        if has(&|series| series.part == FINISHED) {
            keys.push(Key::Finished);
        }
        if !self.published.is_empty() {
            keys.push(Key::Published);
        }
        keys
    }

    /// The epochs whose numbers have room beside each other.
    fn shown_epochs(&self, width: f64) -> Vec<usize> {
        let mut shown: Vec<usize> = Vec::new();
        let mut free = f64::INFINITY;
        for &epoch in self.epochs.iter().rev() {
            let at = self.x.place(epoch as f64) * width;
            let needs = 8.0 + 8.0 * epoch.to_string().len() as f64;
            if at + needs / 2.0 <= free {
                free = at - needs / 2.0;
                shown.push(epoch);
            }
        }
        shown.reverse();
        shown
    }
}

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    /// A run by index, and its name.
    Run(usize, String),
    Dashed,
    Finished,
    Published,
}

impl Key {
    fn draw(&self, x: f64, y: f64) -> Markup {
        let line = format!("M{},{}h26", short(x), short(y));
        let at = x + 13.0;
        let (sample, text) = match self {
            Self::Run(run, name) => (
                html! { g class={ "c" (run % COLOURS) } { path.line d=(line) {} path.mark d=(mark(*run, at, y, 4.0)) {} } },
                name.as_str(),
            ),
            Self::Dashed => (html! { path.line.dashed d=(line) {} }, "dashed: train"),
            Self::Finished => (
                html! { path.mark d=(mark(0, at, y, 6.5)) {} },
                "large: the finished network",
            ),
            Self::Published => (
                html! { path.published d=(mark(3, at, y, 5.0)) {} },
                "published",
            ),
        };
        html! { (sample) text.key x=(short(x + 36.0)) y=(short(y + 4.0)) { (text) } }
    }
}

impl Series {
    fn draw(&self, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64, digits: usize) -> Markup {
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
        let shape = self.run % SHAPES;
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

/// A mark around a place.
pub fn mark(shape: usize, x: f64, y: f64, r: f64) -> String {
    let at = |dx: f64, dy: f64| format!("{},{}", short(x + dx), short(y + dy));
    match shape % SHAPES {
        0 => format!(
            "M{}a{r},{r} 0 1 0 {d},0a{r},{r} 0 1 0 -{d},0z",
            at(-r, 0.0),
            d = 2.0 * r
        ),
        1 => format!(
            "M{}h{d}v{d}h-{d}z",
            at(0.9 - r, 0.9 - r),
            d = short(2.0 * r - 1.8)
        ),
        2 => format!(
            "M{}L{}L{}z",
            at(0.0, -r - 0.5),
            at(r, r - 0.5),
            at(-r, r - 0.5)
        ),
        _ => {
            let r = r + 1.0;
            format!(
                "M{}L{}L{}L{}z",
                at(0.0, -r),
                at(r, 0.0),
                at(0.0, r),
                at(-r, 0.0)
            )
        }
    }
}

/// A number of pixels, to a tenth.
pub fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Not "-0".
    format!("{}", tenths + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(usize, f64)>) -> Chart {
        Chart {
            id: "error".into(),
            title: "<Error>".into(),
            description: String::new(),
            x: Axis::epochs(6, true),
            epochs: vec![1, 2, 6],
            y: Axis::logarithmic(points.iter().map(|p| p.1)),
            y_label: "error, %",
            digits: 2,
            series: vec![Series {
                run: 0,
                name: "\"><script>".into(),
                part: "test",
                dashed: false,
                points,
                curve: None,
                marked: vec![2, 6],
            }],
            published: Vec::new(),
        }
    }

    #[test]
    fn lines_run_from_edge_to_edge_and_cycle_ends_are_marked() {
        let svg = chart(vec![(1, 50.0), (2, 30.0), (6, 0.0)])
            .svg(Frame::WIDE, None)
            .0;
        assert!(svg.contains(&format!("d=\"M{LEFT},")), "{svg}");
        // The zero lies on the axis, at the right end.
        assert!(svg.contains("L1066,390\""), "{svg}");
        assert_eq!(svg.matches("a4,4").count(), 4, "two circles of two arcs");
        assert!(
            svg.contains("data-values=\"1:50.00 2:30.00 6:0.00\""),
            "{svg}"
        );
    }

    #[test]
    fn names_are_escaped() {
        let svg = chart(vec![(1, 50.0)]).svg(Frame::NARROW, None).0;
        assert!(
            !svg.contains("<script>") && svg.contains("&lt;Error&gt;"),
            "{svg}"
        );
    }

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
