//! The ports: what carries messages beyond this machine, and who decides there (protocol §1.2 to §1.5).
//!
//! A broker without them is complete: it mints ids, routes and arbitrates by itself. A broker that is given a
//! [`Connector`] and an [`Authority`] asks them, and keeps its own store all the same: a message is accepted
//! from the network after it is stored here, and what the authority is to hear waits in a durable outbox.
//!
//! Outcomes are values. A port that panics or takes longer than [`CALL`] counts as a failure that may pass,
//! and ends nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedSender;

/// How long a call of a port may take (protocol §1.2).
pub const CALL: Duration = Duration::from_secs(15);

/// The future of a port's answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a port did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The same request cannot succeed.
    Terminal {
        /// A word for it.
        code: String,
        /// For people; never content.
        detail: Option<String>,
        /// HTTP status, where there was one.
        status: Option<u16>,
    },
    /// It may succeed later.
    Transient {
        /// A word for it.
        code: String,
        /// For people; never content.
        detail: Option<String>,
    },
    /// It may have been done. It must not be repeated blindly.
    OutcomeUnknown,
}

impl Failure {
    /// Makes a failure that no repeat mends.
    pub fn terminal(code: impl Into<String>) -> Self {
        Self::Terminal {
            code: code.into(),
            detail: None,
            status: None,
        }
    }

    /// Makes a failure that may pass.
    pub fn transient(code: impl Into<String>) -> Self {
        Self::Transient {
            code: code.into(),
            detail: None,
        }
    }

    /// The port does not do this.
    pub fn not_supported() -> Self {
        Self::terminal("not_supported")
    }

    /// Returns the word for it.
    pub fn code(&self) -> &str {
        match self {
            Self::Terminal { code, .. } | Self::Transient { code, .. } => code,
            Self::OutcomeUnknown => "outcome_unknown",
        }
    }
}

/// A message for the network (protocol §1.3).
#[derive(Clone, PartialEq)]
pub struct Outbound {
    /// Its id, the same for every attempt.
    pub message_id: String,
    /// To whom.
    pub to: String,
    /// What.
    pub content: String,
    /// How to read it.
    pub content_type: String,
    /// With which metadata.
    pub metadata: Map<String, Value>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// What a network did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// The receiver has it.
    Delivered,
    /// The network keeps it.
    Stored,
}

/// Why a network did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendFailure {
    /// Nothing left this process; it may be sent again.
    Unavailable,
    /// Nobody knows; sent again with the same id it arrives once.
    OutcomeUnknown,
    /// The network refuses it.
    Rejected {
        /// The network's word for it.
        code: String,
        /// For people; never content.
        message: String,
    },
}

/// A message from the network.
#[derive(Clone, PartialEq)]
pub struct Inbound {
    /// What [`Connector::accept`] and [`Connector::release`] are told.
    pub handle: u64,
    /// Address of the sender.
    pub from: String,
    /// What.
    pub content: String,
    /// How to read it.
    pub content_type: String,
    /// With which metadata; not always an object.
    pub metadata: Value,
    /// Its id on the network.
    pub message_id: Option<String>,
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound")
            .field("handle", &self.handle)
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// What a connector tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectorEvent {
    /// The network can be reached.
    Connected,
    /// It cannot.
    Disconnected {
        /// For the log.
        reason: String,
        /// Whether another broker has taken over this one's identity (protocol §11.5).
        superseded: bool,
    },
    /// A message has come.
    Message(Inbound),
    /// The network announces messages (protocol §5.6).
    DeliveryPending {
        /// How many.
        count: u64,
        /// What is acknowledged when they are stored.
        up_to: String,
    },
}

/// The message network.
pub trait Connector: Send + Sync {
    /// Begins to connect, and to connect again whenever the network is lost, until
    /// [`disconnect`](Self::disconnect). Whatever happens is told to `events`.
    fn connect(self: Arc<Self>, events: UnboundedSender<ConnectorEvent>);

    /// Ends the connection. May be called again.
    fn disconnect(&self) -> Answer<'_, ()>;

    /// Sends a message.
    fn send(&self, message: Outbound) -> Answer<'_, Result<Accepted, SendFailure>>;

    /// The message is stored here; the network need not deliver it again.
    fn accept(&self, handle: u64);

    /// The message could not be stored; the network delivers it again later.
    fn release(&self, handle: u64);

    /// What was announced up to this mark is stored here.
    fn ack_pending(&self, up_to: String);
}

/// An endpoint as the authority is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEndpoint {
    /// Kind of runtime.
    pub runtime_kind: String,
    /// Secret between this broker and the authority, the same for every attempt.
    pub endpoint_nonce: String,
    /// How people are shown the endpoint.
    pub display_label: String,
    /// What the endpoint says about itself.
    pub metadata: Value,
}

/// What an authority answers to a registration.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// Id of the endpoint.
    pub endpoint_id: String,
    /// How often it wants to hear that the endpoint exists; none if it need not.
    pub heartbeat_after: Option<Duration>,
    /// How the session is named, passed on to the client.
    pub session_naming: Option<Value>,
}

/// Who mints endpoint ids, keeps their states and hears of events (protocol §1.4).
///
/// What is not implemented answers `not_supported`.
pub trait Authority: Send + Sync {
    /// Registers an endpoint. Idempotent on its nonce.
    fn register(&self, endpoint: NewEndpoint) -> Answer<'_, Result<Registered, Failure>>;

    /// Says that an endpoint still exists. `Terminal` with the code `not_found` means that the authority has
    /// forgotten it.
    fn heartbeat(&self, endpoint_id: String) -> Answer<'_, Result<(), Failure>>;

    /// Takes an event of the broker, of the given kind, in the order of its lane: state transitions, task hints,
    /// unregistrations, changes of the inbox and of presence, acknowledgements of control events. See
    /// protocol §5.5 and §9 for their forms.
    fn emit(&self, kind: String, event: Value) -> Answer<'_, Result<(), Failure>>;

    /// Asks whether an inbound message shall be delivered here (`true`) or was delivered elsewhere.
    fn claim_inbound_route(&self, _claim: Value) -> Answer<'_, Result<bool, Failure>> {
        Box::pin(std::future::ready(Err(Failure::not_supported())))
    }

    /// Returns whether [`claim_inbound_route`](Self::claim_inbound_route) has to be asked.
    fn arbitrates_routes(&self) -> bool {
        false
    }
}

/// A control event that has come by the control port.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlEvent {
    /// What [`Control::taken`] is told.
    pub handle: u64,
    /// The event, as the protocol writes it (§8.2).
    pub event: Map<String, Value>,
}

/// Where control events come from (protocol §1.5).
pub trait Control: Send + Sync {
    /// Begins to tell events, in order, and goes on after every loss of the link with the first event that was
    /// not [`taken`](Self::taken).
    fn subscribe(self: Arc<Self>, events: UnboundedSender<ControlEvent>);

    /// The acknowledgement of an event is stored here, so the event need not come again.
    fn taken(&self, handle: u64);

    /// Takes an acknowledgement: `{idempotency_key, status, detail?}`.
    fn acknowledge(&self, ack: Value) -> Answer<'_, Result<(), Failure>>;
}

/// The network and the authority of a broker that is one of several.
#[derive(Clone)]
pub struct Network {
    /// Carries messages.
    pub connector: Arc<dyn Connector>,
    /// Decides.
    pub authority: Arc<dyn Authority>,
    /// Sends control events.
    pub control: Arc<dyn Control>,
}
