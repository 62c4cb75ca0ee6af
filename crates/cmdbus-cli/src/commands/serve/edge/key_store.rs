//! Idempotency keys on the disk.
//!
//! A row is committed before its call begins, and again with the outcome before the answer goes out. A row without an outcome
//! belongs to a call that is running, or was when the process ended: nobody knows what it did.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

/// Marks a database as ours: "cmdk" in ASCII.
const APPLICATION_ID: i64 = 0x636d_646b;
const VERSION: i64 = 1;
const SCHEMA: &str = "
CREATE TABLE keys (
    who         TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    -- Milliseconds since 1970.
    begun       INTEGER NOT NULL,
    -- NULL: no outcome is known.
    status      INTEGER,
    -- NULL beside a status: it was too long to be kept.
    body        BLOB,
    PRIMARY KEY (who, key)
) STRICT;
CREATE INDEX keys_by_age ON keys (begun);
";

/// How long keys are honoured.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Most keys, and bytes of outcomes, that are kept of all callers. Each may take no more than it leaves to the others: one that is alone
/// has half of this, and there is always something left for the next.
const MOST_KEYS: u64 = 100_000;
const MOST_BYTES: u64 = 64 << 20;
/// Longest outcome that is kept.
const LONGEST: usize = 1 << 20;
/// Expired keys that are removed at a time, so that nobody waits for long.
const REMOVED: i64 = 1000;

/// A key in use, and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) who: String,
    pub(super) key: String,
    pub(super) fingerprint: Vec<u8>,
}

/// What is known of a key.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// Nothing; it has been written down.
    New,
    /// It was used for something else.
    Other,
    /// A call with it has begun.
    Begun,
    /// It is over. `None`: the outcome was too long to be kept.
    Over(u16, Option<Vec<u8>>),
    /// So many keys are kept that there is no room for this one.
    Full,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Amount {
    keys: u64,
    bytes: u64,
}

impl Amount {
    fn remove_key(&mut self, bytes: u64) {
        self.keys = self.keys.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// The table.
pub(super) struct KeyStore {
    connection: Connection,
    most: Amount,
    all: Amount,
    /// Of those who have any.
    by_caller: HashMap<String, Amount>,
}

impl KeyStore {
    /// Opens the table in a file, or makes it.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit that returned is on the disk.
        connection.pragma_update(None, "synchronous", "FULL")?;
        prepare(&connection)?;
        let by_caller = count(&connection)?;
        let all = by_caller
            .values()
            .fold(Amount::default(), |all, one| Amount {
                keys: all.keys + one.keys,
                bytes: all.bytes + one.bytes,
            });
        Ok(Self {
            connection,
            most: Amount {
                keys: MOST_KEYS,
                bytes: MOST_BYTES,
            },
            all,
            by_caller,
        })
    }

    #[cfg(test)]
    pub(super) fn set_limits(&mut self, keys: u64, bytes: u64) {
        self.most = Amount { keys, bytes };
    }

    /// Looks a key up, and writes it down if it is new.
    pub(super) fn begin(&mut self, entry: &Entry, now: i64) -> rusqlite::Result<Found> {
        self.expire(now)?;
        let known = self
            .connection
            .prepare_cached(
                "SELECT fingerprint, status, body FROM keys WHERE who = ?1 AND key = ?2",
            )?
            .query_row(params![entry.who, entry.key], |row| {
                let fingerprint: Vec<u8> = row.get(0)?;
                Ok((fingerprint, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        if let Some((fingerprint, status, body)) = known {
            return Ok(match status {
                _ if fingerprint != entry.fingerprint => Found::Other,
                None => Found::Begun,
                Some(status) => Found::Over(status, body),
            });
        }
        let own = self.of(&entry.who);
        if own.keys + self.all.keys >= self.most.keys {
            return Ok(Found::Full);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO keys (who, key, fingerprint, begun) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![entry.who, entry.key, entry.fingerprint, now])?;
        self.all.keys += 1;
        self.by_caller.entry(entry.who.clone()).or_default().keys += 1;
        Ok(Found::New)
    }

    /// Writes down how a call has ended.
    pub(super) fn end(&mut self, entry: &Entry, status: u16, body: &[u8]) -> rusqlite::Result<()> {
        let length = body.len() as u64;
        let own = self.of(&entry.who);
        let fits =
            body.len() <= LONGEST && own.bytes + self.all.bytes + 2 * length <= self.most.bytes;
        self.connection
            .prepare_cached("UPDATE keys SET status = ?3, body = ?4 WHERE who = ?1 AND key = ?2")?
            .execute(params![entry.who, entry.key, status, fits.then_some(body)])?;
        if fits {
            self.all.bytes += length;
            if let Some(own) = self.by_caller.get_mut(&entry.who) {
                own.bytes += length;
            }
        }
        Ok(())
    }

    /// Forgets a key whose call has not run.
    pub(super) fn forget(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        let removed = self
            .connection
            .prepare_cached("DELETE FROM keys WHERE who = ?1 AND key = ?2 AND status IS NULL")?
            .execute(params![entry.who, entry.key])?;
        if removed > 0 {
            self.uncount(&entry.who, 0);
        }
        Ok(())
    }

    /// Removes keys that are no longer honoured.
    fn expire(&mut self, now: i64) -> rusqlite::Result<()> {
        // 24 h in milliseconds fit.
        let oldest = now - KEPT.as_millis() as i64;
        let mut removing = self.connection.prepare_cached(
            "DELETE FROM keys WHERE rowid IN (SELECT rowid FROM keys WHERE begun <= ?1 ORDER BY begun LIMIT ?2)
             RETURNING who, coalesce(length(body), 0)",
        )?;
        let removed: Vec<(String, i64)> = removing
            .query_map([oldest, REMOVED], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        drop(removing);
        for (who, bytes) in removed {
            self.uncount(&who, bytes.unsigned_abs());
        }
        Ok(())
    }

    fn of(&self, who: &str) -> Amount {
        self.by_caller.get(who).copied().unwrap_or_default()
    }

    fn uncount(&mut self, who: &str, bytes: u64) {
        self.all.remove_key(bytes);
        if let Some(own) = self.by_caller.get_mut(who) {
            own.remove_key(bytes);
            if own.keys == 0 {
                self.by_caller.remove(who);
            }
        }
    }
}

/// Returns how much there is of each caller.
fn count(connection: &Connection) -> rusqlite::Result<HashMap<String, Amount>> {
    let mut counting = connection
        .prepare("SELECT who, count(*), coalesce(sum(length(body)), 0) FROM keys GROUP BY who")?;
    let counted = counting.query_map([], |row| {
        let amount = Amount {
            keys: row.get::<_, i64>(1)?.unsigned_abs(),
            bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        };
        Ok((row.get(0)?, amount))
    })?;
    counted.collect()
}

/// Checks whose database it is, and makes the table in an empty one.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match (number("application_id")?, number("user_version")?) {
        (APPLICATION_ID, VERSION) => Ok(()),
        (0, 0) => connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
        )),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600 * 1000;

    fn entry(key: &str) -> Entry {
        Entry {
            who: "ci".to_owned(),
            key: key.to_owned(),
            fingerprint: b"f".to_vec(),
        }
    }

    fn store(folder: &tempfile::TempDir) -> KeyStore {
        KeyStore::open(&folder.path().join("keys.db")).unwrap()
    }

    #[test]
    fn a_key_is_known_from_before_its_call_until_a_day_later_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = store(&folder);
        assert_eq!(keys.begin(&entry("a"), 0).unwrap(), Found::New);
        assert_eq!(keys.begin(&entry("b"), 5).unwrap(), Found::New);
        keys.end(&entry("a"), 200, b"17").unwrap();
        drop(keys);
        let mut keys = store(&folder);
        let over = Found::Over(200, Some(b"17".to_vec()));
        assert_eq!(keys.begin(&entry("a"), DAY - 1).unwrap(), over);
        assert_eq!(keys.begin(&entry("b"), DAY - 1).unwrap(), Found::Begun);
        assert_eq!(keys.begin(&entry("a"), DAY).unwrap(), Found::New);
        assert_eq!(keys.all, Amount { keys: 2, bytes: 0 });
        assert_eq!(keys.of("ci"), keys.all);
    }

    #[test]
    fn a_key_is_its_callers_and_for_one_request() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = store(&folder);
        assert_eq!(keys.begin(&entry("a"), 0).unwrap(), Found::New);
        let mut other = entry("a");
        other.fingerprint = b"g".to_vec();
        assert_eq!(keys.begin(&other, 0).unwrap(), Found::Other);
        other.who = "somebody else".to_owned();
        assert_eq!(keys.begin(&other, 0).unwrap(), Found::New);
    }

    #[test]
    fn a_key_whose_call_has_not_run_is_as_good_as_new() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = store(&folder);
        keys.begin(&entry("a"), 0).unwrap();
        keys.forget(&entry("a")).unwrap();
        assert_eq!(keys.begin(&entry("a"), 0).unwrap(), Found::New);
        // But not one that has.
        keys.end(&entry("a"), 200, b"1").unwrap();
        keys.forget(&entry("a")).unwrap();
        assert!(matches!(
            keys.begin(&entry("a"), 0).unwrap(),
            Found::Over(200, _)
        ));
        assert_eq!((keys.all.keys, keys.of("ci").keys), (1, 1));
    }

    #[test]
    fn keys_and_outcomes_are_bounded_and_no_key_is_forgotten_for_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = store(&folder);
        keys.set_limits(4, 20);
        for key in ["a", "b"] {
            assert_eq!(keys.begin(&entry(key), 0).unwrap(), Found::New);
            keys.end(&entry(key), 200, b"123456").unwrap();
        }
        assert_eq!(keys.begin(&entry("c"), 0).unwrap(), Found::Full);
        let whole = Found::Over(200, Some(b"123456".to_vec()));
        assert_eq!(keys.begin(&entry("a"), 0).unwrap(), whole);
        assert_eq!(keys.begin(&entry("b"), 0).unwrap(), Found::Over(200, None));
        assert_eq!(keys.begin(&entry("c"), DAY).unwrap(), Found::New);
    }

    #[test]
    fn one_caller_leaves_room_for_the_others_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let of = |who: &str, key: &str| Entry {
            who: who.to_owned(),
            ..entry(key)
        };
        let mut keys = store(&folder);
        for key in 0..50 {
            let key = of("greedy", &key.to_string());
            assert_eq!(keys.begin(&key, 0).unwrap(), Found::New);
            keys.end(&key, 200, b"1").unwrap();
        }
        drop(keys);
        let mut keys = store(&folder);
        keys.set_limits(100, 100);
        assert_eq!(keys.begin(&of("greedy", "more"), 0).unwrap(), Found::Full);
        for key in 0..25 {
            let key = of("ci", &key.to_string());
            assert_eq!(keys.begin(&key, 0).unwrap(), Found::New);
            keys.end(&key, 200, b"1").unwrap();
            let whole = Found::Over(200, Some(b"1".to_vec()));
            assert_eq!(keys.begin(&key, 0).unwrap(), whole);
        }
        assert_eq!(keys.begin(&of("ci", "more"), 0).unwrap(), Found::Full);
        assert_eq!(keys.begin(&of("third", "a"), 0).unwrap(), Found::New);
        // Those who have nothing left are forgotten.
        assert_eq!(keys.begin(&of("third", "b"), DAY).unwrap(), Found::New);
        assert_eq!(keys.by_caller.len(), 1);
    }

    #[test]
    fn somebody_elses_database_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.db");
        let other = Connection::open(&file).unwrap();
        other.execute_batch("PRAGMA user_version = 7").unwrap();
        assert!(KeyStore::open(&file).is_err());
        std::fs::write(folder.path().join("text"), "x".repeat(5000)).unwrap();
        assert!(KeyStore::open(&folder.path().join("text")).is_err());
    }
}
