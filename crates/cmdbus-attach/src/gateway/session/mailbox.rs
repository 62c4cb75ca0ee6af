//! What a session has for its client outside of any request, and the streams that can be taken up again (attach §4.6, §4.7).

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::time::{Duration, Instant};

use super::super::stream::{Event, Mode, Reader, Stream, Watch};
use crate::frame::ListKind;

/// Most messages that wait for a stream.
const MAX_HELD: usize = 64;
/// How long they wait.
const HELD_FOR: Duration = Duration::from_secs(60);
/// Most broken streams that wait for their client.
const MAX_BROKEN: usize = 16;

#[derive(Default)]
pub(super) struct Mailbox {
    standalone: Option<Arc<Stream>>,
    /// Streams with event ids.
    kept: Vec<Arc<Stream>>,
    held: VecDeque<(Instant, Event)>,
    /// Catalogues that have changed. A flag merges changes, and loses none.
    marks: Vec<ListKind>,
}

impl Mailbox {
    /// Takes a message that belongs to no request. Returns how many were lost by it.
    pub(super) fn say(&mut self, event: Event) -> u64 {
        match self
            .standalone
            .as_ref()
            .filter(|stream| stream.has_future())
        {
            Some(stream) => stream.push(event),
            None => self.hold(Instant::now(), event),
        }
    }

    /// Takes a message that is of use now or never.
    pub(super) fn offer(&self, event: Event) -> u64 {
        match self.open_standalone() {
            Some(stream) => stream.push(event),
            None => 1,
        }
    }

    pub(super) fn mark(&mut self, kind: ListKind) {
        match self
            .standalone
            .as_ref()
            .filter(|stream| stream.has_future())
        {
            // A mark is never given up by a stream.
            Some(stream) => {
                stream.push(Event::notification(kind.method(), None));
            }
            None if self.marks.contains(&kind) => {}
            None => self.marks.push(kind),
        }
    }

    /// Returns the standalone stream if somebody reads it.
    pub(super) fn open_standalone(&self) -> Option<&Arc<Stream>> {
        self.standalone.as_ref().filter(|stream| stream.is_open())
    }

    fn hold(&mut self, since: Instant, event: Event) -> u64 {
        let before = self.held.len();
        self.held.retain(|(since, _)| since.elapsed() < HELD_FOR);
        self.held.push_back((since, event));
        if self.held.len() > MAX_HELD {
            self.held.pop_front();
        }
        (before + 1 - self.held.len()) as u64
    }

    /// Opens a new standalone stream, which takes over from an older one what nobody has read.
    pub(super) fn open(
        &mut self,
        number: u64,
        mode: Mode,
        watch: Arc<dyn Watch>,
    ) -> Option<Reader> {
        let stream = Stream::new(number, mode);
        let old = self.standalone.replace(Arc::clone(&stream));
        if let Some(old) = old {
            for event in old.take_waiting() {
                stream.push(event);
            }
            old.end();
        }
        if mode.resumable {
            self.kept.push(Arc::clone(&stream));
        }
        self.release();
        Reader::new(&stream, None, watch)
    }

    /// Takes up the stream of an event after it.
    pub(super) fn resume(&mut self, after: &str, watch: Arc<dyn Watch>) -> Option<Reader> {
        let (number, event) = after.split_once('-')?;
        let number: u64 = number.parse().ok()?;
        let event: u64 = event.parse().ok()?;
        let stream = self.kept.iter().find(|stream| stream.number() == number)?;
        let reader = Reader::new(stream, Some(event), watch)?;
        self.release();
        Some(reader)
    }

    /// Hands what has waited to the standalone stream.
    fn release(&mut self) {
        let Some(stream) = self.open_standalone_or_new().cloned() else {
            return;
        };
        for (since, event) in self.held.drain(..) {
            if since.elapsed() < HELD_FOR {
                stream.push(event);
            }
        }
        for kind in self.marks.drain(..) {
            stream.push(Event::notification(kind.method(), None));
        }
    }

    fn open_standalone_or_new(&self) -> Option<&Arc<Stream>> {
        self.standalone
            .as_ref()
            .filter(|stream| !stream.has_ended())
    }

    pub(super) fn keep(&mut self, stream: Arc<Stream>) {
        self.kept.push(stream);
    }

    /// Tidies up after a connection. Returns how many messages were lost.
    pub(super) fn closed(&mut self, replay: Duration) -> u64 {
        self.prune(replay);
        // Nobody can come back to this stream, so that what it holds waits for the next.
        let Some(stream) = self
            .standalone
            .take_if(|stream| !stream.is_read() && !stream.has_future())
        else {
            return 0;
        };
        let now = Instant::now();
        let waiting = stream.take_waiting();
        waiting
            .into_iter()
            .map(|event| match event.list_kind() {
                Some(kind) => {
                    self.mark(kind);
                    0
                }
                None => self.hold(now, event),
            })
            .sum()
    }

    /// Lets go of streams that nobody will read again.
    pub(super) fn prune(&mut self, replay: Duration) {
        self.kept
            .retain(|stream| !stream.is_finished() && !stream.is_past(replay));
        let broken = self.kept.iter().filter(|stream| stream.broken().is_some());
        if broken.count() > MAX_BROKEN {
            let oldest = self.oldest_broken();
            self.kept.retain(|stream| stream.broken() != oldest);
        }
        let past = |stream: &mut Arc<Stream>| stream.is_past(replay);
        if let Some(stream) = self.standalone.take_if(past) {
            for event in stream.take_waiting() {
                if let Some(kind) = event.list_kind() {
                    self.mark(kind);
                }
            }
        }
    }

    /// Returns since when a stream has waited for its client.
    pub(super) fn oldest_broken(&self) -> Option<Instant> {
        self.kept.iter().filter_map(|stream| stream.broken()).min()
    }

    pub(super) fn end_standalone(&mut self) {
        if let Some(stream) = &self.standalone {
            stream.end();
        }
    }

    /// Ends what would not end by itself.
    pub(super) fn end(mut self) {
        self.end_standalone();
    }
}
