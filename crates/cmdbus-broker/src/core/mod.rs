//! The rules of the broker, as one synchronous state machine (protocol §2.5).
//!
//! [`Core::handle`] takes an [`Input`] and the time, and returns a [`Step`]: what is to be stored, and what
//! is to be done before and after that is durable. The core never awaits, reads a clock, draws a random
//! number by itself or touches a socket, a process or a disk. It never hears of a commit: whoever drives it
//! holds back what reveals a step until the step is on the disk.
//!
//! Its memory holds ids, order and sizes, and no content. What needs content, such as an answer with the
//! inbox, is asked of the store with a [`Query`] and comes back as [`Input::Read`].
//!
//! A message takes this way: `outbound.rs` checks a send and finds the receiver (`addresses.rs`), `routing.rs`
//! puts it into a queue or the inbox, `pump.rs` pushes it and takes the receipt.

mod addresses;
mod assignments;
mod control;
mod correlation;
mod dispatch;
mod endpoint;
mod figures;
mod inbox;
mod life;
mod metadata;
mod mint;
mod network;
mod outbound;
mod outgoing;
mod ownership;
mod pump;
mod queue;
mod receipts;
mod refusal;
mod register;
mod request;
mod resume;
mod routing;
mod start;
mod step;
mod stream;
mod streams;
mod sweep;
mod timers;
mod trace;
mod views;

use rustc_hash::FxHashMap;

pub use figures::Figures;
pub use metadata::{Metadata, Workspace, task_hint};
pub use mint::RandomSource;
pub use network::{Call, CallId, Called, Partners};
pub(crate) use outgoing::CONTROL_ACK;
pub use refusal::Refusal;
pub use request::*;
pub use start::Life;
pub use step::*;
pub(crate) use trace::trace_id;

pub use crate::process::liveness::{Liveness, Process};

use crate::ids::{EndpointId, MessageId};
use crate::store::{Millis, Op, Pos, SendStatus, Seq, StoreError};

use correlation::{Received, Rings};
use endpoint::Endpoints;
use inbox::Inbox;
use mint::Mint;
use network::{LinkEvent, Network};
use stream::Streams;
use timers::{Timer, Timers};

/// The broker's rules and what they need to know.
#[derive(Debug)]
pub struct Core {
    figures: Figures,
    mint: Mint,
    now: Now,
    out: Step,
    timers: Timers,
    /// Id of this node, made at the first start.
    node: String,
    next_seq: Seq,
    next_pos: Pos,
    next_push: u64,
    next_ping: u64,
    next_read: u64,
    endpoints: Endpoints,
    streams: Streams,
    inbox: Inbox,
    rings: Rings,
    received: Received,
    /// What goes on when the store has answered.
    reads: FxHashMap<ReadId, Then>,
    registrations: resume::Parked,
    /// Who waits for an endpoint to be closed.
    closings: FxHashMap<EndpointId, Vec<ReqId>>,
    /// Messages that were pushed, and whose receipt does not say so yet.
    unwritten: FxHashMap<MessageId, (EndpointId, Pos)>,
    sends: outbound::KeyedSends,
    network: Network,
    outbox: outgoing::Outbox,
    arrivals: network::Arrivals,
    receipts: receipts::Watches,
    assignments: assignments::Assignments,
    control: control::Control,
    clock: sweep::ClockWatch,
    inbox_pressure: bool,
    shutting_down: bool,
}

/// What goes on when the store has answered.
#[derive(Debug)]
enum Then {
    /// A queue goes on with its next part.
    Queue(EndpointId),
    /// A send with a key goes on.
    Keyed(outbound::SendKey),
    /// Messages from the network go on, unless they are stored already.
    Inbound { key: String, numbers: Vec<u64> },
    /// A receipt is shown, if the caller may see it.
    Receipt {
        req: ReqId,
        caller: Caller,
        wait: Option<Goal>,
    },
    /// Receipts are shown.
    Receipts { req: ReqId },
    /// A page of the inbox is shown.
    Inbox { req: ReqId },
    /// What the protocol calls a claim and its like goes on.
    Assignments(assignments::Then),
    /// Messages that are over their time end.
    Due,
    /// What retention lets go goes.
    Sweep,
}

impl Core {
    /// Takes an input and returns what is to be done. `now` never goes back on the monotonic clock.
    pub fn handle(&mut self, now: Now, input: Input) -> Step {
        self.watch_clock(now);
        self.now = now;
        match input {
            Input::Request {
                req,
                caller,
                request,
            } => self.request(req, &caller, request),
            Input::RequestGone { req } => self.request_gone(req),
            Input::PushAcked { stream, push } => self.push_acked(stream, push),
            Input::PushSeen { stream, push } => self.push_seen(stream, push),
            Input::Pong { stream, ping } => self.pong(stream, ping),
            Input::StreamClosed { stream, process } => self.stream_closed(stream, process),
            Input::ProcessState { process, state } => self.process_state(&process, state),
            Input::Read { read, found } => self.read_done(read, found),
            Input::Damaged { seq, what } => self.damaged(seq, &what),
            Input::SpawnChecked { spawn, result } => self.spawn_checked(spawn, result),
            Input::Spawned { token, result } => self.spawned(&token, result),
            Input::SpawnExited { token, code } => self.spawn_exited(&token, code),
            Input::Network(event) => self.connector_event(event),
            Input::Control { handle, event } => self.control_arrived(handle, event),
            Input::PortAnswered { call, called } => self.port_answered(call, called),
            Input::Emitted {
                lane,
                entry,
                result,
            } => self.emitted(&lane, entry, result),
            Input::Tick => self.tick(),
            Input::Shutdown { release } => self.shut_down(release),
        }
        self.run_mailroom();
        self.finish()
    }

    /// Returns the handles of messages from the network that are neither accepted nor released, nor about to be: for whoever
    /// gives up this core, to release them.
    pub fn unsettled_inbound(&self) -> impl Iterator<Item = u64> {
        self.arriving()
    }

    /// Goes by other figures from now on. Times that run already end as they were set.
    pub fn set_figures(&mut self, figures: Figures) {
        self.figures = figures;
    }

    /// Returns the step that was collected.
    fn finish(&mut self) -> Step {
        if let Some(wake) = self.timers.wake() {
            self.out.now.push(NowEffect::WakeAt(wake));
        }
        std::mem::take(&mut self.out)
    }

    fn request(&mut self, req: ReqId, caller: &Caller, request: Request) {
        if self.shutting_down && request.writes().is_some() {
            self.refuse(req, Refusal::shutting_down());
            return;
        }
        let result = match request {
            Request::Initialize => {
                self.answer(req, Reply::Json(self.initialize_view()));
                Ok(())
            }
            Request::OpenStream(open) => self.open_stream(req, open),
            Request::Register(register) => self.register(req, caller, *register),
            Request::Heartbeat { endpoint } => self.heartbeat(req, caller, &endpoint),
            Request::Reattach {
                endpoint,
                pid,
                stream_name,
            } => self.reattach(req, caller, &endpoint, pid, stream_name.as_deref()),
            Request::Unregister { endpoint, forget } => {
                self.unregister(req, caller, &endpoint, forget)
            }
            Request::Send(send) => self.send(req, caller, *send),
            Request::TaskHint {
                endpoint,
                pid,
                hint,
            } => self.task_hint(req, caller, &endpoint, pid, &hint),
            Request::Inbox { after, limit } => self.show_inbox(req, after.as_ref(), limit),
            Request::Claimable { endpoint } => self.claimable(req, caller, endpoint),
            Request::WaitingCount { endpoint } => self.waiting_count(req, &endpoint),
            Request::Dispatch {
                undispatched,
                target,
            } => self.dispatch(req, &undispatched, &target),
            Request::Discard { undispatched } => self.discard(req, &undispatched),
            Request::Claim(claim) => self.claim(req, caller, *claim),
            Request::AssignmentReply(reply) => self.assignment_reply(req, caller, *reply),
            Request::ProcessingState(state) => self.processing_state(req, caller, *state),
            Request::SelfSettle {
                endpoint,
                pid,
                undispatched,
            } => self.self_settle(req, caller, &endpoint, pid, undispatched),
            Request::StagedDelivery {
                endpoint,
                pid,
                timeout,
                mark_attempt,
            } => self.staged_delivery(req, caller, &endpoint, pid, timeout, mark_attempt),
            Request::History(history) => self.history(req, caller, *history),
            Request::Status => {
                self.answer(req, Reply::Json(self.status_view()));
                Ok(())
            }
            Request::Endpoints => {
                self.answer(req, Reply::Json(self.endpoints_view()));
                Ok(())
            }
            Request::Endpoint { endpoint } => self.show_endpoint(req, &endpoint),
            Request::Control(event) => self.control_event(req, event),
            Request::ControlOutcome { key } => self.control_outcome(req, &key),
            Request::Receipt { message, wait } => {
                self.show_receipt(req, caller, message, wait);
                Ok(())
            }
            Request::ReceiptByKey { sender, key } => {
                self.show_receipt_by_key(req, caller, &sender, key)
            }
            Request::OpenReceipts {
                sender,
                after,
                limit,
            } => self.show_open_receipts(req, caller, &sender, after, limit),
        };
        if let Err(refusal) = result {
            self.refuse(req, refusal);
        }
    }

    /// Nobody waits for an answer any more. What the request began goes on.
    fn request_gone(&mut self, req: ReqId) {
        self.unwatch(req);
        self.forget_poll(req);
    }

    fn read_done(&mut self, read: ReadId, found: Result<Found, StoreError>) {
        let Some(then) = self.reads.remove(&read) else {
            return;
        };
        match then {
            Then::Queue(endpoint) => self.queue_loaded(&endpoint, found),
            Then::Keyed(key) => self.key_looked_up(&key, found),
            Then::Inbound { key, numbers } => self.inbound_looked_up(&key, &numbers, found),
            Then::Receipt { req, caller, wait } => self.receipt_found(req, &caller, wait, found),
            Then::Receipts { req } => self.receipts_found(req, found),
            Then::Inbox { req } => self.inbox_found(req, found),
            Then::Assignments(then) => self.assignments_read(then, found),
            Then::Due => self.due_found(found),
            Then::Sweep => self.sweep_found(found),
        }
    }

    fn tick(&mut self) {
        self.timers.woken();
        while let Some(timer) = self.timers.due(self.now.mono) {
            match timer {
                Timer::Grace(endpoint) => self.close(&endpoint, "grace_timeout"),
                Timer::Probe(endpoint) => self.probe(&endpoint),
                Timer::Carried(endpoint) => self.carried_too_long(&endpoint),
                Timer::Unclaimed(stream) => self.unclaimed(stream),
                Timer::Gate(stream) => self.gate_due(stream),
                Timer::Ping(stream) => self.ping_due(stream),
                Timer::Pong(stream) => self.pong_missing(stream),
                Timer::Receipts(stream) => self.receipts_due(stream),
                Timer::Watch(req) => self.watch_over(req),
                Timer::Staged(req) => self.poll_over(req),
                Timer::Assignment(assignment) => self.assignment_due(&assignment),
                Timer::Mailroom => self.mailroom_due(),
                Timer::Spawn(token) => self.spawn_due(&token),
                Timer::Presence => self.link(LinkEvent::GraceExpired),
                Timer::Reconnect => self.reconnect_due(),
                Timer::Heartbeat(endpoint) => self.heartbeat_due(&endpoint),
                Timer::Outbox(lane) => self.outbox_due(&lane),
                Timer::Sweep => self.sweep_due(),
            }
        }
    }

    fn op(&mut self, op: Op) {
        self.out.ops.push(op);
    }

    fn effect(&mut self, effect: Effect) {
        self.out.after.push(effect);
    }

    fn answer(&mut self, req: ReqId, reply: Reply) {
        self.effect(Effect::Answer { req, reply });
    }

    fn refuse(&mut self, req: ReqId, refusal: Refusal) {
        self.answer(req, refusal.into());
    }

    fn log(&mut self, level: Level, text: impl Into<String>) {
        self.out.now.push(NowEffect::Log(Notice {
            level,
            text: text.into(),
        }));
    }

    /// Asks the store, and goes on with `then`.
    fn ask(&mut self, query: Query, then: Then) {
        let read = ReadId(self.next_read);
        self.next_read += 1;
        self.reads.insert(read, then);
        self.effect(Effect::Read { read, query });
    }

    fn take_seq(&mut self) -> Seq {
        let seq = self.next_seq;
        self.next_seq.0 += 1;
        seq
    }

    fn take_pos(&mut self) -> Pos {
        let pos = self.next_pos;
        self.next_pos.0 += 1;
        pos
    }

    fn take_ping(&mut self) -> u64 {
        self.next_ping += 1;
        self.next_ping
    }

    /// Returns the address of this node.
    fn node_address(&self) -> String {
        format!("node:{}", self.node)
    }

    fn millis(duration: std::time::Duration) -> Millis {
        Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
    }
}
