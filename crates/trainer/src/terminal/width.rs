//! Texts in as many cells as a terminal has.

use word_list::cells;
pub use word_list::width;

/// Cells of a line where nobody says how many there are.
const USUAL: usize = 100;
/// Fewer leave no room for a table.
const MIN: usize = 60;

/// A text in so many cells: where it has more, its middle gives way to `…`, since names differ most at their ends.
pub fn fitted(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let left = room.saturating_sub(1);
    let (head, tail) = (left / 2, left - left / 2);
    let as_many = |characters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut taken = 0;
        characters
            .take_while(|&c| {
                taken += cells(c);
                taken <= room
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
    fn what_does_not_fit_keeps_its_ends() {
        assert_eq!(fitted("learning_rate=0.1,seed=2", 11), "learn…eed=2");
        assert_eq!(fitted("seed=2", 6), "seed=2");
        for cells in 1..12 {
            assert!(width(&fitted("日本語の名前です", cells)) <= cells);
        }
    }
}
