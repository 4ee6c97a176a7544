//! How wide a text is in a terminal, whose cells some characters take two of, and some none.

/// Cells of a line where nobody says how many there are.
const USUAL: usize = 100;
/// Fewer leave no room for a table.
const MIN: usize = 60;

/// What stands over the character before it, or is not seen: the blocks of combining marks, joiners, variation selectors.
const NONE: [(u32, u32); 13] = [
    (0x0300, 0x036f),
    (0x0483, 0x0489),
    (0x0591, 0x05bd),
    (0x0610, 0x061a),
    (0x064b, 0x065f),
    (0x0e34, 0x0e3a),
    (0x0e47, 0x0e4e),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200d),
    (0x20d0, 0x20ff),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
];

/// The blocks whose characters are wide (East Asian Width W and F), and those of pictographs.
const TWO: [(u32, u32); 13] = [
    (0x1100, 0x115f),
    (0x2e80, 0x303e),
    (0x3041, 0xa4cf),
    (0xa960, 0xa97f),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe30, 0xfe6f),
    (0xff01, 0xff60),
    (0xffe0, 0xffe6),
    (0x1f300, 0x1f64f),
    (0x1f680, 0x1f6ff),
    (0x1f900, 0x1faff),
    (0x20000, 0x3fffd),
];

/// Cells of a terminal that a text takes that is [`printable`](super::printable).
pub fn width(text: &str) -> usize {
    text.chars().map(of).sum()
}

fn of(character: char) -> usize {
    let number = character as u32;
    let is_in = |blocks: &[(u32, u32)]| {
        blocks
            .iter()
            .any(|&(from, to)| (from..=to).contains(&number))
    };
    match number {
        ..0x300 => 1,
        _ if is_in(&NONE) => 0,
        _ if is_in(&TWO) => 2,
        _ => 1,
    }
}

/// A text in so many cells: where it has more, its middle gives way to `…`, since names differ most at their ends.
pub fn fitted(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let left = cells.saturating_sub(1);
    let (head, tail) = (left / 2, left - left / 2);
    let as_many = |characters: &mut dyn Iterator<Item = char>, cells: usize| {
        let mut taken = 0;
        characters
            .take_while(|&c| {
                taken += of(c);
                taken <= cells
            })
            .collect::<Vec<char>>()
    };
    let begin = as_many(&mut text.chars(), head);
    let end = as_many(&mut text.chars().rev(), tail);
    let end = end.into_iter().rev();
    begin.into_iter().chain(['…']).chain(end).collect()
}

/// Cells of a line of the standard output: those of the terminal, else a usual number.
pub fn columns() -> usize {
    of_terminal().map_or(USUAL, |columns| columns.max(MIN))
}

#[cfg(unix)]
fn of_terminal() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

#[cfg(not(unix))]
fn of_terminal() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_take_one_cell_two_or_none() {
        for (text, cells) in [
            ("", 0),
            ("abc", 3),
            ("café", 4),
            ("cafe\u{301}", 4),
            ("日本", 4),
            ("한글", 4),
            ("ａ", 2),
            ("🐈", 2),
            ("–…→", 3),
            ("a\u{200b}b", 2),
        ] {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_keeps_its_ends() {
        assert_eq!(fitted("learning_rate=0.1,seed=2", 11), "learn…eed=2");
        assert_eq!(fitted("seed=2", 6), "seed=2");
        for cells in 1..12 {
            assert!(width(&fitted("日本語の名前です", cells)) <= cells);
        }
    }
}
