//! The open streams: one per process and name (protocol §3.6).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::queue::Flight;
use super::request::{OpenStream, StreamId};
use super::step::PushId;
use crate::ids::EndpointId;
use crate::process::liveness::Process;
use crate::store::Pos;

/// The window in which replacements are counted.
const FLAP_WINDOW: Duration = Duration::from_secs(60);

/// An open stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: StreamId,
    pub(crate) process: Process,
    pub(crate) name: Option<String>,
    pub(crate) receipts: bool,
    pub(crate) held: bool,
    pub(crate) opened: Duration,
    /// Whether the client has answered a Ping, so that it reads what comes (W49).
    pub(crate) gate_open: bool,
    /// Pongs that are missing in a row.
    pub(crate) missed: u32,
    /// Whether an endpoint was registered on it.
    pub(crate) registered: bool,
    /// What was pushed and is not confirmed.
    pub(crate) pushes: BTreeMap<PushId, Pushed>,
    /// Bytes of it.
    pub(crate) bytes: u64,
    /// Whether an endpoint waits for room on it.
    pub(crate) full: bool,
}

/// A push that is not confirmed.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    pub(crate) endpoint: EndpointId,
    pub(crate) pos: Pos,
    /// The Ping whose Pong confirms it, on a stream without receipts.
    pub(crate) barrier: Option<u64>,
}

impl Stream {
    pub(crate) fn new(open: OpenStream, now: Duration) -> Self {
        Self {
            id: open.stream,
            process: open.process,
            name: open.name,
            receipts: open.receipts,
            held: open.held,
            opened: now,
            gate_open: false,
            missed: 0,
            registered: false,
            pushes: BTreeMap::new(),
            bytes: 0,
            full: false,
        }
    }

    /// Takes the pushes of a message off. Returns whether others wait for the room.
    pub(crate) fn land(&mut self, flight: &Flight, size: u64) -> bool {
        for push in &flight.pushes {
            self.pushes.remove(push);
        }
        self.bytes = self.bytes.saturating_sub(size);
        std::mem::take(&mut self.full)
    }
}

/// All open streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    streams: FxHashMap<StreamId, Stream>,
    keys: FxHashMap<(u32, Option<String>), StreamId>,
    /// When the streams of a process were replaced.
    replaced: FxHashMap<(u32, Option<String>), VecDeque<Duration>>,
}

impl Streams {
    pub(crate) fn insert(&mut self, stream: Stream) {
        let key = (stream.process.pid, stream.name.clone());
        self.keys.insert(key, stream.id);
        self.streams.insert(stream.id, stream);
    }

    pub(crate) fn remove(&mut self, id: StreamId) -> Option<Stream> {
        let stream = self.streams.remove(&id)?;
        let key = (stream.process.pid, stream.name.clone());
        if self.keys.get(&key) == Some(&id) {
            self.keys.remove(&key);
        }
        Some(stream)
    }

    pub(crate) fn get(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        self.streams.get_mut(&id)
    }

    /// Finds the stream of a process.
    pub(crate) fn of(&self, pid: u32, name: Option<&str>) -> Option<&Stream> {
        let key = (pid, name.map(str::to_owned));
        self.streams.get(self.keys.get(&key)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.streams.values()
    }

    pub(crate) fn count(&self) -> usize {
        self.streams.len()
    }

    /// Counts a replacement, unless there were too many within a minute (W20).
    pub(crate) fn may_replace(
        &mut self,
        pid: u32,
        name: Option<&str>,
        now: Duration,
        limit: usize,
    ) -> bool {
        // Whoever has been quiet for a window is forgotten.
        self.replaced
            .retain(|_, times| times.back().is_some_and(|&last| now < last + FLAP_WINDOW));
        let times = self
            .replaced
            .entry((pid, name.map(str::to_owned)))
            .or_default();
        while times
            .front()
            .is_some_and(|&first| now >= first + FLAP_WINDOW)
        {
            times.pop_front();
        }
        if times.len() >= limit {
            return false;
        }
        times.push_back(now);
        true
    }
}
