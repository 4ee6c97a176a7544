//! What the colours, lines and marks of a chart are.

use maud::{Markup, html};

use super::mark::{look_class, mark, shape, short};
use super::{Chart, FINISHED, Series};

/// What the colours, lines and marks are.
pub fn keys(chart: &Chart) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for series in &chart.series {
        let key = match series.look {
            Some(look) => Key::Group(look, series.name.clone()),
            None => Key::Rest,
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    // The others behind those that have a name.
    keys.sort_by_key(|key| *key == Key::Rest);
    let has = |wanted: &dyn Fn(&Series) -> bool| chart.series.iter().any(wanted);
    if has(&|series| series.thin) {
        keys.push(Key::Thin);
    }
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
    /// A look, and the name of its group.
    Group(usize, String),
    /// Groups without a look.
    Rest,
    Thin,
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
            Self::Group(look, name) => (
                html! { g class=(look_class(Some(*look))) { path.line d=(line) {} path.mark d=(mark(shape(*look), at, y, 4.0)) {} } },
                name.as_str(),
            ),
            Self::Rest => (
                html! { g.rest { path.line d=(line) {} } },
                "groups with greater errors",
            ),
            Self::Thin => (
                html! { g.thin { path.line d=(line) {} } },
                "thin: a single seed",
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
