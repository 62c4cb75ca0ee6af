//! How an endpoint is lost, and how it ends (protocol §4.1).

use std::time::Duration;

use super::inbox::Record;
use super::network::{Arrived, LinkEvent};
use super::queue::Entry;
use super::{
    Core, Effect, Found, Level, Liveness, NowEffect, Process, Query, Reply, ReqId, StreamId, Then,
    Timer,
};
use crate::ids::EndpointId;
use crate::store::{
    EndpointState, InboxReason, InboxRow, LOADED_QUEUE_ENTRIES, Op, ReceiptState, StoreError,
};

/// A killed process may still be seen for a moment after its sockets have closed (W9).
const SECOND_LOOK: Duration = Duration::from_millis(250);

impl Core {
    /// An endpoint has lost its stream: it has some time to come back.
    pub(super) fn lose(&mut self, id: &EndpointId, process: Liveness) {
        if process == Liveness::Dead {
            self.unbind(id);
            self.close(id, "plugin_exit");
            return;
        }
        self.unbind(id);
        let (wall, mono) = (self.now.wall, self.now.mono);
        let grace = mono + self.figures.endpoint_grace;
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        endpoint.state = EndpointState::Reconnecting;
        endpoint.since = wall;
        endpoint.grace_deadline = Some(grace);
        let row = endpoint.row();
        self.op(Op::endpoint(row));
        self.timers.set(Timer::Grace(id.clone()), grace);
        if process == Liveness::Alive {
            self.timers
                .set(Timer::Probe(id.clone()), mono + SECOND_LOOK);
        }
        self.timers.clear(&Timer::Carried(id.clone()));
        self.emit_state(id, "reconnecting", "ipc_close");
    }

    /// Takes an endpoint from its stream. What was not confirmed goes back to the head of its queue, in
    /// order, and will be pushed again.
    pub(super) fn unbind(&mut self, id: &EndpointId) {
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        let stream = endpoint.stream.take();
        endpoint.carried = false;
        self.recall(id, stream);
    }

    /// Takes back the pushes of an endpoint that were not confirmed.
    pub(super) fn recall(&mut self, id: &EndpointId, stream: Option<StreamId>) {
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        let mut attempts = Vec::new();
        let mut full = false;
        for entry in endpoint.queue.entries_mut() {
            if let Some(flight) = entry.flight.take() {
                if let Some(stream) = stream.and_then(|stream| self.streams.get_mut(stream)) {
                    full |= stream.land(&flight, entry.size);
                }
                attempts.push((entry.pos, entry.attempt));
            }
        }
        for (pos, attempt) in attempts {
            self.op(Op::QueueAttempt {
                endpoint: id.clone(),
                pos,
                attempt,
            });
        }
        if let Some(stream) = stream.filter(|_| full) {
            self.pump_stream(stream);
        }
    }

    /// Looks again whether the process of a lost endpoint is there.
    pub(super) fn probe(&mut self, id: &EndpointId) {
        if let Some(endpoint) = self.endpoints.get(id)
            && endpoint.state == EndpointState::Reconnecting
        {
            let process = endpoint.identity.process.clone();
            self.out.now.push(NowEffect::Probe(process));
        }
    }

    pub(super) fn process_state(&mut self, process: &Process, state: Liveness) {
        self.unpark(process, state);
        let lost: Vec<EndpointId> = self
            .endpoints
            .of_pid(process.pid)
            .filter(|endpoint| {
                endpoint.identity.process == *process
                    && endpoint.state == EndpointState::Reconnecting
            })
            .map(|endpoint| endpoint.id().clone())
            .collect();
        let next = self.now.mono + self.figures.liveness_probe;
        for id in lost {
            match state {
                Liveness::Dead => self.close(&id, "plugin_exit"),
                Liveness::Alive => self.timers.set(Timer::Probe(id), next),
                // It stays so: the grace decides.
                Liveness::Unknown => {}
            }
        }
    }

    /// Closes an endpoint.
    pub(super) fn close(&mut self, id: &EndpointId, reason: &'static str) {
        self.close_for(id, reason, None);
    }

    /// Closes an endpoint and answers when it is done. If not all of its queue is in memory, that is read
    /// first; meanwhile nothing is pushed, and what is sent to it goes to the inbox.
    pub(super) fn close_for(&mut self, id: &EndpointId, reason: &'static str, req: Option<ReqId>) {
        if let Some(req) = req {
            self.closings.entry(id.clone()).or_default().push(req);
        }
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        endpoint.closing.get_or_insert(reason);
        if endpoint.queue.is_whole() {
            self.close_out(id);
        } else {
            self.load_queue(id, true);
        }
    }

    /// Reads the next part of a queue, if its window is low, or in any case.
    pub(super) fn load_queue(&mut self, id: &EndpointId, all: bool) {
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        let queue = &mut endpoint.queue;
        let after = if all {
            queue.more()
        } else {
            queue.wants_more()
        };
        if let Some(after) = after {
            let query = Query::Queue {
                endpoint: id.clone(),
                after,
                limit: LOADED_QUEUE_ENTRIES,
            };
            self.ask(query, Then::Queue(id.clone()));
        }
    }

    pub(super) fn queue_loaded(&mut self, id: &EndpointId, found: Result<Found, StoreError>) {
        let page = match found {
            Ok(Found::Queue(page)) => Some(page),
            Ok(_) => None,
            Err(error) => {
                self.log(
                    Level::Error,
                    format!("cannot read the queue of {id}: {error}"),
                );
                None
            }
        };
        let read = page.is_some();
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        endpoint.queue.loaded(page);
        let closing = endpoint.closing.is_some();
        if closing && endpoint.queue.is_whole() {
            self.close_out(id);
        } else if closing && read {
            self.load_queue(id, true);
        } else if read {
            self.pump(id);
        } else {
            // The store will say when it can be read again; until then this is tried now and then.
            self.timers
                .set_earlier(Timer::Sweep, self.now.mono + self.figures.sweep);
        }
    }

    /// Closes an endpoint whose queue is in memory: everything that waits moves to the inbox, with it the
    /// whole life of the endpoint ends (protocol §4.1.1).
    fn close_out(&mut self, id: &EndpointId) {
        self.unbind(id);
        self.release_assignments(id);
        let now = self.now.wall;
        let Some((mut endpoint, tombstone)) = self.endpoints.close(id, now) else {
            return;
        };
        let reason = endpoint.closing.unwrap_or("explicit_unregister");
        for timer in [
            Timer::Grace(id.clone()),
            Timer::Probe(id.clone()),
            Timer::Carried(id.clone()),
            Timer::Heartbeat(id.clone()),
        ] {
            self.timers.clear(&timer);
        }
        let waiting = endpoint.queue.take();
        for entry in &waiting {
            // The only trace of these pushes goes with the queue.
            if entry.attempt > 0 {
                self.record_push(id, entry);
            }
        }
        if !waiting.is_empty() {
            self.op(Op::QueueToInbox {
                endpoint: id.clone(),
                reason: InboxReason::ClosedSessionContinuation,
                agent: None,
                at: now,
            });
        }
        let count = waiting.len();
        for entry in waiting {
            self.fall_into_inbox(id, entry);
        }
        self.rings.clear(id);
        self.op(Op::RingClear(id.clone()));
        for correlation in self.received.clear(id) {
            self.op(Op::ReplyCorrelationDelete(correlation.to_string()));
        }
        self.op(Op::endpoint(tombstone.row()));
        self.emit_state(id, "closed", reason);
        self.emit_unregister(id);
        if count > 0 {
            self.log(
                Level::Info,
                format!("{count} messages of endpoint {id} wait in the inbox now"),
            );
        }
        for req in self.closings.remove(id).unwrap_or_default() {
            self.answer(req, Reply::Done);
        }
        self.control_closed(id);
        self.wake_mailroom();
        self.unpark_closed(id);
    }

    /// Remembers in the inbox what [`Op::QueueToInbox`] puts there.
    fn fall_into_inbox(&mut self, id: &EndpointId, entry: Entry) {
        self.unwritten.remove(&entry.message);
        if let Some(record) = self.inbox.get(entry.seq).cloned() {
            // It was claimed: its record is there, and open again.
            let mut record = record;
            record.row.assignment = None;
            record.hop = entry.hop;
            record.attempts = entry.attempt;
            self.inbox.put(record);
        } else {
            let mut row = InboxRow::new(
                entry.seq,
                entry.message.as_str(),
                InboxReason::ClosedSessionContinuation,
                entry.size,
            );
            row.hint = Some(id.clone());
            row.correlation = entry.correlation;
            row.extra = entry.extra;
            self.emit_added(
                &row,
                &Arrived {
                    source: entry.message.as_str(),
                    sender: &entry.sender,
                    content: "",
                    metadata: None,
                    at: entry.stored_at,
                },
            );
            self.inbox.put(Record {
                row,
                message: entry.message.clone(),
                sender: entry.sender,
                stored_at: entry.stored_at,
                expires_at: entry.expires_at,
                hop: entry.hop,
                attempts: entry.attempt,
            });
        }
        self.receipt_moved(&entry.message, ReceiptState::Inbox);
    }

    /// Ends all streams, in order (protocol §11.3).
    pub(super) fn shut_down(&mut self, release: bool) {
        if self.shutting_down {
            return;
        }
        self.shutting_down = true;
        self.end_polls();
        self.end_watches();
        if release {
            let all: Vec<EndpointId> = self
                .endpoints
                .live()
                .map(|endpoint| endpoint.id().clone())
                .collect();
            for id in all {
                self.close(&id, "explicit_unregister");
            }
        }
        let mut streams: Vec<StreamId> = self.streams.iter().map(|stream| stream.id).collect();
        streams.sort_unstable();
        self.link(LinkEvent::Shutdown);
        for stream in streams {
            self.effect(Effect::Close {
                stream,
                code: 1001,
                reason: "broker_shutdown",
            });
        }
    }
}
