//! Health and the version handshake (protocol §3.2, §10.3).

use hyper::StatusCode;
use serde_json::{Value, json};

use super::fields::{Fields, wrong};
use super::handler::{Call, Question};
use super::http::{self, Answer};
use crate::core::{Caller, Refusal, Request};

/// Version of the protocol; clients of the same major version are welcome.
const PROTOCOL: &str = "1.1";

/// Answers `GET /health`, without the core, so that load and a failing store cannot delay it.
pub(super) fn health(version: &str) -> Answer {
    let body = json!({
        "ok": true,
        "version": version,
        "protocol_version": PROTOCOL,
        "capabilities": { "push_receipt_ack_v1": true },
    });
    http::json(StatusCode::OK, &body)
}

/// Understands `POST /v1/initialize`.
pub(super) fn initialize(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let protocol = required(&mut fields, "client_protocol_version")?;
    required(&mut fields, "client_kind")?;
    fields.optional_string("client_version")?;
    for (name, value) in fields.object("capabilities")? {
        if !value.is_boolean() {
            let field = format!("capabilities.{name}");
            return Err(wrong("capabilities", "a map of true and false").with("at", field));
        }
    }
    if protocol.split('.').next() != Some("1") {
        return Err(Refusal::new(
            400,
            "protocol_version_mismatch",
            format!("this broker speaks protocol {PROTOCOL}; use a client of protocol 1"),
        ));
    }
    Ok((Caller::default(), Request::Initialize))
}

fn required(fields: &mut Fields, name: &str) -> Result<String, Refusal> {
    fields.filled(name).ok_or_else(|| {
        Refusal::new(
            400,
            "bad_request",
            format!("`{name}` must be a string that is not empty"),
        )
    })
}

/// Writes the answer to it. `core` holds what the core adds: the presence.
pub(super) fn greeting(version: &str, spawns: bool, core: Value) -> Value {
    let mut greeting = json!({
        "server_version": version,
        "server_protocol_version": PROTOCOL,
        "session_id": uuid::Uuid::new_v4().to_string(),
        "server_capabilities": {
            "endpoint_metadata_v1": true,
            "remote_spawn_v1": spawns,
            "undispatched_inbox_v1": false,
            "runtime_assignment_reply_v1": true,
            "runtime_assignment_claim_v1": true,
            "runtime_claim_candidates_v1": true,
            "undispatched_presence_v1": true,
            "push_receipt_ack_v1": true,
            "structured_workspace_v1": true,
        },
    });
    merge(&mut greeting, core);
    greeting
}

/// Adds the members of one object to another.
pub(super) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
