//! What a core begins with, read in one transaction.

use rusqlite::{Connection, Result, Row};

use super::columns::{self, HEAD, INBOX, INBOX_WIDTH, QUEUE, QUEUE_WIDTH, RECORD};
use crate::ids::EndpointId;
use crate::store::rows::{Pos, Seq};
use crate::store::{InboxEntry, LOADED_QUEUE_ENTRIES, Loaded, LoadedQueue, QueueEntry};

pub(super) fn load(connection: &mut Connection) -> Result<Loaded> {
    let transaction = connection.transaction()?;
    let mut loaded = Loaded {
        meta: list(
            &transaction,
            "SELECT name, value FROM meta WHERE name NOT LIKE 'store.%' ORDER BY name",
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?,
        endpoints: table(
            &transaction,
            columns::ENDPOINT,
            "endpoint ORDER BY reg_order",
            columns::endpoint,
        )?,
        accepted: table(
            &transaction,
            RECORD,
            "message WHERE state = 0 ORDER BY seq",
            columns::record,
        )?,
        assignments: table(
            &transaction,
            columns::ASSIGNMENT,
            "assignment ORDER BY id",
            columns::assignment,
        )?,
        replies: table(
            &transaction,
            columns::REPLY,
            "reply ORDER BY source, assignment, request",
            columns::reply,
        )?,
        rings: table(
            &transaction,
            columns::RING,
            "ring ORDER BY endpoint, n",
            columns::ring,
        )?,
        reply_correlations: table(
            &transaction,
            columns::REPLY_CORRELATION,
            "reply_correlation ORDER BY received_at, correlation",
            columns::reply_correlation,
        )?,
        seen: list(
            &transaction,
            "SELECT id, at FROM seen ORDER BY at, id",
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?,
        outbox: table(
            &transaction,
            columns::OUTBOX,
            "outbox ORDER BY id",
            columns::outbox,
        )?,
        control: table(
            &transaction,
            columns::CONTROL,
            "control ORDER BY at, key",
            columns::control,
        )?,
        spawns: table(
            &transaction,
            columns::SPAWN,
            "spawn ORDER BY deadline, token",
            columns::spawn,
        )?,
        cursors: table(
            &transaction,
            columns::CURSOR,
            "cursor ORDER BY scope",
            columns::cursor,
        )?,
        ..Loaded::default()
    };
    load_queues(&transaction, &mut loaded)?;
    load_inbox(&transaction, &mut loaded)?;
    loaded.orphans.sort_unstable();
    (loaded.next_seq, loaded.next_pos) = next_numbers(&transaction)?;
    // Nothing was changed; ending the transaction as it is cannot fail in a way that matters.
    drop(transaction);
    Ok(loaded)
}

fn list<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    connection
        .prepare_cached(sql)?
        .query_map([], read)?
        .collect()
}

fn table<T>(
    connection: &Connection,
    columns: &str,
    rest: &str,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    list(connection, &format!("SELECT {columns} FROM {rest}"), read)
}

/// The totals come from the queues alone; of the messages only those that come first are looked at.
fn load_queues(connection: &Connection, loaded: &mut Loaded) -> Result<()> {
    let totals = list(
        connection,
        "SELECT endpoint, count(*), sum(size) FROM queue GROUP BY endpoint ORDER BY endpoint",
        |row| {
            Ok((
                row.get::<_, EndpointId>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        },
    )?;
    for (endpoint, count, bytes) in totals {
        let mut queue = LoadedQueue {
            endpoint,
            count: count.cast_unsigned(),
            bytes: bytes.cast_unsigned(),
            first: Vec::new(),
        };
        queue.first = first_of_queue(connection, &mut queue, &mut loaded.orphans)?;
        if queue.count > 0 {
            loaded.queues.push(queue);
        }
    }
    Ok(())
}

fn first_of_queue(
    connection: &Connection,
    queue: &mut LoadedQueue,
    orphans: &mut Vec<Seq>,
) -> Result<Vec<QueueEntry>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {QUEUE}, {HEAD} FROM queue LEFT JOIN message ON message.seq = queue.seq
         WHERE queue.endpoint = ?1 ORDER BY queue.pos LIMIT {LOADED_QUEUE_ENTRIES}"
    ))?;
    let mut rows = statement.query([&queue.endpoint])?;
    let mut first = Vec::new();
    while let Some(row) = rows.next()? {
        let place = columns::queue(row)?;
        match columns::head(row, QUEUE_WIDTH)? {
            Some(message) => first.push(QueueEntry {
                row: place,
                message,
            }),
            None => {
                orphans.push(place.seq);
                queue.count -= 1;
                queue.bytes -= place.size;
            }
        }
    }
    Ok(first)
}

fn load_inbox(connection: &Connection, loaded: &mut Loaded) -> Result<()> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {INBOX}, {HEAD} FROM inbox LEFT JOIN message ON message.seq = inbox.seq ORDER BY inbox.seq"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let record = columns::inbox(row)?;
        match columns::head(row, INBOX_WIDTH)? {
            Some(message) => loaded.inbox.push(InboxEntry {
                row: record,
                message,
            }),
            None => loaded.orphans.push(record.seq),
        }
    }
    Ok(())
}

fn next_numbers(connection: &Connection) -> Result<(Seq, Pos)> {
    let seq: i64 = connection.query_row(
        "SELECT max(
             coalesce((SELECT max(seq) FROM message), 0) + 1,
             coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'store.next_seq'), 1))",
        [],
        |row| row.get(0),
    )?;
    let pos: i64 =
        connection.query_row("SELECT coalesce(max(pos), 0) + 1 FROM queue", [], |row| {
            row.get(0)
        })?;
    Ok((Seq(seq.cast_unsigned()), Pos(pos.cast_unsigned())))
}
