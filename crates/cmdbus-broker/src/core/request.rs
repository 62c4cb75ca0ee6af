//! What clients ask of the broker, with the shape already checked (protocol §3.5).
//!
//! Where the protocol gives a check of the shape a later place than one of the state, the field is an
//! `Option` or a `Result`, and the core looks at it when its turn comes.

use std::time::Duration;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::ids::{AssignmentId, EndpointId, MessageId, UndispatchedId};
use crate::process::liveness::Process;
use crate::store::Digest;

/// Names a request to the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReqId(pub u64);

/// Names the stream of a process: the WebSocket that the protocol calls its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The pid of the header.
    pub pid: Option<u32>,
    /// Digest of the owner token, from the header or the body.
    pub owner: Option<Digest>,
}

/// A request of a client.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `POST /v1/initialize`.
    Initialize,
    /// `GET /v1/stream`. The stream counts as open from the answer on; if the upgrade comes to nothing, it is
    /// reported closed.
    OpenStream(OpenStream),
    /// `POST /v1/endpoint/register`.
    Register(Box<Register>),
    /// `POST /v1/endpoint/{id}/heartbeat`.
    Heartbeat {
        /// Which endpoint.
        endpoint: EndpointId,
    },
    /// `POST /v1/endpoint/{id}/reattach`.
    Reattach {
        /// Which endpoint.
        endpoint: EndpointId,
        /// The process that wants it.
        pid: u32,
        /// Name of its stream.
        stream_name: Option<String>,
    },
    /// `DELETE /v1/endpoint/{id}`.
    Unregister {
        /// Which endpoint.
        endpoint: EndpointId,
        /// Whether the tombstone of a named mailbox may go like any other (protocol §10.11).
        forget: bool,
    },
    /// `POST /v1/send`.
    Send(Box<Send>),
    /// `POST /v1/endpoint/{id}/task-hint`.
    TaskHint {
        /// Which endpoint.
        endpoint: EndpointId,
        /// The process that says it.
        pid: u32,
        /// The hint, whole.
        hint: String,
    },
    /// `GET /v1/undispatched` without a pid: the inbox as it is.
    Inbox {
        /// The record after which the page begins.
        after: Option<UndispatchedId>,
        /// How many records, at most.
        limit: usize,
    },
    /// `GET /v1/undispatched` with a pid: what the endpoint may claim.
    Claimable {
        /// Which endpoint; else the only active one of the caller.
        endpoint: Option<EndpointId>,
    },
    /// `GET /v1/undispatched/presence`.
    WaitingCount {
        /// Which endpoint.
        endpoint: EndpointId,
    },
    /// `POST /v1/dispatch`.
    Dispatch {
        /// The record.
        undispatched: UndispatchedId,
        /// Where it shall go.
        target: EndpointId,
    },
    /// `DELETE /v1/undispatched/{id}`.
    Discard {
        /// The record.
        undispatched: UndispatchedId,
    },
    /// `POST /v1/runtime/assignment-claim`.
    Claim(Box<Claim>),
    /// `POST /v1/runtime/assignment-reply`.
    AssignmentReply(Box<AssignmentReply>),
    /// `POST /v1/runtime/processing-state`.
    ProcessingState(Box<ProcessingState>),
    /// `POST /v1/runtime/self-settle`.
    SelfSettle {
        /// By which endpoint.
        endpoint: EndpointId,
        /// The pid of the body.
        pid: u32,
        /// The record; `None` if it is not a non-empty string.
        undispatched: Option<UndispatchedId>,
    },
    /// `POST /v1/runtime/staged-delivery`.
    StagedDelivery {
        /// For which endpoint.
        endpoint: EndpointId,
        /// The pid of the body.
        pid: u32,
        /// How long the request may be held open; the core clamps it.
        timeout: Duration,
        /// Whether a returned message counts as a delivery attempt.
        mark_attempt: bool,
    },
    /// `POST /v1/runtime/session-conversation-history`.
    History(Box<History>),
    /// `GET /v1/status`: the part the core knows.
    Status,
    /// `GET /v1/endpoints`.
    Endpoints,
    /// `GET /v1/endpoint/{id}`.
    Endpoint {
        /// Which endpoint.
        endpoint: EndpointId,
    },
    /// `POST /v1/control`: a control event, as the protocol writes it (§8.2).
    Control(Map<String, Value>),
    /// `GET /v1/control/{idempotency_key}`.
    ControlOutcome {
        /// Key of the event.
        key: String,
    },
    /// `GET /v1/receipts/{message_id}`.
    Receipt {
        /// Which message.
        message: MessageId,
        /// What to wait for, and how long.
        wait: Option<(Goal, Duration)>,
    },
    /// `GET /v1/receipts?endpoint_id=&idempotency_key=`.
    ReceiptByKey {
        /// Whose message: an endpoint, or the node.
        sender: Sender,
        /// Its key.
        key: String,
    },
    /// `GET /v1/receipts?endpoint_id=&open=true`.
    OpenReceipts {
        /// Whose messages: an endpoint, or the node.
        sender: Sender,
        /// The message after which the page begins.
        after: Option<MessageId>,
        /// How many, at most.
        limit: usize,
    },
}

/// What a client shows when it opens its stream (protocol §3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenStream {
    /// The name of the stream from now on. The driver makes it; no two are equal.
    pub stream: StreamId,
    /// The process at the other end.
    pub process: Process,
    /// Tells apart several streams of one process.
    pub name: Option<String>,
    /// Whether it confirms pushes (`push_receipt_ack_v1`).
    pub receipts: bool,
    /// Whether it says that it has seen a push before it confirms it (`held_receipt_v1`).
    pub held: bool,
}

/// A registration (protocol §3.5.1). That its process has a stream is checked before its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    /// Its process; `None` if missing or malformed.
    pub pid: Option<u32>,
    /// Name of that process's stream.
    pub stream_name: Option<String>,
    /// What is registered, or what is wrong with it.
    pub body: Result<Registration, Refusal>,
}

/// What is registered, normalised as the protocol says in §3.5.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Metadata of the endpoint, as it came.
    pub metadata: super::metadata::Metadata,
    /// Token of the spawn that this registration answers.
    pub spawn_token: Option<String>,
}

/// Who sends, or has sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sender {
    /// An endpoint.
    Endpoint(EndpointId),
    /// The node itself: people and scripts without a mailbox.
    Node,
}

/// A send (protocol §6.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// Who sends.
    pub sender: Sender,
    /// To whom.
    pub to: String,
    /// What.
    pub content: String,
    /// How to read it.
    pub content_type: String,
    /// The sender's metadata.
    pub metadata: Map<String, Value>,
    /// Whether the receiver must be there.
    pub require_live: bool,
    /// Key under which it may be repeated.
    pub key: Option<String>,
    /// For how long it is worth delivering.
    pub ttl: Option<Duration>,
}

/// A claim of an inbox record (protocol §10.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// By which endpoint.
    pub endpoint: EndpointId,
    /// The pid of the body.
    pub pid: u32,
    /// The record; `None` if it is not a non-empty string.
    pub undispatched: Option<UndispatchedId>,
}

/// A reply under an assignment (protocol §10.8).
#[derive(Debug, Clone, PartialEq)]
pub struct AssignmentReply {
    /// By which endpoint.
    pub endpoint: EndpointId,
    /// The pid of the body.
    pub pid: u32,
    /// The message that is answered.
    pub source: MessageId,
    /// Under which assignment.
    pub assignment: AssignmentId,
    /// The replier's name for the request; `None` if missing or empty.
    pub request: Option<String>,
    /// What it says.
    pub content: String,
    /// How to read it.
    pub content_type: String,
    /// The replier's metadata.
    pub metadata: Map<String, Value>,
}

/// What an endpoint reports about a message it works on (protocol §10.7).
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessingState {
    /// By which endpoint.
    pub endpoint: EndpointId,
    /// The pid of the body.
    pub pid: u32,
    /// The message.
    pub source: MessageId,
    /// The assignment.
    pub assignment: AssignmentId,
    /// Id of the event.
    pub event: String,
    /// Its sequence number.
    pub sequence: u64,
    /// The state, in the words of the protocol.
    pub state: String,
    /// When it came about; unset means now.
    pub occurred_at: Option<i64>,
    /// Whether the message may be given to somebody else after a failure.
    pub retryable: bool,
    /// The members that are only passed on: `reason_code`, `detail`, `reply_request_id`, `outbound_message_id`.
    pub more: Map<String, Value>,
}

/// A request for a part of a conversation (protocol §10.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// By which endpoint.
    pub endpoint: EndpointId,
    /// The pid of the body.
    pub pid: u32,
    /// `conversation_ref.id`.
    pub conversation: String,
    /// How many messages, at most.
    pub limit: usize,
    /// Only what is older than this message.
    pub before: Option<MessageId>,
    /// Only what is newer than this message.
    pub after: Option<MessageId>,
}

/// What somebody waits for (protocol §6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The message was written to the receiver's stream, or more.
    Pushed,
    /// The receiver has confirmed it.
    Confirmed,
}

impl Request {
    /// Returns about how many bytes the request adds to the store, for the room that is asked of the writer.
    /// `None` if it changes nothing, so that it can be answered while nothing can be written.
    pub fn writes(&self) -> Option<usize> {
        match self {
            Self::Initialize
            | Self::Heartbeat { .. }
            | Self::Inbox { .. }
            | Self::Claimable { .. }
            | Self::WaitingCount { .. }
            | Self::History(_)
            | Self::Status
            | Self::Endpoints
            | Self::Endpoint { .. }
            | Self::ControlOutcome { .. }
            | Self::Receipt { .. }
            | Self::ReceiptByKey { .. }
            | Self::OpenReceipts { .. } => None,
            Self::Send(send) => Some(send.content.len()),
            Self::AssignmentReply(reply) => Some(reply.content.len()),
            Self::OpenStream(_)
            | Self::Register(_)
            | Self::Reattach { .. }
            | Self::Unregister { .. }
            | Self::TaskHint { .. }
            | Self::Dispatch { .. }
            | Self::Discard { .. }
            | Self::Claim(_)
            | Self::ProcessingState(_)
            | Self::SelfSettle { .. }
            | Self::StagedDelivery { .. }
            | Self::Control(_) => Some(0),
        }
    }
}
