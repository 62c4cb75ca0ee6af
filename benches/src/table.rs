//! The table at the end: a line for each row.

use crate::figures::short;
use crate::rows::Target;

/// What a side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ours,
    /// Something that does nothing else, or the same with less to do.
    Limit,
    /// What others have made.
    Peer,
}

/// What one side of a row was.
#[derive(Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// How ours should compare with this; in our own column, what ours should be.
    pub target: Option<Target>,
    pub median: f64,
    pub p99: Option<f64>,
    /// Processor time of all its processes for one call, in microseconds.
    pub cpu: Option<f64>,
    /// Ours, to this.
    pub ratio: f64,
    pub errors: u64,
}

/// One row. The first column is ours.
pub struct Line {
    pub slug: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    pub columns: Vec<Column>,
    /// Whether it is enough to be as aimed beside the limit, or beside all others.
    pub either: bool,
}

/// All rows of a run.
#[derive(Default)]
pub struct Table {
    pub lines: Vec<Line>,
    /// Who was left out, and why, each once.
    pub skipped: Vec<String>,
}

impl Table {
    pub fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Remembers who was left out.
    pub fn skip(&mut self, who: &str, why: &str) {
        let skipped = format!("{who}: {why}");
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// Prints it.
    pub fn print(&self) {
        if self.lines.is_empty() {
            return;
        }
        println!(
            "\ncmdbus in the first line of each row; in the others, how ours compares with that"
        );
        for line in &self.lines {
            line.print();
        }
    }
}

impl Line {
    fn print(&self) {
        let Some((ours, others)) = self.columns.split_first() else {
            return;
        };
        let figure = |column: &Column| format!("{} {}", short(column.median), self.unit);
        println!(
            "{:22} {:>14}  {:>7} {:19}{}",
            self.slug,
            figure(ours),
            "",
            self.judged(ours),
            ours.rest()
        );
        for other in others {
            println!(
                "{:22} {:>14}  {:>6}x {:19}{} {}",
                "",
                figure(other),
                short(other.ratio),
                self.judged(other),
                other.name,
                other.rest()
            );
        }
    }
}

impl Column {
    /// Says what else is known.
    fn rest(&self) -> String {
        let mut rest = Vec::new();
        if let Some(p99) = self.p99 {
            rest.push(format!("p99 {} µs", short(p99)));
        }
        if let Some(cpu) = self.cpu {
            rest.push(format!("CPU {} µs", short(cpu)));
        }
        if self.errors > 0 {
            rest.push(format!("{} ERRORS", self.errors));
        }
        if rest.is_empty() {
            return String::new();
        }
        format!("({})", rest.join(", "))
    }
}

impl Line {
    /// Returns whether ours compares with a column as aimed, if anything is aimed at.
    pub fn met(&self, column: &Column) -> Option<bool> {
        let target = column.target?;
        Some(target.met(self.columns[0].median, column.ratio))
    }

    /// Returns whether the row is as aimed, if anything is aimed at.
    pub fn reached(&self) -> Option<bool> {
        let judged = |peer| {
            let columns = self.columns.iter().filter(move |column| {
                let is_peer = column.kind == Kind::Peer;
                is_peer == peer
            });
            let mut judged = columns.filter_map(|column| self.met(column)).peekable();
            judged.peek().is_some().then(|| judged.all(|met| met))
        };
        match (judged(false), judged(true)) {
            (Some(limit), Some(peers)) if self.either => Some(limit || peers),
            (Some(limit), Some(peers)) => Some(limit && peers),
            (limit, peers) => limit.or(peers),
        }
    }

    /// Says what is aimed at, and whether it is so.
    fn judged(&self, column: &Column) -> String {
        let (Some(target), Some(met)) = (column.target, self.met(column)) else {
            return String::new();
        };
        let judged = match (met, self.reached()) {
            (true, _) => "met",
            (false, Some(true)) => "not needed",
            (false, _) => "MISSED",
        };
        format!("{target} {judged}")
    }

    /// Returns whether a smaller figure is a better one.
    pub fn less_is_better(&self) -> bool {
        !matches!(self.unit, "/s" | "MiB/s")
    }

    /// Returns whether ours is worse than what it has this ratio to, by more than what can be chance.
    pub fn is_worse(&self, ratio: f64) -> bool {
        if self.less_is_better() {
            ratio > 1.05
        } else {
            ratio < 0.95
        }
    }
}
