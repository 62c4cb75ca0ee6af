//! From rows of tables to what they stand for. Each list of columns stands beside the function that reads it.

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Result, Row};

use crate::store::checksum::Covered;
use crate::store::rows::{
    AssignmentRow, ControlRow, EndpointRow, IdempotencyKey, InboxRow, Millis, OutboxRow, Private,
    QueueRow, Receipt, ReceiptTimes, ReplyCorrelationRow, ReplyKey, ReplyRow, RingRow, Seq,
    SpawnRow,
};
use crate::store::{Content, Cursor, Damage, MessageHead, ReceiptRecord, StoredMessage};

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

pub(super) const ENDPOINT: &str = "id, state, state_since, reg_order, pid, process_start, boot_id, fingerprint, \
     owner_token, nonce, metadata, successor, closed_at, kept";

pub(super) fn endpoint(row: &Row<'_>) -> Result<EndpointRow> {
    Ok(EndpointRow {
        id: row.get(0)?,
        state: row.get(1)?,
        state_since: row.get(2)?,
        order: unsigned(row, 3)?,
        pid: row.get(4)?,
        process_start: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        boot_id: row.get(6)?,
        fingerprint: row.get(7)?,
        owner_token: row.get(8)?,
        nonce: row.get(9)?,
        metadata: row.get(10)?,
        successor: row.get(11)?,
        closed_at: row.get(12)?,
        kept: row.get(13)?,
    })
}

pub(super) const QUEUE: &str = "queue.endpoint, queue.pos, queue.seq, queue.size, queue.attempt, queue.assignment, queue.extra";
pub(super) const QUEUE_WIDTH: usize = 7;

pub(super) fn queue(row: &Row<'_>) -> Result<QueueRow> {
    Ok(QueueRow {
        endpoint: row.get(0)?,
        pos: row.get(1)?,
        seq: row.get(2)?,
        size: unsigned(row, 3)?,
        attempt: row.get(4)?,
        assignment: row.get(5)?,
        extra: row.get(6)?,
    })
}

pub(super) const INBOX: &str = "inbox.seq, inbox.id, inbox.reason, inbox.hint, inbox.correlation, inbox.agent, \
     inbox.assignment, inbox.size, inbox.extra";
pub(super) const INBOX_WIDTH: usize = 9;

pub(super) fn inbox(row: &Row<'_>) -> Result<InboxRow> {
    Ok(InboxRow {
        seq: row.get(0)?,
        id: row.get(1)?,
        reason: row.get(2)?,
        hint: row.get(3)?,
        correlation: row.get(4)?,
        agent: row.get(5)?,
        assignment: row.get(6)?,
        size: unsigned(row, 7)?,
        extra: row.get(8)?,
    })
}

pub(super) const HEAD: &str = "message.id, message.sender, message.correlation, message.stored_at, \
     message.expires_at, message.state, message.hop, message.attempts";

/// Reads [`HEAD`] from a column on. `None` if the join found no message.
pub(super) fn head(row: &Row<'_>, from: usize) -> Result<Option<MessageHead>> {
    let Some(id) = row.get(from)? else {
        return Ok(None);
    };
    Ok(Some(MessageHead {
        id,
        sender: row.get(from + 1)?,
        correlation: row.get(from + 2)?,
        stored_at: row.get(from + 3)?,
        expires_at: row.get(from + 4)?,
        state: row.get(from + 5)?,
        hop: row.get(from + 6)?,
        attempts: row.get(from + 7)?,
    }))
}

pub(super) const RECORD: &str = "message.seq, message.id, message.sender, message.recipient, message.key, \
     message.key_fingerprint, message.size, message.stored_at, message.expires_at, message.state, message.hop, \
     message.attempts, message.endpoint, message.undispatched_id, message.reason, message.confirmed_by, \
     message.status, message.accepted_at, message.durable_at, message.pushed_at, message.inbox_at, message.ended_at";
pub(super) const RECORD_WIDTH: usize = 22;

pub(super) fn record(row: &Row<'_>) -> Result<ReceiptRecord> {
    let key = match (row.get(4)?, row.get(5)?) {
        (Some(key), Some(fingerprint)) => Some(IdempotencyKey { key, fingerprint }),
        _ => None,
    };
    Ok(ReceiptRecord {
        seq: row.get(0)?,
        id: row.get(1)?,
        sender: row.get(2)?,
        to: row.get(3)?,
        key,
        size: unsigned(row, 6)?,
        stored_at: row.get(7)?,
        expires_at: row.get(8)?,
        receipt: Receipt {
            state: row.get(9)?,
            hop: row.get(10)?,
            attempts: row.get(11)?,
            endpoint: row.get(12)?,
            undispatched_id: row.get(13)?,
            reason: row.get(14)?,
            confirmed_by: row.get(15)?,
            status: row.get(16)?,
            times: ReceiptTimes {
                accepted: row.get(17)?,
                durable: row.get(18)?,
                pushed: row.get(19)?,
                inbox: row.get(20)?,
                ended: row.get(21)?,
            },
        },
    })
}

/// Needs `message` left-joined with `content`.
pub(super) const CONTENT: &str = "message.seq, message.id, message.sender, message.recipient, message.stored_at, \
     message.expires_at, message.content_type, message.checksum, message.held, content.metadata, content.content, \
     message.ended_at";

/// Reads [`CONTENT`] from a column on and verifies it. `None` if the join found no message.
///
/// Whatever a flipped bit can make of a column is damage of this message, not an error.
pub(super) fn content(row: &Row<'_>, from: usize) -> Result<Option<Content>> {
    let Some(seq) = row.get::<_, Option<Seq>>(from)? else {
        return Ok(None);
    };
    let held: Result<bool> = row.get(from + 8);
    let ended: Result<Option<Millis>> = row.get(from + 11);
    // Only what has ended loses its content in order.
    if let (Ok(false), Ok(Some(_))) = (held, ended) {
        return Ok(Some(Content::Dropped));
    }
    Ok(Some(match verified(row, from, seq) {
        Ok(message) => Content::Whole(Box::new(message)),
        Err(what) => Content::Damaged(Damage {
            seq,
            what: what.to_owned(),
        }),
    }))
}

fn verified(
    row: &Row<'_>,
    from: usize,
    seq: Seq,
) -> std::result::Result<StoredMessage, &'static str> {
    let text = |column: usize| match row.get_ref(from + column) {
        Ok(ValueRef::Text(bytes)) => Ok(bytes),
        Ok(value) if value.data_type() == Type::Null => Err("the content is missing"),
        _ => Err("a column has the wrong type"),
    };
    let wrong_type = |_| "a column has the wrong type";
    let stored_at: Millis = row.get(from + 4).map_err(wrong_type)?;
    let expires_at: Option<Millis> = row.get(from + 5).map_err(wrong_type)?;
    let checksum: u32 = row.get(from + 7).map_err(wrong_type)?;
    let covered = Covered {
        seq,
        id: text(1)?,
        sender: text(2)?,
        to: text(3)?,
        stored_at,
        expires_at,
        content_type: text(6)?,
        metadata: text(9)?,
        content: text(10)?,
    };
    if covered.checksum() != checksum {
        return Err("the checksum does not match");
    }
    // What passed the checksum is what was stored, which was text.
    let owned =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| "the text is not UTF-8");
    Ok(StoredMessage {
        seq,
        id: owned(covered.id)?.into(),
        sender: owned(covered.sender)?,
        to: owned(covered.to)?,
        stored_at,
        expires_at,
        content: Private::from(owned(covered.content)?),
        content_type: owned(covered.content_type)?,
        metadata: Private::from(owned(covered.metadata)?),
    })
}

pub(super) const ASSIGNMENT: &str =
    "id, seq, undispatched_id, endpoint, state, sequence, created_at, accepted_at, detail";

pub(super) fn assignment(row: &Row<'_>) -> Result<AssignmentRow> {
    Ok(AssignmentRow {
        id: row.get(0)?,
        seq: row.get(1)?,
        undispatched_id: row.get(2)?,
        endpoint: row.get(3)?,
        state: row.get(4)?,
        sequence: unsigned(row, 5)?,
        created_at: row.get(6)?,
        accepted_at: row.get(7)?,
        detail: row.get(8)?,
    })
}

pub(super) const REPLY: &str =
    "source, assignment, request, fingerprint, message, endpoint, outcome, created_at";

pub(super) fn reply(row: &Row<'_>) -> Result<ReplyRow> {
    Ok(ReplyRow {
        key: ReplyKey {
            source: row.get(0)?,
            assignment: row.get(1)?,
            request: row.get(2)?,
        },
        fingerprint: row.get(3)?,
        message: row.get(4)?,
        endpoint: row.get(5)?,
        outcome: row.get(6)?,
        created_at: row.get(7)?,
    })
}

pub(super) const RING: &str = "endpoint, n, correlation";

pub(super) fn ring(row: &Row<'_>) -> Result<RingRow> {
    Ok(RingRow {
        endpoint: row.get(0)?,
        n: unsigned(row, 1)?,
        correlation: row.get(2)?,
    })
}

pub(super) const REPLY_CORRELATION: &str = "correlation, endpoint, received_at";

pub(super) fn reply_correlation(row: &Row<'_>) -> Result<ReplyCorrelationRow> {
    Ok(ReplyCorrelationRow {
        correlation: row.get(0)?,
        endpoint: row.get(1)?,
        received_at: row.get(2)?,
    })
}

pub(super) const OUTBOX: &str = "lane, id, kind, payload, created_at";

pub(super) fn outbox(row: &Row<'_>) -> Result<OutboxRow> {
    Ok(OutboxRow {
        lane: row.get(0)?,
        id: unsigned(row, 1)?,
        kind: row.get(2)?,
        payload: row.get(3)?,
        created_at: row.get(4)?,
    })
}

pub(super) const CONTROL: &str = "key, outcome, at";

pub(super) fn control(row: &Row<'_>) -> Result<ControlRow> {
    Ok(ControlRow {
        key: row.get(0)?,
        outcome: row.get(1)?,
        at: row.get(2)?,
    })
}

pub(super) const SPAWN: &str = "token, deadline, detail";

pub(super) fn spawn(row: &Row<'_>) -> Result<SpawnRow> {
    Ok(SpawnRow {
        token: row.get(0)?,
        deadline: row.get(1)?,
        detail: row.get(2)?,
    })
}

pub(super) const CURSOR: &str = "scope, value, at";

pub(super) fn cursor(row: &Row<'_>) -> Result<Cursor> {
    Ok(Cursor {
        scope: row.get(0)?,
        value: row.get(1)?,
        at: row.get(2)?,
    })
}
