//! Looking whether a store is sound, for `doctor`.

use std::path::Path;

use rusqlite::{Connection, Result};

use super::columns::{self, CONTENT};
use super::{FILE_NAME, Files, failure, open_for_reading, schema};
use crate::store::error::StoreError;
use crate::store::rows::{DamagedRow, Seq};
use crate::store::{Content, Damage};

/// Findings of one kind that a report lists at most.
const LISTED: usize = 100;

/// How thorough a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckLevel {
    /// The structure of the database. Reads every page once.
    Quick,
    /// The indexes against their tables as well, and the checksum of every content.
    Full,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The version of the store; 0 if nothing is in it.
    pub version: i64,
    /// Faults of the database, in SQLite's words; the first 100.
    pub faults: Vec<String>,
    /// Contents that are not what was stored, and are still where they would be read; the first 100. Only
    /// a full check finds them.
    pub damages: Vec<Damage>,
    /// Messages that a queue or the inbox names and that do not exist; the first 100.
    pub orphans: Vec<Seq>,
    /// Messages that were put aside as damaged earlier; the latest 100.
    pub set_aside: Vec<DamagedRow>,
}

impl CheckReport {
    /// Returns whether nothing is wrong now. What was put aside earlier does not count.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.damages.is_empty() && self.orphans.is_empty()
    }
}

/// Checks the store in this folder, also while a broker uses it. Changes nothing.
///
/// # Errors
///
/// Fails if there is no store, if it is foreign or newer, or if it cannot be read at all.
pub fn check(
    folder: impl AsRef<Path>,
    level: CheckLevel,
) -> std::result::Result<CheckReport, StoreError> {
    let files = Files {
        database: folder.as_ref().join(FILE_NAME),
    };
    let mut report = CheckReport::default();
    match look(&files, level, &mut report) {
        // What a damaged database says of its rows may be wrong or unreadable: that is what was asked.
        Err(error) if error.is_corruption() => {
            if report.faults.is_empty() {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                report
                    .faults
                    .push(cause.unwrap_or_else(|| error.to_string()));
            }
        }
        other => other?,
    }
    Ok(report)
}

fn look(
    files: &Files,
    level: CheckLevel,
    report: &mut CheckReport,
) -> std::result::Result<(), StoreError> {
    let failed = |error| failure("check the store", error);
    let connection = open_for_reading(files)?;
    match schema::identify(&connection)? {
        schema::Found::Empty => return Ok(()),
        schema::Found::Version(version) => report.version = version,
    }
    report.faults = faults(&connection, level).map_err(failed)?;
    rows(&connection, level, report).map_err(failed)
}

fn faults(connection: &Connection, level: CheckLevel) -> Result<Vec<String>> {
    let pragma = match level {
        CheckLevel::Quick => "quick_check",
        CheckLevel::Full => "integrity_check",
    };
    let mut statement = connection.prepare(&format!("PRAGMA {pragma}({LISTED})"))?;
    let lines: Result<Vec<String>> = statement.query_map([], |row| row.get(0))?.collect();
    Ok(lines?.into_iter().filter(|line| line != "ok").collect())
}

fn rows(connection: &Connection, level: CheckLevel, report: &mut CheckReport) -> Result<()> {
    report.orphans = connection
        .prepare(&format!(
            "SELECT seq FROM (SELECT seq FROM queue UNION SELECT seq FROM inbox)
             WHERE seq NOT IN (SELECT seq FROM message) ORDER BY seq LIMIT {LISTED}"
        ))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    report.set_aside = connection
        .prepare(&format!("SELECT seq, id, found_at, what FROM damaged ORDER BY found_at DESC, seq DESC LIMIT {LISTED}"))?
        .query_map([], |row| {
            Ok(DamagedRow { seq: row.get(0)?, id: row.get(1)?, found_at: row.get(2)?, what: row.get(3)? })
        })?
        .collect::<Result<_>>()?;
    if level == CheckLevel::Full {
        let mut statement = connection.prepare(&format!(
            "SELECT {CONTENT} FROM message LEFT JOIN content ON content.seq = message.seq"
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()?
            && report.damages.len() < LISTED
        {
            if let Some(Content::Damaged(damage)) = columns::content(row, 0)? {
                report.damages.push(damage);
            }
        }
    }
    Ok(())
}
