//! Columns for people.

use crate::exit::Result;
use crate::output;

/// A table whose columns are as wide as what is in them.
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(heads: [&str; N]) -> Self {
        Self {
            rows: vec![heads.map(str::to_owned)],
        }
    }

    /// Adds a row; what it says comes from other processes.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows
            .push(cells.map(|cell| output::printable_line(&cell)));
    }

    pub(super) fn print(&self) -> Result<()> {
        self.lines().iter().try_for_each(|line| output::line(line))
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let line = |row: &[String; N]| {
            let cells = row.iter().zip(widths);
            let line: String = cells
                .map(|(cell, width)| format!("{cell:width$}  "))
                .collect();
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

/// Returns the first code points of a text, on one line.
pub(super) fn preview(text: &str, most: usize) -> String {
    let shown: String = text.chars().take(most).collect();
    output::printable_line(&shown)
}

/// Returns a time of the broker's as people read it: to the second.
pub(super) fn short_time(iso: &str) -> String {
    match iso.split_once('.') {
        Some((seconds, _)) => seconds.replace('T', " "),
        None => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(["ID", "N"]);
        table.row(["long id".to_owned(), "1".to_owned()]);
        table.row(["ü\u{1b}[1m".to_owned(), String::new()]);
        assert_eq!(table.lines(), ["ID       N", "long id  1", "ü\u{fffd}[1m"]);
    }

    #[test]
    fn a_preview_is_cut_by_code_points_and_stays_on_its_line() {
        assert_eq!(preview("a\nüöä", 3), "a ü");
        assert_eq!(
            short_time("2026-03-02T08:15:30.120Z"),
            "2026-03-02 08:15:30"
        );
        assert_eq!(short_time("?"), "?");
    }
}
