//! Deadlines in the order in which they fall due.

use std::collections::BTreeMap;
use std::time::Instant;

/// A running timer. Needed to stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerId {
    due: Instant,
    serial: u64,
}

/// Timers with a key each. Starting and stopping one costs O(log n).
pub(super) struct Timers<K> {
    by_time: BTreeMap<TimerId, K>,
    next_serial: u64,
}

impl<K> Timers<K> {
    pub(super) fn new() -> Self {
        Self {
            by_time: BTreeMap::new(),
            next_serial: 0,
        }
    }

    pub(super) fn start(&mut self, due: Instant, key: K) -> TimerId {
        let id = TimerId {
            due,
            serial: self.next_serial,
        };
        self.next_serial += 1;
        self.by_time.insert(id, key);
        id
    }

    pub(super) fn stop(&mut self, id: Option<TimerId>) {
        if let Some(id) = id {
            self.by_time.remove(&id);
        }
    }

    /// Removes and returns the earliest timer that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let first = self.by_time.first_entry()?;
        (first.key().due <= now).then(|| first.remove())
    }

    pub(super) fn earliest(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|(id, _)| id.due)
    }

    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }
}
