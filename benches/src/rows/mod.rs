//! The rows of the table: the same work done by cmdbus, by something that does nothing else, and by others.
//!
//! Whatever is compared runs at the same time, each in processes of its own, and is asked for one round after the other
//! in turn: what else the machine does hits all of them. A ratio is taken within a turn.

mod broker;
mod core;
mod growth;
mod idle;
#[cfg(feature = "peers")]
mod others;

use std::time::Duration;

use crate::Result;
use crate::child::{Child, Role};
use crate::daemon::Daemon;
use crate::load::{Round, Work};
use crate::machine;
use crate::parts::Bench;
#[cfg(feature = "peers")]
use crate::peers::programs::Program;
use crate::table::{Column, Kind, Line};

/// Measures the rows that are asked for.
pub async fn run(bench: &mut Bench) -> Result {
    core::run(bench).await?;
    broker::run(bench).await?;
    idle::run(bench).await?;
    growth::run(bench).await
}

/// What of a round is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// What one call takes on average.
    Each,
    /// What half of the calls are below.
    P50,
    /// How many there are in a second.
    Rate,
    /// How many MiB go there and back in a second.
    Volume,
}

/// What is aimed at: a ratio of ours to something it is compared with, or a figure of ours.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Of ours, in the unit of the row.
    Below(f64),
}

/// One line of the table, to be measured.
pub struct Row {
    /// What it is asked for by.
    slug: &'static str,
    name: &'static str,
    figure: Figure,
    work: Work,
    /// Of each process that measures.
    threads: usize,
    sides: Vec<Side>,
    either: bool,
}

/// Who does the work.
struct Side {
    name: String,
    kind: Kind,
    target: Option<Target>,
    measuring: Child,
    /// Processes that take part.
    around: Vec<Around>,
}

/// A process that takes part.
pub enum Around {
    Child(Child),
    Daemon(Daemon),
    #[cfg(feature = "peers")]
    Program(Program),
}

impl From<Child> for Around {
    fn from(child: Child) -> Self {
        Self::Child(child)
    }
}

impl From<Daemon> for Around {
    fn from(daemon: Daemon) -> Self {
        Self::Daemon(daemon)
    }
}

impl Around {
    fn pid(&self) -> u32 {
        match self {
            Self::Child(child) => child.pid(),
            Self::Daemon(daemon) => daemon.pid(),
            #[cfg(feature = "peers")]
            Self::Program(program) => program.pid(),
        }
    }

    async fn stop(self) -> Result {
        match self {
            Self::Child(child) => child.stop().await,
            Self::Daemon(daemon) => daemon.stop().await,
            #[cfg(feature = "peers")]
            Self::Program(program) => program.stop().await,
        }
    }
}

/// What the rounds of one side were.
struct Measured {
    name: String,
    kind: Kind,
    target: Option<Target>,
    /// What is compared.
    figures: Vec<f64>,
    p99: Vec<f64>,
    /// Processor time of all its processes for one call, in microseconds.
    cpu: Vec<f64>,
    errors: u64,
}

impl Row {
    pub fn new(slug: &'static str, name: &'static str, figure: Figure, work: Work) -> Self {
        Self {
            slug,
            name,
            figure,
            work,
            threads: 1,
            sides: Vec::new(),
            either: false,
        }
    }

    /// Sets how many threads each process has that measures.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Adds who does the work, ours first.
    pub async fn side(mut self, name: &str, role: Role, around: Vec<Around>) -> Result<Self> {
        let started = Child::ready::<Round>(&role, self.threads).await;
        let (measuring, _) = started.map_err(|error| format!("{}: {name}: {error}", self.slug))?;
        let kind = match self.sides.len() {
            0 => Kind::Ours,
            _ => Kind::Limit,
        };
        self.sides.push(Side {
            name: name.to_owned(),
            kind,
            target: None,
            measuring,
            around,
        });
        Ok(self)
    }

    /// Sets how ours should compare with what was added last, if anything is aimed at.
    pub fn target(mut self, target: impl Into<Option<Target>>) -> Self {
        if let Some(last) = self.sides.last_mut() {
            last.target = target.into();
        }
        self
    }

    /// Says that it is enough to be as aimed beside the limit, or beside all others.
    pub fn either(mut self) -> Self {
        self.either = true;
        self
    }

    /// Measures it, prints what was measured, and ends everybody.
    pub async fn measure(mut self, bench: &mut Bench) -> Result {
        let figures = bench.figures();
        figures.part(self.slug)?;
        figures.note(self.name)?;
        let mut measured: Vec<Measured> = self.sides.iter().map(Measured::of).collect();
        for side in &mut self.sides {
            side.round(self.slug).await?;
        }
        for turn in 0..bench.reps() {
            for place in 0..self.sides.len() {
                // Whoever comes after another finds the machine as that one has left it.
                let at = (turn + place) % self.sides.len();
                let (round, cpu) = self.sides[at].round(self.slug).await?;
                measured[at].add(&round, cpu, self.figure, &self.work);
            }
        }
        for side in self.sides {
            side.measuring.stop().await?;
            for around in side.around {
                around.stop().await?;
            }
        }
        let mut columns = Vec::new();
        for side in &measured {
            columns.push(side.print(bench, self.figure, &measured[0])?);
        }
        bench.table().add(Line {
            slug: self.slug,
            name: self.name,
            unit: self.figure.unit(),
            columns,
            either: self.either,
        });
        Ok(())
    }
}

impl Side {
    /// Lets it do one round. Returns what that was, and the processor time of everybody in it.
    async fn round(&mut self, slug: &str) -> Result<(Round, f64)> {
        let before = self.processor()?;
        let round = self.measuring.round::<Round>().await;
        let round = round.map_err(|error| format!("{slug}: {}: {error}", self.name))?;
        let cpu = self.processor()? - before + round.cpu;
        Ok((round, cpu))
    }

    fn processor(&self) -> Result<f64> {
        let times = self
            .around
            .iter()
            .map(|each| machine::processor(each.pid()));
        times.sum()
    }
}

impl Measured {
    fn of(side: &Side) -> Self {
        Self {
            name: side.name.clone(),
            kind: side.kind,
            target: side.target,
            figures: Vec::new(),
            p99: Vec::new(),
            cpu: Vec::new(),
            errors: 0,
        }
    }

    fn add(&mut self, round: &Round, cpu: f64, figure: Figure, work: &Work) {
        let count = round.count as f64;
        self.figures.push(match figure {
            Figure::Each => round.seconds * 1e6 / count,
            Figure::P50 => round.p50.unwrap_or(f64::NAN),
            Figure::Rate => count / round.seconds,
            Figure::Volume => count * work.payload as f64 / round.seconds / f64::from(1 << 20),
        });
        self.p99.extend(round.p99);
        self.cpu.push(cpu * 1e6 / count);
        self.errors += round.errors;
    }

    fn print(&self, bench: &mut Bench, figure: Figure, ours: &Self) -> Result<Column> {
        let figures = bench.figures();
        let median = figures.median(&self.name, figure.unit(), &self.figures)?;
        let p99 = match self.p99.len() {
            0 => None,
            _ => Some(figures.median("  p99", "µs", &self.p99)?),
        };
        let cpu = figures.median("  processor time of all processes, each", "µs", &self.cpu)?;
        let ratio = if std::ptr::eq(self, ours) {
            1.0
        } else {
            figures.ratio("  ours, to this", &ours.figures, &self.figures)?
        };
        if self.errors > 0 {
            figures.note(&format!("{}: {} errors", self.name, self.errors))?;
        }
        Ok(Column {
            name: self.name.clone(),
            kind: self.kind,
            target: self.target,
            median,
            p99,
            cpu: Some(cpu),
            ratio,
            errors: self.errors,
        })
    }
}

impl Figure {
    pub fn unit(self) -> &'static str {
        match self {
            Self::Each | Self::P50 => "µs",
            Self::Rate => "/s",
            Self::Volume => "MiB/s",
        }
    }
}

impl Target {
    /// Returns whether ours, and its ratio to the other, is as it should be.
    pub fn met(self, ours: f64, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
            Self::Below(figure) => ours < figure,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}x"),
            Self::AtLeast(least) => write!(f, "≥ {least}x"),
            Self::Below(figure) => write!(f, "< {figure}"),
        }
    }
}

/// Adds the others that do the work of a row, where they are built in.
#[cfg(feature = "peers")]
use others::add as others;

#[cfg(not(feature = "peers"))]
async fn others(row: Row, _: &mut Bench) -> Result<Row> {
    Ok(row)
}

/// Returns work of so many calls at a time, with payloads of so many bytes.
fn work(bench: &Bench, in_flight: usize, payload: usize) -> Work {
    Work {
        in_flight,
        payload,
        clocked: false,
        round: Duration::from_secs_f64(bench.round()),
    }
}

/// Returns work of one call at a time, each of which is timed.
fn clocked(bench: &Bench) -> Work {
    Work {
        clocked: true,
        ..work(bench, 1, PAYLOAD)
    }
}

/// Bytes of JSON of a payload, unless said otherwise.
const PAYLOAD: usize = 64;
