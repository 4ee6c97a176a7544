//! A line chart as SVG. Its colours are classes, so that the page's themes and the style of a file apply to it alike.

mod legend;
mod mark;
mod series;

use maud::{Markup, html};

use super::axis::{Axis, tick_text};
pub use mark::{look_class, mark, shape, short};
pub use series::Series;

/// Colours there are; further runs begin anew, with other marks.
pub const COLOURS: usize = 8;
/// The part of runs that is one point, their finished networks.
pub const FINISHED: &str = "finished";

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
    /// Whether the page has it in one size, a small one.
    pub is_small: bool,
    /// The lines, those on top last.
    pub series: Vec<Series>,
    /// Marks of figures published elsewhere.
    pub published: Vec<Elsewhere>,
}

/// A figure published elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// The groups that it is of, by index: hides with them.
    pub groups: Vec<usize>,
    /// That of the first.
    pub look: Option<usize>,
    /// After so many epochs.
    pub epoch: usize,
    /// The value.
    pub value: f64,
    /// What it is.
    pub what: String,
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
        let legend = legend::keys(self);
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
        let [across, up] =
            [(&self.x, LEFT, right), (&self.y, bottom, TOP)].map(|(axis, from, to)| {
                format!(
                    "{} {} {from} {to} {}",
                    axis.low,
                    axis.high,
                    u8::from(axis.log)
                )
            });
        let epochs: Vec<String> = self.epochs.iter().map(usize::to_string).collect();
        // On the page a chart is drawn twice; one of them has the values.
        let values = (frame.width != Frame::NARROW.width || self.is_small).then_some(self.digits);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox={ (-margin) " " (-margin) " " (outer_width) " " (outer_height) }
                aria-labelledby={ (id) "-t " (id) "-d" } data-x=(across) data-y=(up) data-epochs=(epochs.join(" ")) width=[style.map(|_| outer_width)] height=[style.map(|_| outer_height)] {
                title id={ (id) "-t" } { (self.title) }
                desc id={ (id) "-d" } { (self.description) }
                @if let Some(style) = style { style { (style) } }
                text.label x="0" y="13" { (self.y_label) }
                g.up { @for tick in self.y.ticks(if height > 300.0 { 9.0 } else { 6.0 }) {
                    path.rule d={ "M" (short(LEFT)) "," (short(y(tick))) "H" (short(right)) } {}
                    text.tick x=(LEFT - 8.0) y=(short(y(tick) + 4.0)) text-anchor="end" { (tick_text(tick)) }
                } }
                g.across { @for epoch in self.shown_epochs(right - LEFT) {
                    path.rule.cycle d={ "M" (short(x(epoch as f64))) "," (TOP) "V" (bottom) } {}
                    text.tick x=(short(x(epoch as f64))) y=(bottom + 18.0) text-anchor="middle" { (epoch) }
                } }
                path.axis d={ "M" (LEFT) "," (bottom) "H" (right) } {}
                text.label x=(right) y=(bottom + 36.0) text-anchor="end" { @if self.x.log { "epoch (logarithmic)" } @else { "epoch" } }
                @for series in &self.series { (series.draw(x, y, values)) }
                @for Elsewhere { groups, look, epoch, value, what } in &self.published {
                    g.elsewhere.{ (look_class(*look)) } data-groups=(groups.iter().map(usize::to_string).collect::<Vec<_>>().join(" "))
                        data-span=(series::span(*epoch, std::iter::once(*value))) {
                        path.published d=(mark(3, x(*epoch as f64), y(*value), 5.0)) { title { (what) } }
                    }
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
            is_small: false,
            series: vec![Series {
                group: 0,
                look: Some(0),
                name: "\"><script>".into(),
                part: "test",
                thin: false,
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
        assert!(svg.contains("data-span=\"6 30 50\""), "{svg}");
        assert!(svg.contains("data-x=\"1 6 46 1066 1\""), "{svg}");
    }

    #[test]
    fn names_are_escaped() {
        let svg = chart(vec![(1, 50.0)]).svg(Frame::NARROW, None).0;
        assert!(
            !svg.contains("<script>") && svg.contains("&lt;Error&gt;"),
            "{svg}"
        );
    }
}
