//! How streams open, show that they read, replace each other, and close (protocol §3.6).

use std::time::Duration;

use serde_json::json;

use super::stream::Stream;
use super::{
    Core, Effect, Level, Liveness, NowEffect, OpenStream, Refusal, Reply, ReqId, StreamId, Timer,
};
use crate::ids::EndpointId;
use crate::store::{EndpointState, Op};

/// How often the first Ping of a stream is repeated.
const GATE_REPEAT: Duration = Duration::from_secs(1);
/// After how long without a registration the endpoints of a replaced stream go on by themselves.
const UNCLAIMED: Duration = Duration::from_secs(5);
/// After how long without one they count as lost.
const CARRIED: Duration = Duration::from_secs(60);
/// Pongs that may be missing in a row, the last one included.
const MISSES: u32 = 2;

impl Core {
    pub(super) fn open_stream(&mut self, req: ReqId, open: OpenStream) -> Result<(), Refusal> {
        let pid = open.process.pid;
        let old = self.streams.of(pid, open.name.as_deref()).map(|old| old.id);
        if old.is_none() && self.streams.count() >= self.figures.streams {
            return Err(Refusal::new(
                429,
                "channel_limit",
                "there are too many streams; try again later",
            )
            .retryable(true));
        }
        let now = self.now.mono;
        let limit = self.figures.stream_replacements;
        if old.is_some()
            && !self
                .streams
                .may_replace(pid, open.name.as_deref(), now, limit)
        {
            self.log(
                Level::Warn,
                format!("process {pid} replaces its stream again and again; one is refused"),
            );
            return Err(Refusal::new(
                429,
                "channel_flapping",
                "this process replaces its stream again and again; does it have two clients? \
                 Give each a name with `x-cmdbus-channel`",
            )
            .retryable(true)
            .with("retry_after_seconds", 30));
        }
        let id = open.stream;
        let new = Stream::new(open, now);
        let old = old.and_then(|old| self.take_stream(old));
        self.streams.insert(new);
        if let Some(old) = old {
            self.carry(&old, id);
        }
        self.answer(req, Reply::StreamAllowed);
        self.gate_ping(id);
        Ok(())
    }

    /// Takes a stream out of the table with its timers.
    fn take_stream(&mut self, id: StreamId) -> Option<Stream> {
        for timer in [
            Timer::Unclaimed(id),
            Timer::Gate(id),
            Timer::Ping(id),
            Timer::Pong(id),
            Timer::Receipts(id),
        ] {
            self.timers.clear(&timer);
        }
        self.streams.remove(id)
    }

    /// Moves the endpoints of a replaced stream to the new one. They are not pumped until their owner shows
    /// itself there, lest another client of the process swallow their messages (W18, W20).
    fn carry(&mut self, old: &Stream, new: StreamId) {
        self.effect(Effect::Close {
            stream: old.id,
            code: 1000,
            reason: "replaced",
        });
        let endpoints = self.endpoints.on_stream(old.process.pid, old.id);
        let same = self.streams.get(new).map(|stream| &stream.process) == Some(&old.process);
        let now = self.now.mono;
        for id in &endpoints {
            if !same {
                // Another process has the pid, so the one that had it is gone.
                self.lose(id, Liveness::Dead);
                continue;
            }
            self.recall(id, Some(old.id));
            if let Some(endpoint) = self.endpoints.get_mut(id) {
                endpoint.stream = Some(new);
                endpoint.carried = true;
            }
            // Carried from one stream to the next, an endpoint does not get more time each time.
            self.timers
                .set_earlier(Timer::Carried(id.clone()), now + CARRIED);
        }
        if same && !endpoints.is_empty() {
            self.timers.set(Timer::Unclaimed(new), now + UNCLAIMED);
        }
    }

    /// Nobody has registered on a stream that replaced another one: it is the same client, which goes on.
    pub(super) fn unclaimed(&mut self, stream: StreamId) {
        let Some(found) = self.streams.get(stream) else {
            return;
        };
        if found.registered {
            return;
        }
        for id in self.endpoints.on_stream(found.process.pid, stream) {
            if let Some(endpoint) = self.endpoints.get_mut(&id) {
                endpoint.carried = false;
            }
            self.timers.clear(&Timer::Carried(id.clone()));
            self.pump(&id);
        }
    }

    pub(super) fn carried_too_long(&mut self, id: &EndpointId) {
        if self
            .endpoints
            .get(id)
            .is_some_and(|endpoint| endpoint.carried)
        {
            // Its process has the new stream, so it is alive.
            self.lose(id, Liveness::Alive);
        }
    }

    pub(super) fn gate_ping(&mut self, id: StreamId) {
        let ping = self.take_ping();
        self.out.now.push(NowEffect::Ping { stream: id, ping });
        self.timers
            .set(Timer::Gate(id), self.now.mono + GATE_REPEAT);
    }

    /// The first Ping is not answered yet.
    pub(super) fn gate_due(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else {
            return;
        };
        if stream.gate_open {
            return;
        }
        if self.now.mono >= stream.opened + self.figures.gate {
            self.end_stream(id, 1011, "unresponsive");
        } else {
            self.gate_ping(id);
        }
    }

    /// Closes a stream from this side.
    pub(super) fn end_stream(&mut self, id: StreamId, code: u16, reason: &'static str) {
        self.effect(Effect::Close {
            stream: id,
            code,
            reason,
        });
        self.stream_closed(id, Liveness::Alive);
    }

    pub(super) fn pong(&mut self, id: StreamId, ping: u64) {
        let now = self.now.mono;
        let interval = self.figures.ping;
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        let opens = !stream.gate_open;
        stream.gate_open = true;
        stream.missed = 0;
        let pid = stream.process.pid;
        self.timers.clear(&Timer::Pong(id));
        if opens {
            self.timers.clear(&Timer::Gate(id));
            self.timers.set(Timer::Ping(id), now + interval);
            for endpoint in self.endpoints.on_stream(pid, id) {
                self.pump(&endpoint);
            }
        }
        self.barrier_passed(id, ping);
        self.reads_on(id, ping);
    }

    pub(super) fn ping_due(&mut self, id: StreamId) {
        self.timers
            .set(Timer::Ping(id), self.now.mono + self.figures.ping);
        self.send_ping(id);
    }

    /// Sends a Ping whose Pong must come in time. Returns its number.
    pub(super) fn send_ping(&mut self, id: StreamId) -> u64 {
        let ping = self.take_ping();
        let pushed = |stream: &Stream| !stream.pushes.is_empty();
        if self.streams.get(id).is_some_and(pushed) {
            // Its Pong says that the pushes before it were read, which may still wait for their commit.
            self.effect(Effect::Ping { stream: id, ping });
        } else {
            self.out.now.push(NowEffect::Ping { stream: id, ping });
        }
        self.timers
            .set_earlier(Timer::Pong(id), self.now.mono + self.figures.pong);
        ping
    }

    pub(super) fn pong_missing(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        stream.missed += 1;
        if stream.missed >= MISSES {
            self.end_stream(id, 1011, "unresponsive");
        } else {
            self.send_ping(id);
        }
    }

    pub(super) fn stream_closed(&mut self, id: StreamId, process: Liveness) {
        let Some(stream) = self.take_stream(id) else {
            return;
        };
        for endpoint in self.endpoints.on_stream(stream.process.pid, id) {
            if self
                .endpoints
                .get(&endpoint)
                .is_some_and(|has| has.state == EndpointState::Active)
            {
                self.lose(&endpoint, process);
            }
        }
    }

    /// Tells a stream what the presence of the network is.
    pub(super) fn tell_presence(&mut self, id: StreamId, presence: &str, reason: &str) {
        if self.streams.get(id).is_some_and(|stream| stream.gate_open) {
            self.effect(Effect::Tell {
                stream: id,
                frame: json!({"event": "presence_changed", "presence": presence, "reason": reason}),
            });
        }
    }

    /// Puts an endpoint into the store as it is now.
    pub(super) fn store_endpoint(&mut self, id: &EndpointId) {
        if let Some(row) = self.endpoints.get(id).map(|endpoint| endpoint.row()) {
            self.op(Op::endpoint(row));
        }
    }
}
