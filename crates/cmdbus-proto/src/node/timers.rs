//! Deadlines in the order in which they fall due.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// A running timer. Needed to stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerId {
    due: Instant,
    serial: u64,
}

/// Timers with a key each.
///
/// Nearly all of them are set for the same length of time, so each falls due after all that were set before it. Those stand in a
/// queue, where starting and stopping one costs the same however many there are. The others are sorted.
pub(super) struct Timers<K> {
    /// In order. Neither the first nor the last entry has been stopped.
    queue: VecDeque<(TimerId, Option<K>)>,
    /// How many entries of the queue have been stopped.
    stopped: usize,
    sorted: BTreeMap<TimerId, K>,
    next_serial: u64,
}

/// So many stopped entries are left alone.
const FEW: usize = 64;

impl<K> Timers<K> {
    pub(super) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            stopped: 0,
            sorted: BTreeMap::new(),
            next_serial: 0,
        }
    }

    pub(super) fn start(&mut self, due: Instant, key: K) -> TimerId {
        let id = TimerId {
            due,
            serial: self.next_serial,
        };
        self.next_serial += 1;
        if self.queue.back().is_none_or(|(last, _)| *last < id) {
            self.queue.push_back((id, Some(key)));
        } else {
            self.sorted.insert(id, key);
        }
        id
    }

    pub(super) fn stop(&mut self, id: Option<TimerId>) {
        let Some(id) = id else {
            return;
        };
        let Some(place) = self.place(id) else {
            self.sorted.remove(&id);
            return;
        };
        if self.queue[place].1.take().is_some() {
            self.stopped += 1;
            self.trim();
        }
    }

    /// Removes and returns the earliest timer that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let queued = self.queue.front().map(|(id, _)| *id);
        let sorted = self.sorted.first_key_value().map(|(id, _)| *id);
        let first = queued.into_iter().chain(sorted).min()?;
        if first.due > now {
            return None;
        }
        if Some(first) == sorted {
            return self.sorted.pop_first().map(|(_, key)| key);
        }
        let (_, key) = self.queue.pop_front()?;
        self.trim();
        key
    }

    pub(super) fn earliest(&self) -> Option<Instant> {
        let queued = self.queue.front().map(|(id, _)| id.due);
        let sorted = self.sorted.first_key_value().map(|(id, _)| id.due);
        queued.into_iter().chain(sorted).min()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len() - self.stopped + self.sorted.len()
    }

    /// Returns where a timer stands in the queue, if it does.
    fn place(&self, id: TimerId) -> Option<usize> {
        let is_it = |place: usize| self.queue.get(place).is_some_and(|(other, _)| *other == id);
        // The last one, or the first, most of the time: calls that come one at a time, or in turn.
        if let Some(last) = self.queue.len().checked_sub(1)
            && is_it(last)
        {
            return Some(last);
        }
        if is_it(0) {
            return Some(0);
        }
        self.queue.binary_search_by_key(&id, |(id, _)| *id).ok()
    }

    /// Lets go of what has been stopped: at both ends, and everywhere if it is most of the queue.
    fn trim(&mut self) {
        while self.queue.front().is_some_and(|(_, key)| key.is_none()) {
            self.queue.pop_front();
            self.stopped -= 1;
        }
        while self.queue.back().is_some_and(|(_, key)| key.is_none()) {
            self.queue.pop_back();
            self.stopped -= 1;
        }
        if self.stopped > FEW && self.stopped > self.queue.len() / 2 {
            self.queue.retain(|(_, key)| key.is_some());
            self.stopped = 0;
            self.queue.shrink_to(2 * self.queue.len());
        }
        if self.queue.is_empty() && self.queue.capacity() > 1024 {
            self.queue = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    /// Returns the next of a row of numbers that look random.
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn timers_fall_due_in_order_whatever_was_set_and_stopped_in_between() {
        let origin = Instant::now();
        for seed in 1..200 {
            let mut random = seed;
            let mut timers = Timers::new();
            let mut expected = BTreeMap::new();
            let mut now = origin;
            for key in 0..400 {
                match next(&mut random) % 8 {
                    // As usual.
                    0..=3 => {
                        let id = timers.start(now + Duration::from_secs(30), key);
                        expected.insert(id, key);
                    }
                    4 => {
                        let after = Duration::from_millis(next(&mut random) % 60_000);
                        let id = timers.start(now + after, key);
                        expected.insert(id, key);
                    }
                    5..=6 => {
                        let place = next(&mut random) as usize % (expected.len() + 1);
                        let id = expected.keys().nth(place).copied();
                        timers.stop(id);
                        // Again: it is gone.
                        timers.stop(id);
                        id.map(|id| expected.remove(&id));
                    }
                    _ => {
                        now += Duration::from_millis(next(&mut random) % 5_000);
                        while let Some(key) = timers.pop_due(now) {
                            let (id, first) = expected.pop_first().unwrap();
                            assert_eq!(key, first);
                            assert!(id.due <= now);
                        }
                    }
                }
                let earliest = expected.keys().next().map(|id| id.due);
                assert_eq!(timers.earliest(), earliest);
                assert!(earliest.is_none_or(|due| due > now || timers.len() > 0));
                assert_eq!(timers.len(), expected.len());
            }
        }
    }

    #[test]
    fn one_that_stays_does_not_keep_the_memory_of_those_that_went() {
        let mut timers = Timers::new();
        let due = Instant::now() + Duration::from_secs(30);
        timers.start(due, 0);
        for key in 1..100_000 {
            let id = timers.start(due, key);
            let other = timers.start(due, key);
            timers.stop(Some(id));
            timers.stop(Some(other));
        }
        assert_eq!(timers.len(), 1);
        assert!(timers.queue.len() <= 2 * FEW + 2, "{}", timers.queue.len());
    }
}
