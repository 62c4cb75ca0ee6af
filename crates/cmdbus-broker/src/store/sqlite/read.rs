//! Reading while the store is in use.

use std::sync::{Mutex, PoisonError, RwLock};

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{
    self, CONTENT, HEAD, INBOX, INBOX_WIDTH, QUEUE, QUEUE_WIDTH, RECORD, RECORD_WIDTH,
};
use super::{Files, failure, open_for_reading};
use crate::ids::{EndpointId, MessageId};
use crate::store::error::StoreError;
use crate::store::rows::{DamagedRow, Millis, Pos, Seq};
use crate::store::{
    Content, Due, HistoryFrom, HistoryItem, InboxItem, PAGE_CONTENT_BYTES, Page, Place, QueueEntry,
    Reader, ReceiptRecord,
};

/// Connections that wait for the next reader. More are opened when needed and closed after use.
const IDLE_CONNECTIONS: usize = 4;

/// The read-only connections of a store.
pub(super) struct SqliteReader {
    files: Files,
    /// Held for reading by everyone who reads, so that [`pause`](Self::pause) can wait for them.
    open: RwLock<()>,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteReader {
    pub(super) fn new(files: Files) -> Self {
        Self {
            files,
            open: RwLock::new(()),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Closes every connection and lets nobody read until `during` has returned.
    pub(super) fn pause<T>(&self, during: impl FnOnce() -> T) -> T {
        let _closed = self.open.write().unwrap_or_else(PoisonError::into_inner);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        during()
    }

    fn with<T>(
        &self,
        during: &'static str,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        let _open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match waiting {
            Some(connection) => connection,
            None => open_for_reading(&self.files)?,
        };
        // A connection that failed is closed: the next one begins anew.
        let value = read(&connection).map_err(|error| failure(during, error))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(connection);
        }
        Ok(value)
    }

    fn list<T>(
        &self,
        during: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> std::result::Result<Vec<T>, StoreError> {
        self.with(during, |connection| {
            connection
                .prepare_cached(sql)?
                .query_map(parameters, read)?
                .collect()
        })
    }

    fn one<T>(
        &self,
        during: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> std::result::Result<Option<T>, StoreError> {
        self.with(during, |connection| {
            connection
                .prepare_cached(sql)?
                .query_row(parameters, read)
                .optional()
        })
    }
}

/// A limit as SQLite takes it, with one item more to learn whether there is one.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn skipped(newest: u64) -> i64 {
    i64::try_from(newest).unwrap_or(i64::MAX)
}

/// Collects rows until the limits of a page are reached.
fn page_by_size<T>(
    rows: &mut rusqlite::Rows<'_>,
    limit: usize,
    mut read: impl FnMut(&Row<'_>) -> Result<Option<(T, u64)>>,
) -> Result<Page<T>> {
    let mut page = Page {
        items: Vec::new(),
        more: false,
    };
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if page.items.len() == limit {
            page.more = true;
            break;
        }
        let Some((item, size)) = read(row)? else {
            continue;
        };
        bytes += size;
        if !page.items.is_empty() && bytes > PAGE_CONTENT_BYTES {
            page.more = true;
            break;
        }
        page.items.push(item);
    }
    Ok(page)
}

/// Finds the messages that match `condition` and are not after `before`, nor among the `newest` by that time.
fn oldest(
    connection: &Connection,
    time: &str,
    condition: &str,
    before: Millis,
    newest: u64,
    limit: usize,
) -> Result<Vec<Seq>> {
    let beyond = connection
        .prepare_cached(&format!(
            "SELECT {time}, seq FROM message WHERE {condition} ORDER BY {time} DESC, seq DESC LIMIT 1 OFFSET ?1"
        ))?
        .query_row([skipped(newest)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let old = (before.saturating_sub(1), Seq(i64::MAX.cast_unsigned()));
    let (last, seq) = beyond.map_or(old, |beyond| old.max(beyond));
    connection
        .prepare_cached(&format!(
            "SELECT seq FROM message WHERE {condition} AND ({time}, seq) <= (?1, ?2) ORDER BY {time}, seq LIMIT ?3"
        ))?
        .query_map(params![last, seq, limited(limit)], |row| row.get(0))?
        .collect()
}

fn size_of(content: &Content) -> u64 {
    match content {
        Content::Whole(message) => (message.content.len() + message.metadata.len()) as u64,
        Content::Dropped | Content::Damaged(_) => 0,
    }
}

impl Reader for SqliteReader {
    fn content(&self, seq: Seq) -> std::result::Result<Option<Content>, StoreError> {
        let sql = format!(
            "SELECT {CONTENT} FROM message LEFT JOIN content ON content.seq = message.seq WHERE message.seq = ?1"
        );
        Ok(self
            .one("read a message", &sql, params![seq], |row| {
                columns::content(row, 0)
            })?
            .flatten())
    }

    fn stored(&self, ids: &[MessageId]) -> std::result::Result<Vec<bool>, StoreError> {
        self.with("look for messages", |connection| {
            // One look at the log for all of them. Dropped, it ends.
            let _reading = connection.unchecked_transaction()?;
            let mut statement = connection.prepare_cached("SELECT 1 FROM message WHERE id = ?1")?;
            ids.iter().map(|id| statement.exists([id])).collect()
        })
    }

    fn receipt(&self, id: &MessageId) -> std::result::Result<Option<ReceiptRecord>, StoreError> {
        let sql = format!("SELECT {RECORD} FROM message WHERE id = ?1");
        self.one("read a receipt", &sql, params![id], columns::record)
    }

    fn receipt_by_key(
        &self,
        sender: &str,
        key: &str,
    ) -> std::result::Result<Option<ReceiptRecord>, StoreError> {
        let sql = format!("SELECT {RECORD} FROM message WHERE sender = ?1 AND key = ?2");
        self.one(
            "read a receipt",
            &sql,
            params![sender, key],
            columns::record,
        )
    }

    fn open_receipts(
        &self,
        sender: &str,
        after: Option<Seq>,
        limit: usize,
    ) -> std::result::Result<Page<ReceiptRecord>, StoreError> {
        let sql = format!(
            "SELECT {RECORD} FROM message
             WHERE sender = ?1 AND ended_at IS NULL AND seq > ?2 ORDER BY seq LIMIT ?3"
        );
        let parameters = params![sender, after.unwrap_or_default(), one_more(limit)];
        Ok(Page::of(
            self.list("read receipts", &sql, parameters, columns::record)?,
            limit,
        ))
    }

    fn inbox_page(
        &self,
        after: Option<Seq>,
        limit: usize,
    ) -> std::result::Result<Page<InboxItem>, StoreError> {
        let sql = format!(
            "SELECT {INBOX}, {CONTENT} FROM inbox
             LEFT JOIN message ON message.seq = inbox.seq LEFT JOIN content ON content.seq = inbox.seq
             WHERE inbox.seq > ?1 ORDER BY inbox.seq"
        );
        self.with("read the inbox", |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![after.unwrap_or_default()])?;
            page_by_size(&mut rows, limit, |row| {
                let record = columns::inbox(row)?;
                let Some(content) = columns::content(row, INBOX_WIDTH)? else {
                    return Ok(None);
                };
                let size = size_of(&content);
                Ok(Some((
                    InboxItem {
                        row: record,
                        content,
                    },
                    size,
                )))
            })
        })
    }

    fn queue_page(
        &self,
        endpoint: &EndpointId,
        after: Option<Pos>,
        limit: usize,
    ) -> std::result::Result<Page<QueueEntry>, StoreError> {
        let sql = format!(
            "SELECT {QUEUE}, {HEAD} FROM queue JOIN message ON message.seq = queue.seq
             WHERE queue.endpoint = ?1 AND queue.pos > ?2 ORDER BY queue.pos LIMIT ?3"
        );
        let parameters = params![endpoint, after.unwrap_or_default(), one_more(limit)];
        let entries = self.list("read a queue", &sql, parameters, |row| {
            let place = columns::queue(row)?;
            let message = columns::head(row, QUEUE_WIDTH)?;
            Ok(message.map(|message| QueueEntry {
                row: place,
                message,
            }))
        })?;
        Ok(Page::of(entries.into_iter().flatten().collect(), limit))
    }

    fn history(
        &self,
        correlation: &str,
        from: HistoryFrom,
        limit: usize,
    ) -> std::result::Result<Page<HistoryItem>, StoreError> {
        let (bound, seq, order) = match from {
            HistoryFrom::Newest => ("<=", Seq(i64::MAX.cast_unsigned()), "DESC"),
            HistoryFrom::Before(seq) => ("<", seq, "DESC"),
            HistoryFrom::After(seq) => (">", seq, "ASC"),
        };
        let sql = format!(
            "SELECT {RECORD}, {CONTENT} FROM message LEFT JOIN content ON content.seq = message.seq
             WHERE message.correlation = ?1 AND message.seq {bound} ?2 ORDER BY message.seq {order}"
        );
        let mut page = self.with("read a conversation", |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![correlation, seq])?;
            page_by_size(&mut rows, limit, |row| {
                let record = columns::record(row)?;
                let Some(content) = columns::content(row, RECORD_WIDTH)? else {
                    return Ok(None);
                };
                let size = size_of(&content);
                Ok(Some((HistoryItem { record, content }, size)))
            })
        })?;
        if matches!(from, HistoryFrom::After(_)) {
            page.items.reverse();
        }
        Ok(page)
    }

    fn took_part(
        &self,
        correlation: &str,
        sender: &str,
        endpoint: &EndpointId,
    ) -> std::result::Result<bool, StoreError> {
        let sql = "SELECT 1 FROM message WHERE correlation = ?1 AND (sender = ?2 OR endpoint = ?3)";
        self.with("read a conversation", |connection| {
            connection
                .prepare_cached(sql)?
                .exists(params![correlation, sender, endpoint])
        })
    }

    fn due(&self, now: Millis, limit: usize) -> std::result::Result<Vec<Due>, StoreError> {
        // The place in a queue is looked for in the queue that the receipt names: there is no other index.
        let sql = "SELECT message.seq, message.id, queue.endpoint, queue.pos,
                          inbox.seq IS NOT NULL, inbox.assignment IS NOT NULL,
                          coalesce(queue.size, 0), message.hop
                   FROM message
                   LEFT JOIN queue ON queue.endpoint = message.endpoint AND queue.seq = message.seq
                   LEFT JOIN inbox ON inbox.seq = message.seq
                   WHERE message.expires_at <= ?1 AND message.ended_at IS NULL
                   ORDER BY message.expires_at, message.seq LIMIT ?2";
        self.list(
            "find what has expired",
            sql,
            params![now, limited(limit)],
            |row| {
                let place = match (row.get(2)?, row.get(3)?, row.get(4)?) {
                    (Some(endpoint), Some(pos), _) => Place::Queue(endpoint, pos),
                    (_, _, true) => Place::Inbox(row.get(5)?),
                    _ => Place::Elsewhere,
                };
                Ok(Due {
                    seq: row.get(0)?,
                    id: row.get(1)?,
                    size: row.get::<_, i64>(6)?.unsigned_abs(),
                    hop: row.get(7)?,
                    place,
                })
            },
        )
    }

    fn content_to_drop(
        &self,
        ended_before: Millis,
        max_bytes: u64,
        limit: usize,
    ) -> std::result::Result<Vec<Seq>, StoreError> {
        self.with("find content that may go", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT ended_at, seq, size FROM message WHERE ended_at IS NOT NULL AND held = 1
                 ORDER BY ended_at DESC, seq DESC",
            )?;
            let mut rows = statement.query([])?;
            let (mut bytes, mut last) = (0_u64, None);
            while let Some(row) = rows.next()? {
                let ended: Millis = row.get(0)?;
                bytes = bytes.saturating_add(row.get::<_, i64>(2)?.cast_unsigned());
                if ended < ended_before || bytes > max_bytes {
                    last = Some((ended, row.get::<_, Seq>(1)?));
                    break;
                }
            }
            let Some((ended, seq)) = last else { return Ok(Vec::new()) };
            connection
                .prepare_cached(
                    "SELECT seq FROM message WHERE ended_at IS NOT NULL AND held = 1 AND (ended_at, seq) <= (?1, ?2)
                     ORDER BY ended_at, seq LIMIT ?3",
                )?
                .query_map(params![ended, seq, limited(limit)], |row| row.get(0))?
                .collect()
        })
    }

    fn receipts_to_delete(
        &self,
        ended_before: Millis,
        newest: u64,
        limit: usize,
    ) -> std::result::Result<Vec<Seq>, StoreError> {
        self.with("find receipts that may go", |connection| {
            oldest(
                connection,
                "ended_at",
                "ended_at IS NOT NULL",
                ended_before,
                newest,
                limit,
            )
        })
    }

    fn keys_to_forget(
        &self,
        stored_before: Millis,
        newest: u64,
        limit: usize,
    ) -> std::result::Result<Vec<Seq>, StoreError> {
        self.with("find keys that may go", |connection| {
            oldest(
                connection,
                "stored_at",
                "key IS NOT NULL",
                stored_before,
                newest,
                limit,
            )
        })
    }

    fn tombstones_to_delete(
        &self,
        closed_before: Millis,
        newest: u64,
        limit: usize,
    ) -> std::result::Result<Vec<EndpointId>, StoreError> {
        let sql = "WITH tombstone AS (
                       SELECT id, closed_at, row_number() OVER (ORDER BY closed_at DESC, reg_order DESC) AS place
                       FROM endpoint WHERE state = 2 AND kept = 0),
                   named AS (
                       SELECT endpoint AS id FROM queue
                       UNION SELECT hint FROM inbox WHERE hint IS NOT NULL
                       UNION SELECT endpoint FROM assignment
                       UNION SELECT endpoint FROM message WHERE ended_at IS NULL AND endpoint IS NOT NULL
                       UNION SELECT substr(sender, 10) FROM message
                             WHERE ended_at IS NULL AND sender LIKE 'endpoint:%')
                   SELECT id FROM tombstone
                   WHERE (closed_at < ?1 OR place > ?2) AND id NOT IN (SELECT id FROM named)
                   ORDER BY closed_at, id LIMIT ?3";
        self.list(
            "find tombstones that may go",
            sql,
            params![closed_before, skipped(newest), limited(limit)],
            |row| row.get(0),
        )
    }

    fn damaged(&self, limit: usize) -> std::result::Result<Vec<DamagedRow>, StoreError> {
        let sql =
            "SELECT seq, id, found_at, what FROM damaged ORDER BY found_at DESC, seq DESC LIMIT ?1";
        self.list(
            "list what is damaged",
            sql,
            params![limited(limit)],
            |row| {
                Ok(DamagedRow {
                    seq: row.get(0)?,
                    id: row.get(1)?,
                    found_at: row.get(2)?,
                    what: row.get(3)?,
                })
            },
        )
    }
}
