//! What the colours, lines and marks of a chart are.

use maud::{Markup, html};

use super::mark::{mark, shape, short};
use super::{COLOURS, Chart, FINISHED, Series};

/// What the colours, lines and marks are.
pub fn keys(chart: &Chart) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for series in &chart.series {
        let key = Key::Run(series.run, series.name.clone());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let has = |wanted: &dyn Fn(&Series) -> bool| chart.series.iter().any(wanted);
    if has(&|series| series.dashed) {
        keys.push(Key::Dashed);
    }
    if has(&|series| series.part == FINISHED) {
        keys.push(Key::Finished);
    }
    if !chart.published.is_empty() {
        keys.push(Key::Published);
    }
    keys
}

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A run by index, and its name.
    Run(usize, String),
    Dashed,
    Finished,
    Published,
}

impl Key {
    /// The entry at a place.
    pub fn draw(&self, x: f64, y: f64) -> Markup {
        let line = format!("M{},{}h26", short(x), short(y));
        let at = x + 13.0;
        let (sample, text) = match self {
            Self::Run(run, name) => (
                html! { g class={ "c" (run % COLOURS) } { path.line d=(line) {} path.mark d=(mark(shape(*run), at, y, 4.0)) {} } },
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
