//! How wide a text is where each letter has a cell, as in a terminal: some characters take two, and some none.

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

/// Cells that a text takes; one that has characters of control takes others.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// Cells that a character takes.
#[must_use]
pub fn cells(character: char) -> usize {
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
}
