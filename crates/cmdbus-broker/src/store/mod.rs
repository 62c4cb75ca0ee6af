//! What the broker keeps: everything that was acknowledged and has not left.
//!
//! A [`Store`] has one writer and any number of readers. The core says what shall change as a list of
//! [`Op`]; one [`commit`](Store::commit) stores a list as a whole, durably, or not at all. The core reads
//! the store once, at start, with [`load`](Store::load), which brings ids, order and sizes but no content.
//! Content is read when it is needed, with a [`Reader`], and its checksum is verified then.
//!
//! [`SqliteStore`] is the store; [`MemoryStore`] behaves the same and forgets at the end of the process.
//! [`Writer`] puts a thread around either of them, which commits what waits in groups and tells each step
//! when the commit that holds it has succeeded (protocol §2.5).
//!
//! No sequence of [`Op`]s loses a message by mistake: content and rows of messages that have not ended cannot
//! be dropped, and an endpoint cannot be removed while something is queued for it.

mod checksum;
mod error;
mod memory;
mod rows;
mod sqlite;
mod writer;

use std::sync::Arc;

pub use error::{Outcome, StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use rows::{
    AssignmentRow, ConfirmedBy, ControlRow, DamagedRow, Digest, EndpointRow, EndpointState,
    IdempotencyKey, InboxReason, InboxRow, MessageRow, Millis, Op, OutboxRow, Pos, Private,
    QueueRow, RING_SLOTS, Receipt, ReceiptChange, ReceiptState, ReceiptTimes, ReplyCorrelationRow,
    ReplyKey, ReplyRow, RingRow, SendStatus, Seq, SpawnRow,
};
pub use sqlite::{CheckLevel, CheckReport, SqliteStore, check};
pub use writer::{
    Batch, Clock, Epoch, Room, Unavailable, Writer, WriterEvent, WriterHandle, WriterOptions,
};

use crate::ids::{EndpointId, MessageId};

/// How many entries of each queue [`Store::load`] brings (protocol §2.5).
pub const LOADED_QUEUE_ENTRIES: usize = 256;

/// How much content a page brings at most, unless its first item alone is larger (protocol §10.4).
pub const PAGE_CONTENT_BYTES: u64 = 8 * 1024 * 1024;

/// A store with its only writer.
///
/// Every method blocks until the disk has answered; [`Writer`] gives a store a thread of its own.
pub trait Store: Send {
    /// Makes all changes, in order, durably, or none of them. No changes are no commit.
    ///
    /// # Errors
    ///
    /// [`StoreError::outcome`] tells whether nothing is stored for sure. If it is not known, every later
    /// commit fails until [`reopen`](Self::reopen) has succeeded. The kind `Refused` means that the changes
    /// contradict what is stored (see [`Op`]).
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError>;

    /// Reads what a core needs to begin.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be read. A damaged content does not matter here.
    fn load(&mut self) -> Result<Loaded, StoreError>;

    /// Returns a handle for reading. It sees every commit that has succeeded before the call of its method.
    fn reader(&self) -> Arc<dyn Reader>;

    /// Finds out whether the store can take something new, by committing something that needs room.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    fn probe(&mut self) -> Result<(), StoreError>;

    /// Closes the database and opens it again, checks it, and writes everything to its place, so that
    /// what holds afterwards is what is on the disk (protocol §2.5, "Failure"). Readers wait meanwhile.
    ///
    /// # Errors
    ///
    /// The kind `Corrupt` means that the check found damage. Other failures may pass; try again later.
    fn reopen(&mut self) -> Result<(), StoreError>;

    /// Does what may be due besides commits. `idle` says that nothing waits, so that it may take some
    /// milliseconds. A failure shows again at a commit, so there is nothing to report.
    fn maintain(&mut self, idle: bool);

    /// Ends the store in order: everything is in its place afterwards.
    ///
    /// # Errors
    ///
    /// What was committed is durable even if this fails.
    fn close(self: Box<Self>) -> Result<(), StoreError>;
}

/// What is read while the store is in use. Every method blocks.
///
/// # Errors
///
/// Every method fails if the database cannot be read. The kind `Corrupt` concerns the database as a whole;
/// a single damaged content is a value, [`Content::Damaged`].
pub trait Reader: Send + Sync {
    /// Reads a message with its content. `None` if there is no such message.
    fn content(&self, seq: Seq) -> Result<Option<Content>, StoreError>;

    /// Looks whether there are messages of these ids, in their order.
    fn stored(&self, ids: &[MessageId]) -> Result<Vec<bool>, StoreError>;

    /// Reads what became of a message.
    fn receipt(&self, id: &MessageId) -> Result<Option<ReceiptRecord>, StoreError>;

    /// Reads what became of the message that this sender sent with this key.
    fn receipt_by_key(&self, sender: &str, key: &str) -> Result<Option<ReceiptRecord>, StoreError>;

    /// Reads the unfinished receipts of a sender, oldest first.
    fn open_receipts(
        &self,
        sender: &str,
        after: Option<Seq>,
        limit: usize,
    ) -> Result<Page<ReceiptRecord>, StoreError>;

    /// Reads the inbox with content, in arrival order: at most `limit` records, and of content what
    /// [`PAGE_CONTENT_BYTES`] says.
    fn inbox_page(&self, after: Option<Seq>, limit: usize) -> Result<Page<InboxItem>, StoreError>;

    /// Reads a queue in order. For what [`Store::load`] did not bring.
    fn queue_page(
        &self,
        endpoint: &EndpointId,
        after: Option<Pos>,
        limit: usize,
    ) -> Result<Page<QueueEntry>, StoreError>;

    /// Reads a conversation, newest first (protocol §10.10), of content as much as for an inbox page.
    fn history(
        &self,
        correlation: &str,
        from: HistoryFrom,
        limit: usize,
    ) -> Result<Page<HistoryItem>, StoreError>;

    /// Returns whether a conversation has a message from this address, or in the queue of this endpoint.
    fn took_part(
        &self,
        correlation: &str,
        sender: &str,
        endpoint: &EndpointId,
    ) -> Result<bool, StoreError>;

    /// Finds messages that have not ended and whose time has run out, the most overdue first.
    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError>;

    /// Finds messages whose content may be dropped: ended before a time, or older than the newest ended
    /// ones that together have `max_bytes` (protocol §4.4, §10.10). For [`Op::ContentDrop`].
    fn content_to_drop(
        &self,
        ended_before: Millis,
        max_bytes: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError>;

    /// Finds messages whose receipt may go: ended before a time, or older than the `newest` latest
    /// (protocol §4.4). For [`Op::MessageDelete`].
    fn receipts_to_delete(
        &self,
        ended_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError>;

    /// Finds messages whose idempotency key may go: stored before a time, or older than the `newest`
    /// latest with a key (protocol §4.4). For [`Op::KeyForget`].
    fn keys_to_forget(
        &self,
        stored_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError>;

    /// Finds tombstones that may go: closed before a time, or older than the `newest` latest, unless they
    /// are kept, or an inbox record, a claim or an unfinished receipt names them (protocol §2.4).
    fn tombstones_to_delete(
        &self,
        closed_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<EndpointId>, StoreError>;

    /// Lists what was found damaged, latest first.
    fn damaged(&self, limit: usize) -> Result<Vec<DamagedRow>, StoreError>;
}

/// Everything a core needs to begin, without content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Values put with [`Op::MetaPut`], by name.
    pub meta: Vec<(String, String)>,
    /// Endpoints and tombstones, in the order of registration.
    pub endpoints: Vec<EndpointRow>,
    /// Queues that are not empty, by endpoint id.
    pub queues: Vec<LoadedQueue>,
    /// The inbox, in arrival order.
    pub inbox: Vec<InboxEntry>,
    /// Messages that were in work and are nowhere yet (protocol §6.5, `accepted`), oldest first.
    pub accepted: Vec<ReceiptRecord>,
    /// Claims, by id.
    pub assignments: Vec<AssignmentRow>,
    /// Reply records, by key.
    pub replies: Vec<ReplyRow>,
    /// Rings, by endpoint, oldest correlation first.
    pub rings: Vec<RingRow>,
    /// Received correlation ids, least recently received first.
    pub reply_correlations: Vec<ReplyCorrelationRow>,
    /// Inbound message ids with the time they were first seen, oldest first.
    pub seen: Vec<(MessageId, Millis)>,
    /// The outbox, in order.
    pub outbox: Vec<OutboxRow>,
    /// Outcomes of control events, oldest first.
    pub control: Vec<ControlRow>,
    /// Spawn tokens, earliest deadline first.
    pub spawns: Vec<SpawnRow>,
    /// Positions of connectors, by scope.
    pub cursors: Vec<Cursor>,
    /// Messages that a queue or the inbox names and that do not exist. Never the case unless the database
    /// was tampered with; they are in no other list, and `doctor` shows them.
    pub orphans: Vec<Seq>,
    /// A number above that of every message there ever was.
    pub next_seq: Seq,
    /// A number above every place in a queue.
    pub next_pos: Pos,
}

/// A queue as it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedQueue {
    /// Whose queue.
    pub endpoint: EndpointId,
    /// How many messages it has in all.
    pub count: u64,
    /// Their size in all, in bytes.
    pub bytes: u64,
    /// The first of them, up to [`LOADED_QUEUE_ENTRIES`].
    pub first: Vec<QueueEntry>,
}

/// What is known of a waiting message without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageHead {
    /// Its id.
    pub id: MessageId,
    /// Address of its sender.
    pub sender: String,
    /// Correlation id of its conversation.
    pub correlation: Option<String>,
    /// When it was stored.
    pub stored_at: Millis,
    /// When it stops being worth delivering.
    pub expires_at: Option<Millis>,
    /// Its receipt's state.
    pub state: ReceiptState,
    /// Its receipt's count of moves from the inbox into a queue.
    pub hop: u32,
    /// Its receipt's count of pushes.
    pub attempts: u32,
}

/// A place in a queue with the message there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// The place.
    pub row: QueueRow,
    /// The message.
    pub message: MessageHead,
}

/// An inbox record with its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The record.
    pub row: InboxRow,
    /// The message.
    pub message: MessageHead,
}

/// The position of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Of which connector and session scope.
    pub scope: String,
    /// The position.
    pub value: String,
    /// When it was reached.
    pub at: Millis,
}

/// What became of a message, with what identifies it. Never content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRecord {
    /// Its place in the order of arrival.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// Address of its sender.
    pub sender: String,
    /// The address it was sent to.
    pub to: String,
    /// The key it was sent with, as long as that is kept.
    pub key: Option<IdempotencyKey>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was stored.
    pub stored_at: Millis,
    /// When it stops being worth delivering.
    pub expires_at: Option<Millis>,
    /// What became of it.
    pub receipt: Receipt,
}

/// The content of a message, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It is what was stored.
    Whole(Box<StoredMessage>),
    /// It was dropped after the message had ended.
    Dropped,
    /// It is not what was stored, or not there. It must not be delivered; [`Op::Damaged`] puts it aside.
    Damaged(Damage),
}

/// A content that is not what was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The message.
    pub seq: Seq,
    /// What is wrong; never content.
    pub what: String,
}

/// A message as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its place in the order of arrival.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// Address of its sender.
    pub sender: String,
    /// The address it was sent to.
    pub to: String,
    /// When it was stored.
    pub stored_at: Millis,
    /// When it stops being worth delivering.
    pub expires_at: Option<Millis>,
    /// What it says.
    pub content: Private,
    /// How to read the content.
    pub content_type: String,
    /// Its metadata, as the JSON text of an object.
    pub metadata: Private,
}

/// An inbox record with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    /// The record.
    pub row: InboxRow,
    /// The message.
    pub content: Content,
}

/// From where [`Reader::history`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryFrom {
    /// From the newest message on.
    Newest,
    /// What is older than this one, from its neighbour on.
    Before(Seq),
    /// What is newer than this one, from its neighbour on; the page is still newest first.
    After(Seq),
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryItem {
    /// The message, and what became of it.
    pub record: ReceiptRecord,
    /// Its content.
    pub content: Content,
}

/// A message whose time has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// Its size in the totals of a queue; 0 elsewhere.
    pub size: u64,
    /// Its receipt's count of moves from the inbox into a queue.
    pub hop: u32,
    /// Where it waits.
    pub place: Place,
}

/// Where a message waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a queue.
    Queue(EndpointId, Pos),
    /// In the inbox; `true` if a claim has it.
    Inbox(bool),
    /// In neither: it is in work, or a network keeps it.
    Elsewhere,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// Makes a page of a list that was read one item too far, to learn whether there is one.
    fn of(mut items: Vec<T>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }
}
