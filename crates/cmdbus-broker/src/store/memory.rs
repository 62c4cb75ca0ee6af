//! The store that forgets at the end of the process: for tests, and for those who want nothing kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::checksum::Covered;
use super::error::{StoreError, StoreErrorKind};
use super::rows::{
    AssignmentRow, ControlRow, DamagedRow, EndpointRow, EndpointState, IdempotencyKey, InboxReason,
    InboxRow, MessageRow, Millis, Op, OutboxRow, Pos, QueueRow, RING_SLOTS, Receipt, ReceiptState,
    ReplyCorrelationRow, ReplyKey, ReplyRow, RingRow, Seq, SpawnRow,
};
use super::{
    Content, Cursor, Damage, Due, HistoryFrom, HistoryItem, InboxEntry, InboxItem,
    LOADED_QUEUE_ENTRIES, Loaded, LoadedQueue, MessageHead, Outcome, PAGE_CONTENT_BYTES, Page,
    Place, QueueEntry, Reader, ReceiptRecord, Store, StoredMessage,
};
use crate::ids::{AssignmentId, EndpointId, MessageId};

/// A store in memory, with the semantics of [`SqliteStore`](super::SqliteStore).
///
/// A clone is a second handle of the same store: so a test can keep one that a [`Writer`](super::Writer) owns, make
/// it fail, and look at it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    tables: Tables,
    failing: Option<(StoreErrorKind, Outcome)>,
    /// After a commit of unknown outcome, until `reopen`.
    closed: bool,
    commits: u64,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes every commit fail like this from now on, or lets them succeed again. A commit whose outcome is
    /// unknown is stored here.
    pub fn fail_commits(&self, how: Option<(StoreErrorKind, Outcome)>) {
        self.lock().failing = how;
    }

    /// Changes the content of a message as a fault of the disk would: its checksum stays.
    pub fn damage(&self, seq: Seq) {
        let mut shared = self.lock();
        if let Some(mut message) = shared.tables.message.get(&seq).cloned() {
            message.checksum = !message.checksum;
            shared.tables.message.put(seq, message);
            shared.tables.settle();
        }
    }

    /// Returns how many commits of something have succeeded.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        const DURING: &str = "commit";
        if self.closed {
            return Err(
                StoreError::new(StoreErrorKind::CannotOpen, "use a closed store").unknown(),
            );
        }
        if let Some((kind, Outcome::NotStored)) = self.failing {
            return Err(StoreError::new(kind, DURING));
        }
        for op in ops {
            if let Err(why) = self.tables.apply(op) {
                self.tables.undo();
                return Err(StoreError::new(StoreErrorKind::Refused, DURING).caused_by(why));
            }
        }
        self.tables.settle();
        if let Some((kind, Outcome::Unknown)) = self.failing {
            self.closed = true;
            return Err(StoreError::new(kind, DURING).unknown());
        }
        self.commits += 1;
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        if ops.is_empty() {
            Ok(())
        } else {
            self.lock().commit(ops)
        }
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        Ok(self.lock().tables.load())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(self.clone())
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        let mut shared = self.lock();
        shared.commit(&[])?;
        shared.commits -= 1;
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        let mut shared = self.lock();
        if let Some((kind, Outcome::Unknown)) = shared.failing {
            return Err(StoreError::new(kind, "open the store again"));
        }
        shared.closed = false;
        Ok(())
    }

    fn maintain(&mut self, _idle: bool) {}

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A table that can take back what was done to it since [`settle`](Self::settle).
struct Table<K, V> {
    rows: BTreeMap<K, V>,
    before: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            before: Vec::new(),
        }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    fn put(&mut self, key: K, value: V) {
        let previous = self.rows.insert(key.clone(), value);
        self.before.push((key, previous));
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        let previous = self.rows.remove(key)?;
        self.before.push((key.clone(), Some(previous.clone())));
        Some(previous)
    }

    fn remove_where(&mut self, matches: impl Fn(&K, &V) -> bool) {
        let keys: Vec<K> = self
            .rows
            .iter()
            .filter(|(key, value)| matches(key, value))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.remove(&key);
        }
    }

    fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    fn cloned(&self) -> Vec<V> {
        self.values().cloned().collect()
    }

    fn undo(&mut self) {
        for (key, previous) in std::mem::take(&mut self.before).into_iter().rev() {
            match previous {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }

    fn settle(&mut self) {
        self.before.clear();
    }
}

/// A message without its content.
#[derive(Clone)]
struct Message {
    id: MessageId,
    sender: String,
    to: String,
    key: Option<IdempotencyKey>,
    correlation: Option<String>,
    stored_at: Millis,
    expires_at: Option<Millis>,
    size: u64,
    checksum: u32,
    /// `None` once it was dropped or put aside.
    content: Option<Arc<StoredMessage>>,
    receipt: Receipt,
}

macro_rules! tables {
    ($($name:ident: $key:ty => $value:ty,)+) => {
        #[derive(Default)]
        struct Tables { $($name: Table<$key, $value>,)+ }

        impl Tables {
            fn undo(&mut self) { $(self.$name.undo();)+ }
            fn settle(&mut self) { $(self.$name.settle();)+ }
        }
    };
}

// `next_seq` has one row: a number above every message that was removed.
tables! {
    meta: String => String,
    endpoint: EndpointId => EndpointRow,
    message: Seq => Message,
    by_id: MessageId => Seq,
    by_key: (String, String) => Seq,
    next_seq: () => Seq,
    queue: (EndpointId, Pos) => QueueRow,
    inbox: Seq => InboxRow,
    assignment: AssignmentId => AssignmentRow,
    reply: ReplyKey => ReplyRow,
    ring: (EndpointId, u64) => RingRow,
    reply_correlation: String => ReplyCorrelationRow,
    seen: MessageId => Millis,
    outbox: u64 => OutboxRow,
    control: String => ControlRow,
    spawn: super::rows::Private => SpawnRow,
    cursor: String => Cursor,
    damaged: Seq => DamagedRow,
}

type Applied = Result<(), &'static str>;

impl Tables {
    fn apply(&mut self, op: &Op) -> Applied {
        match op {
            Op::MetaPut { name, value } => {
                if name.starts_with("store.") {
                    return Err("the name belongs to the store");
                }
                self.meta.put(name.clone(), value.clone());
            }
            Op::EndpointPut(row) => self.endpoint.put(row.id.clone(), (**row).clone()),
            Op::EndpointDelete(id) => {
                if self.queue_of(id).next().is_some() {
                    return Err("something is queued for the endpoint");
                }
                self.endpoint.remove(id);
            }
            Op::MessagePut(row) => self.put_message(row)?,
            Op::ReceiptSet { seq, change } => self.change(*seq, |message| {
                if !message.receipt.state.is_end() {
                    message.receipt.apply(change);
                }
            }),
            Op::KeyForget(seq) => {
                self.forget_key(*seq);
                self.change(*seq, |message| message.key = None);
            }
            Op::ContentDrop(seq) => {
                if self
                    .message
                    .get(seq)
                    .is_some_and(|message| !message.receipt.state.is_end())
                {
                    return Err("the message has not ended");
                }
                self.change(*seq, |message| message.content = None);
            }
            Op::MessageDelete(seq) => self.delete_message(*seq)?,
            Op::QueuePush(row) => self.queue.put((row.endpoint.clone(), row.pos), row.clone()),
            Op::QueueAttempt {
                endpoint,
                pos,
                attempt,
            } => {
                let key = (endpoint.clone(), *pos);
                if let Some(mut row) = self.queue.get(&key).cloned() {
                    row.attempt = *attempt;
                    self.queue.put(key, row);
                }
            }
            Op::QueueRemove { endpoint, pos } => drop(self.queue.remove(&(endpoint.clone(), *pos))),
            Op::QueueToInbox {
                endpoint,
                reason,
                agent,
                at,
            } => {
                self.queue_to_inbox(endpoint, *reason, agent.as_deref(), *at);
            }
            Op::InboxPut(row) => self.inbox.put(row.seq, row.clone()),
            Op::InboxRemove(seq) => drop(self.inbox.remove(seq)),
            Op::AssignmentPut(row) => self.assignment.put(row.id.clone(), (**row).clone()),
            Op::AssignmentDelete(id) => drop(self.assignment.remove(id)),
            Op::ReplyPut(row) => self.reply.put(row.key.clone(), (**row).clone()),
            Op::ReplyDelete(key) => drop(self.reply.remove(key)),
            Op::RingPut(row) => self
                .ring
                .put((row.endpoint.clone(), row.n % RING_SLOTS), row.clone()),
            Op::RingRemove { endpoint, n } => {
                let key = (endpoint.clone(), n % RING_SLOTS);
                if self.ring.get(&key).is_some_and(|row| row.n == *n) {
                    self.ring.remove(&key);
                }
            }
            Op::RingClear(endpoint) => self.ring.remove_where(|_, row| row.endpoint == *endpoint),
            Op::ReplyCorrelationPut(row) => self
                .reply_correlation
                .put(row.correlation.clone(), row.clone()),
            Op::ReplyCorrelationDelete(correlation) => {
                drop(self.reply_correlation.remove(correlation))
            }
            Op::SeenPut { id, at } => {
                if !self.seen.contains(id) {
                    self.seen.put(id.clone(), *at);
                }
            }
            Op::SeenPurge { before } => self.seen.remove_where(|_, at| at < before),
            Op::OutboxPut(row) => self.outbox.put(row.id, (**row).clone()),
            Op::OutboxDelete { id } => drop(self.outbox.remove(id)),
            Op::ControlPut(row) => self.control.put(row.key.clone(), (**row).clone()),
            Op::ControlPurge { before } => self.control.remove_where(|_, row| row.at < *before),
            Op::SpawnPut(row) => self.spawn.put(row.token.clone(), (**row).clone()),
            Op::SpawnDelete { token } => drop(self.spawn.remove(token)),
            Op::CursorPut { scope, value, at } => {
                let cursor = Cursor {
                    scope: scope.clone(),
                    value: value.clone(),
                    at: *at,
                };
                self.cursor.put(scope.clone(), cursor);
            }
            Op::Damaged { seq, what, at } => self.set_aside(*seq, what, *at),
        }
        Ok(())
    }

    fn queue_of<'a>(&'a self, endpoint: &EndpointId) -> impl Iterator<Item = &'a QueueRow> {
        let all = (endpoint.clone(), Pos(0))..=(endpoint.clone(), Pos(u64::MAX));
        self.queue.rows.range(all).map(|(_, row)| row)
    }

    fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Message)) {
        if let Some(mut message) = self.message.get(&seq).cloned() {
            change(&mut message);
            self.message.put(seq, message);
        }
    }

    fn put_message(&mut self, row: &MessageRow) -> Applied {
        self.forget_message(row.seq);
        let key = row
            .key
            .as_ref()
            .map(|key| (row.sender.clone(), key.key.clone()));
        if self.by_id.contains(&row.id) || key.as_ref().is_some_and(|key| self.by_key.contains(key))
        {
            return Err("another message has the same id, or the same sender and key");
        }
        self.by_id.put(row.id.clone(), row.seq);
        if let Some(key) = key {
            self.by_key.put(key, row.seq);
        }
        let content = StoredMessage {
            seq: row.seq,
            id: row.id.clone(),
            sender: row.sender.clone(),
            to: row.to.clone(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            content: row.content.clone(),
            content_type: row.content_type.clone(),
            metadata: row.metadata.clone(),
        };
        let message = Message {
            id: row.id.clone(),
            sender: row.sender.clone(),
            to: row.to.clone(),
            key: row.key.clone(),
            correlation: row.correlation.clone(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            size: row.size(),
            checksum: Covered::of(row).checksum(),
            content: Some(Arc::new(content)),
            receipt: row.receipt.clone(),
        };
        self.message.put(row.seq, message);
        Ok(())
    }

    fn forget_key(&mut self, seq: Seq) {
        if let Some(message) = self.message.get(&seq)
            && let Some(key) = &message.key
        {
            let key = (message.sender.clone(), key.key.clone());
            self.by_key.remove(&key);
        }
    }

    fn forget_message(&mut self, seq: Seq) {
        self.forget_key(seq);
        if let Some(message) = self.message.remove(&seq) {
            self.by_id.remove(&message.id);
        }
    }

    fn delete_message(&mut self, seq: Seq) -> Applied {
        let Some(message) = self.message.get(&seq) else {
            return Ok(());
        };
        if !message.receipt.state.is_end() && message.receipt.state != ReceiptState::Accepted {
            return Err("the message has not ended");
        }
        self.forget_message(seq);
        let next = Seq(seq.0 + 1).max(self.next_seq.get(&()).copied().unwrap_or_default());
        self.next_seq.put((), next);
        Ok(())
    }

    fn queue_to_inbox(
        &mut self,
        endpoint: &EndpointId,
        reason: InboxReason,
        agent: Option<&str>,
        at: Millis,
    ) {
        let queued: Vec<QueueRow> = self.queue_of(endpoint).cloned().collect();
        for place in queued {
            let Some(message) = self.message.get(&place.seq) else {
                continue;
            };
            let record = match self.inbox.get(&place.seq) {
                Some(claimed) => InboxRow {
                    assignment: None,
                    ..claimed.clone()
                },
                None => InboxRow {
                    seq: place.seq,
                    id: message.id.as_str().into(),
                    reason,
                    hint: Some(endpoint.clone()),
                    correlation: message.correlation.clone(),
                    agent: agent.map(str::to_owned),
                    assignment: None,
                    size: place.size,
                    extra: place.extra.clone(),
                },
            };
            self.change(place.seq, |message| {
                let receipt = &mut message.receipt;
                if !receipt.state.is_end() {
                    receipt.state = ReceiptState::Inbox;
                    receipt.times.inbox = Some(at);
                    receipt.undispatched_id = Some(record.id.clone());
                }
            });
            self.inbox.put(place.seq, record);
            self.queue.remove(&(place.endpoint, place.pos));
        }
    }

    fn set_aside(&mut self, seq: Seq, what: &str, at: Millis) {
        let Some(message) = self.message.get(&seq) else {
            return;
        };
        let damaged = DamagedRow {
            seq,
            id: message.id.clone(),
            found_at: at,
            what: what.to_owned(),
        };
        self.damaged.put(seq, damaged);
        self.change(seq, |message| message.content = None);
    }

    fn head(&self, seq: Seq) -> Option<MessageHead> {
        let message = self.message.get(&seq)?;
        Some(MessageHead {
            id: message.id.clone(),
            sender: message.sender.clone(),
            correlation: message.correlation.clone(),
            stored_at: message.stored_at,
            expires_at: message.expires_at,
            state: message.receipt.state,
            hop: message.receipt.hop,
            attempts: message.receipt.attempts,
        })
    }

    fn load(&self) -> Loaded {
        let mut orphans = BTreeSet::new();
        let mut queues: Vec<LoadedQueue> = Vec::new();
        for place in self.queue.values() {
            let Some(message) = self.head(place.seq) else {
                orphans.insert(place.seq);
                continue;
            };
            if queues
                .last()
                .is_none_or(|queue| queue.endpoint != place.endpoint)
            {
                let endpoint = place.endpoint.clone();
                queues.push(LoadedQueue {
                    endpoint,
                    count: 0,
                    bytes: 0,
                    first: Vec::new(),
                });
            }
            let Some(queue) = queues.last_mut() else {
                continue;
            };
            queue.count += 1;
            queue.bytes += place.size;
            if queue.first.len() < LOADED_QUEUE_ENTRIES {
                queue.first.push(QueueEntry {
                    row: place.clone(),
                    message,
                });
            }
        }
        let mut inbox = Vec::new();
        for row in self.inbox.values() {
            match self.head(row.seq) {
                Some(message) => inbox.push(InboxEntry {
                    row: row.clone(),
                    message,
                }),
                None => drop(orphans.insert(row.seq)),
            }
        }
        let accepted = self
            .message
            .rows
            .iter()
            .filter(|(_, message)| message.receipt.state == ReceiptState::Accepted);
        let last_seq = self
            .message
            .rows
            .last_key_value()
            .map_or(0, |(seq, _)| seq.0);
        let removed = self.next_seq.get(&()).copied().unwrap_or_default();
        let last_pos = self
            .queue
            .rows
            .keys()
            .map(|(_, pos)| pos.0)
            .max()
            .unwrap_or(0);
        Loaded {
            meta: self
                .meta
                .rows
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            endpoints: sorted(self.endpoint.cloned(), |row| row.order),
            queues,
            inbox,
            accepted: accepted
                .map(|(seq, message)| record(*seq, message))
                .collect(),
            assignments: self.assignment.cloned(),
            replies: self.reply.cloned(),
            rings: sorted(self.ring.cloned(), |row| (row.endpoint.clone(), row.n)),
            reply_correlations: sorted(self.reply_correlation.cloned(), |row| {
                (row.received_at, row.correlation.clone())
            }),
            seen: sorted(
                self.seen
                    .rows
                    .iter()
                    .map(|(id, at)| (id.clone(), *at))
                    .collect(),
                |(id, at)| (*at, id.clone()),
            ),
            outbox: self.outbox.cloned(),
            control: sorted(self.control.cloned(), |row| (row.at, row.key.clone())),
            spawns: sorted(self.spawn.cloned(), |row| (row.deadline, row.token.clone())),
            cursors: self.cursor.cloned(),
            orphans: orphans.into_iter().collect(),
            next_seq: Seq(last_seq + 1).max(removed),
            next_pos: Pos(last_pos + 1),
        }
    }

    /// Ended messages that match, by the time of their end and `seq`, oldest first.
    fn by_time(&self, time: impl Fn(&Message) -> Option<Millis>) -> Vec<(Millis, Seq)> {
        let mut found: Vec<(Millis, Seq)> = self
            .message
            .rows
            .iter()
            .filter_map(|(seq, message)| Some((time(message)?, *seq)))
            .collect();
        found.sort_unstable();
        found
    }

    /// The first of what is before a time or not among the newest.
    fn oldest(found: &[(Millis, Seq)], before: Millis, newest: u64, limit: usize) -> Vec<Seq> {
        let beyond = found
            .len()
            .saturating_sub(usize::try_from(newest).unwrap_or(usize::MAX));
        let old = found.partition_point(|(time, _)| *time < before);
        found
            .iter()
            .take(beyond.max(old))
            .take(limit)
            .map(|(_, seq)| *seq)
            .collect()
    }
}

fn sorted<T, K: Ord>(mut items: Vec<T>, key: impl FnMut(&T) -> K) -> Vec<T> {
    items.sort_by_cached_key(key);
    items
}

fn record(seq: Seq, message: &Message) -> ReceiptRecord {
    ReceiptRecord {
        seq,
        id: message.id.clone(),
        sender: message.sender.clone(),
        to: message.to.clone(),
        key: message.key.clone(),
        size: message.size,
        stored_at: message.stored_at,
        expires_at: message.expires_at,
        receipt: message.receipt.clone(),
    }
}

fn content(seq: Seq, message: &Message) -> Content {
    let Some(stored) = &message.content else {
        // Only what has ended loses its content in order.
        return if message.receipt.state.is_end() {
            Content::Dropped
        } else {
            let what = "the content is missing".to_owned();
            Content::Damaged(Damage { seq, what })
        };
    };
    let covered = Covered {
        seq,
        id: message.id.as_str().as_bytes(),
        sender: message.sender.as_bytes(),
        to: message.to.as_bytes(),
        stored_at: message.stored_at,
        expires_at: message.expires_at,
        content: stored.content.as_str().as_bytes(),
        content_type: stored.content_type.as_bytes(),
        metadata: stored.metadata.as_str().as_bytes(),
    };
    if covered.checksum() == message.checksum {
        Content::Whole(Box::new(StoredMessage::clone(stored)))
    } else {
        Content::Damaged(Damage {
            seq,
            what: "the checksum does not match".to_owned(),
        })
    }
}

/// Collects items until the limits of a page are reached.
fn page_by_size<T>(
    items: impl Iterator<Item = T>,
    limit: usize,
    content: impl Fn(&T) -> &Content,
) -> Page<T> {
    let mut page = Page {
        items: Vec::new(),
        more: false,
    };
    let mut bytes = 0;
    for item in items {
        bytes += match content(&item) {
            Content::Whole(message) => (message.content.len() + message.metadata.len()) as u64,
            Content::Dropped | Content::Damaged(_) => 0,
        };
        if page.items.len() == limit || (!page.items.is_empty() && bytes > PAGE_CONTENT_BYTES) {
            page.more = true;
            break;
        }
        page.items.push(item);
    }
    page
}

impl Reader for MemoryStore {
    fn content(&self, seq: Seq) -> Result<Option<Content>, StoreError> {
        Ok(self
            .lock()
            .tables
            .message
            .get(&seq)
            .map(|message| content(seq, message)))
    }

    fn stored(&self, ids: &[MessageId]) -> Result<Vec<bool>, StoreError> {
        let tables = &self.lock().tables;
        Ok(ids
            .iter()
            .map(|id| tables.by_id.get(id).is_some())
            .collect())
    }

    fn receipt(&self, id: &MessageId) -> Result<Option<ReceiptRecord>, StoreError> {
        let tables = &self.lock().tables;
        let found = tables
            .by_id
            .get(id)
            .and_then(|seq| Some(record(*seq, tables.message.get(seq)?)));
        Ok(found)
    }

    fn receipt_by_key(&self, sender: &str, key: &str) -> Result<Option<ReceiptRecord>, StoreError> {
        let tables = &self.lock().tables;
        let seq = tables.by_key.get(&(sender.to_owned(), key.to_owned()));
        Ok(seq.and_then(|seq| Some(record(*seq, tables.message.get(seq)?))))
    }

    fn open_receipts(
        &self,
        sender: &str,
        after: Option<Seq>,
        limit: usize,
    ) -> Result<Page<ReceiptRecord>, StoreError> {
        let tables = &self.lock().tables;
        let open = tables.message.rows.iter().filter(|(seq, message)| {
            **seq > after.unwrap_or_default()
                && message.sender == sender
                && !message.receipt.state.is_end()
        });
        let items = open
            .take(limit.saturating_add(1))
            .map(|(seq, message)| record(*seq, message))
            .collect();
        Ok(Page::of(items, limit))
    }

    fn inbox_page(&self, after: Option<Seq>, limit: usize) -> Result<Page<InboxItem>, StoreError> {
        let tables = &self.lock().tables;
        let items = tables
            .inbox
            .values()
            .filter(|row| row.seq > after.unwrap_or_default())
            .filter_map(|row| {
                let content = content(row.seq, tables.message.get(&row.seq)?);
                Some(InboxItem {
                    row: row.clone(),
                    content,
                })
            });
        Ok(page_by_size(items, limit, |item| &item.content))
    }

    fn queue_page(
        &self,
        endpoint: &EndpointId,
        after: Option<Pos>,
        limit: usize,
    ) -> Result<Page<QueueEntry>, StoreError> {
        let tables = &self.lock().tables;
        let entries = tables
            .queue_of(endpoint)
            .filter(|row| row.pos > after.unwrap_or_default())
            .filter_map(|row| {
                Some(QueueEntry {
                    row: row.clone(),
                    message: tables.head(row.seq)?,
                })
            });
        Ok(Page::of(
            entries.take(limit.saturating_add(1)).collect(),
            limit,
        ))
    }

    fn history(
        &self,
        correlation: &str,
        from: HistoryFrom,
        limit: usize,
    ) -> Result<Page<HistoryItem>, StoreError> {
        let tables = &self.lock().tables;
        let items = tables
            .message
            .rows
            .iter()
            .filter(|(_, message)| message.correlation.as_deref() == Some(correlation))
            .map(|(seq, message)| HistoryItem {
                record: record(*seq, message),
                content: content(*seq, message),
            });
        let whole = |item: &HistoryItem| item.record.seq;
        Ok(match from {
            HistoryFrom::Newest => page_by_size(items.rev(), limit, |item| &item.content),
            HistoryFrom::Before(seq) => page_by_size(
                items.rev().filter(|item| whole(item) < seq),
                limit,
                |item| &item.content,
            ),
            HistoryFrom::After(seq) => {
                let mut page =
                    page_by_size(items.filter(|item| whole(item) > seq), limit, |item| {
                        &item.content
                    });
                page.items.reverse();
                page
            }
        })
    }

    fn took_part(
        &self,
        correlation: &str,
        sender: &str,
        endpoint: &EndpointId,
    ) -> Result<bool, StoreError> {
        let tables = &self.lock().tables;
        let found = tables.message.values().any(|message| {
            message.correlation.as_deref() == Some(correlation)
                && (message.sender == sender || message.receipt.endpoint.as_ref() == Some(endpoint))
        });
        Ok(found)
    }

    fn due(&self, now: Millis, limit: usize) -> Result<Vec<Due>, StoreError> {
        let tables = &self.lock().tables;
        let expired = tables.by_time(|message| {
            message
                .expires_at
                .filter(|time| *time <= now && !message.receipt.state.is_end())
        });
        let place = |seq: Seq, message: &Message| {
            let queue = message.receipt.endpoint.as_ref();
            let queued =
                queue.and_then(|endpoint| tables.queue_of(endpoint).find(|row| row.seq == seq));
            match (queued, tables.inbox.get(&seq)) {
                (Some(row), _) => (row.size, Place::Queue(row.endpoint.clone(), row.pos)),
                (None, Some(row)) => (0, Place::Inbox(row.assignment.is_some())),
                (None, None) => (0, Place::Elsewhere),
            }
        };
        let due = expired.into_iter().take(limit).filter_map(|(_, seq)| {
            let message = tables.message.get(&seq)?;
            let (size, place) = place(seq, message);
            Some(Due {
                seq,
                id: message.id.clone(),
                size,
                hop: message.receipt.hop,
                place,
            })
        });
        Ok(due.collect())
    }

    fn content_to_drop(
        &self,
        ended_before: Millis,
        max_bytes: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError> {
        let tables = &self.lock().tables;
        let held = tables.by_time(|message| {
            message
                .receipt
                .times
                .ended
                .filter(|_| message.content.is_some())
        });
        let mut bytes = 0_u64;
        let newest = held.iter().rev().take_while(|(_, seq)| {
            bytes = bytes.saturating_add(tables.message.get(seq).map_or(0, |message| message.size));
            bytes <= max_bytes
        });
        let newest = newest.count() as u64;
        Ok(Tables::oldest(&held, ended_before, newest, limit))
    }

    fn receipts_to_delete(
        &self,
        ended_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError> {
        let ended = self
            .lock()
            .tables
            .by_time(|message| message.receipt.times.ended);
        Ok(Tables::oldest(&ended, ended_before, newest, limit))
    }

    fn keys_to_forget(
        &self,
        stored_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError> {
        let keyed = self
            .lock()
            .tables
            .by_time(|message| message.key.as_ref().map(|_| message.stored_at));
        Ok(Tables::oldest(&keyed, stored_before, newest, limit))
    }

    fn tombstones_to_delete(
        &self,
        closed_before: Millis,
        newest: u64,
        limit: usize,
    ) -> Result<Vec<EndpointId>, StoreError> {
        let tables = &self.lock().tables;
        let mut named: BTreeSet<&str> = tables
            .queue
            .values()
            .map(|row| row.endpoint.as_str())
            .collect();
        named.extend(
            tables
                .inbox
                .values()
                .filter_map(|row| row.hint.as_ref())
                .map(EndpointId::as_str),
        );
        named.extend(tables.assignment.values().map(|row| row.endpoint.as_str()));
        for message in tables
            .message
            .values()
            .filter(|message| !message.receipt.state.is_end())
        {
            named.extend(message.receipt.endpoint.as_ref().map(EndpointId::as_str));
            named.extend(message.sender.strip_prefix("endpoint:"));
        }
        let mut tombstones: Vec<&EndpointRow> = tables
            .endpoint
            .values()
            .filter(|row| row.state == EndpointState::Closed && !row.kept)
            .collect();
        tombstones.sort_by_key(|row| (row.closed_at, row.order));
        let beyond = tombstones
            .len()
            .saturating_sub(usize::try_from(newest).unwrap_or(usize::MAX));
        let mut gone: Vec<&EndpointRow> = tombstones
            .into_iter()
            .enumerate()
            .filter(|(place, row)| {
                *place < beyond || row.closed_at.is_some_and(|closed| closed < closed_before)
            })
            .map(|(_, row)| row)
            .filter(|row| !named.contains(row.id.as_str()))
            .collect();
        gone.sort_by(|a, b| (a.closed_at, &a.id).cmp(&(b.closed_at, &b.id)));
        Ok(gone
            .into_iter()
            .take(limit)
            .map(|row| row.id.clone())
            .collect())
    }

    fn damaged(&self, limit: usize) -> Result<Vec<DamagedRow>, StoreError> {
        let mut found = self.lock().tables.damaged.cloned();
        found.sort_by_key(|row| std::cmp::Reverse((row.found_at, row.seq)));
        found.truncate(limit);
        Ok(found)
    }
}
