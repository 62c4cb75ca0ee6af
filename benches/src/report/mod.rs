//! The page that shows the last run, and its picture. What stands on it in every run is in `begin.md` and `method.md`.

mod picture;
mod words;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use self::words::{aim, beside, figure};
use crate::parts::Bench;
use crate::table::{Column, Kind, Line, Table};
use crate::{Result, machine};

/// What has to be known of a run.
pub struct Run {
    machine: String,
    reps: usize,
    round: f64,
    versions: Vec<String>,
}

/// What is in every run.
const CRATES: [&str; 5] = ["cmdbus", "axum", "hyper", "tokio", "serde_json"];
/// What is compared with, and comes from the crates registry.
const PEERS: [&str; 6] = [
    "coralstack-cmd-ipc",
    "tarpc",
    "zbus",
    "tonic",
    "jsonrpsee",
    "async-nats",
];

impl Run {
    pub fn of(bench: &Bench) -> Result<Self> {
        let of = |name: &&str| Some(format!("{name} {}", locked(name)?));
        let mut versions: Vec<String> = said_by("rustc", "--version").into_iter().collect();
        versions.extend(CRATES.iter().filter_map(of));
        if cfg!(feature = "peers") {
            versions.extend(PEERS.iter().filter_map(of));
            versions.extend(bench.npm_version());
            versions.extend(said_by("dbus-daemon", "--version"));
        }
        if let Some(nats) = bench.nats() {
            versions.extend(said_by(&nats.to_string_lossy(), "--version"));
        }
        Ok(Self {
            machine: machine::machine()?,
            reps: bench.reps(),
            round: bench.round(),
            versions,
        })
    }
}

/// Returns which version of a crate this program is built with.
fn locked(name: &str) -> Option<&'static str> {
    let (_, rest) = include_str!("../../Cargo.lock")
        .split_once(&format!("\nname = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// Returns the first line of what a program says.
fn said_by(program: &str, argument: &str) -> Option<String> {
    let said = Command::new(program).arg(argument).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    Some(said.lines().next()?.to_owned())
}

/// Writes the page and the picture.
pub fn write(table: &Table, folder: &Path, run: &Run) -> Result {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("performance.svg"), picture::draw(table))?;
    std::fs::write(folder.join("performance.md"), page(table, run)?)?;
    Ok(())
}

fn page(table: &Table, run: &Run) -> Result<String> {
    let mut page = String::from(include_str!("begin.md"));
    summary(table, run, &mut page)?;
    lost(table, &mut page)?;
    page += include_str!("method.md");
    all(table, &mut page)?;
    Ok(page)
}

/// A line for each kind of work.
fn summary(table: &Table, run: &Run, page: &mut String) -> Result {
    let Run {
        machine,
        reps,
        round,
        versions,
    } = run;
    writeln!(page, "## The last run\n")?;
    writeln!(
        page,
        "{machine}; rounds of {round} s, {reps} for each figure.\nVersions: {}.\n",
        versions.join(", ")
    )?;
    writeln!(
        page,
        "| work | cmdbus | beside the limit | beside the best of the others | as aimed |"
    )?;
    writeln!(page, "|---|---|---|---|---|")?;
    for line in &table.lines {
        let ours = &line.columns[0];
        let limit = line.columns.iter().find(|each| each.kind == Kind::Limit);
        let said = |column: Option<&Column>| {
            column.map_or_else(String::new, |column| beside(line, column))
        };
        writeln!(
            page,
            "| {} | **{}** | {} | {} | {} |",
            line.name,
            figure(ours.median, line.unit),
            said(limit),
            said(best(line)),
            match line.reached() {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            }
        )?;
    }
    writeln!(page)?;
    Ok(())
}

/// Returns who of the others does it best.
fn best(line: &Line) -> Option<&Column> {
    let others = line.columns.iter().filter(|each| each.kind == Kind::Peer);
    if line.less_is_better() {
        others.min_by(|a, b| a.median.total_cmp(&b.median))
    } else {
        others.max_by(|a, b| a.median.total_cmp(&b.median))
    }
}

/// Says where what is aimed at is not reached, where others are better, and what this run does not tell.
fn lost(table: &Table, page: &mut String) -> Result {
    writeln!(page, "## What we lose\n")?;
    let mut losses = 0;
    for line in &table.lines {
        let mut said = Vec::new();
        for column in &line.columns {
            said.extend(loss(line, column));
        }
        if !said.is_empty() {
            losses += 1;
            writeln!(page, "- {}: {}", line.name, said.join("; "))?;
        }
    }
    if losses == 0 {
        writeln!(page, "In this run, nothing.")?;
    }
    let with_others = table.lines.iter().any(|line| best(line).is_some());
    if !with_others || !table.skipped.is_empty() {
        writeln!(page, "\nNot measured in this run:\n")?;
    }
    if !with_others {
        writeln!(page, "- what others have made")?;
    }
    for skipped in &table.skipped {
        writeln!(page, "- {skipped}")?;
    }
    writeln!(page)?;
    Ok(())
}

/// Says what is lost beside a column.
fn loss(line: &Line, column: &Column) -> Option<String> {
    let ours = column.kind == Kind::Ours;
    let compared = if ours {
        figure(column.median, line.unit)
    } else {
        beside(line, column)
    };
    let missed = line.reached() == Some(false) && line.met(column) == Some(false);
    let beaten = column.kind == Kind::Peer && line.is_worse(column.ratio);
    let mut said = match (missed, column.target) {
        (true, Some(target)) => Some(format!("{compared} (aimed at: {})", aim(target, line.unit))),
        _ if beaten => Some(format!("{compared}, which is ahead")),
        _ => None,
    };
    if column.errors > 0 {
        let errors = format!("{} calls of {} failed", column.errors, column.name);
        said = Some(said.map_or(errors.clone(), |said| format!("{said}; {errors}")));
    }
    said
}

/// Everything that was measured.
fn all(table: &Table, page: &mut String) -> Result {
    writeln!(page, "## All figures\n")?;
    writeln!(
        page,
        "The ratio is ours to this. For times less is better, for rates more.\n"
    )?;
    writeln!(
        page,
        "| work | who | figure | ratio | aimed at | p99 | processor time, each |"
    )?;
    writeln!(page, "|---|---|--:|--:|---|--:|--:|")?;
    for line in &table.lines {
        for column in &line.columns {
            writeln!(page, "{}", cells(line, column))?;
        }
    }
    Ok(())
}

fn cells(line: &Line, column: &Column) -> String {
    let ours = column.kind == Kind::Ours;
    let microseconds =
        |value: Option<f64>| value.map_or_else(String::new, |value| figure(value, "µs"));
    let (name, ratio) = if ours {
        (line.name, String::new())
    } else {
        ("", format!("{}×", words::digits(column.ratio)))
    };
    let strong = if ours { "**" } else { "" };
    format!(
        "| {name} | {strong}{}{strong} | {strong}{}{strong} | {ratio} | {} | {} | {} |",
        column.name,
        figure(column.median, line.unit),
        column
            .target
            .map_or_else(String::new, |target| aim(target, line.unit)),
        microseconds(column.p99),
        microseconds(column.cpu),
    )
}
