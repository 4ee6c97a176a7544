//! A confusion matrix: as a table for the page, whose first column stays while it scrolls, and as SVG for a file.

use maud::{Markup, html};
use word_list::{cells, width};

use super::chart::short;
use super::examine::Examined;

/// The most classes whose matrix can be read.
pub const MAX_CLASSES: usize = 20;

const CELL: f64 = 34.0;
const TOP: f64 = 88.0;
/// Width of a letter of a class name.
const LETTER: f64 = 6.6;
/// Letters of a class name that are shown.
const LETTERS: usize = 12;

/// The matrix: a row for each true class, a column for each predicted one. What is right is on the diagonal, in another
/// colour, because it would outshine the rest.
pub fn svg(id: &str, name: &str, examined: &Examined, style: &str) -> Markup {
    let names: Vec<String> = examined.classes.iter().map(|name| cut(name)).collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(1);
    let left = 30.0 + longest as f64 * LETTER;
    let side = CELL * names.len() as f64;
    // As much of the slanted names as stands above the matrix.
    let top = (TOP * longest as f64 / LETTERS as f64).max(30.0) + 14.0;
    let (width, height) = (
        left + side + longest as f64 * LETTER * 0.7,
        top + side + 4.0,
    );
    let max = examined.confused(1).first().map_or(1, |pair| pair.2.max(1));
    let wrong = examined.wrong();
    let pairs: Vec<String> = examined
        .confused(3)
        .iter()
        .map(|&(class, to, n)| {
            format!(
                "{} taken for {} {n} times",
                examined.classes[class], examined.classes[to]
            )
        })
        .collect();
    html! {
        svg.matrix xmlns="http://www.w3.org/2000/svg" role="img" viewBox={ "0 0 " (short(width)) " " (short(height)) }
            width=(short(width)) height=(short(height)) aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { "Confusion matrix of " (name) }
            desc id={ (id) "-d" } {
                (wrong) " of " (examined.images + examined.undecided) " test images are wrong. "
                @if !pairs.is_empty() { "Most often: " (pairs.join(", ")) "." }
            }
            style { (style) }
            text.label x="0" y="12" { "true class" }
            text.label x=(short(left + side)) y="12" text-anchor="end" { "predicted class" }
            @for (index, name) in names.iter().enumerate() {
                @let at = (index as f64 + 0.5) * CELL;
                text.tick x=(short(left - 8.0)) y=(short(top + at + 4.0)) text-anchor="end" { (name) }
                text.tick transform={ "translate(" (short(left + at + 2.0)) "," (short(top - 8.0)) ") rotate(-45)" } { (name) }
            }
            @for class in 0..names.len() {
                @let row = examined.row(class);
                @let of: u32 = row.iter().sum();
                @for (predicted, &count) in row.iter().enumerate() {
                    @let x = left + predicted as f64 * CELL;
                    @let y = top + class as f64 * CELL;
                    @let right = class == predicted;
                    @let share = if right { f64::from(count) / f64::from(of.max(1)) } else { f64::from(count) / f64::from(max) };
                    rect.cell.right[right].wrong[!right] x=(short(x + 1.0)) y=(short(y + 1.0)) width=(CELL - 2.0) height=(CELL - 2.0)
                        rx="3" fill-opacity=(short(shade(share))) {
                        title {
                            (examined.classes[class]) @if right { " recognised: " } @else { " taken for " (examined.classes[predicted]) ": " }
                            (count) " of " (of)
                        }
                    }
                    @if count > 0 {
                        text.count x=(short(x + CELL / 2.0)) y=(short(y + CELL / 2.0 + 4.0)) text-anchor="middle" { (count) }
                    }
                }
            }
        }
    }
}

/// The matrix as a table: a row for each true class, and on the diagonal what is right.
pub fn table(name: &str, examined: &Examined) -> Markup {
    let names = &examined.classes;
    let max = examined.confused(1).first().map_or(1, |pair| pair.2.max(1));
    html! {
        div.scroll.matrix tabindex="0" role="region" aria-label={ "Confusion matrix of " (name) } {
            table.confusion {
                caption { "Confusion matrix of " (name) ": rows are true classes, columns predicted ones" }
                thead { tr {
                    th scope="col" { "true ↓" br; "predicted →" }
                    @for name in names { th scope="col" { span { (cut(name)) } } }
                } }
                tbody { @for (class, name) in names.iter().enumerate() {
                    @let row = examined.row(class);
                    @let of: u32 = row.iter().sum();
                    tr {
                        th scope="row" { (cut(name)) }
                        @for (predicted, &count) in row.iter().enumerate() {
                            @let right = class == predicted;
                            @let share = if right { f64::from(count) / f64::from(of.max(1)) } else { f64::from(count) / f64::from(max) };
                            td class={ @if right { "right" } @else { "wrong" } " q" (tenths(share)) } { @if count > 0 { (count) } }
                        }
                    }
                } }
            }
        }
    }
}

/// The shade of a cell in steps of a tenth: nothing has none.
fn tenths(share: f64) -> u8 {
    match share > 0.0 {
        true => (10.0 * shade(share)).round() as u8,
        false => 0,
    }
}

/// As much of a name as there is room for, as it is written where it could steer what shows it.
fn cut(name: &str) -> String {
    let name = runtime::printable(name);
    if width(&name) <= LETTERS {
        return name;
    }
    let mut taken = 0;
    let fits = |&c: &char| {
        taken += cells(c);
        taken < LETTERS
    };
    name.chars().take_while(fits).chain(['…']).collect()
}

/// An opacity that leaves the number on it readable, in steps of a tenth.
fn shade(share: f64) -> f64 {
    0.1 + 0.5 * share.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_of_cells_go_from_none_to_six_tenths() {
        assert_eq!([0.0, 0.001, 0.25, 1.0].map(tenths), [0, 1, 4, 6]);
    }

    #[test]
    fn names_have_room_for_twelve_letters_whatever_they_hold() {
        for (name, shown) in [
            ("short", "short"),
            ("twelve bytes", "twelve bytes"),
            ("thirteen byte", "thirteen by…"),
            ("evil\u{1b}[2Jname", "evil\\u{1b}[…"),
            ("日本語クラスの名前", "日本語クラ…"),
        ] {
            assert_eq!(cut(name), shown);
            assert!(width(shown) <= LETTERS, "{shown}");
        }
    }
}
