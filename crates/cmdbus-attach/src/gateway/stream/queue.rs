//! What waits in a stream, and what is kept to be sent again.

use std::collections::VecDeque;

use super::event::{Event, Kind};

/// Most events in a stream, sent or not. Of those that somebody waits for there may be more.
const MAX_EVENTS: usize = 256;
/// Most events of any kind.
const MAX_EVER: usize = 1024;
/// Most bytes of them.
const MAX_BYTES: usize = 1 << 20;

/// Events in their order, numbered from 1.
#[derive(Debug)]
pub(super) struct Queue {
    events: VecDeque<(u64, Event)>,
    bytes: usize,
    /// Number of the newest event.
    newest: u64,
    /// Number of the newest event that was sent.
    sent: u64,
    /// Number of the newest event that cannot be sent again.
    gone: u64,
    /// Whether events stay after they were sent.
    keeps: bool,
}

impl Queue {
    pub(super) fn new(keeps: bool) -> Self {
        Self {
            events: VecDeque::new(),
            bytes: 0,
            newest: 0,
            sent: 0,
            gone: 0,
            keeps,
        }
    }

    /// Appends, and returns how many events had to go.
    pub(super) fn push(&mut self, event: Event) -> u64 {
        let merges = matches!(event.kind, Kind::Mark(_) | Kind::Update(_));
        if merges && self.waiting().any(|old| old.kind == event.kind) {
            return 0;
        }
        self.newest += 1;
        self.bytes += event.len();
        self.events.push_back((self.newest, event));
        self.trim()
    }

    /// Returns the next event that was not sent, and its number.
    pub(super) fn take(&mut self) -> Option<(u64, Event)> {
        let at = self.first_waiting();
        if self.keeps {
            let (number, event) = self.events.get(at)?.clone();
            self.sent = number;
            Some((number, event))
        } else {
            let (number, event) = self.events.pop_front()?;
            self.bytes -= event.len();
            self.sent = number;
            self.gone = number;
            Some((number, event))
        }
    }

    /// Goes back to just after an event. `false` if that one was never sent, or what came after it is not kept.
    pub(super) fn rewind(&mut self, after: u64) -> bool {
        let possible = self.keeps && after <= self.sent && after >= self.gone;
        if possible {
            self.sent = after;
        }
        possible
    }

    /// Takes out everything that was not sent.
    pub(super) fn take_waiting(&mut self) -> Vec<Event> {
        let at = self.first_waiting();
        let waiting: Vec<Event> = self.events.drain(at..).map(|(_, event)| event).collect();
        self.bytes -= waiting.iter().map(Event::len).sum::<usize>();
        waiting
    }

    /// Returns what follows next, without taking it.
    pub(super) fn peek(&self) -> Option<&Event> {
        self.waiting().next()
    }

    fn waiting(&self) -> impl Iterator<Item = &Event> {
        self.events
            .range(self.first_waiting()..)
            .map(|(_, event)| event)
    }

    fn first_waiting(&self) -> usize {
        self.events
            .partition_point(|(number, _)| *number <= self.sent)
    }

    /// Returns what may go first.
    fn least(&self) -> Option<usize> {
        let find = |may_go: fn(&Kind) -> bool| {
            let mut events = self.events.iter();
            events.position(|(_, event)| may_go(&event.kind))
        };
        find(|kind| *kind == Kind::Spare).or_else(|| {
            // The one thing that must never go is that a catalogue has changed; there are three of them.
            let too_many = self.events.len() > MAX_EVER;
            too_many
                .then(|| find(|kind| matches!(kind, Kind::Update(_) | Kind::Needed)))
                .flatten()
        })
    }

    /// Makes room: first what was sent, oldest first; then what may go. The newest always stays, however long it is.
    fn trim(&mut self) -> u64 {
        let mut lost = 0;
        while self.events.len() > 1 && (self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES) {
            let waiting = self.first_waiting();
            let at = if waiting > 0 { Some(0) } else { self.least() };
            let Some(at) = at else {
                break;
            };
            if let Some((number, event)) = self.events.remove(at) {
                self.bytes -= event.len();
                if waiting > 0 {
                    self.gone = number;
                } else {
                    lost += 1;
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::frame::ListKind;

    fn event(kind: Kind, length: usize) -> Event {
        Event {
            json: vec![b'x'; length].into(),
            kind,
        }
    }

    fn numbers(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.take().map(|(number, _)| number)).collect()
    }

    #[test]
    fn a_stream_is_taken_up_after_the_last_event_that_arrived() {
        let mut queue = Queue::new(true);
        for _ in 0..4 {
            queue.push(event(Kind::Spare, 1));
        }
        assert_eq!(numbers(&mut queue), [1, 2, 3, 4]);
        assert!(queue.rewind(2));
        assert_eq!(numbers(&mut queue), [3, 4]);
        assert!(queue.rewind(0));
        assert!(!queue.rewind(5), "event 5 was never sent");
    }

    #[test]
    fn what_is_no_longer_kept_cannot_be_sent_again() {
        let mut queue = Queue::new(true);
        for _ in 0..=MAX_EVENTS {
            queue.push(event(Kind::Spare, 1));
            queue.take();
        }
        assert!(!queue.rewind(0), "the event after the first place is gone");
        assert!(queue.rewind(1));
        let mut forgets = Queue::new(false);
        forgets.push(event(Kind::Spare, 1));
        forgets.take();
        assert!(!forgets.rewind(0));
    }

    #[test]
    fn a_full_stream_gives_up_what_may_go_and_nothing_else() {
        let mut queue = Queue::new(true);
        queue.push(event(Kind::Needed, 1));
        let mut lost = 0;
        for _ in 0..MAX_EVENTS + 9 {
            lost += queue.push(event(Kind::Spare, 1));
        }
        assert_eq!(lost, 10);
        lost += queue.push(event(Kind::Last(StatusCode::OK), MAX_BYTES + 1));
        assert_eq!(lost, 265, "all that may go went for the long answer");
        assert_eq!(numbers(&mut queue), [1, 267]);
    }

    #[test]
    fn w33_marks_merge_while_they_wait_and_are_never_lost() {
        let mut queue = Queue::new(false);
        let mark = |kind| event(Kind::Mark(kind), 1);
        let (resources, tools) = (ListKind::Resources, ListKind::Tools);
        queue.push(mark(resources));
        for _ in 0..1000 {
            queue.push(mark(tools));
            queue.push(event(Kind::Spare, 1));
        }
        assert_eq!(queue.take().unwrap().1.kind, mark(resources).kind);
        assert_eq!(queue.take().unwrap().1.kind, mark(tools).kind);
        queue.push(mark(tools));
        let rest: Vec<Event> = queue.take_waiting();
        let tools = Some(tools);
        assert_eq!(
            rest.iter()
                .filter(|event| event.list_kind() == tools)
                .count(),
            1
        );
    }
}
