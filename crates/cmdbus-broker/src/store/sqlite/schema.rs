//! Whose database it is, which version it has, and how it becomes the latest.

use rusqlite::{Connection, OptionalExtension};

use super::failure;
use crate::store::error::{StoreError, StoreErrorKind};

/// Marks a database as ours: "cmdb" in ASCII.
const APPLICATION_ID: i64 = 0x636d_6462;

/// Each entry makes one version out of the version before it; the first makes version 1 out of nothing.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// The version that this program reads and writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Name of the version in the table `meta`.
const VERSION_NAME: &str = "store.version";

const DURING: &str = "open the store";

/// What a database is before anything was done with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing is in it.
    Empty,
    /// It is ours and has this version.
    Version(i64),
}

/// Looks at a database without changing it.
pub(super) fn identify(connection: &Connection) -> Result<Found, StoreError> {
    let reading = |error| failure(DURING, error);
    let application: i64 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(reading)?;
    if application == APPLICATION_ID {
        let version: Option<String> = connection
            .query_row(
                "SELECT value FROM meta WHERE name = ?1",
                [VERSION_NAME],
                |row| row.get(0),
            )
            .optional()
            .map_err(reading)?;
        let version = version.and_then(|text| text.parse().ok());
        let version = version.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt, DURING))?;
        if version > VERSION {
            let kind = StoreErrorKind::Newer {
                found: version,
                known: VERSION,
            };
            return Err(StoreError::new(kind, DURING));
        }
        return Ok(Found::Version(version));
    }
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(reading)?;
    if application == 0 && objects == 0 {
        return Ok(Found::Empty);
    }
    Err(StoreError::new(StoreErrorKind::Foreign, DURING))
}

/// Brings a database to the latest version. Each version is one transaction.
pub(super) fn migrate(connection: &mut Connection, found: &Found) -> Result<(), StoreError> {
    let from = match found {
        Found::Empty => 0,
        Found::Version(version) => *version,
    };
    let writing = |error| failure("bring the store to the latest version", error);
    for (version, migration) in (1..)
        .zip(MIGRATIONS)
        .skip_while(|(version, _)| *version <= from)
    {
        let transaction = connection.transaction().map_err(writing)?;
        transaction.execute_batch(migration).map_err(writing)?;
        transaction
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(writing)?;
        transaction
            .execute(
                "INSERT INTO meta (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (VERSION_NAME, version.to_string()),
            )
            .map_err(writing)?;
        transaction.commit().map_err(writing)?;
        tracing::info!(version, "the store has a new version");
    }
    Ok(())
}
