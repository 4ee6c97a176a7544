//! Marks of a chart.

use super::COLOURS;

/// Marks there are: circle, square, triangle, diamond.
const SHAPES: usize = 4;

/// The mark of a run, by index: each time the colours begin anew it is another.
pub fn shape(run: usize) -> usize {
    (run + run / COLOURS) % SHAPES
}

/// A mark around a place.
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

#[cfg(test)]
#[test]
fn colour_and_mark_tell_all_runs_of_a_page_apart() {
    let looks: std::collections::BTreeSet<_> = (0..COLOURS * SHAPES)
        .map(|run| (run % COLOURS, shape(run)))
        .collect();
    assert_eq!(looks.len(), COLOURS * SHAPES);
}

/// A number of pixels, to a tenth.
pub fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Not "-0".
    format!("{}", tenths + 0.0)
}
