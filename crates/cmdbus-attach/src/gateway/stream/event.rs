//! One message on its way to a client.

use std::fmt::Write as _;

use axum::http::StatusCode;
use bytes::Bytes;
use cmdbus_mcp::rpc::{Message, Raw};

use crate::frame::ListKind;

/// What may happen to a message when its stream is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) enum Kind {
    /// It may go.
    Spare,
    /// It stays, and one at a time is enough.
    Mark(ListKind),
    /// One just like it that still waits says as much. It goes after what is spare.
    Update(Bytes),
    /// It stays: somebody waits for it.
    Needed,
    /// It stays, and nothing follows. As an answer of its own it has this status.
    Last(StatusCode),
}

/// One message on its way to a client.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Event {
    pub(super) json: Bytes,
    pub(super) kind: Kind,
}

impl Event {
    pub(in crate::gateway) fn new(message: &Message, kind: Kind) -> Self {
        Self {
            json: message.to_json().into(),
            kind,
        }
    }

    /// Returns the event of a notification.
    pub(in crate::gateway) fn notification(method: &str, params: Option<Raw>) -> Self {
        let json: Bytes = Message::Notification {
            method: method.to_owned(),
            params,
        }
        .to_json()
        .into();
        let kind = match ListKind::of_method(method) {
            Some(kind) => Kind::Mark(kind),
            None if method == "notifications/resources/updated" => Kind::Update(json.clone()),
            None => Kind::Spare,
        };
        Self { json, kind }
    }

    /// Returns which catalogue has changed, if that is all it says.
    pub(in crate::gateway) fn list_kind(&self) -> Option<ListKind> {
        match self.kind {
            Kind::Mark(kind) => Some(kind),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.json.len()
    }

    /// Returns the event as it goes on the wire. A message is one line.
    pub(super) fn to_sse(&self, id: Option<&str>) -> Bytes {
        let mut out = String::with_capacity(self.json.len() + 32);
        if let Some(id) = id {
            let _ = writeln!(out, "id: {id}");
        }
        let mut out = out.into_bytes();
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(&self.json);
        out.extend_from_slice(b"\n\n");
        out.into()
    }
}
