//! Tables of text: for a terminal, and in Markdown.

use crate::{fitted, width};

/// Between two columns.
const GAP: usize = 2;
/// The fewest cells of a name that has to give way.
const MIN_NAME: usize = 24;
/// The same of a word.
const MIN_WORD: usize = 12;
/// The fewest cells of a tail beside the other columns; with fewer it stands below them.
const MIN_TAIL: usize = 30;
/// How far a tail below the other columns is moved in.
const INDENT: usize = 4;

/// What a column holds, which decides how it is shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// What tells the rows apart. Its middle gives way where a line is too long.
    Name,
    /// A word. Where it is the same in every row it stands above them.
    Word,
    /// The same of a number.
    Count,
    /// A number that stands in its column always.
    Value,
    /// A text that goes on in the next lines: of the last column.
    Tail,
}

/// A table whose cells hold no line breaks or control characters.
pub struct Table {
    columns: Vec<(&'static str, Kind)>,
    rows: Vec<Vec<String>>,
    /// What all rows have in common besides their cells.
    common: Vec<String>,
}

impl Table {
    /// An empty table.
    pub fn new(columns: &[(&'static str, Kind)]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
            common: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        let one_line = |cell: String| crate::printable(&cell).replace('\n', " ");
        self.rows.push(cells.into_iter().map(one_line).collect());
    }

    /// Adds what all rows have in common, which is shown above them in [`text`](Self::text).
    pub fn common(&mut self, texts: &[String]) {
        let one_line = |text: &String| crate::printable(text).replace('\n', " ");
        self.common.extend(texts.iter().map(one_line));
    }

    /// Columns that line up, in lines of so many cells. What all rows have in common stands above them, and a column in
    /// which every cell is empty is left out.
    pub fn text(&self, cells: usize) -> String {
        let mut rows = self.rows.clone();
        let mut common = Vec::new();
        let mut used = Vec::new();
        for (column, &(title, kind)) in self.columns.iter().enumerate() {
            let first = rows.first().map_or("", |row| &row[column]).to_owned();
            let alike = rows.len() > 1 && rows.iter().all(|row| row[column] == first);
            match kind {
                Kind::Name => {
                    let folder = common_folder(rows.iter().map(|row| row[column].as_str()));
                    if folder > 0 {
                        common.push(format!("in {}", &first[..folder - 1]));
                        rows.iter_mut().for_each(|row| {
                            row[column].drain(..folder);
                        });
                    }
                    used.push(column);
                }
                _ if rows.iter().all(|row| row[column].is_empty()) => {}
                Kind::Word | Kind::Count if alike => common.push(format!("{title} {first}")),
                _ => used.push(column),
            }
        }
        common.extend(self.common.iter().cloned());
        let mut lines = match common.is_empty() {
            true => Vec::new(),
            false => wrapped(&format!("all {}:", common.join(", ")), cells),
        };
        let (tail, used): (Vec<usize>, Vec<usize>) = used
            .into_iter()
            .partition(|&column| self.columns[column].1 == Kind::Tail);
        let mut widths: Vec<usize> = (used.iter())
            .map(|&column| {
                let cells = rows.iter().map(|row| width(&row[column]));
                cells.max().unwrap_or(0).max(width(self.columns[column].0))
            })
            .collect();
        let sum = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>();
        for (kind, min) in [(Kind::Name, MIN_NAME), (Kind::Word, MIN_WORD)] {
            for (place, &column) in used.iter().enumerate() {
                let over = sum(&widths).saturating_sub(cells + GAP);
                if self.columns[column].1 == kind {
                    let width = &mut widths[place];
                    *width = width.saturating_sub(over).max(min.min(*width));
                }
            }
        }
        let beside = cells.saturating_sub(sum(&widths));
        let line = |cell: &dyn Fn(usize) -> String| {
            let parts = used.iter().zip(&widths).map(|(&column, &cells)| {
                let text = fitted(&cell(column), cells);
                let space = " ".repeat(cells - width(&text));
                match self.columns[column].1 {
                    Kind::Count | Kind::Value => space + &text,
                    _ => text + &space,
                }
            });
            parts.collect::<Vec<_>>().join("  ")
        };
        let mut add = |line: String, tail: Option<String>| match tail {
            None => lines.push(line.trim_end().to_owned()),
            Some(text) if beside >= MIN_TAIL => {
                let indent = " ".repeat(width(&line));
                let mut parts = wrapped(&text, beside).into_iter();
                let first = parts.next().unwrap_or_default();
                lines.push(format!("{line}  {first}").trim_end().to_owned());
                lines.extend(parts.map(|part| format!("{indent}  {part}")));
            }
            Some(text) => {
                lines.push(line.trim_end().to_owned());
                let parts = wrapped(&text, cells - INDENT).into_iter();
                let parts = parts.filter(|part| !part.is_empty());
                lines.extend(parts.map(|part| format!("{}{part}", " ".repeat(INDENT))));
            }
        };
        let title = |column: usize| self.columns[column].0.to_owned();
        add(line(&title), tail.first().map(|&column| title(column)));
        for row in &rows {
            let text = tail.first().map(|&column| row[column].clone());
            add(line(&|column| row[column].clone()), text);
        }
        lines.join("\n")
    }

    /// A table of Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let escaped = |cell: &String| cell.replace('\\', "\\\\").replace('|', "\\|");
        let head = line(
            self.columns
                .iter()
                .map(|(title, _)| (*title).into())
                .collect(),
        );
        let rule = |(_, kind): &(_, Kind)| match kind {
            Kind::Count | Kind::Value => "---:".to_owned(),
            _ => "---".to_owned(),
        };
        let rule = line(self.columns.iter().map(rule).collect());
        let rows = self
            .rows
            .iter()
            .map(|row| line(row.iter().map(escaped).collect()));
        [head, rule]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Bytes of the folder that paths have in common, with the separator at its end; of one path none.
fn common_folder<'a>(mut paths: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = paths.next() else { return 0 };
    let mut end = 0;
    for path in paths {
        let both = first.bytes().zip(path.bytes());
        let same = both.take_while(|(a, b)| a == b).count();
        let same = if end == 0 { same } else { same.min(end) };
        match first.as_bytes()[..same]
            .iter()
            .rposition(|&byte| byte == b'/')
        {
            // The root is no folder that would be missed.
            Some(0) | None => return 0,
            Some(last) => end = last + 1,
        }
    }
    end
}

/// A text in lines of so many cells, broken at its spaces; a word that is longer loses its middle.
fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let word = fitted(word, cells);
        let last = lines.last_mut().expect("never empty");
        if last.is_empty() {
            *last = word;
        } else if width(last) + 1 + width(&word) <= cells {
            last.push(' ');
            last.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [(&str, Kind); 4] = [
        ("name", Kind::Name),
        ("nothing", Kind::Word),
        ("%", Kind::Value),
        ("other", Kind::Tail),
    ];

    fn table(rows: &[[&str; 4]]) -> Table {
        let mut table = Table::new(&COLUMNS);
        for row in rows {
            table.row(row.map(str::to_owned).into());
        }
        table
    }

    #[test]
    fn columns_line_up_by_what_is_seen_and_control_characters_are_escaped() {
        let names = ["a|b", "évil\u{1b}[2J", "日本語", "cafe\u{301}", "\u{202e}"];
        let rows: Vec<[&str; 4]> = names.iter().map(|name| [name, "", "3.20", ""]).collect();
        let text = table(&rows).text(100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + names.len());
        assert!(
            !text.contains(['\u{1b}', '\u{202e}']) && !text.contains("nothing"),
            "{text}"
        );
        for line in &lines {
            assert_eq!(width(line), width(lines[0]), "{text}");
        }
    }

    #[test]
    fn what_rows_have_in_common_stands_above_them() {
        let text = table(&[
            ["runs/a/x", "glyphs", "3", "k=1"],
            ["runs/a/y", "glyphs", "3", "k=2"],
        ])
        .text(100);
        assert_eq!(
            text,
            "all in runs/a, nothing glyphs:\nname  %  other\nx     3  k=1\ny     3  k=2"
        );
        let one = table(&[["runs/a/x", "glyphs", "3", ""]]).text(100);
        assert_eq!(one, "name      nothing  %\nruns/a/x  glyphs   3");
        assert_eq!(common_folder(["a/b/c", "a/b/d", "a/e"].into_iter()), 2);
        assert_eq!(common_folder(["/a", "/b"].into_iter()), 0);
        assert_eq!(common_folder(["ab/c", "ac/d"].into_iter()), 0);
    }

    #[test]
    fn no_line_is_longer_than_asked_for_and_no_setting_is_lost() {
        let settings: Vec<String> = (0..30).map(|n| format!("setting_{n}=0.{n}")).collect();
        let settings = settings.join(" ");
        let name = "n".repeat(300);
        let rows = [
            [name.as_str(), "one", "1.00", settings.as_str()],
            ["short", "other", "2.00", ""],
        ];
        for cells in [60, 80, 100, 200] {
            let text = table(&rows).text(cells);
            assert!(text.lines().all(|line| width(line) <= cells), "{text}");
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(
                settings.split(' ').all(|one| words.contains(&one)),
                "{text}"
            );
            assert!(text.contains("nnn…nnn"), "{text}");
        }
    }

    #[test]
    fn markdown_escapes_its_bars() {
        let text = table(&[["a|b", "", "3.20", ""]]).markdown();
        assert!(
            text.starts_with("| name | nothing | % | other |\n| --- | --- | ---: | --- |\n"),
            "{text}"
        );
        assert!(text.contains("| a\\|b |"), "{text}");
    }
}
