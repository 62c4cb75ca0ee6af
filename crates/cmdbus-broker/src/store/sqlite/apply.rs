//! From an [`Op`] to statements.

use rusqlite::types::ToSql;
use rusqlite::{CachedStatement, Connection, ErrorCode, params};

use crate::ids::EndpointId;
use crate::store::checksum::Covered;
use crate::store::rows::{
    AssignmentRow, EndpointRow, InboxReason, InboxRow, MessageRow, Millis, Op, Private, QueueRow,
    RING_SLOTS, ReceiptChange, ReceiptState, ReplyRow, Seq,
};

/// Why an op was not applied.
pub(super) enum ApplyError {
    Sql(rusqlite::Error),
    /// It contradicts what is stored.
    Refused(&'static str),
}

impl From<rusqlite::Error> for ApplyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

type Result<T = ()> = std::result::Result<T, ApplyError>;

/// Applies the ops of one commit, within a transaction that the caller has begun.
pub(super) struct Apply<'a> {
    connection: &'a Connection,
    /// The highest message that was removed, so that its number is never given again.
    removed: Option<Seq>,
}

impl<'a> Apply<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            removed: None,
        }
    }

    pub(super) fn all(mut self, ops: &[Op]) -> Result {
        for op in ops {
            self.one(op)?;
        }
        if let Some(removed) = self.removed {
            self.run(
                "INSERT INTO meta (name, value) VALUES ('store.next_seq', ?1)
                 ON CONFLICT (name) DO UPDATE
                 SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
                params![(removed.0 + 1).to_string()],
            )?;
        }
        Ok(())
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'a>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    fn run(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize> {
        Ok(self.statement(sql)?.execute(parameters)?)
    }

    fn one(&mut self, op: &Op) -> Result {
        match op {
            Op::MetaPut { name, value } => self.put_meta(name, value),
            Op::EndpointPut(row) => self.put_endpoint(row),
            Op::EndpointDelete(id) => self.delete_endpoint(id),
            Op::MessagePut(row) => self.put_message(row),
            Op::ReceiptSet { seq, change } => self.set_receipt(*seq, change),
            Op::KeyForget(seq) => {
                let sql = "UPDATE message SET key = NULL, key_fingerprint = NULL WHERE seq = ?1";
                self.run(sql, params![seq]).map(drop)
            }
            Op::ContentDrop(seq) => self.drop_content(*seq),
            Op::MessageDelete(seq) => self.delete_message(*seq),
            Op::QueuePush(row) => self.push_queue(row),
            Op::QueueAttempt {
                endpoint,
                pos,
                attempt,
            } => {
                let sql = "UPDATE queue SET attempt = ?3 WHERE endpoint = ?1 AND pos = ?2";
                self.run(sql, params![endpoint, pos, attempt]).map(drop)
            }
            Op::QueueRemove { endpoint, pos } => self
                .run(
                    "DELETE FROM queue WHERE endpoint = ?1 AND pos = ?2",
                    params![endpoint, pos],
                )
                .map(drop),
            Op::QueueToInbox {
                endpoint,
                reason,
                agent,
                at,
            } => self.queue_to_inbox(endpoint, *reason, agent.as_deref(), *at),
            Op::InboxPut(row) => self.put_inbox(row),
            Op::InboxRemove(seq) => self
                .run("DELETE FROM inbox WHERE seq = ?1", params![seq])
                .map(drop),
            Op::AssignmentPut(row) => self.put_assignment(row),
            Op::AssignmentDelete(id) => self
                .run("DELETE FROM assignment WHERE id = ?1", params![id])
                .map(drop),
            Op::ReplyPut(row) => self.put_reply(row),
            Op::ReplyDelete(key) => {
                let sql =
                    "DELETE FROM reply WHERE source = ?1 AND assignment = ?2 AND request = ?3";
                self.run(sql, params![key.source, key.assignment, key.request])
                    .map(drop)
            }
            Op::RingPut(row) => {
                let sql = "INSERT OR REPLACE INTO ring (endpoint, slot, n, correlation) VALUES (?1, ?2, ?3, ?4)";
                self.run(
                    sql,
                    params![
                        row.endpoint,
                        number(row.n % RING_SLOTS),
                        number(row.n),
                        row.correlation
                    ],
                )
                .map(drop)
            }
            Op::RingRemove { endpoint, n } => {
                let sql = "DELETE FROM ring WHERE endpoint = ?1 AND slot = ?2 AND n = ?3";
                self.run(sql, params![endpoint, number(n % RING_SLOTS), number(*n)])
                    .map(drop)
            }
            Op::RingClear(endpoint) => self
                .run("DELETE FROM ring WHERE endpoint = ?1", params![endpoint])
                .map(drop),
            Op::ReplyCorrelationPut(row) => {
                let sql =
                    "INSERT OR REPLACE INTO reply_correlation (correlation, endpoint, received_at)
                           VALUES (?1, ?2, ?3)";
                self.run(sql, params![row.correlation, row.endpoint, row.received_at])
                    .map(drop)
            }
            Op::ReplyCorrelationDelete(correlation) => self
                .run(
                    "DELETE FROM reply_correlation WHERE correlation = ?1",
                    params![correlation],
                )
                .map(drop),
            Op::SeenPut { id, at } => self
                .run(
                    "INSERT OR IGNORE INTO seen (id, at) VALUES (?1, ?2)",
                    params![id, at],
                )
                .map(drop),
            Op::SeenPurge { before } => self
                .run("DELETE FROM seen WHERE at < ?1", params![before])
                .map(drop),
            Op::OutboxPut(row) => {
                let sql = "INSERT OR REPLACE INTO outbox (id, lane, kind, payload, created_at)
                           VALUES (?1, ?2, ?3, ?4, ?5)";
                self.run(
                    sql,
                    params![
                        number(row.id),
                        row.lane,
                        row.kind,
                        row.payload,
                        row.created_at
                    ],
                )
                .map(drop)
            }
            Op::OutboxDelete { id } => self
                .run("DELETE FROM outbox WHERE id = ?1", params![number(*id)])
                .map(drop),
            Op::ControlPut(row) => {
                let sql = "INSERT OR REPLACE INTO control (key, outcome, at) VALUES (?1, ?2, ?3)";
                self.run(sql, params![row.key, row.outcome, row.at])
                    .map(drop)
            }
            Op::ControlPurge { before } => self
                .run("DELETE FROM control WHERE at < ?1", params![before])
                .map(drop),
            Op::SpawnPut(row) => {
                let sql =
                    "INSERT OR REPLACE INTO spawn (token, deadline, detail) VALUES (?1, ?2, ?3)";
                self.run(sql, params![row.token, row.deadline, row.detail])
                    .map(drop)
            }
            Op::SpawnDelete { token } => self
                .run("DELETE FROM spawn WHERE token = ?1", params![token])
                .map(drop),
            Op::CursorPut { scope, value, at } => {
                let sql = "INSERT OR REPLACE INTO cursor (scope, value, at) VALUES (?1, ?2, ?3)";
                self.run(sql, params![scope, value, at]).map(drop)
            }
            Op::Damaged { seq, what, at } => self.set_aside(*seq, what, *at),
        }
    }

    fn put_meta(&self, name: &str, value: &str) -> Result {
        if name.starts_with("store.") {
            return Err(ApplyError::Refused("the name belongs to the store"));
        }
        self.run(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
            params![name, value],
        )
        .map(drop)
    }

    fn put_endpoint(&self, row: &EndpointRow) -> Result {
        self.run(
            "INSERT OR REPLACE INTO endpoint
                 (id, state, state_since, reg_order, pid, process_start, boot_id, fingerprint, owner_token, nonce,
                  metadata, successor, closed_at, kept)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                row.id,
                row.state,
                row.state_since,
                number(row.order),
                row.pid,
                row.process_start.map(number),
                row.boot_id,
                row.fingerprint,
                row.owner_token,
                row.nonce,
                row.metadata,
                row.successor,
                row.closed_at,
                row.kept,
            ],
        )
        .map(drop)
    }

    fn delete_endpoint(&self, id: &EndpointId) -> Result {
        if self
            .statement("SELECT 1 FROM queue WHERE endpoint = ?1")?
            .exists([id])?
        {
            return Err(ApplyError::Refused("something is queued for the endpoint"));
        }
        self.run("DELETE FROM endpoint WHERE id = ?1", params![id])
            .map(drop)
    }

    fn put_message(&self, row: &MessageRow) -> Result {
        match self.insert_message(row) {
            Err(ApplyError::Sql(error)) if is_conflict(&error) => {
                // Its own row, or that of another message; only its own may go.
                self.run("DELETE FROM content WHERE seq = ?1", params![row.seq])?;
                self.run("DELETE FROM message WHERE seq = ?1", params![row.seq])?;
                match self.insert_message(row) {
                    Err(ApplyError::Sql(error)) if is_conflict(&error) => Err(ApplyError::Refused(
                        "another message has the same id, or the same sender and key",
                    )),
                    other => other,
                }
            }
            other => other,
        }?;
        self.run(
            "INSERT INTO content (seq, metadata, content) VALUES (?1, ?2, ?3)",
            params![row.seq, row.metadata, row.content],
        )
        .map(drop)
    }

    fn insert_message(&self, row: &MessageRow) -> Result {
        let receipt = &row.receipt;
        self.run(
            "INSERT INTO message
                 (seq, id, sender, recipient, key, key_fingerprint, correlation, stored_at, expires_at, content_type,
                  size, checksum, held, state, hop, attempts, endpoint, undispatched_id, reason, confirmed_by, status,
                  accepted_at, durable_at, pushed_at, inbox_at, ended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                     ?21, ?22, ?23, ?24, ?25)",
            params![
                row.seq,
                row.id,
                row.sender,
                row.to,
                row.key.as_ref().map(|key| &key.key),
                row.key.as_ref().map(|key| key.fingerprint),
                row.correlation,
                row.stored_at,
                row.expires_at,
                row.content_type,
                number(row.size()),
                Covered::of(row).checksum(),
                receipt.state,
                receipt.hop,
                receipt.attempts,
                receipt.endpoint,
                receipt.undispatched_id,
                receipt.reason,
                receipt.confirmed_by,
                receipt.status,
                receipt.times.accepted,
                receipt.times.durable,
                receipt.times.pushed,
                receipt.times.inbox,
                receipt.times.ended,
            ],
        )
        .map(drop)
    }

    fn set_receipt(&self, seq: Seq, change: &ReceiptChange) -> Result {
        macro_rules! setting {
            ($time:literal) => {
                concat!(
                    "UPDATE message SET state = ?2, hop = ?3, attempts = max(attempts, ?4),
                         endpoint = coalesce(?5, endpoint), undispatched_id = coalesce(?6, undispatched_id),
                         reason = coalesce(?7, reason), confirmed_by = coalesce(?8, confirmed_by),
                         status = coalesce(?9, status), ",
                    $time,
                    " = ?10 WHERE seq = ?1 AND ended_at IS NULL"
                )
            };
        }
        let sql = match change.state {
            ReceiptState::Accepted => setting!("accepted_at"),
            ReceiptState::Durable => setting!("durable_at"),
            ReceiptState::Pushed => setting!("pushed_at"),
            ReceiptState::Inbox => setting!("inbox_at"),
            ReceiptState::Confirmed | ReceiptState::Settled | ReceiptState::Expired => {
                setting!("ended_at")
            }
        };
        self.run(
            sql,
            params![
                seq,
                change.state,
                change.hop,
                change.attempts,
                change.endpoint,
                change.undispatched_id,
                change.reason,
                change.confirmed_by,
                change.status,
                change.at,
            ],
        )
        .map(drop)
    }

    fn exists(&self, seq: Seq) -> Result<bool> {
        Ok(self
            .statement("SELECT 1 FROM message WHERE seq = ?1")?
            .exists([seq])?)
    }

    fn drop_content(&self, seq: Seq) -> Result {
        let sql = "UPDATE message SET held = 0 WHERE seq = ?1 AND ended_at IS NOT NULL";
        if self.run(sql, params![seq])? == 0 && self.exists(seq)? {
            return Err(ApplyError::Refused("the message has not ended"));
        }
        self.run("DELETE FROM content WHERE seq = ?1", params![seq])
            .map(drop)
    }

    fn delete_message(&mut self, seq: Seq) -> Result {
        let sql = "DELETE FROM message WHERE seq = ?1 AND (ended_at IS NOT NULL OR state = 0)";
        if self.run(sql, params![seq])? == 0 {
            if self.exists(seq)? {
                return Err(ApplyError::Refused("the message has not ended"));
            }
            return Ok(());
        }
        self.removed = self.removed.max(Some(seq));
        self.run("DELETE FROM content WHERE seq = ?1", params![seq])
            .map(drop)
    }

    fn push_queue(&self, row: &QueueRow) -> Result {
        self.run(
            "INSERT OR REPLACE INTO queue (endpoint, pos, seq, size, attempt, assignment, extra)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.endpoint,
                row.pos,
                row.seq,
                number(row.size),
                row.attempt,
                row.assignment,
                row.extra
            ],
        )
        .map(drop)
    }

    fn queue_to_inbox(
        &self,
        endpoint: &EndpointId,
        reason: InboxReason,
        agent: Option<&str>,
        at: Millis,
    ) -> Result {
        self.run(
            "INSERT INTO inbox (seq, id, reason, hint, correlation, agent, assignment, size, extra)
             SELECT queue.seq, message.id, ?2, ?1, message.correlation, ?3, NULL, queue.size, queue.extra
             FROM queue JOIN message ON message.seq = queue.seq
             WHERE queue.endpoint = ?1
             ON CONFLICT (seq) DO UPDATE SET assignment = NULL",
            params![endpoint, reason, agent],
        )?;
        self.run(
            "UPDATE message
             SET state = ?2, inbox_at = ?3,
                 undispatched_id = (SELECT inbox.id FROM inbox WHERE inbox.seq = message.seq)
             WHERE ended_at IS NULL AND seq IN (SELECT seq FROM queue WHERE endpoint = ?1)",
            params![endpoint, ReceiptState::Inbox, at],
        )?;
        // Only what has arrived there: a place without a message stays where it can be seen.
        self.run(
            "DELETE FROM queue WHERE endpoint = ?1 AND seq IN (SELECT seq FROM inbox)",
            params![endpoint],
        )
        .map(drop)
    }

    fn put_inbox(&self, row: &InboxRow) -> Result {
        self.run(
            "INSERT OR REPLACE INTO inbox (seq, id, reason, hint, correlation, agent, assignment, size, extra)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.seq,
                row.id,
                row.reason,
                row.hint,
                row.correlation,
                row.agent,
                row.assignment,
                number(row.size),
                row.extra,
            ],
        )
        .map(drop)
    }

    fn put_assignment(&self, row: &AssignmentRow) -> Result {
        self.run(
            "INSERT OR REPLACE INTO assignment
                 (id, seq, undispatched_id, endpoint, state, sequence, created_at, accepted_at, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.id,
                row.seq,
                row.undispatched_id,
                row.endpoint,
                row.state,
                number(row.sequence),
                row.created_at,
                row.accepted_at,
                row.detail,
            ],
        )
        .map(drop)
    }

    fn put_reply(&self, row: &ReplyRow) -> Result {
        self.run(
            "INSERT OR REPLACE INTO reply
                 (source, assignment, request, fingerprint, message, endpoint, outcome, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                row.key.source,
                row.key.assignment,
                row.key.request,
                row.fingerprint,
                row.message,
                row.endpoint,
                row.outcome,
                row.created_at,
            ],
        )
        .map(drop)
    }

    fn set_aside(&self, seq: Seq, what: &str, at: Millis) -> Result {
        self.run(
            "INSERT OR REPLACE INTO damaged (seq, id, found_at, what, metadata, content)
             SELECT message.seq, message.id, ?2, ?3, CAST(content.metadata AS BLOB), CAST(content.content AS BLOB)
             FROM message LEFT JOIN content ON content.seq = message.seq
             WHERE message.seq = ?1",
            params![seq, at, what],
        )?;
        self.run("UPDATE message SET held = 0 WHERE seq = ?1", params![seq])?;
        self.run("DELETE FROM content WHERE seq = ?1", params![seq])
            .map(drop)
    }
}

/// SQLite's integers are signed. What is counted here stays far below their end, and a process start that
/// does not comes back the same.
pub(super) fn number(number: u64) -> i64 {
    number.cast_signed()
}

fn is_conflict(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

mod conversions {
    use rusqlite::Result;
    use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

    use super::{Private, Seq, number};
    use crate::ids::{AssignmentId, EndpointId, MessageId, UndispatchedId};
    use crate::store::rows::{
        ConfirmedBy, Digest, EndpointState, InboxReason, Pos, ReceiptState, SendStatus,
    };

    macro_rules! as_text {
        ($($name:ty),+) => {$(
            impl ToSql for $name {
                fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                    self.as_str().to_sql()
                }
            }

            impl FromSql for $name {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    value.as_str().map(Self::from)
                }
            }
        )+};
    }

    macro_rules! as_number {
        ($($name:ident),+) => {$(
            impl ToSql for $name {
                fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                    Ok(number(self.0).into())
                }
            }

            impl FromSql for $name {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    value.as_i64().map(|number| Self(number.cast_unsigned()))
                }
            }
        )+};
    }

    macro_rules! as_word {
        ($($name:ident),+) => {$(
            impl ToSql for $name {
                fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                    Ok(self.number().into())
                }
            }

            impl FromSql for $name {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    let number = value.as_i64()?;
                    Self::from_number(number).ok_or(FromSqlError::OutOfRange(number))
                }
            }
        )+};
    }

    as_text!(EndpointId, MessageId, UndispatchedId, AssignmentId, Private);
    as_number!(Seq, Pos);
    as_word!(
        EndpointState,
        ReceiptState,
        SendStatus,
        ConfirmedBy,
        InboxReason
    );

    impl ToSql for Digest {
        fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
            Ok(ToSqlOutput::from(&self.0[..]))
        }
    }

    impl FromSql for Digest {
        fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
            let bytes = value.as_blob()?;
            bytes
                .try_into()
                .map(Self)
                .map_err(|_| FromSqlError::InvalidBlobSize {
                    expected_size: 32,
                    blob_size: bytes.len(),
                })
        }
    }
}
