//! What goes to a client, one message after the other, over one connection or several (attach §4.7).

mod event;
mod queue;
mod reader;

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

pub(super) use event::{Event, Kind};
pub(super) use reader::{First, Manner, Reader, Watch, sse_response};

use super::shared::lock;
use queue::Queue;

/// What a stream can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    /// Whether it takes more than the answer: the client accepts SSE.
    pub(super) carries: bool,
    /// Whether it outlives its connection, and its events have ids.
    pub(super) resumable: bool,
}

/// Messages for one client, in order. Those who write need not know whether somebody reads.
#[derive(Debug)]
pub(super) struct Stream {
    /// Unique in its session.
    number: u64,
    mode: Mode,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// Which reader is the present one. Older ones end.
    reader: u64,
    is_read: bool,
    /// Whether a client has seen an event id, without which nobody can come back.
    begun: bool,
    broken: Option<Instant>,
    ended: bool,
}

/// What a reader finds.
enum Next {
    Event(u64, Event),
    Nothing,
    End,
}

impl Stream {
    pub(super) fn new(number: u64, mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            number,
            mode,
            state: Mutex::new(State {
                queue: Queue::new(mode.resumable),
                reader: 0,
                is_read: false,
                begun: false,
                broken: None,
                ended: false,
            }),
            changed: Notify::new(),
        })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Appends a message, unless the stream has ended. Returns how many messages were lost by it.
    pub(super) fn push(&self, event: Event) -> u64 {
        let mut state = lock(&self.state);
        if state.ended {
            return u64::from(event.kind == Kind::Spare);
        }
        state.ended = matches!(event.kind, Kind::Last(_));
        let lost = state.queue.push(event);
        drop(state);
        self.changed.notify_waiters();
        lost
    }

    /// Ends the stream after what it holds.
    pub(super) fn end(&self) {
        lock(&self.state).ended = true;
        self.changed.notify_waiters();
    }

    /// Returns whether somebody reads now, and can take more than an answer.
    pub(super) fn is_open(&self) -> bool {
        let state = lock(&self.state);
        self.mode.carries && state.is_read && !state.ended
    }

    /// Returns whether somebody reads, or can still come back to read.
    pub(super) fn has_future(&self) -> bool {
        let state = lock(&self.state);
        self.mode.carries && !state.ended && (state.is_read || self.can_come_back(&state))
    }

    fn can_come_back(&self, state: &State) -> bool {
        self.mode.resumable && state.begun
    }

    /// Returns whether what the stream holds is kept no longer: it broke too long ago, or is of no use to anybody.
    pub(super) fn is_past(&self, kept: Duration) -> bool {
        let state = lock(&self.state);
        match state.broken {
            Some(since) => !self.can_come_back(&state) || since.elapsed() >= kept,
            None => false,
        }
    }

    /// Returns since when nobody reads.
    pub(super) fn broken(&self) -> Option<Instant> {
        lock(&self.state).broken
    }

    /// Returns whether everything has been read to the end.
    pub(super) fn is_finished(&self) -> bool {
        let state = lock(&self.state);
        state.reader > 0 && !state.is_read && state.broken.is_none()
    }

    pub(super) fn is_read(&self) -> bool {
        lock(&self.state).is_read
    }

    pub(super) fn has_ended(&self) -> bool {
        lock(&self.state).ended
    }

    /// Takes out what nobody has read.
    pub(super) fn take_waiting(&self) -> Vec<Event> {
        lock(&self.state).queue.take_waiting()
    }

    /// Begins to read, from the beginning or after an event. An older reader ends.
    fn attach(&self, after: Option<u64>) -> Option<u64> {
        let mut state = lock(&self.state);
        if let Some(after) = after
            && !state.queue.rewind(after)
        {
            return None;
        }
        state.reader += 1;
        state.is_read = true;
        state.broken = None;
        let reader = state.reader;
        drop(state);
        self.changed.notify_waiters();
        Some(reader)
    }

    /// Ends reading. Returns whether the connection broke, if it was the present one: there was, or will be, more to read.
    fn detach(&self, reader: u64) -> Option<bool> {
        let mut state = lock(&self.state);
        if state.reader != reader {
            return None;
        }
        state.is_read = false;
        let broke = !state.ended || state.queue.peek().is_some();
        state.broken = broke.then(Instant::now);
        Some(broke)
    }

    fn next(&self, reader: u64) -> Next {
        let mut state = lock(&self.state);
        if state.reader != reader {
            return Next::End;
        }
        match state.queue.take() {
            Some((number, event)) => Next::Event(number, event),
            None if state.ended => Next::End,
            None => Next::Nothing,
        }
    }

    /// Returns what would be read first. `Err` while that is not known.
    fn first(&self) -> Result<First, ()> {
        let state = lock(&self.state);
        match state.queue.peek() {
            Some(event) => Ok(match event.kind {
                Kind::Last(status) => First::Answer(status, event.json.clone()),
                _ => First::More,
            }),
            None if state.ended => Ok(First::Nothing),
            None => Err(()),
        }
    }

    fn begin(&self) {
        lock(&self.state).begun = true;
    }
}
