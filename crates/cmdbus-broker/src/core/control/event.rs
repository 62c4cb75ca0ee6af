//! What a control event says (protocol §8.1, §8.2, §8.4).
//!
//! Members that the broker needs must be there. Those it makes no use of may be missing, and are looked at
//! only so far that another kind of event is not taken for this one.

use serde_json::{Map, Value};

use crate::core::metadata::Background;
use crate::ids::{EndpointId, MessageId, UndispatchedId};

/// A control event.
#[derive(Debug)]
pub(super) enum ControlEvent {
    Dispatch(DispatchEvent),
    Spawn {
        runtime_kind: String,
        prompt: String,
    },
    ForceUnregister {
        endpoint: EndpointId,
    },
    Nudge,
    OwnerSessionDelivery,
}

/// A record of the inbox is to go to an endpoint.
#[derive(Debug)]
pub(super) struct DispatchEvent {
    pub(super) undispatched: UndispatchedId,
    /// The message that the record must be of.
    pub(super) source: Option<MessageId>,
    pub(super) target: EndpointId,
    /// What the target must be, where the message is to be assigned to it.
    pub(super) target_ref: Option<Background>,
}

/// Why an event cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is of another version of the protocol.
    Version,
    /// Nobody here knows its type, or a member is missing or wrong.
    Unknown,
}

/// Reads an event that has a key.
pub(super) fn read(mut event: Map<String, Value>) -> Result<ControlEvent, Unreadable> {
    let version = event.get("version").and_then(Value::as_f64);
    if version.ok_or(Unreadable::Unknown)? != 1.0 {
        return Err(Unreadable::Version);
    }
    read_version_1(&mut event).ok_or(Unreadable::Unknown)
}

fn read_version_1(event: &mut Map<String, Value>) -> Option<ControlEvent> {
    if event.get("emitted_at").is_some_and(|at| !at.is_number()) {
        return None;
    }
    Some(match event.get("type")?.as_str()? {
        "dispatch_undispatched" => ControlEvent::Dispatch(read_dispatch(event)?),
        "spawn_request" => {
            may_be(event, "origin", "owner_initiated_spawn")?;
            ControlEvent::Spawn {
                runtime_kind: name(event, "runtime_kind")?.to_owned(),
                // Taken, because it may be long.
                prompt: match event.get_mut("prompt")?.take() {
                    Value::String(prompt) => prompt,
                    _ => return None,
                },
            }
        }
        "force_unregister" => ControlEvent::ForceUnregister {
            endpoint: name(event, "endpoint_id")?.into(),
        },
        "dispatch_nudge" => ControlEvent::Nudge,
        "owner_session_delivery" => ControlEvent::OwnerSessionDelivery,
        _ => return None,
    })
}

fn read_dispatch(event: &Map<String, Value>) -> Option<DispatchEvent> {
    may_be(event, "delivery_intent", "external_handoff")?;
    let target_ref = match event.get("target_ref") {
        Some(target) => Some(read_target_ref(target)?),
        None => None,
    };
    // Only the holder of such a token may have messages assigned; it is the authority that checks it.
    let assigns = match event.get("broker_projection_token") {
        Some(token) => !token.as_str()?.is_empty(),
        None => false,
    };
    let (target, target_ref) = match target_ref {
        Some((target, kind)) => (target, assigns.then_some(kind)),
        None if assigns => return None,
        None => (name(event, "target_endpoint_id")?.into(), None),
    };
    let source = match event.get("source_message_id") {
        Some(source) => Some(source.as_str()?.into()),
        None => None,
    };
    Some(DispatchEvent {
        undispatched: name(event, "undispatched_id")?.into(),
        source,
        target,
        target_ref,
    })
}

/// Reads a `target_ref` (protocol §1.4).
fn read_target_ref(target: &Value) -> Option<(EndpointId, Background)> {
    let target = target.as_object()?;
    if target.get("kind")?.as_str()? != "projection_endpoint" {
        return None;
    }
    let session = target.get("runtime_session_id");
    let background = match target.get("background_exchange_mode")?.as_str()? {
        "resident_endpoint" if session.is_none() => Background::Resident,
        "adapter_managed_turn" => Background::Adapter(session?.as_str()?.to_owned()),
        _ => return None,
    };
    Some((name(target, "projection_endpoint_id")?.into(), background))
}

/// Returns a member that must be a string with something in it.
fn name<'a>(event: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    let text = event.get(member)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// Checks a member that has only one value.
fn may_be(event: &Map<String, Value>, member: &str, only: &str) -> Option<()> {
    let fits = event.get(member).is_none_or(|value| value == only);
    fits.then_some(())
}
