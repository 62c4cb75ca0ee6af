//! What the store holds, as plain data, and [`Op`], the ways in which it can change.
//!
//! Times are Unix milliseconds. Text that may say something private (content, metadata, secrets) is
//! [`Private`], whose `Debug` shows only how long it is, so that a row can be logged.

use std::fmt;
use std::sync::Arc;

use crate::ids::{AssignmentId, EndpointId, MessageId, UndispatchedId};

/// Unix time in milliseconds.
pub type Millis = i64;

/// How many correlation ids the ring of an endpoint holds (protocol §4.4).
pub const RING_SLOTS: u64 = 1024;

/// The place of a message in the order of arrival: given once, at its first commit (protocol §7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// The place of a message in a queue: given when it enters the queue (protocol §7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos(pub u64);

/// Text that is not for logs. `Debug` shows its length only.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Private(String);

impl Private {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text, without copying it.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// SHA-256 of a secret. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<digest>")
    }
}

/// Makes an enum of words with the number that the store keeps for each, in the order of the words.
macro_rules! stored_words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $number:literal, $text:literal;)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            /// Returns the word as the protocol writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// Returns the number under which the store keeps it. A number is never given to another word.
            pub(crate) fn number(self) -> i64 {
                match self { $(Self::$word => $number,)+ }
            }

            pub(crate) fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$word),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

stored_words! {
    /// Where an endpoint is in its life (protocol §4.1).
    EndpointState {
        /// Its process has a channel.
        Active = 0, "active";
        /// It has none, and has time to come back.
        Reconnecting = 1, "reconnecting";
        /// It is gone for good; the row is its tombstone.
        Closed = 2, "closed";
    }

    /// What is known of a message that was accepted (protocol §6.5), in the order of that table.
    ReceiptState {
        /// In work; nothing is promised yet.
        Accepted = 0, "accepted";
        /// Committed in a queue, or kept by the network.
        Durable = 1, "durable";
        /// Written to the channel of the receiver at least once.
        Pushed = 2, "pushed";
        /// Waiting in the undispatched inbox.
        Inbox = 3, "inbox";
        /// An end: the receiver has it.
        Confirmed = 4, "confirmed";
        /// An end: it left the inbox by a decision, or was found damaged.
        Settled = 5, "settled";
        /// An end: its time ran out first.
        Expired = 6, "expired";
    }

    /// What a send answered (protocol §1.7).
    SendStatus {
        /// It went into the queue of an endpoint that was active.
        Delivered = 0, "delivered";
        /// It is kept.
        Stored = 1, "stored";
    }

    /// How a receiver confirmed (protocol §6.5, §7.3).
    ConfirmedBy {
        /// By a receipt on its channel.
        Receipt = 0, "receipt";
        /// By the Pong to a Ping that followed the message.
        Barrier = 1, "barrier";
        /// By accepting its claim.
        Assignment = 2, "assignment";
    }

    /// Why a message is in the undispatched inbox (protocol §5.3, §5.4).
    InboxReason {
        /// Nobody was found for it, or it is to be pulled.
        Unaddressed = 0, "unaddressed";
        /// Its endpoint is closed.
        ClosedSessionContinuation = 1, "closed_session_continuation";
        /// It continues a conversation of an endpoint that cannot be shown it at once.
        CorrelatedContinuation = 2, "correlated_continuation";
    }
}

impl ReceiptState {
    /// Returns whether nothing can follow this state.
    pub fn is_end(self) -> bool {
        self >= Self::Confirmed
    }
}

/// An endpoint or, when closed, the tombstone of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its id.
    pub id: EndpointId,
    /// Where it is in its life.
    pub state: EndpointState,
    /// Since when it is in that state.
    pub state_since: Millis,
    /// Rank among the registrations of this store, earliest first.
    pub order: u64,
    /// Process that owns it.
    pub pid: Option<u32>,
    /// Start of that process, in the unit of the platform; meaningful together with `boot_id`.
    pub process_start: Option<u64>,
    /// The life of the machine in which `process_start` was read.
    pub boot_id: Option<String>,
    /// What must be the same for a registration to adopt this endpoint (protocol §4.1.3).
    pub fingerprint: String,
    /// Digest of the owner token.
    pub owner_token: Option<Digest>,
    /// Secret between the broker and the authority.
    pub nonce: Private,
    /// Everything else about it, as the JSON text of an object.
    pub metadata: Private,
    /// The endpoint that took over from this one.
    pub successor: Option<EndpointId>,
    /// When it closed.
    pub closed_at: Option<Millis>,
    /// Whether its tombstone outlives every limit, as that of a named mailbox does (protocol §10.11).
    pub kept: bool,
}

impl EndpointRow {
    /// Makes an active endpoint without process, secrets and metadata.
    pub fn new(id: impl Into<EndpointId>, order: u64, now: Millis) -> Self {
        Self {
            id: id.into(),
            state: EndpointState::Active,
            state_since: now,
            order,
            pid: None,
            process_start: None,
            boot_id: None,
            fingerprint: String::new(),
            owner_token: None,
            nonce: Private::default(),
            metadata: Private::from("{}"),
            successor: None,
            closed_at: None,
            kept: false,
        }
    }
}

/// Key under which a sender may repeat a send (protocol §6.5). Unique for each sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key as given.
    pub key: String,
    /// Digest of what was sent with it.
    pub fingerprint: Digest,
}

/// When a message reached each state; the latest time, where it did so more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptTimes {
    /// Taken into work.
    pub accepted: Option<Millis>,
    /// Committed.
    pub durable: Option<Millis>,
    /// Written to a channel.
    pub pushed: Option<Millis>,
    /// Put into the inbox.
    pub inbox: Option<Millis>,
    /// Reached an end.
    pub ended: Option<Millis>,
}

impl ReceiptTimes {
    /// Sets the time of a state.
    pub fn set(&mut self, state: ReceiptState, at: Millis) {
        let time = match state {
            ReceiptState::Accepted => &mut self.accepted,
            ReceiptState::Durable => &mut self.durable,
            ReceiptState::Pushed => &mut self.pushed,
            ReceiptState::Inbox => &mut self.inbox,
            ReceiptState::Confirmed | ReceiptState::Settled | ReceiptState::Expired => {
                &mut self.ended
            }
        };
        *time = Some(at);
    }
}

/// What became of a message. Every message has one; whom it is shown to is not the store's affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What holds now.
    pub state: ReceiptState,
    /// How often it moved from the inbox into a queue.
    pub hop: u32,
    /// How often it was pushed.
    pub attempts: u32,
    /// The endpoint in whose queue it is or was.
    pub endpoint: Option<EndpointId>,
    /// Its record in the inbox, if it was there.
    pub undispatched_id: Option<UndispatchedId>,
    /// Why it was settled.
    pub reason: Option<String>,
    /// How the receiver confirmed.
    pub confirmed_by: Option<ConfirmedBy>,
    /// What the send answered.
    pub status: Option<SendStatus>,
    /// When it reached each state.
    pub times: ReceiptTimes,
}

impl Receipt {
    /// Makes the receipt of a message that is in this state since `at`.
    pub fn new(state: ReceiptState, at: Millis) -> Self {
        let mut times = ReceiptTimes::default();
        times.set(state, at);
        Self {
            state,
            hop: 0,
            attempts: 0,
            endpoint: None,
            undispatched_id: None,
            reason: None,
            confirmed_by: None,
            status: None,
            times,
        }
    }

    /// Makes the changes of `change`.
    pub fn apply(&mut self, change: &ReceiptChange) {
        self.state = change.state;
        self.hop = change.hop;
        self.attempts = self.attempts.max(change.attempts);
        self.times.set(change.state, change.at);
        if change.endpoint.is_some() {
            self.endpoint.clone_from(&change.endpoint);
        }
        if change.undispatched_id.is_some() {
            self.undispatched_id.clone_from(&change.undispatched_id);
        }
        if change.reason.is_some() {
            self.reason.clone_from(&change.reason);
        }
        if change.confirmed_by.is_some() {
            self.confirmed_by = change.confirmed_by;
        }
        if change.status.is_some() {
            self.status = change.status;
        }
    }
}

/// A change of a receipt. `None` leaves what is there, so nobody has to remember a whole receipt to end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptChange {
    /// What holds now.
    pub state: ReceiptState,
    /// Since when; becomes the time of that state.
    pub at: Millis,
    /// How often it moved from the inbox into a queue.
    pub hop: u32,
    /// How often it was pushed. A lower number than the recorded one changes nothing.
    pub attempts: u32,
    /// The endpoint in whose queue it is.
    pub endpoint: Option<EndpointId>,
    /// Its record in the inbox.
    pub undispatched_id: Option<UndispatchedId>,
    /// Why it was settled.
    pub reason: Option<String>,
    /// How the receiver confirmed.
    pub confirmed_by: Option<ConfirmedBy>,
    /// What the send answered.
    pub status: Option<SendStatus>,
}

impl ReceiptChange {
    /// Makes a change to this state that leaves the rest as it is.
    pub fn new(state: ReceiptState, hop: u32, at: Millis) -> Self {
        Self {
            state,
            at,
            hop,
            attempts: 0,
            endpoint: None,
            undispatched_id: None,
            reason: None,
            confirmed_by: None,
            status: None,
        }
    }
}

/// A message with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place in the order of arrival.
    pub seq: Seq,
    /// Its id; unique.
    pub id: MessageId,
    /// Address of the sender, as deliveries show it in `from`. Keys and open receipts belong to it.
    pub sender: String,
    /// The address it was sent to.
    pub to: String,
    /// Key under which the sender may repeat it.
    pub key: Option<IdempotencyKey>,
    /// Correlation id of the conversation it belongs to.
    pub correlation: Option<String>,
    /// When it was committed.
    pub stored_at: Millis,
    /// When it stops being worth delivering.
    pub expires_at: Option<Millis>,
    /// What it says.
    pub content: Private,
    /// How to read the content.
    pub content_type: String,
    /// Its metadata, as the JSON text of an object.
    pub metadata: Private,
    /// What became of it.
    pub receipt: Receipt,
}

impl MessageRow {
    /// Makes a durable message of type `text` without key, correlation, metadata or expiry.
    pub fn new(
        seq: Seq,
        id: impl Into<MessageId>,
        sender: impl Into<String>,
        to: impl Into<String>,
        content: impl Into<Private>,
        now: Millis,
    ) -> Self {
        Self {
            seq,
            id: id.into(),
            sender: sender.into(),
            to: to.into(),
            key: None,
            correlation: None,
            stored_at: now,
            expires_at: None,
            content: content.into(),
            content_type: "text".to_owned(),
            metadata: Private::from("{}"),
            receipt: Receipt::new(ReceiptState::Durable, now),
        }
    }

    /// Returns what the message counts against limits in bytes: its content and its metadata.
    pub fn size(&self) -> u64 {
        (self.content.len() + self.metadata.len()) as u64
    }

    /// Returns how many bytes of text it takes in memory.
    pub(crate) fn text_bytes(&self) -> usize {
        let around = [&self.sender, &self.to, &self.content_type];
        let around: usize = around.into_iter().map(|text| text.len()).sum();
        let correlation = self.correlation.as_deref().map_or(0, str::len);
        let key = self.key.as_ref().map_or(0, |key| key.key.len());
        self.content.len() + self.metadata.len() + around + correlation + key
    }
}

/// A message in the queue of an endpoint. What is in flight is known in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Whose queue.
    pub endpoint: EndpointId,
    /// Its place there.
    pub pos: Pos,
    /// The message.
    pub seq: Seq,
    /// Size of the message, for the totals; see [`MessageRow::size`].
    pub size: u64,
    /// How often it was pushed from this queue.
    pub attempt: u32,
    /// The claim with which it was queued.
    pub assignment: Option<AssignmentId>,
    /// Members the broker adds to the metadata on delivery, as the JSON text of an object (protocol §5.7).
    pub extra: Option<Private>,
}

impl QueueRow {
    /// Makes the row of a message that was not pushed yet.
    pub fn new(endpoint: impl Into<EndpointId>, pos: Pos, seq: Seq, size: u64) -> Self {
        Self {
            endpoint: endpoint.into(),
            pos,
            seq,
            size,
            attempt: 0,
            assignment: None,
            extra: None,
        }
    }
}

/// A message in the undispatched inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// The message, and its place in the order of arrival.
    pub seq: Seq,
    /// Id of the record.
    pub id: UndispatchedId,
    /// Why it is here.
    pub reason: InboxReason,
    /// The endpoint it was meant for.
    pub hint: Option<EndpointId>,
    /// Correlation id it arrived with.
    pub correlation: Option<String>,
    /// The only agent whose endpoints may have it (protocol §1.7).
    pub agent: Option<String>,
    /// The claim that has it; `None` while it is open.
    pub assignment: Option<AssignmentId>,
    /// Size of the message, for the totals; see [`MessageRow::size`].
    pub size: u64,
    /// Members the broker adds to the metadata on delivery, as the JSON text of an object (protocol §10.6).
    pub extra: Option<Private>,
}

impl InboxRow {
    /// Makes an open record without hint, correlation and restriction.
    pub fn new(seq: Seq, id: impl Into<UndispatchedId>, reason: InboxReason, size: u64) -> Self {
        Self {
            seq,
            id: id.into(),
            reason,
            hint: None,
            correlation: None,
            agent: None,
            assignment: None,
            size,
            extra: None,
        }
    }
}

/// A claim of an inbox record by an endpoint (protocol §10.6, §10.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRow {
    /// Its id.
    pub id: AssignmentId,
    /// The message.
    pub seq: Seq,
    /// The inbox record.
    pub undispatched_id: UndispatchedId,
    /// Who has it.
    pub endpoint: EndpointId,
    /// The last state, in the words of the protocol.
    pub state: String,
    /// The highest sequence number of a state so far.
    pub sequence: u64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was accepted.
    pub accepted_at: Option<Millis>,
    /// What else its owner must know again after a restart, as JSON text.
    pub detail: Private,
}

/// Which reply a record is about (protocol §10.8).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyKey {
    /// The message that is answered.
    pub source: MessageId,
    /// Under which claim.
    pub assignment: AssignmentId,
    /// The replier's name for the request.
    pub request: String,
}

/// A reply under an assignment, so that the same request is sent once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyRow {
    /// Which reply.
    pub key: ReplyKey,
    /// Digest of what it said.
    pub fingerprint: Digest,
    /// Id under which it travels, the same for every attempt.
    pub message: MessageId,
    /// Who replied.
    pub endpoint: EndpointId,
    /// What came of it, as JSON text; `None` while nobody knows.
    pub outcome: Option<Private>,
    /// When it was made.
    pub created_at: Millis,
}

/// A correlation id in the ring of an endpoint (protocol §6.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingRow {
    /// Whose ring.
    pub endpoint: EndpointId,
    /// How many ids that endpoint had before. The slot is this number modulo [`RING_SLOTS`].
    pub n: u64,
    /// The correlation id.
    pub correlation: String,
}

/// A correlation id that an endpoint received (protocol §6.4). One owner overall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyCorrelationRow {
    /// The correlation id.
    pub correlation: String,
    /// Who received it last.
    pub endpoint: EndpointId,
    /// When.
    pub received_at: Millis,
}

/// Something to be sent to the authority or a control channel (protocol §9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Entries of one lane are sent strictly in the order of `id`.
    pub lane: String,
    /// Rank among all entries.
    pub id: u64,
    /// What it is, in one word.
    pub kind: String,
    /// What to send, as JSON text.
    pub payload: Private,
    /// When it was put there.
    pub created_at: Millis,
}

/// What a control event came to (protocol §8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRow {
    /// Idempotency key of the event.
    pub key: String,
    /// The outcome, as JSON text.
    pub outcome: Private,
    /// When.
    pub at: Millis,
}

/// A process that was started and has not registered yet (protocol §8.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpawnRow {
    /// The token it was given.
    pub token: Private,
    /// Until when it may register.
    pub deadline: Millis,
    /// What else its owner must know again after a restart, as JSON text.
    pub detail: Private,
}

/// A message whose content was not what had been stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// The message.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// When that was found.
    pub found_at: Millis,
    /// What was wrong, in words; never content.
    pub what: String,
}

/// One change. A step is a list of them, and is stored as a whole or not at all.
///
/// "Put" replaces a row that has the same key. Removing or changing what is not there changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Sets a value of the store itself, such as the node id. Names that begin with `store.` are its own.
    MetaPut {
        /// Which value.
        name: String,
        /// The value.
        value: String,
    },

    /// Puts an endpoint or a tombstone.
    EndpointPut(Box<EndpointRow>),
    /// Removes an endpoint or a tombstone. Its queue must be empty; its ring has an op of its own.
    EndpointDelete(EndpointId),

    /// Puts a message with its content and receipt. Another message with the same id, or with the same
    /// sender and key, makes the store refuse.
    MessagePut(Arc<MessageRow>),
    /// Changes what became of a message.
    ReceiptSet {
        /// The message.
        seq: Seq,
        /// What changes.
        change: Box<ReceiptChange>,
    },
    /// Forgets the idempotency key of a message.
    KeyForget(Seq),
    /// Drops content and metadata of a message that has ended. Refused for another one.
    ContentDrop(Seq),
    /// Removes a message that has ended, or was never more than accepted. Refused for another one.
    MessageDelete(Seq),

    /// Puts a message into a queue.
    QueuePush(QueueRow),
    /// Says how often a queued message was pushed.
    QueueAttempt {
        /// Whose queue.
        endpoint: EndpointId,
        /// Which place.
        pos: Pos,
        /// How often.
        attempt: u32,
    },
    /// Takes a message out of a queue.
    QueueRemove {
        /// Whose queue.
        endpoint: EndpointId,
        /// Which place.
        pos: Pos,
    },
    /// Moves everything that a queue still holds into the inbox, the queue's owner as the hint, and says so
    /// in the receipts (protocol §4.1.1, close-out). So a queue can be closed whose tail nobody has in memory.
    ///
    /// A message that has a record there already, because it was claimed, keeps that record, open again.
    QueueToInbox {
        /// Whose queue.
        endpoint: EndpointId,
        /// Reason of the new records.
        reason: InboxReason,
        /// The only agent whose endpoints may have them.
        agent: Option<String>,
        /// When.
        at: Millis,
    },

    /// Puts an inbox record.
    InboxPut(InboxRow),
    /// Removes an inbox record.
    InboxRemove(Seq),

    /// Puts a claim.
    AssignmentPut(Box<AssignmentRow>),
    /// Removes a claim.
    AssignmentDelete(AssignmentId),
    /// Puts a reply record.
    ReplyPut(Box<ReplyRow>),
    /// Removes a reply record.
    ReplyDelete(ReplyKey),

    /// Puts a correlation id into a ring, over the one that had the same slot.
    RingPut(RingRow),
    /// Takes one correlation id out of a ring.
    RingRemove {
        /// Whose ring.
        endpoint: EndpointId,
        /// As in [`RingRow::n`]; if the slot holds a later one, nothing changes.
        n: u64,
    },
    /// Empties a ring.
    RingClear(EndpointId),
    /// Puts a received correlation id; from then on it belongs to that endpoint only.
    ReplyCorrelationPut(ReplyCorrelationRow),
    /// Removes a received correlation id.
    ReplyCorrelationDelete(String),

    /// Remembers an inbound message id (protocol §5.1).
    SeenPut {
        /// The id.
        id: MessageId,
        /// When it was first seen. Putting a known id leaves its time.
        at: Millis,
    },
    /// Forgets the ids first seen before a time.
    SeenPurge {
        /// The time.
        before: Millis,
    },

    /// Puts an outbox entry.
    OutboxPut(Box<OutboxRow>),
    /// Removes an outbox entry.
    OutboxDelete {
        /// Its rank.
        id: u64,
    },
    /// Puts the outcome of a control event.
    ControlPut(Box<ControlRow>),
    /// Forgets the outcomes from before a time.
    ControlPurge {
        /// The time.
        before: Millis,
    },
    /// Puts a spawn token.
    SpawnPut(Box<SpawnRow>),
    /// Removes a spawn token.
    SpawnDelete {
        /// The token.
        token: Private,
    },
    /// Puts the position of a connector.
    CursorPut {
        /// Of which connector and session scope.
        scope: String,
        /// The position.
        value: String,
        /// When it was reached.
        at: Millis,
    },

    /// Records that the content of a message is damaged, and puts what is left of it aside. Taking the
    /// message out of queue or inbox and ending its receipt are ops of their own.
    Damaged {
        /// The message.
        seq: Seq,
        /// What is wrong; never content.
        what: String,
        /// When that was found.
        at: Millis,
    },
}

impl Op {
    /// Makes [`Op::MessagePut`].
    pub fn message(row: MessageRow) -> Self {
        Self::MessagePut(Arc::new(row))
    }

    /// Makes [`Op::EndpointPut`].
    pub fn endpoint(row: EndpointRow) -> Self {
        Self::EndpointPut(Box::new(row))
    }

    /// Makes [`Op::ReceiptSet`].
    pub fn receipt(seq: Seq, change: ReceiptChange) -> Self {
        Self::ReceiptSet {
            seq,
            change: Box::new(change),
        }
    }

    /// Returns about how many bytes the change takes on its way to the disk, for the bounds of the writer.
    pub fn weight(&self) -> usize {
        /// Keys, integers and indexes.
        const FIXED: usize = 128;
        let text = match self {
            Self::MetaPut { name, value } => name.len() + value.len(),
            Self::EndpointPut(row) => row.metadata.len() + row.fingerprint.len(),
            Self::MessagePut(row) => row.text_bytes(),
            Self::QueuePush(row) => row.extra.as_ref().map_or(0, Private::len),
            Self::InboxPut(row) => row.extra.as_ref().map_or(0, Private::len),
            Self::AssignmentPut(row) => row.detail.len(),
            Self::ReplyPut(row) => row.outcome.as_ref().map_or(0, Private::len),
            Self::OutboxPut(row) => row.payload.len(),
            Self::ControlPut(row) => row.outcome.len(),
            Self::SpawnPut(row) => row.detail.len(),
            Self::CursorPut { scope, value, .. } => scope.len() + value.len(),
            Self::Damaged { what, .. } => what.len(),
            Self::EndpointDelete(_)
            | Self::ReceiptSet { .. }
            | Self::KeyForget(_)
            | Self::ContentDrop(_)
            | Self::MessageDelete(_)
            | Self::QueueAttempt { .. }
            | Self::QueueRemove { .. }
            | Self::QueueToInbox { .. }
            | Self::InboxRemove(_)
            | Self::AssignmentDelete(_)
            | Self::ReplyDelete(_)
            | Self::RingPut(_)
            | Self::RingRemove { .. }
            | Self::RingClear(_)
            | Self::ReplyCorrelationPut(_)
            | Self::ReplyCorrelationDelete(_)
            | Self::SeenPut { .. }
            | Self::SeenPurge { .. }
            | Self::OutboxDelete { .. }
            | Self::ControlPurge { .. }
            | Self::SpawnDelete { .. } => 0,
        };
        FIXED + text
    }
}
