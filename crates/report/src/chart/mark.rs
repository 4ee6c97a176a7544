//! Marks of a chart.

use super::COLOURS;

/// Marks there are: circle, square, triangle, diamond.
const SHAPES: usize = 4;

/// The mark of a look: each time the colours begin anew it is another.
pub fn shape(look: usize) -> usize {
    (look + look / COLOURS) % SHAPES
}

/// The class that gives a look its colour; without one it is grey.
pub fn look_class(look: Option<usize>) -> String {
    match look {
        Some(look) => format!("c{}", look % COLOURS),
        None => "rest".into(),
    }
}

/// A mark around a place, which its first command alone names: whoever moves it has one place to change.
pub fn mark(shape: usize, x: f64, y: f64, r: f64) -> String {
    let at = |dx: f64, dy: f64| format!("{},{}", short(x + dx), short(y + dy));
    match shape {
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
        2 => format!("M{}l{r},{d}h-{d}z", at(0.0, -r - 0.5), d = short(2.0 * r)),
        _ => {
            let r = r + 1.0;
            format!("M{}l{r},{r}l-{r},{r}l-{r},-{r}z", at(0.0, -r))
        }
    }
}

#[cfg(test)]
#[test]
fn colour_and_mark_tell_all_looks_apart() {
    let looks: std::collections::BTreeSet<_> = (0..COLOURS * SHAPES)
        .map(|look| (look_class(Some(look)), shape(look)))
        .collect();
    assert_eq!(looks.len(), crate::groups::MAX_LOOKS);
}

/// A number of pixels, to a tenth.
pub fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Not "-0".
    format!("{}", tenths + 0.0)
}
