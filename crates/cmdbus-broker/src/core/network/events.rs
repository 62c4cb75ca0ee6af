//! What the authority hears about the inbox (protocol §5.5).

use serde_json::{Map, Value, json};

use crate::core::Core;
use crate::core::outgoing::Lane;
use crate::core::trace::trace_id;
use crate::ids::{EndpointId, UndispatchedId};
use crate::store::{InboxReason, InboxRow, Millis};

/// How much of a message is shown, in code points.
const PREVIEW: usize = 80;

/// What an event says of a message beside its record.
pub(in crate::core) struct Arrived<'a> {
    pub(in crate::core) source: &'a str,
    pub(in crate::core) sender: &'a str,
    /// Empty where it is not in memory.
    pub(in crate::core) content: &'a str,
    pub(in crate::core) metadata: Option<&'a str>,
    pub(in crate::core) at: Millis,
}

impl Core {
    /// A record has come into the inbox.
    pub(in crate::core) fn emit_added(&mut self, row: &InboxRow, arrived: &Arrived<'_>) {
        if !self.network.is_foreign() {
            return;
        }
        let metadata: Map<String, Value> = arrived
            .metadata
            .and_then(|metadata| serde_json::from_str(metadata).ok())
            .unwrap_or_default();
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        let preview: String = arrived.content.chars().take(PREVIEW).collect();
        let mut event = json!({
            "type": "undispatched_changed",
            "version": 1,
            "action": "add",
            "undispatched_id": row.id.as_str(),
            "source_message_id": arrived.source,
            "sender_address": arrived.sender,
            "content_preview": preview,
            "reason": wire_reason(row.reason),
            "arrived_at": arrived.at,
        });
        let more = [
            (
                "target_endpoint_id_hint",
                row.hint.as_ref().map(EndpointId::as_str),
            ),
            ("in_reply_to", row.correlation.as_deref()),
            ("traceparent", text("traceparent")),
        ];
        if let Some(event) = event.as_object_mut() {
            for (name, value) in more {
                if let Some(value) = value {
                    event.insert(name.to_owned(), value.into());
                }
            }
            if let Some(trace) = text("traceparent").and_then(trace_id) {
                event.insert("traceId".to_owned(), trace.into());
            }
        }
        self.emit_undispatched(&row.id, event);
    }

    /// A record was given to an endpoint.
    pub(in crate::core) fn emit_dispatched(&mut self, id: &UndispatchedId, to: &EndpointId) {
        self.emit_undispatched(
            id,
            json!({
                "type": "undispatched_changed",
                "version": 1,
                "action": "dispatch",
                "undispatched_id": id.as_str(),
                "dispatched_to_endpoint_id": to.as_str(),
            }),
        );
    }

    /// A record has ended.
    pub(in crate::core) fn emit_removed(&mut self, id: &UndispatchedId, reason: &str) {
        self.emit_undispatched(
            id,
            json!({
                "type": "undispatched_changed",
                "version": 1,
                "action": "remove",
                "undispatched_id": id.as_str(),
                "remove_reason": reason,
            }),
        );
    }

    fn emit_undispatched(&mut self, id: &UndispatchedId, event: Value) {
        let lane = Lane::Message(id.to_string());
        self.emit(lane, "undispatched_changed", event);
    }
}

fn wire_reason(reason: InboxReason) -> &'static str {
    match reason {
        InboxReason::Unaddressed => "no_target_endpoint",
        InboxReason::ClosedSessionContinuation | InboxReason::CorrelatedContinuation => {
            reason.as_str()
        }
    }
}
