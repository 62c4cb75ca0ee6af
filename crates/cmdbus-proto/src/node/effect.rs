//! What the state machine wants done.

use std::sync::Arc;

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
    /// Stop a handler that has had its time; it has been answered for.
    StopRun(RunId),
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
    /// A call was answered, by the callee or by the bus.
    Call(Result<Option<Payload>, ExecuteError>),
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
    /// Anything nobody waits for.
    Other,
}

/// A message on its way to a channel.
#[derive(Debug)]
pub struct Outgoing {
    /// What to send.
    pub message: Message,
    pub(super) replacement: bool,
}

impl Outgoing {
    /// Returns what to report the channel's verdict with.
    pub fn receipt(&self) -> Receipt {
        match &self.message {
            Message::ExecuteCommandRequest { id, .. } => Receipt::ExecuteRequest(*id),
            Message::RegisterCommandRequest { id, .. } => Receipt::RegisterRequest(*id),
            Message::ExecuteCommandResponse { thid, .. } => Receipt::ExecuteResponse {
                thid: *thid,
                replacement: self.replacement,
            },
            _ => Receipt::Other,
        }
    }
}
