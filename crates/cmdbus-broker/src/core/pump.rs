//! How messages leave a queue: pushed in order, removed when they are confirmed (protocol §7.3).

use super::queue::{Entry, Flight, Stage};
use super::stream::Pushed;
use super::{Core, Effect, Level, Push, PushId, StreamId, Timer};
use crate::ids::{EndpointId, MessageId};
use crate::store::{ConfirmedBy, Op, Pos, ReceiptChange, ReceiptState, Seq};

impl Core {
    /// Pushes what may be pushed to an endpoint.
    pub(super) fn pump(&mut self, id: &EndpointId) {
        let mut pushed = None;
        self.expire_next(id);
        while let Some(stream) = self.push_next(id) {
            pushed = Some(stream);
            self.expire_next(id);
        }
        if let Some(stream) = pushed {
            self.after_pushes(stream);
        }
        self.load_queue(id, false);
    }

    /// Ends what would come next and is over its time, for nobody may have looked for it yet.
    fn expire_next(&mut self, id: &EndpointId) {
        if self.sweeps_paused() {
            return;
        }
        let now = self.now.wall;
        let is_over = |entry: &Entry| {
            entry.assignment.is_none() && entry.expires_at.is_some_and(|at| at <= now)
        };
        while let Some(endpoint) = self.endpoints.get_mut(id)
            && let Some(pos) = endpoint
                .queue
                .next()
                .filter(|entry| is_over(entry))
                .map(|entry| entry.pos)
        {
            self.take_from_queue(id, pos, ReceiptChange::new(ReceiptState::Expired, 0, now));
            self.log(Level::Info, "1 messages expired");
        }
    }

    /// Pushes the next message of an endpoint, if it may have one. Returns the stream.
    fn push_next(&mut self, id: &EndpointId) -> Option<StreamId> {
        let endpoint = self.endpoints.get_mut(id)?;
        if !endpoint.is_active() || endpoint.carried {
            return None;
        }
        let stream = self.streams.get_mut(endpoint.stream?)?;
        if !stream.gate_open || endpoint.queue.in_flight() >= self.figures.pushes_in_flight {
            return None;
        }
        let entry = endpoint.queue.next()?;
        // A message larger than the bound goes alone.
        if stream.bytes > 0 && stream.bytes + entry.size > self.figures.stream_output_bytes {
            stream.full = true;
            return None;
        }
        let push = PushId(self.next_push);
        self.next_push += 1;
        entry.attempt += 1;
        entry.flight = Some(Flight {
            pushes: vec![push],
            sent: self.now.mono,
            stage: Stage::Sent,
        });
        stream.bytes += entry.size;
        stream.pushes.insert(
            push,
            Pushed {
                endpoint: id.clone(),
                pos: entry.pos,
                barrier: None,
            },
        );
        let receipts = stream.receipts;
        let stream = stream.id;
        let effect = Push {
            stream,
            push: receipts.then_some(push),
            endpoint: id.clone(),
            seq: entry.seq,
            attempt: entry.attempt,
            extra: entry.extra.clone(),
            assignment: None,
        };
        let (message, pos, assignment) =
            (entry.message.clone(), entry.pos, entry.assignment.clone());
        let assignment = assignment.and_then(|id| self.assignment_view(&id));
        self.note_push(message, id, pos);
        self.effect(Effect::Push(Push {
            assignment,
            ..effect
        }));
        Some(stream)
    }

    /// Remembers that the receipt of a message does not say yet how often it was pushed; where somebody waits
    /// for it, it does so at once.
    fn note_push(&mut self, message: MessageId, id: &EndpointId, pos: Pos) {
        if self.receipts.is_watched(&message) {
            self.record_push_at(id, pos);
            self.receipt_moved(&message, ReceiptState::Pushed);
        } else {
            self.unwritten.insert(message, (id.clone(), pos));
        }
    }

    /// Sees to the confirmation of what was just pushed.
    fn after_pushes(&mut self, id: StreamId) {
        let ping = self.next_ping + 1;
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        if stream.receipts {
            let warning = self.now.mono + self.figures.push_receipt_warning;
            self.timers.set_earlier(Timer::Receipts(id), warning);
            return;
        }
        // The client says nothing about messages, but whoever answers this Ping has read them (W2).
        let mut unmarked = stream
            .pushes
            .values_mut()
            .filter(|pushed| pushed.barrier.is_none())
            .peekable();
        if unmarked.peek().is_none() {
            return;
        }
        for pushed in unmarked {
            pushed.barrier = Some(ping);
        }
        self.next_ping = ping;
        self.effect(Effect::Ping { stream: id, ping });
        self.timers
            .set_earlier(Timer::Pong(id), self.now.mono + self.figures.pong);
    }

    /// Says in the receipt of a queued message that it was pushed.
    pub(super) fn record_push(&mut self, id: &EndpointId, entry: &Entry) {
        self.unwritten.remove(&entry.message);
        let mut change = ReceiptChange::new(ReceiptState::Pushed, entry.hop, self.now.wall);
        change.attempts = entry.attempt;
        change.endpoint = Some(id.clone());
        self.op(Op::receipt(entry.seq, change));
    }

    pub(super) fn record_push_at(&mut self, id: &EndpointId, pos: Pos) {
        let entry = self
            .endpoints
            .get_mut(id)
            .and_then(|endpoint| endpoint.queue.get_mut(pos));
        if let Some(entry) = entry {
            entry.recorded = ReceiptState::Pushed;
            let entry = entry.clone();
            self.record_push(id, &entry);
        }
    }

    pub(super) fn push_acked(&mut self, stream: StreamId, push: PushId) {
        let found = self
            .streams
            .get(stream)
            .filter(|stream| stream.receipts)
            .and_then(|stream| stream.pushes.get(&push));
        match found.cloned() {
            Some(pushed) => self.confirm(stream, &pushed, ConfirmedBy::Receipt),
            None => self.log(
                Level::Debug,
                "a receipt for nothing that was pushed on this stream",
            ),
        }
    }

    pub(super) fn push_seen(&mut self, stream: StreamId, push: PushId) {
        let held = self
            .streams
            .get(stream)
            .filter(|stream| stream.held)
            .and_then(|stream| stream.pushes.get(&push))
            .cloned();
        if let Some(flight) = held.and_then(|pushed| self.flight_mut(&pushed)) {
            flight.stage = Stage::Held;
        }
    }

    fn flight_mut(&mut self, pushed: &Pushed) -> Option<&mut Flight> {
        self.endpoints
            .get_mut(&pushed.endpoint)?
            .queue
            .get_mut(pushed.pos)?
            .flight
            .as_mut()
    }

    /// A client without receipts has read everything that was sent before this Ping.
    pub(super) fn barrier_passed(&mut self, id: StreamId, ping: u64) {
        let Some(stream) = self.streams.get(id).filter(|stream| !stream.receipts) else {
            return;
        };
        let read: Vec<Pushed> = stream
            .pushes
            .values()
            .filter(|pushed| pushed.barrier.is_some_and(|barrier| barrier <= ping))
            .cloned()
            .collect();
        for pushed in read {
            self.confirm(id, &pushed, ConfirmedBy::Barrier);
        }
    }

    /// The receiver has a message: it leaves its queue.
    fn confirm(&mut self, stream: StreamId, pushed: &Pushed, by: ConfirmedBy) {
        let id = &pushed.endpoint;
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        endpoint.stalled = false;
        let Some(entry) = endpoint.queue.remove(pushed.pos) else {
            return;
        };
        self.op(Op::QueueRemove {
            endpoint: id.clone(),
            pos: entry.pos,
        });
        let full = self.land(stream, &entry);
        if entry.assignment.is_none() {
            self.end_confirmed(id, &entry, by);
        } else {
            // An assigned message ends when its claim is accepted (protocol §6.5).
            self.assigned_received(&entry);
        }
        self.refill(id);
        self.pump(id);
        if full {
            self.pump_stream(stream);
        }
    }

    /// Takes the pushes of a message off its stream. Returns whether others wait for the room.
    pub(super) fn land(&mut self, stream: StreamId, entry: &Entry) -> bool {
        let (Some(stream), Some(flight)) = (self.streams.get_mut(stream), &entry.flight) else {
            return false;
        };
        stream.land(flight, entry.size)
    }

    fn end_confirmed(&mut self, id: &EndpointId, entry: &Entry, by: ConfirmedBy) {
        let mut change = ReceiptChange::new(ReceiptState::Confirmed, entry.hop, self.now.wall);
        change.attempts = entry.attempt;
        change.endpoint = Some(id.clone());
        change.confirmed_by = Some(by);
        self.end_message(entry.seq, change);
        self.unwritten.remove(&entry.message);
        self.receipt_moved(&entry.message, ReceiptState::Confirmed);
    }

    /// Ends a message: its receipt, and its content if no history is kept.
    pub(super) fn end_message(&mut self, seq: Seq, change: ReceiptChange) {
        self.op(Op::receipt(seq, change));
        if !self.figures.history {
            self.op(Op::ContentDrop(seq));
        }
    }

    /// Goes on with every endpoint on a stream.
    pub(super) fn pump_stream(&mut self, id: StreamId) {
        if let Some(pid) = self.streams.get(id).map(|stream| stream.process.pid) {
            for endpoint in self.endpoints.on_stream(pid, id) {
                self.pump(&endpoint);
            }
        }
    }

    /// A client has answered a Ping, so what was pushed before it asked was read.
    pub(super) fn reads_on(&mut self, id: StreamId, ping: u64) {
        let now = self.now.mono;
        let Some(stream) = self.streams.get(id).filter(|stream| stream.receipts) else {
            return;
        };
        let pushes: Vec<Pushed> = stream.pushes.values().cloned().collect();
        let mut waits = false;
        for pushed in pushes {
            if let Some(flight) = self.flight_mut(&pushed)
                && matches!(flight.stage, Stage::Asked(asked) if asked <= ping)
            {
                flight.stage = Stage::Reads(now);
                waits = true;
            }
        }
        if waits {
            let resend = now + self.figures.push_resend;
            self.timers.set_earlier(Timer::Receipts(id), resend);
        }
    }

    /// Looks after pushes without a receipt: asks whether the client reads, and sends again only what it has
    /// read past (W24, W49).
    pub(super) fn receipts_due(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else {
            return;
        };
        let now = self.now.mono;
        let (warning, resend) = (self.figures.push_receipt_warning, self.figures.push_resend);
        let pushes: Vec<(PushId, Pushed)> = stream
            .pushes
            .iter()
            .map(|(push, pushed)| (*push, pushed.clone()))
            .collect();
        let mut asked = None;
        let mut next = None;
        for (push, pushed) in pushes {
            let Some(flight) = self.flight_mut(&pushed) else {
                continue;
            };
            // Only the latest push of a message counts.
            if flight.pushes.last() != Some(&push) {
                continue;
            }
            let due = match flight.stage {
                Stage::Sent => flight.sent + warning,
                Stage::Reads(since) => since + resend,
                Stage::Asked(_) | Stage::Held => continue,
            };
            if due > now {
                next = Some(next.map_or(due, |next: std::time::Duration| next.min(due)));
                continue;
            }
            if flight.stage == Stage::Sent {
                let ping = match asked {
                    Some(ping) => ping,
                    None => *asked.insert(self.send_ping(id)),
                };
                if let Some(flight) = self.flight_mut(&pushed) {
                    flight.stage = Stage::Asked(ping);
                }
            } else if !self.push_again(id, &pushed) {
                return;
            }
        }
        if asked.is_some() {
            self.log(
                Level::Warn,
                "a client has not confirmed what it was pushed; it is asked whether it reads",
            );
        }
        if let Some(next) = next {
            self.timers.set_earlier(Timer::Receipts(id), next);
        }
    }

    /// Sends a message again on the same stream. Returns `false` if the stream was given up instead.
    fn push_again(&mut self, id: StreamId, pushed: &Pushed) -> bool {
        let push = PushId(self.next_push);
        let now = self.now.mono;
        let resends = self.figures.push_resends as usize;
        let Some(endpoint) = self.endpoints.get_mut(&pushed.endpoint) else {
            return true;
        };
        let Some(entry) = endpoint.queue.get_mut(pushed.pos) else {
            return true;
        };
        let Some(flight) = &mut entry.flight else {
            return true;
        };
        if flight.pushes.len() > resends {
            endpoint.stalled = true;
            let text = format!(
                "endpoint {} reads and confirms nothing; its stream is closed",
                pushed.endpoint
            );
            self.log(Level::Warn, text);
            self.end_stream(id, 1011, "no_receipt");
            return false;
        }
        self.next_push += 1;
        flight.pushes.push(push);
        flight.sent = now;
        flight.stage = Stage::Sent;
        entry.attempt += 1;
        let effect = Push {
            stream: id,
            push: Some(push),
            endpoint: pushed.endpoint.clone(),
            seq: entry.seq,
            attempt: entry.attempt,
            extra: entry.extra.clone(),
            assignment: None,
        };
        let (message, assignment) = (entry.message.clone(), entry.assignment.clone());
        if let Some(stream) = self.streams.get_mut(id) {
            stream.pushes.insert(push, pushed.clone());
        }
        self.note_push(message, &pushed.endpoint, pushed.pos);
        let assignment = assignment.and_then(|assignment| self.assignment_view(&assignment));
        self.effect(Effect::Push(Push {
            assignment,
            ..effect
        }));
        let warning = now + self.figures.push_receipt_warning;
        self.timers.set_earlier(Timer::Receipts(id), warning);
        true
    }
}
