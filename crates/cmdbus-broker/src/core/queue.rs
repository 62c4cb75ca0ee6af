//! The queue of an endpoint, as the core knows it: the first entries, and the totals of the rest.
//!
//! The store holds the whole queue. In memory is a window on its head, so that a long queue costs nothing;
//! when the window runs low, the next part is read (protocol §2.5).

use std::collections::VecDeque;
use std::time::Duration;

use super::step::PushId;
use crate::ids::{AssignmentId, MessageId};
use crate::store::{
    LOADED_QUEUE_ENTRIES, LoadedQueue, Millis, Page, Pos, Private, QueueEntry, ReceiptState, Seq,
};

/// Below so many entries the window is filled again.
const LOW: usize = LOADED_QUEUE_ENTRIES / 4;

/// A message in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) pos: Pos,
    pub(crate) seq: Seq,
    pub(crate) size: u64,
    pub(crate) message: MessageId,
    pub(crate) sender: String,
    pub(crate) correlation: Option<String>,
    pub(crate) stored_at: Millis,
    pub(crate) expires_at: Option<Millis>,
    pub(crate) assignment: Option<AssignmentId>,
    pub(crate) extra: Option<Private>,
    /// How often it was pushed.
    pub(crate) attempt: u32,
    /// How often it moved from the inbox into a queue.
    pub(crate) hop: u32,
    /// The state that its stored receipt has.
    pub(crate) recorded: ReceiptState,
    /// Its push that is not confirmed yet.
    pub(crate) flight: Option<Flight>,
}

/// A push that is not confirmed yet.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    /// Every push of the message on this stream, the latest last; a receipt for any of them counts.
    pub(crate) pushes: Vec<PushId>,
    pub(crate) sent: Duration,
    pub(crate) stage: Stage,
}

/// How far the wait for a receipt has come (protocol §7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It was sent.
    Sent,
    /// The stream was asked with this Ping whether it reads.
    Asked(u64),
    /// It does, since then.
    Reads(Duration),
    /// It has the message, and confirms it when its user is done.
    Held,
}

impl Entry {
    /// Makes the entry of what was loaded.
    pub(crate) fn restored(entry: QueueEntry) -> Self {
        let QueueEntry { row, message } = entry;
        Self {
            pos: row.pos,
            seq: row.seq,
            size: row.size,
            message: message.id,
            sender: message.sender,
            correlation: message.correlation,
            stored_at: message.stored_at,
            expires_at: message.expires_at,
            assignment: row.assignment,
            extra: row.extra,
            attempt: row.attempt.max(message.attempts),
            hop: message.hop,
            recorded: message.state,
            flight: None,
        }
    }
}

/// The queue of an endpoint.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    window: VecDeque<Entry>,
    count: u64,
    bytes: u64,
    /// Whether the next part is being read.
    loading: bool,
    /// Entries that left the part behind the window while it was being read.
    removed: Vec<Pos>,
}

impl Queue {
    /// Makes the queue of what was loaded.
    pub(crate) fn restored(loaded: LoadedQueue) -> Self {
        Self {
            window: loaded.first.into_iter().map(Entry::restored).collect(),
            count: loaded.count,
            bytes: loaded.bytes,
            ..Self::default()
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns whether every entry is in memory.
    pub(crate) fn is_whole(&self) -> bool {
        self.window.len() as u64 == self.count
    }

    /// Appends a message. Behind a window that is not the whole queue only the totals change.
    pub(crate) fn push(&mut self, entry: Entry) {
        let whole = self.is_whole();
        self.count += 1;
        self.bytes += entry.size;
        if whole && self.window.len() < LOADED_QUEUE_ENTRIES {
            self.window.push_back(entry);
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.window.iter()
    }

    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.window.iter_mut()
    }

    fn index(&self, pos: Pos) -> Option<usize> {
        self.window
            .binary_search_by_key(&pos, |entry| entry.pos)
            .ok()
    }

    pub(crate) fn get(&self, pos: Pos) -> Option<&Entry> {
        self.window.get(self.index(pos)?)
    }

    pub(crate) fn get_mut(&mut self, pos: Pos) -> Option<&mut Entry> {
        let index = self.index(pos)?;
        self.window.get_mut(index)
    }

    /// Returns how many messages are in flight. They are pushed in order and leave when they are confirmed, so
    /// they are the first of the window.
    pub(crate) fn in_flight(&self) -> usize {
        self.window
            .iter()
            .take_while(|entry| entry.flight.is_some())
            .count()
    }

    /// Returns the message that is to be pushed next.
    pub(crate) fn next(&mut self) -> Option<&mut Entry> {
        self.window.iter_mut().find(|entry| entry.flight.is_none())
    }

    /// Takes out a message of the window.
    pub(crate) fn remove(&mut self, pos: Pos) -> Option<Entry> {
        let entry = self.window.remove(self.index(pos)?)?;
        self.count -= 1;
        self.bytes = self.bytes.saturating_sub(entry.size);
        Some(entry)
    }

    /// Takes out a message that lies behind the window. Returns `false` if none can lie there.
    pub(crate) fn remove_behind(&mut self, pos: Pos, size: u64) -> bool {
        let behind = self.window.back().is_none_or(|last| pos > last.pos);
        if self.is_whole() || !behind || self.removed.contains(&pos) {
            return false;
        }
        self.count -= 1;
        self.bytes = self.bytes.saturating_sub(size);
        if self.loading {
            self.removed.push(pos);
        }
        true
    }

    /// Says whether the next part has to be read, and after which place. Then it counts as being read.
    pub(crate) fn wants_more(&mut self) -> Option<Option<Pos>> {
        if self.loading || self.is_whole() || self.window.len() >= LOW {
            return None;
        }
        self.more()
    }

    /// As [`wants_more`](Self::wants_more), however full the window is.
    pub(crate) fn more(&mut self) -> Option<Option<Pos>> {
        if self.loading || self.is_whole() {
            return None;
        }
        self.loading = true;
        Some(self.window.back().map(|last| last.pos))
    }

    /// Takes what was read; `None` if it could not be read.
    pub(crate) fn loaded(&mut self, page: Option<Page<QueueEntry>>) {
        self.loading = false;
        let removed = std::mem::take(&mut self.removed);
        let is_end = page
            .as_ref()
            .is_some_and(|page| page.items.is_empty() && !page.more);
        if is_end && !self.is_whole() {
            // The store is right about what it holds; asking again would go on for ever.
            self.count = self.window.len() as u64;
            self.bytes = self.window.iter().map(|entry| entry.size).sum();
        }
        for entry in page.into_iter().flat_map(|page| page.items) {
            let pos = entry.row.pos;
            let behind = self.window.back().is_none_or(|last| pos > last.pos);
            if behind && !self.is_whole() && !removed.contains(&pos) {
                self.window.push_back(Entry::restored(entry));
            }
        }
    }

    /// Takes everything that is in memory, leaving an empty queue.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(self).window.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MessageHead, QueueRow};

    fn loaded(pos: u64) -> QueueEntry {
        QueueEntry {
            row: QueueRow::new("ep_1", Pos(pos), Seq(pos), 10),
            message: MessageHead {
                id: format!("msg_{pos}").into(),
                sender: "node:n".to_owned(),
                correlation: None,
                stored_at: 0,
                expires_at: None,
                state: ReceiptState::Durable,
                hop: 0,
                attempts: 0,
            },
        }
    }

    fn entry(pos: u64) -> Entry {
        Entry::restored(loaded(pos))
    }

    #[test]
    fn behind_a_full_window_only_the_totals_grow() {
        let mut queue = Queue::default();
        for pos in 0..1000 {
            queue.push(entry(pos));
        }
        assert_eq!(queue.entries().count(), LOADED_QUEUE_ENTRIES);
        assert_eq!((queue.count(), queue.bytes()), (1000, 10_000));
        assert_eq!(queue.wants_more(), None);
        for pos in 0..200 {
            assert!(queue.remove(Pos(pos)).is_some());
        }
        assert_eq!(queue.wants_more(), Some(Some(Pos(255))));
        assert_eq!(queue.wants_more(), None);
        queue.loaded(Some(Page {
            items: (256..512).map(loaded).collect(),
            more: true,
        }));
        assert_eq!(queue.entries().count(), 56 + 256);
        assert!(!queue.is_whole());
    }

    #[test]
    fn what_left_while_the_next_part_was_read_does_not_come_back() {
        let mut queue = Queue::default();
        for pos in 0..300 {
            queue.push(entry(pos));
        }
        assert!(queue.more().is_some());
        assert!(queue.remove_behind(Pos(260), 10));
        assert!(!queue.remove_behind(Pos(260), 10));
        assert!(!queue.remove_behind(Pos(3), 10));
        queue.loaded(Some(Page {
            items: (256..300).map(loaded).collect(),
            more: false,
        }));
        assert!(queue.is_whole());
        assert_eq!(queue.count(), 299);
        assert!(queue.get(Pos(260)).is_none());
    }

    #[test]
    fn a_queue_that_has_less_than_was_counted_is_whole_when_nothing_more_is_found() {
        let mut queue = Queue::default();
        for pos in 0..300 {
            queue.push(entry(pos));
        }
        assert!(queue.more().is_some());
        queue.loaded(Some(Page {
            items: Vec::new(),
            more: false,
        }));
        assert!(queue.is_whole());
        assert_eq!((queue.count(), queue.bytes()), (256, 2560));
    }

    #[test]
    fn messages_appended_during_a_read_are_not_taken_twice() {
        let mut queue = Queue::default();
        for pos in 0..300 {
            queue.push(entry(pos));
        }
        assert!(queue.more().is_some());
        queue.push(entry(300));
        queue.loaded(Some(Page {
            items: (256..301).map(loaded).collect(),
            more: false,
        }));
        assert!(queue.is_whole());
        assert_eq!(queue.entries().count(), 301);
    }
}
