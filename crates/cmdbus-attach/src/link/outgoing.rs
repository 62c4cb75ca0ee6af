//! A frame on its way out: its text, and what the queue has to know of it.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::frame::{ClientOp, ClientRequest, Frame};

/// Frames with the same key stay in order.
pub(super) type Key = Arc<str>;

/// What becomes of a frame when the queue is full, and how soon it goes (attach §3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes first, and has room of its own.
    Control,
    /// Never dropped: its producer is paused.
    Response,
    /// Refused with `overloaded`.
    Request,
    /// Never dropped: its producer is paused.
    Notification,
    /// Progress and log: the oldest of all sessions goes first, counted.
    Lossy,
    /// Has room of its own, and is not queued twice.
    ListChanged,
}

/// A frame on its way out. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    pub(super) text: Utf8Bytes,
    pub(super) key: Key,
    pub(super) kind: Kind,
    /// The type, as the header of a piece names it.
    pub(super) of: &'static str,
    pub(super) id: Option<Arc<str>>,
    /// Two list changes with the same are one.
    pub(super) same: Option<Arc<str>>,
}

impl fmt::Debug for Outgoing {
    // Never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("of", &self.of)
            .field("kind", &self.kind)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl Outgoing {
    /// Returns a frame of the attach protocol, ready to be sent.
    ///
    /// Its place in the order is that of its `session`. A frame without one goes with the request it names (`related`, or its own
    /// id), so that the progress of a request goes before its answer. A `server_response` and a `client_response` do not name their
    /// session: say [`Outgoing::of_session`] if the request did.
    #[must_use]
    pub fn frame(frame: &Frame) -> Self {
        let (of, kind, key, id) = describe(frame);
        let same = match frame {
            Frame::ClientRequest(request) if kind == Kind::ListChanged => {
                Some(what_changed(request))
            }
            _ => None,
        };
        Self {
            text: frame.to_json().into(),
            key,
            kind,
            of,
            id: id.map(Arc::from),
            same,
        }
    }

    /// Returns a message of the command protocol, ready to be sent. All of them stay in order.
    #[must_use]
    pub fn bus(text: String) -> Self {
        let head: Head = serde_json::from_str(&text).unwrap_or_default();
        let (of, kind) = match head.kind.as_deref().unwrap_or_default() {
            "register.command.request" => ("register.command.request", Kind::Request),
            "register.command.response" => ("register.command.response", Kind::Response),
            "list.commands.request" => ("list.commands.request", Kind::Request),
            "list.commands.response" => ("list.commands.response", Kind::Response),
            "execute.command.request" => ("execute.command.request", Kind::Request),
            "execute.command.response" => ("execute.command.response", Kind::Response),
            "event" => ("event", Kind::Notification),
            _ => ("bus", Kind::Notification),
        };
        Self {
            text: text.into(),
            key: Key::from("bus"),
            kind,
            of,
            id: head.id.map(Arc::from),
            same: None,
        }
    }

    /// Puts the frame in the order of a session of the gateway.
    #[must_use]
    pub fn of_session(mut self, session: &str) -> Self {
        self.key = session_key(session);
        self
    }

    /// Returns what the queue does with it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Returns whether it is empty, which no frame is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns whether the frame counts for `ack` (attach §3.2).
    pub(super) fn counts(&self) -> bool {
        !matches!(self.of, "hello" | "welcome" | "ack")
    }

    /// Returns whether a `cancel` may name it.
    pub(super) fn can_be_cancelled(&self) -> bool {
        matches!(self.of, "server_request" | "client_request")
    }
}

#[derive(Default, Deserialize)]
struct Head {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

/// Returns the id of a message of the command protocol.
pub(super) fn id_of(text: &str) -> Option<String> {
    serde_json::from_str::<Head>(text).ok()?.id
}

fn session_key(session: &str) -> Key {
    Key::from(format!("s{session}"))
}

fn request_key(id: &str) -> Key {
    Key::from(format!("r{id}"))
}

/// Frames of the connection itself: they stay in order among themselves.
fn connection_key() -> Key {
    Key::from("c")
}

fn key(session: Option<&str>, request: Option<&str>) -> Key {
    match (session, request) {
        (Some(session), _) => session_key(session),
        (None, Some(request)) => request_key(request),
        (None, None) => connection_key(),
    }
}

type Description<'a> = (&'static str, Kind, Key, Option<&'a str>);

fn describe(frame: &Frame) -> Description<'_> {
    let control = || Key::from("!");
    match frame {
        Frame::Hello(_) => ("hello", Kind::Control, control(), None),
        Frame::Welcome(_) => ("welcome", Kind::Control, control(), None),
        Frame::Ack(_) => ("ack", Kind::Control, control(), None),
        Frame::Error(_) => ("error", Kind::Control, control(), None),
        Frame::Goodbye(_) => ("goodbye", Kind::Control, control(), None),
        Frame::Cancel(cancel) => ("cancel", Kind::Control, control(), Some(&cancel.reference)),
        Frame::Attach(it) => ("attach", Kind::Request, connection_key(), Some(&it.id)),
        Frame::Attached(it) => ("attached", Kind::Response, connection_key(), Some(&it.id)),
        Frame::Detach(it) => ("detach", Kind::Request, connection_key(), Some(&it.id)),
        Frame::Detached(it) => ("detached", Kind::Response, connection_key(), Some(&it.id)),
        Frame::ServerRequest(it) => (
            "server_request",
            Kind::Request,
            key(it.session.as_deref(), Some(&it.id)),
            Some(&it.id),
        ),
        Frame::ServerNotify(it) => (
            "server_notify",
            notice(&it.method),
            key(it.session.as_deref(), None),
            None,
        ),
        Frame::ServerResponse(it) => (
            "server_response",
            Kind::Response,
            request_key(&it.id),
            Some(&it.id),
        ),
        Frame::ClientResponse(it) => (
            "client_response",
            Kind::Response,
            request_key(&it.id),
            Some(&it.id),
        ),
        Frame::ClientRequest(it) => (
            "client_request",
            asks_or_tells(it),
            key(it.session.as_deref(), belongs_to(it)),
            Some(&it.id),
        ),
    }
}

fn belongs_to(request: &ClientRequest) -> Option<&str> {
    let own = (request.op == ClientOp::Rpc).then_some(request.id.as_str());
    request.related.as_deref().or(own)
}

fn asks_or_tells(request: &ClientRequest) -> Kind {
    match request.op {
        ClientOp::Rpc => Kind::Request,
        ClientOp::ListChanged => Kind::ListChanged,
        ClientOp::Log => Kind::Lossy,
        ClientOp::Notify => notice(request.method.as_deref().unwrap_or_default()),
        ClientOp::Status | ClientOp::SessionGone => Kind::Notification,
    }
}

fn notice(method: &str) -> Kind {
    match method {
        "notifications/progress" | "notifications/message" => Kind::Lossy,
        _ => Kind::Notification,
    }
}

fn what_changed(request: &ClientRequest) -> Arc<str> {
    let what = (
        &request.target,
        &request.kind,
        &request.attach_ids,
        &request.session,
    );
    serde_json::to_string(&what)
        .expect("own types are JSON")
        .into()
}
