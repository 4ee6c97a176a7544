//! How many signs of each layer change in each epoch, as an SVG of coloured cells.

use std::fmt::Write;

use maud::{Markup, html};

use super::chart::short;
use super::layers::LayerHistory;

/// Layers and epochs that are drawn.
pub const MAX_ROWS: usize = 60;
const MAX_COLUMNS: usize = 64;
/// The least percentage of each shade but the first: a step is a doubling.
const STEPS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
const OPACITIES: [f64; 8] = [0.05, 0.14, 0.25, 0.37, 0.5, 0.65, 0.82, 1.0];

const ROW: f64 = 17.0;
const LEFT: f64 = 116.0;
const TOP: f64 = 26.0;
/// The cells' width together, where there are enough of them.
const WIDTH: f64 = 420.0;

/// The picture: a row for each layer, the first one on top, and a column for each epoch.
pub fn svg(id: &str, name: &str, history: &LayerHistory, style: Option<&str>) -> Markup {
    let epochs = spread(history.epochs(), MAX_COLUMNS);
    let layers = &history.layers[..history.layers.len().min(MAX_ROWS)];
    let column = (WIDTH / epochs.len().max(1) as f64).clamp(6.5, 40.0);
    let (width, bottom) = (
        (LEFT + column * epochs.len() as f64 + 4.0).max(LEFT + 292.0),
        TOP + ROW * layers.len() as f64,
    );
    let height = bottom + 58.0;
    // A path for each shade: a page of many runs holds thousands of cells.
    let mut shades = vec![String::new(); OPACITIES.len()];
    for (row, layer) in layers.iter().enumerate() {
        for (place, epoch) in epochs.iter().enumerate() {
            if let Some(&share) = layer.flipped.get(epoch) {
                let (x, y) = (LEFT + place as f64 * column, TOP + row as f64 * ROW);
                let shade = &mut shades[shade(100.0 * f64::from(share))];
                // Writing to a string cannot fail.
                let side = short(column - 1.0);
                let _ = write!(shade, "M{},{}h{side}v15h-{side}z", short(x), short(y));
            }
        }
    }
    let numbered = numbered(&epochs, column);
    html! {
        svg.cells xmlns="http://www.w3.org/2000/svg" role="img" viewBox={ "0 0 " (short(width)) " " (short(height)) }
            width=(short(width)) height=(short(height)) aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { "Signs that changed in each epoch, " (name) }
            desc id={ (id) "-d" } { (describe(history, &epochs)) }
            @if let Some(style) = style { style { (style) } }
            text.label x="0" y="13" { "layer" }
            text.label x=(LEFT) y="13" { "signs changed in the epoch, % of the layer" }
            @for (row, layer) in layers.iter().enumerate() {
                text.tick x="0" y=(short(TOP + row as f64 * ROW + 12.0)) { (layer.name.chars().take(17).collect::<String>()) }
            }
            @for (path, opacity) in shades.iter().zip(OPACITIES) {
                @if !path.is_empty() { path.flips d=(path) fill-opacity=(opacity) {} }
            }
            @for place in numbered {
                text.tick x=(short(LEFT + (place as f64 + 0.5) * column)) y=(bottom + 14.0) text-anchor="middle" { (epochs[place]) }
            }
            @for (step, opacity) in OPACITIES.into_iter().enumerate() {
                @let x = LEFT + step as f64 * 36.0;
                rect.flips x=(x) y=(bottom + 28.0) width="35" height="8" fill-opacity=(opacity) {}
                @if step > 0 { text.tick x=(x) y=(bottom + 50.0) text-anchor="middle" { (STEPS[step - 1]) } }
            }
            text.tick x="0" y=(bottom + 36.0) { "% changed" }
        }
    }
}

/// A note where not everything is drawn.
pub fn left_out(history: &LayerHistory) -> Option<String> {
    let (layers, epochs) = (history.layers.len(), history.epochs().len());
    let mut notes = Vec::new();
    if layers > MAX_ROWS {
        notes.push(format!("the first {MAX_ROWS} of {layers} layers"));
    }
    if epochs > MAX_COLUMNS {
        notes.push(format!("{MAX_COLUMNS} of {epochs} epochs"));
    }
    (!notes.is_empty()).then(|| format!("Drawn: {}.", notes.join(", ")))
}

/// At most `most` of them, evenly spread, with the first and the last.
fn spread(epochs: Vec<usize>, max: usize) -> Vec<usize> {
    if epochs.len() <= max {
        return epochs;
    }
    let last = epochs.len() - 1;
    (0..max)
        .map(|place| epochs[place * last / (max - 1)])
        .collect()
}

/// The columns whose numbers have room.
fn numbered(epochs: &[usize], column: f64) -> Vec<usize> {
    let digits = epochs.last().map_or(1, |epoch| epoch.to_string().len());
    let every = ((8.0 * digits as f64 + 8.0) / column).ceil().max(1.0) as usize;
    (0..epochs.len()).step_by(every).collect()
}

fn shade(percent: f64) -> usize {
    STEPS.iter().filter(|&&step| percent >= step).count()
}

fn describe(history: &LayerHistory, epochs: &[usize]) -> String {
    let of = |epoch: &usize| {
        let all = history.layers.iter().filter_map(|layer| {
            let flipped = *layer.flipped.get(epoch)?;
            Some((
                f64::from(flipped) * layer.weights as f64,
                layer.weights as f64,
            ))
        });
        let (flipped, weights) = all.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        100.0 * flipped / f64::max(weights, 1.0)
    };
    match (epochs.first(), epochs.last()) {
        (Some(first), Some(last)) => format!(
            "Of all signs, {:.2} % changed in epoch {first} and {:.2} % in epoch {last}.",
            of(first),
            of(last)
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_begin_at_their_steps() {
        let shades = [0.0, 0.25, 0.49, 1.0, 15.9, 16.0, 100.0].map(shade);
        assert_eq!(shades, [0, 1, 1, 3, 6, 7, 7]);
    }

    /// Cells of one shade share a path; each goes right, down and back by its own size.
    #[test]
    fn cells_are_closed_rectangles_at_their_layer_and_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.jsonl");
        let line = |layer| {
            format!(
                r#"{{"epoch":1,"layer":"{layer}","weights":10,"positive":4,"flipped":2,"histogram":{{"from":-4.0,"to":4.0,"counts":[5,5]}}}}"#
            )
        };
        std::fs::write(&path, [line("a"), line("b")].join("\n")).unwrap();
        let history = LayerHistory::read(&path).unwrap().unwrap();
        let svg = svg("flips", "run", &history, None).into_string();
        assert!(
            svg.contains("d=\"M116,26h39v15h-39zM116,43h39v15h-39z\""),
            "{svg}"
        );
        assert!(
            svg.contains("Of all signs, 20.00 % changed in epoch 1"),
            "{svg}"
        );
    }

    #[test]
    fn many_epochs_are_spread_with_both_ends() {
        let some = spread((1..=254).collect(), 64);
        assert_eq!((some.len(), some[0], some[63]), (64, 1, 254));
        assert_eq!(spread(vec![1, 2], 64), [1, 2]);
    }
}
