//! What the state machine wants done.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use crate::extension::{self, CallTerms, CancelReason, Progress};
use crate::message::{ExecuteError, Message, MessageId, MessageMeta};
use crate::payload::Payload;

/// One registration of one channel, from its reservation until it is forgotten. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(super) u64);

/// One run of a local handler on behalf of a peer. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub(super) u64);

/// Something to do after the state has been left alone. Carried out in order by whoever took it.
#[derive(Debug)]
#[must_use]
pub enum Effect<H, W> {
    /// The session's outbox holds messages and nobody is sending them: become its sender, see
    /// [`Node::next_outgoing`](super::Node::next_outgoing).
    Flush(SessionId),
    /// Start a handler for a peer, in the driver of its session.
    Run(Run<H>),
    /// Tell a handler that nobody waits for it any more, and stop it unless it wants to come to an end
    /// by itself. Its result is not sent.
    CancelRun {
        /// The session whose peer had asked.
        session: SessionId,
        /// The handler's run.
        run: RunId,
        /// Why.
        reason: CancelReason,
    },
    /// Stop a handler that was told so and has had its time to end.
    StopRun {
        /// The session whose peer had asked.
        session: SessionId,
        /// The handler's run.
        run: RunId,
    },
    /// A handler may send items again.
    Credit {
        /// The session whose peer had asked.
        session: SessionId,
        /// The handler's run.
        run: RunId,
    },
    /// A call of this process has got this far.
    Progress {
        /// The call.
        call: MessageId,
        /// How far.
        progress: Progress,
    },
    /// A call of this process has an item of its result.
    Item {
        /// The call.
        call: MessageId,
        /// The item.
        item: Payload,
    },
    /// Work that belongs to a trace is done. Only if [`NodeConfig::spans`](super::NodeConfig::spans) is set.
    Span(Span),
    /// Somebody has been waiting for this.
    Complete(W, Outcome),
    /// Hand an event to the local listeners.
    Deliver(Delivery),
    /// The session is over: drain what runs, close the channel, then
    /// [`forget_session`](super::Node::forget_session).
    End(SessionId),
    /// The time for draining the session is up: drop what still runs.
    DrainExpired(SessionId),
    /// Something an operator may want to know. Carries no content of messages.
    Warn(Warning),
}

/// A handler to start.
#[derive(Debug)]
pub struct Run<H> {
    /// Names the run in [`Node::handle_finished`](super::Node::handle_finished).
    pub id: RunId,
    /// The session whose peer asked.
    pub session: SessionId,
    /// The handler.
    pub handler: H,
    /// The command's id.
    pub command_id: Arc<str>,
    /// What it was called with.
    pub request: Option<Payload>,
    /// The request's envelope.
    pub meta: Option<MessageMeta>,
    /// What its caller asks for, and can be given.
    pub terms: CallTerms,
    /// When its caller gives up, if it has said so.
    pub deadline: Option<Instant>,
}

/// What somebody did for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Called, and waited for the answer.
    Call,
    /// Passed it on, and its answer back.
    Hop,
    /// Served it.
    Handler,
}

/// A piece of work that belongs to a trace. Carries no content of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What was done.
    pub kind: SpanKind,
    /// The command.
    pub command_id: String,
    /// The W3C trace context that came with the call.
    pub traceparent: String,
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub ended: Instant,
    /// An error code of the protocol, or `cancelled`.
    pub error: Option<&'static str>,
}

/// An event for local listeners.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Identity of this emission, the same on every hop.
    pub id: MessageId,
    /// The event's id, such as `notes.changed`.
    pub event_id: String,
    /// What it carries.
    pub payload: Option<Payload>,
}

/// How a wait ended.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// A call was answered, by the callee or by the bus. With it comes the trace, if it was asked for.
    Call(Result<Option<Payload>, ExecuteError>, Vec<Value>),
    /// A registration was decided on.
    Registration(Result<(), RegisterFailure>),
}

/// Why a local registration did not take effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterFailure {
    /// The id is taken.
    Duplicate,
    /// The router did not answer in time.
    Timeout,
    /// The router's session ended or never took the request.
    Disconnected,
    /// The channel refused this one message and says why.
    Refused(String),
}

/// Something went over a bound or against the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A peer advertises more ids than it may; the surplus is ignored.
    AdvertisedLimit {
        /// Which connection.
        channel: Arc<str>,
        /// The bound.
        limit: usize,
    },
    /// A peer does not read: so much waits for it that its session has been ended.
    Stuck {
        /// Which connection.
        channel: Arc<str>,
        /// How many messages were waiting.
        queued: usize,
    },
}

/// What remains of a message when it has been given to a channel: enough to act on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// A call of ours, or one we forward.
    ExecuteRequest(MessageId),
    /// A registration of ours, or one we pass on.
    RegisterRequest(MessageId),
    /// The answer to a call; `replacement` if it says that the real answer could not be sent.
    ExecuteResponse {
        /// The request it answers.
        thid: MessageId,
        /// Stands in for another response already.
        replacement: bool,
    },
    /// An item of the result of the request with this id.
    Item(MessageId),
    /// Leave to send more items of the result of the request with this id.
    Credit(MessageId),
    /// Anything nobody waits for.
    Other,
}

/// A message on its way to a channel.
#[derive(Debug)]
pub struct Outgoing {
    message: Message,
    kind: OutgoingKind,
}

#[derive(Debug)]
enum OutgoingKind {
    Plain,
    /// A response that stands in for another one.
    Replacement,
    /// A request whose caller gives up at this time.
    Limited(Instant),
    /// An item of the result of the request with this id.
    Item(MessageId),
    /// Leave to send more of them.
    Credit(MessageId),
}

impl Outgoing {
    pub(super) fn plain(message: Message) -> Self {
        let kind = OutgoingKind::Plain;
        Self { message, kind }
    }

    pub(super) fn replacement(message: Message) -> Self {
        let kind = OutgoingKind::Replacement;
        Self { message, kind }
    }

    pub(super) fn request(message: Message, deadline: Option<Instant>) -> Self {
        let kind = deadline.map_or(OutgoingKind::Plain, OutgoingKind::Limited);
        Self { message, kind }
    }

    pub(super) fn item(message: Message, thid: MessageId) -> Self {
        let kind = OutgoingKind::Item(thid);
        Self { message, kind }
    }

    pub(super) fn credit(message: Message, thid: MessageId) -> Self {
        let kind = OutgoingKind::Credit(thid);
        Self { message, kind }
    }

    /// Returns what to report the channel's verdict with.
    pub fn receipt(&self) -> Receipt {
        match &self.message {
            Message::ExecuteCommandRequest { id, .. } => Receipt::ExecuteRequest(*id),
            Message::RegisterCommandRequest { id, .. } => Receipt::RegisterRequest(*id),
            Message::ExecuteCommandResponse { thid, .. } => Receipt::ExecuteResponse {
                thid: *thid,
                replacement: matches!(self.kind, OutgoingKind::Replacement),
            },
            _ => match self.kind {
                OutgoingKind::Item(thid) => Receipt::Item(thid),
                OutgoingKind::Credit(thid) => Receipt::Credit(thid),
                _ => Receipt::Other,
            },
        }
    }

    /// Returns the message to send. The clock is read only if the message says how much time is left.
    #[inline]
    pub fn into_message(mut self, now: impl FnOnce() -> Instant) -> Message {
        if let (OutgoingKind::Limited(deadline), Message::ExecuteCommandRequest { meta, .. }) =
            (&self.kind, &mut self.message)
        {
            extension::set_timeout(meta, deadline.saturating_duration_since(now()));
        }
        self.message
    }
}
