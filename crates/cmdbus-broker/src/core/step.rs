//! What goes into the core and what comes out of it (protocol §2.5).

use std::time::Duration;

use serde_json::{Map, Value};

use super::network::{Call, CallId, Called};
use super::refusal::Refusal;
use super::request::{Caller, ReqId, Request, StreamId};
use crate::ids::{EndpointId, MessageId};
use crate::ports::{ConnectorEvent, Failure};
use crate::process::liveness::{Liveness, Process};
use crate::store::{
    Content, Due, HistoryItem, InboxItem, Millis, Op, Page, Pos, Private, QueueEntry,
    ReceiptRecord, Seq, StoreError,
};

/// The time at which an input is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// On the monotonic clock: how long it is since some beginning. For timers.
    pub mono: Duration,
    /// On the wall clock. For what is stored.
    pub wall: Millis,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// A client asks.
    Request {
        /// Names the request.
        req: ReqId,
        /// Who asks.
        caller: Caller,
        /// What.
        request: Request,
    },
    /// Nobody waits for the answer any more.
    RequestGone {
        /// Which request.
        req: ReqId,
    },
    /// A client confirmed a push.
    PushAcked {
        /// On this stream.
        stream: StreamId,
        /// Which push.
        push: PushId,
    },
    /// A client has seen a push, and will confirm it later.
    PushSeen {
        /// On this stream.
        stream: StreamId,
        /// Which push.
        push: PushId,
    },
    /// A client answered a Ping.
    Pong {
        /// On this stream.
        stream: StreamId,
        /// The number that the Ping carried.
        ping: u64,
    },
    /// A stream is closed, by either side.
    StreamClosed {
        /// Which stream.
        stream: StreamId,
        /// What holds for its process, looked up at once.
        process: Liveness,
    },
    /// A process was looked at.
    ProcessState {
        /// Which process.
        process: Process,
        /// What holds for it.
        state: Liveness,
    },
    /// What was asked of the store.
    Read {
        /// Names the question.
        read: ReadId,
        /// What was found.
        found: Result<Found, StoreError>,
    },
    /// The content of a queued message was found damaged when it was to be pushed.
    Damaged {
        /// The message.
        seq: Seq,
        /// What is wrong; never content.
        what: String,
    },
    /// What a spawn asks for was looked at.
    SpawnChecked {
        /// The spawn, as it was asked about.
        spawn: Spawn,
        /// Why it cannot be started, as the acknowledgement says it.
        result: Result<(), String>,
    },
    /// A spawn was begun, or failed to.
    Spawned {
        /// Token of the spawn.
        token: String,
        /// Why it failed, in one line.
        result: Result<(), String>,
    },
    /// A spawned process has ended.
    SpawnExited {
        /// Token of the spawn.
        token: String,
        /// Exit code, or the number of a signal negated; `None` if nobody knows.
        code: Option<i32>,
    },
    /// The network tells something.
    Network(ConnectorEvent),
    /// A control event has come by the control port.
    Control {
        /// What the port is told when the event is taken.
        handle: u64,
        /// The event, as the protocol writes it (§8.2).
        event: Map<String, Value>,
    },
    /// A port has answered.
    PortAnswered {
        /// Which call.
        call: CallId,
        /// What came of it.
        called: Called,
    },
    /// The authority was told an event, or could not be.
    Emitted {
        /// Lane of the event.
        lane: String,
        /// Which event.
        entry: u64,
        /// What came of it.
        result: Result<(), Failure>,
    },
    /// The time for which the core asked to be woken has come.
    Tick,
    /// The broker is to end.
    Shutdown {
        /// Whether endpoints are closed rather than kept.
        release: bool,
    },
}

/// Names one push of a message on one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId(pub u64);

/// Names a question to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub u64);

/// What the driver does about an input.
#[derive(Debug, Default)]
pub struct Step {
    /// What is to be stored.
    pub ops: Vec<Op>,
    /// Effects that reveal nothing; done at once.
    pub now: Vec<NowEffect>,
    /// Effects that reveal something: done, in order, when the commit that holds the operations of this
    /// step and of every step before it has succeeded.
    pub after: Vec<Effect>,
}

impl Step {
    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty() && self.now.is_empty() && self.after.is_empty()
    }
}

/// An effect that may come before the commit.
#[derive(Debug, Clone, PartialEq)]
pub enum NowEffect {
    /// Sends a Ping with this number.
    Ping {
        /// On which stream.
        stream: StreamId,
        /// The number it carries.
        ping: u64,
    },
    /// Looks at a process and gives [`Input::ProcessState`].
    Probe(Process),
    /// Looks whether this could be started, starts nothing, and gives [`Input::SpawnChecked`].
    CheckSpawn(Spawn),
    /// Gives [`Input::Tick`] at this time, and at no earlier one that was asked for before; never if `None`.
    WakeAt(Option<Duration>),
    /// Writes to the log.
    Log(Notice),
}

/// A line for the log. Never content, prompts or secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub level: Level,
    /// What happened.
    pub text: String,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks closely.
    Debug,
    /// In the ordinary course of things.
    Info,
    /// Worth a look.
    Warn,
    /// Something was lost or cannot work.
    Error,
}

/// An effect that comes after the commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Answers a request. Every request is answered once, unless it is gone.
    Answer {
        /// Which request.
        req: ReqId,
        /// What to say.
        reply: Reply,
    },
    /// Sends a message on a stream, in the order of these effects.
    Push(Push),
    /// As [`NowEffect::Ping`], after everything that was pushed on the stream before.
    Ping {
        /// On which stream.
        stream: StreamId,
        /// The number it carries.
        ping: u64,
    },
    /// Sends a frame that is no message on a stream.
    Tell {
        /// On which stream.
        stream: StreamId,
        /// The frame.
        frame: Value,
    },
    /// Closes a stream. It is not heard of again.
    Close {
        /// Which stream.
        stream: StreamId,
        /// WebSocket close code.
        code: u16,
        /// WebSocket close reason.
        reason: &'static str,
    },
    /// Asks the store and gives [`Input::Read`].
    Read {
        /// Names the question.
        read: ReadId,
        /// The question.
        query: Query,
    },
    /// Calls a port and gives [`Input::PortAnswered`].
    CallPort {
        /// Names the call.
        call: CallId,
        /// The call.
        what: Call,
    },
    /// Tells the authority an event and gives [`Input::Emitted`].
    Emit {
        /// Lane of the event.
        lane: String,
        /// Names the event.
        entry: u64,
        /// Its kind.
        kind: String,
        /// The event.
        event: Value,
    },
    /// Tells the network that a message is stored here.
    AcceptInbound(u64),
    /// Tells the network that a message could not be stored and is to come again.
    ReleaseInbound(u64),
    /// Tells the network that what it announced is stored here.
    AckPending(String),
    /// Tells the control port that an event is run, or its acknowledgement on the way.
    ControlTaken(u64),
    /// Begins to connect to the network again.
    Connect,
    /// Ends the connection to the network.
    Disconnect,
    /// Starts a process and gives [`Input::Spawned`], and [`Input::SpawnExited`] when it has ended.
    Start(Spawn),
}

/// A message for a stream. The driver reads the content from the store and writes the frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// On which stream.
    pub stream: StreamId,
    /// What the client confirms; `None` if it does not.
    pub push: Option<PushId>,
    /// For which endpoint.
    pub endpoint: EndpointId,
    /// The message.
    pub seq: Seq,
    /// How often it is pushed, this time included.
    pub attempt: u32,
    /// Members over those of the metadata, as the JSON text of an object.
    pub extra: Option<Private>,
    /// `runtimeAssignment`, where the message was assigned (protocol §10.6).
    pub assignment: Option<Value>,
}

/// A process to start (protocol §8.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Spawn {
    /// Kind of its driver.
    pub runtime_kind: String,
    /// What it is to do.
    pub prompt: String,
    /// Token with which it registers.
    pub token: String,
}

impl std::fmt::Debug for Spawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spawn")
            .field("runtime_kind", &self.runtime_kind)
            .finish_non_exhaustive()
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// 200 `{"ok":true}`.
    Done,
    /// 200 with this body.
    Json(Value),
    /// 200 for a send.
    Sent {
        /// The message.
        message: MessageId,
        /// `delivered` or `stored`.
        status: crate::store::SendStatus,
        /// Whether an earlier send with the same key is told again.
        replayed: bool,
    },
    /// The stream may be opened: 101.
    StreamAllowed,
    /// A refusal.
    Refused(Box<Refusal>),
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// A question to the store; see [`Reader`](crate::store::Reader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The contents of messages. Found: [`Found::Contents`].
    Contents(Vec<Seq>),
    /// Whether there are messages of these ids. Found: [`Found::Stored`].
    Stored(Vec<MessageId>),
    /// What became of a message. Found: [`Found::Receipt`].
    Receipt(MessageId),
    /// What became of the message that one of these sent with this key. Found: [`Found::Receipt`].
    ReceiptByKey {
        /// The senders, as stored.
        senders: Vec<String>,
        /// The key.
        key: String,
    },
    /// Unfinished receipts. Found: [`Found::Receipts`].
    OpenReceipts {
        /// The senders, as stored.
        senders: Vec<String>,
        /// After which message.
        after: Option<MessageId>,
        /// How many, at most.
        limit: usize,
    },
    /// A page of the inbox. Found: [`Found::Inbox`].
    Inbox {
        /// After which record.
        after: Option<Seq>,
        /// How many, at most.
        limit: usize,
    },
    /// A part of a queue. Found: [`Found::Queue`].
    Queue {
        /// Whose.
        endpoint: EndpointId,
        /// After which place.
        after: Option<Pos>,
        /// How many, at most.
        limit: usize,
    },
    /// A part of a conversation. Found: [`Found::History`], with `None` if the endpoint took no part in it.
    History {
        /// Correlation id of the conversation.
        correlation: String,
        /// Address of the endpoint.
        sender: String,
        /// The endpoint.
        endpoint: EndpointId,
        /// Only what is older than this message.
        before: Option<MessageId>,
        /// Only what is newer than this message.
        after: Option<MessageId>,
        /// How many, at most.
        limit: usize,
    },
    /// Messages whose time has run out. Found: [`Found::Due`].
    Due {
        /// The time.
        now: Millis,
        /// How many, at most.
        limit: usize,
    },
    /// What retention lets go. Found: [`Found::Sweep`].
    Sweep(SweepLimits),
}

/// What retention keeps (protocol §4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepLimits {
    /// Content of messages that ended before may go.
    pub content_ended_before: Millis,
    /// Content kept beside, at most.
    pub content_bytes: u64,
    /// Receipts that ended before may go.
    pub receipts_ended_before: Millis,
    /// Receipts kept beside, at most.
    pub receipts: u64,
    /// Keys of messages stored before may go.
    pub keys_stored_before: Millis,
    /// Keys kept beside, at most.
    pub keys: u64,
    /// Tombstones from before may go.
    pub tombstones_closed_before: Millis,
    /// Tombstones kept beside, at most.
    pub tombstones: u64,
    /// How many of each to find, at most.
    pub limit: usize,
}

/// What was found; see [`Query`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// In the order asked; `None` where there is no such message.
    Contents(Vec<Option<Content>>),
    /// In the order asked.
    Stored(Vec<bool>),
    /// A receipt.
    Receipt(Option<Box<ReceiptRecord>>),
    /// Receipts.
    Receipts(Page<ReceiptRecord>),
    /// Inbox records.
    Inbox(Page<InboxItem>),
    /// A part of a queue.
    Queue(Page<QueueEntry>),
    /// Messages of a conversation.
    History(Option<Page<HistoryItem>>),
    /// Overdue messages.
    Due(Vec<Due>),
    /// What may go.
    Sweep(Swept),
}

/// What retention lets go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages whose content may go.
    pub content: Vec<Seq>,
    /// Messages whose receipt may go.
    pub receipts: Vec<Seq>,
    /// Messages whose key may go.
    pub keys: Vec<Seq>,
    /// Tombstones that may go.
    pub tombstones: Vec<EndpointId>,
}
