//! Tables of text: for a terminal, and in Markdown.

/// A table whose cells hold no line breaks or control characters.
pub struct Table {
    /// Each column's title, and whether it holds numbers.
    columns: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(columns: &[(&'static str, bool)]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        let one_line = |cell: String| crate::printable(&cell).replace('\n', " ");
        self.rows.push(cells.into_iter().map(one_line).collect());
    }

    /// Columns that line up; one in which every cell is empty is left out.
    pub fn text(&self) -> String {
        let used = |column: &usize| self.rows.iter().any(|row| !row[*column].is_empty());
        let used: Vec<usize> = (0..self.columns.len()).filter(used).collect();
        let width = |text: &str| text.chars().count();
        let widths: Vec<usize> = (used.iter())
            .map(|&column| {
                let cells = self.rows.iter().map(|row| width(&row[column]));
                cells.max().unwrap_or(0).max(width(self.columns[column].0))
            })
            .collect();
        let line = |cell: &dyn Fn(usize) -> String| {
            let cells = used.iter().zip(&widths).map(|(&column, &width)| {
                let text = cell(column);
                match self.columns[column].1 {
                    true => format!("{text:>width$}"),
                    false => format!("{text:<width$}"),
                }
            });
            let cells: Vec<String> = cells.collect();
            cells.join("  ").trim_end().to_owned()
        };
        let head = line(&|column| self.columns[column].0.to_owned());
        let rows = self
            .rows
            .iter()
            .map(|row| line(&|column| row[column].clone()));
        [head]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
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
        let rule = |(_, number): &(_, bool)| if *number { "---:" } else { "---" }.to_owned();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("name", false), ("nothing", false), ("%", true)]);
        table.row(vec!["a|b".into(), String::new(), "3.20".into()]);
        table.row(vec!["évil\u{1b}[2J".into(), String::new(), "12.00".into()]);
        table
    }

    #[test]
    fn columns_line_up_and_control_characters_are_escaped() {
        let text = table().text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(
            !text.contains('\u{1b}') && !text.contains("nothing"),
            "{text}"
        );
        assert!(
            lines[1].ends_with("   3.20") && lines[2].ends_with("  12.00"),
            "{text}"
        );
        let ends = lines.iter().map(|line| line.chars().count());
        assert_eq!(ends.clone().min(), ends.max());
    }

    #[test]
    fn markdown_escapes_its_bars() {
        let text = table().markdown();
        assert!(
            text.starts_with("| name | nothing | % |\n| --- | --- | ---: |\n"),
            "{text}"
        );
        assert!(text.contains("| a\\|b |"), "{text}");
    }
}
