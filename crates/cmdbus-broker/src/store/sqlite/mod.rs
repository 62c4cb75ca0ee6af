//! The store on SQLite.
//!
//! One connection writes, in WAL mode with `synchronous=FULL`, so that a commit that returned is on the disk.
//! Others read. Moving pages from the log to their place happens between commits, when the writer has time.

mod apply;
mod check;
mod columns;
mod load;
mod read;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use self::apply::{Apply, ApplyError};
pub use self::check::{CheckLevel, CheckReport, check};
use self::read::SqliteReader;
use super::error::{StoreError, StoreErrorKind};
use super::rows::Op;
use super::{Loaded, Outcome, Reader, Store};

/// Name of the database in the folder of the store.
const FILE_NAME: &str = "store.db";

/// How long a statement waits for another program that has the database, such as a check or a copy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps: all that there are.
const STATEMENTS: usize = 96;

/// Pages in the log from which on they are moved to their place when nothing waits, and in any case.
const LOG_PAGES: [i64; 2] = [1_000, 8_000];

/// The log is cut to this length when it begins anew. It is not cut shorter because appending to a file
/// that has its length already is faster.
const LOG_BYTES: i64 = 32 * 1024 * 1024;

/// Free pages from which on some are given back to the file system, and how many at once.
const FREE_PAGES: i64 = 4_096;
const FREED_AT_ONCE: i64 = 256;

/// Room that a probe asks for, in bytes.
const PROBE_BYTES: i64 = 64 * 1024;

/// Where a store is.
#[derive(Debug, Clone)]
struct Files {
    database: PathBuf,
}

/// A store in a folder of its own.
pub struct SqliteStore {
    files: Files,
    /// `None` after a failed commit of unknown outcome, until it was opened again.
    writer: Option<Connection>,
    reader: Arc<SqliteReader>,
    max_pages: Option<u32>,
}

impl SqliteStore {
    /// Opens the store in this folder, or makes one. The folder gets mode 0700 and the files 0600.
    ///
    /// Nobody else may write to it as long as this value exists; the instance lock sees to that
    /// (protocol §2.4).
    ///
    /// # Errors
    ///
    /// The kind `Foreign` if the file there is something else, `Newer` if it was made by a later version;
    /// both leave it as it was. `Corrupt` if it is a damaged database, otherwise what the file system says.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let files = prepare(folder.as_ref())?;
        let writer = open_for_writing(&files, None)?;
        let reader = Arc::new(SqliteReader::new(files.clone()));
        Ok(Self {
            files,
            writer: Some(writer),
            reader,
            max_pages: None,
        })
    }

    /// Limits the database to a number of pages of 4 KiB, or lifts the limit. A limit below the size it has
    /// keeps it from growing. Default: none.
    ///
    /// # Errors
    ///
    /// Fails if the database is not open, or cannot be read.
    pub fn set_max_pages(&mut self, pages: Option<u32>) -> Result<(), StoreError> {
        self.max_pages = pages;
        limit(self.writer()?, pages)
    }

    fn writer(&self) -> Result<&Connection, StoreError> {
        self.writer
            .as_ref()
            .ok_or_else(|| StoreError::new(StoreErrorKind::CannotOpen, "use a closed store"))
    }

    /// Runs a transaction. Whatever fails leaves the connection outside of one, or closed.
    fn transaction(
        &mut self,
        during: &'static str,
        change: impl FnOnce(&Connection) -> Result<(), ApplyError>,
    ) -> Result<(), StoreError> {
        let connection = self.writer()?;
        let run = |sql: &str| {
            connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute([]))
        };
        run("BEGIN IMMEDIATE").map_err(|error| failure(during, error))?;
        let error = match change(connection) {
            Ok(()) => match run("COMMIT") {
                Ok(_) => return Ok(()),
                Err(error) => after_commit(during, error),
            },
            Err(ApplyError::Sql(error)) => failure(during, error),
            Err(ApplyError::Refused(why)) => {
                StoreError::new(StoreErrorKind::Refused, during).caused_by(why)
            }
        };
        // SQLite ends the transaction itself after some errors.
        let rolled_back = connection.is_autocommit() || run("ROLLBACK").is_ok();
        if rolled_back && error.outcome() == Outcome::NotStored {
            return Err(error);
        }
        self.writer = None;
        Err(error.unknown())
    }
}

impl Store for SqliteStore {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        if ops.is_empty() {
            return Ok(());
        }
        self.transaction("commit", |connection| Apply::new(connection).all(ops))
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        let closed = || StoreError::new(StoreErrorKind::CannotOpen, "use a closed store");
        let connection = self.writer.as_mut().ok_or_else(closed)?;
        load::load(connection).map_err(|error| failure("load the store", error))
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.reader.clone()
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        // It has to grow the database, not only to change it, and to leave it as it was.
        self.transaction("probe the store", |connection| {
            let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES ('store.probe', hex(randomblob(?1)))";
            connection.prepare_cached(sql)?.execute([PROBE_BYTES / 2])?;
            Ok(())
        })?;
        self.transaction("probe the store", |connection| {
            connection
                .prepare_cached("DELETE FROM meta WHERE name = 'store.probe'")?
                .execute([])?;
            Ok(())
        })
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        const DURING: &str = "open the store again";
        // As long as any connection of this process is open, the index of the log stays in memory, and with
        // it what it says of a commit that may not be on the disk. The last one to go takes it along.
        self.writer = None;
        let writer = self.reader.pause(|| {
            let writer = open_for_writing(&self.files, self.max_pages)?;
            let failed = |error| failure(DURING, error);
            let found: String = writer
                .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
                .map_err(failed)?;
            if found != "ok" {
                return Err(StoreError::new(StoreErrorKind::Corrupt, DURING).caused_by(found));
            }
            checkpoint_whole(&writer, DURING)?;
            Ok(writer)
        });
        // It was ours when it was opened first.
        self.writer = Some(writer.map_err(|error| match error.kind() {
            StoreErrorKind::Foreign => {
                StoreError::new(StoreErrorKind::Corrupt, DURING).caused_by(error)
            }
            _ => error,
        })?);
        Ok(())
    }

    fn maintain(&mut self, idle: bool) {
        let Some(connection) = &self.writer else {
            return;
        };
        if let Err(error) = maintain(connection, idle) {
            tracing::warn!(%error, "the log of the store could not be moved to its place");
        }
    }

    fn close(mut self: Box<Self>) -> Result<(), StoreError> {
        const DURING: &str = "close the store";
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        self.reader.pause(|| {
            checkpoint_whole(&writer, DURING)?;
            writer.close().map_err(|(_, error)| failure(DURING, error))
        })
    }
}

/// Makes the folder and the file, for their modes.
fn prepare(folder: &Path) -> Result<Files, StoreError> {
    let failed = |error| {
        StoreError::new(StoreErrorKind::CannotOpen, "make the folder of the store").caused_by(error)
    };
    let database = folder.join(FILE_NAME);
    make_private(folder, &database).map_err(failed)?;
    Ok(Files { database })
}

#[cfg(unix)]
fn make_private(folder: &Path, database: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    // SQLite gives the other files the mode of this one. It takes an empty file for a new database.
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(database)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(folder: &Path, _database: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

fn open_for_writing(files: &Files, max_pages: Option<u32>) -> Result<Connection, StoreError> {
    const DURING: &str = "open the store";
    let failed = |error| failure(DURING, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&files.database, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    keep_statements(&connection).map_err(failed)?;

    let found = schema::identify(&connection)?;
    let set = |name: &str, value: &str| connection.pragma_update(None, name, value).map_err(failed);
    // Counts only before there is anything in the database, and before the mode of the journal. Said again it would be a write
    // that changes nothing, and two waits for the disk.
    if found == schema::Found::Empty {
        set("auto_vacuum", "INCREMENTAL")?;
    }
    let journal: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(failed)?;
    if journal != "wal" {
        let why = "its file system does not support a write-ahead log";
        return Err(StoreError::new(StoreErrorKind::CannotOpen, DURING).caused_by(why));
    }
    set("synchronous", "FULL")?;
    // On macOS only these reach the disk; elsewhere they change nothing.
    set("fullfsync", "ON")?;
    set("checkpoint_fullfsync", "ON")?;
    set("wal_autocheckpoint", "0")?;
    set("journal_size_limit", &LOG_BYTES.to_string())?;
    set("cache_size", "-32768")?;
    set("temp_store", "MEMORY")?;
    set("cell_size_check", "ON")?;
    set("trusted_schema", "OFF")?;
    limit(&connection, max_pages)?;
    schema::migrate(&mut connection, &found)?;
    Ok(connection)
}

fn open_for_reading(files: &Files) -> Result<Connection, StoreError> {
    let failed = |error| failure("open the store for reading", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&files.database, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    keep_statements(&connection).map_err(failed)?;
    for (name, value) in [
        ("cache_size", "-4096"),
        ("cell_size_check", "ON"),
        ("trusted_schema", "OFF"),
    ] {
        connection
            .pragma_update(None, name, value)
            .map_err(failed)?;
    }
    Ok(connection)
}

/// Has statements prepared once. Otherwise SQLite prepares those again with each value that could, as far as it
/// can see, make a partial index useful.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

fn limit(connection: &Connection, max_pages: Option<u32>) -> Result<(), StoreError> {
    // The largest number that SQLite takes; it answers with the one that holds.
    let pages = max_pages.unwrap_or(u32::MAX - 1);
    let sql = format!("PRAGMA max_page_count = {pages}");
    let set = connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
    set.map(drop)
        .map_err(|error| failure("limit the store", error))
}

/// Moves everything to its place and cuts the log.
fn checkpoint_whole(connection: &Connection, during: &'static str) -> Result<(), StoreError> {
    let busy: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(|error| failure(during, error))?;
    if busy {
        Err(StoreError::new(StoreErrorKind::Busy, during))
    } else {
        Ok(())
    }
}

fn maintain(connection: &Connection, idle: bool) -> rusqlite::Result<()> {
    let pages = |sql: &str| {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_row([], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
    };
    let (logged, moved) = pages("PRAGMA wal_checkpoint(NOOP)")?;
    if logged - moved >= LOG_PAGES[usize::from(!idle)] {
        pages("PRAGMA wal_checkpoint(PASSIVE)")?;
    }
    if idle {
        let free: i64 = connection
            .prepare_cached("PRAGMA freelist_count")?
            .query_row([], |row| row.get(0))?;
        if free >= FREE_PAGES {
            // Each step of this statement frees one page.
            let mut statement = connection
                .prepare_cached(&format!("PRAGMA incremental_vacuum({FREED_AT_ONCE})"))?;
            let mut steps = statement.query([])?;
            while steps.next()?.is_some() {}
        }
    }
    Ok(())
}

/// What an error of SQLite means, if nothing was committed.
fn failure(during: &'static str, error: rusqlite::Error) -> StoreError {
    let kind = match &error {
        rusqlite::Error::SqliteFailure(cause, _) => kind_of(cause.extended_code),
        rusqlite::Error::SqlInputError { error: cause, .. } => kind_of(cause.extended_code),
        // A value of a type that was never stored.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Internal,
    };
    StoreError::new(kind, during).caused_by(error)
}

fn kind_of(code: i32) -> StoreErrorKind {
    match (code, code & 0xff) {
        (ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC, _) => StoreErrorKind::Sync,
        (ffi::SQLITE_IOERR_CORRUPTFS, _) => StoreErrorKind::Corrupt,
        (_, ffi::SQLITE_FULL) => StoreErrorKind::Full,
        (_, ffi::SQLITE_IOERR) => StoreErrorKind::Io,
        (_, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL) => StoreErrorKind::Busy,
        (_, ffi::SQLITE_CORRUPT) => StoreErrorKind::Corrupt,
        (_, ffi::SQLITE_NOTADB) => StoreErrorKind::Foreign,
        (_, ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM | ffi::SQLITE_AUTH | ffi::SQLITE_READONLY) => {
            StoreErrorKind::CannotOpen
        }
        (_, ffi::SQLITE_CONSTRAINT) => StoreErrorKind::Refused,
        _ => StoreErrorKind::Internal,
    }
}

/// What an error of COMMIT means. The pages go to the log in order, the last one completes the commit, and
/// the log is synced after that. So a page that could not be written was one without which it does not
/// count; after anything else it may be there.
fn after_commit(during: &'static str, error: rusqlite::Error) -> StoreError {
    let code = match &error {
        rusqlite::Error::SqliteFailure(cause, _) => cause.extended_code,
        _ => ffi::SQLITE_ERROR,
    };
    let error = failure(during, error);
    match (code, code & 0xff) {
        (ffi::SQLITE_IOERR_WRITE, _) | (_, ffi::SQLITE_FULL | ffi::SQLITE_BUSY) => error,
        _ => error.unknown(),
    }
}
