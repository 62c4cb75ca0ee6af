//! Work on messages of the inbox: `/v1/runtime/*` (protocol §10.6 to §10.10).

use std::time::Duration;

use serde_json::{Map, Value};

use super::fields::{Fields, wrong};
use super::handler::{Call, Question};
use crate::core::{AssignmentReply, Caller, Claim, History, ProcessingState, Refusal, Request};
use crate::ids::MessageId;

/// Longest time that a request for staged messages may ask for, in milliseconds.
const STAGED_MS: f64 = 3_600_000.0;

/// Messages on a page of a conversation, by default and at most.
const HISTORY: i64 = 50;
const LARGEST_HISTORY: i64 = 200;

/// Understands `POST /v1/runtime/assignment-claim`.
pub(super) fn claim(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = call.caller_with_pid(&mut fields)?;
    // Both are the broker's to say (protocol §10.6), but what is sent has to be right.
    fields.optional_bool("recover_existing")?;
    fields.optional_string("assignment_mode")?;
    let claim = Claim {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        undispatched: fields.filled("undispatched_id").map(Into::into),
    };
    Ok((caller, Request::Claim(Box::new(claim))))
}

/// Understands `POST /v1/runtime/assignment-reply`.
pub(super) fn reply(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = worker(call, &mut fields)?;
    let reply = AssignmentReply {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        source: fields.string("source_message_id")?.into(),
        assignment: fields.string("assignment_id")?.into(),
        request: fields.filled("reply_request_id"),
        content: fields.string("content")?,
        content_type: fields
            .optional_string("contentType")?
            .unwrap_or_else(|| "text".to_owned()),
        metadata: fields.object("metadata")?,
    };
    Ok((caller, Request::AssignmentReply(Box::new(reply))))
}

/// Understands `POST /v1/runtime/processing-state`.
pub(super) fn processing_state(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = worker(call, &mut fields)?;
    fields.optional_string("undispatched_id")?;
    let state = ProcessingState {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        source: fields.string("source_message_id")?.into(),
        assignment: fields.string("assignment_id")?.into(),
        event: fields.non_empty("state_event_id")?,
        sequence: sequence(&mut fields)?,
        state: fields.non_empty("state")?,
        occurred_at: fields.optional_integer("occurred_at")?,
        retryable: fields.optional_bool("retryable")?.unwrap_or(false),
        more: passed_on(&mut fields)?,
    };
    Ok((caller, Request::ProcessingState(Box::new(state))))
}

/// Understands `POST /v1/runtime/self-settle`.
pub(super) fn self_settle(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = call.caller_with_pid(&mut fields)?;
    let request = Request::SelfSettle {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        undispatched: fields.filled("undispatched_id").map(Into::into),
    };
    Ok((caller, request))
}

/// Understands `POST /v1/runtime/staged-delivery`.
pub(super) fn staged_delivery(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = call.caller_with_pid(&mut fields)?;
    let ms = fields
        .any("timeout_ms")
        .and_then(|value| value.as_f64())
        .unwrap_or(0.0)
        .clamp(0.0, STAGED_MS);
    let request = Request::StagedDelivery {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        timeout: Duration::from_secs_f64(ms / 1000.0),
        mark_attempt: fields.any("mark_attempt") != Some(Value::Bool(false)),
    };
    Ok((caller, request))
}

/// Understands `POST /v1/runtime/session-conversation-history`.
pub(super) fn history(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (caller, pid) = call.caller_with_pid(&mut fields)?;
    let history = History {
        endpoint: fields.string("endpoint_id")?.into(),
        pid,
        conversation: conversation(&mut fields)?,
        limit: history_limit(&mut fields)?,
        before: message(&mut fields, "before")?,
        after: message(&mut fields, "after")?,
    };
    Ok((caller, Request::History(Box::new(history))))
}

/// Returns who asks, for a route where the header need not say the pid, but the body does.
fn worker(call: &Call<'_>, fields: &mut Fields) -> Result<(Caller, u32), Refusal> {
    let pid = fields
        .pid()
        .ok_or_else(|| wrong("plugin_pid", "the pid of the calling process"))?;
    let caller = call.caller_with(fields)?;
    Call::check_same_pid(&caller, Some(pid))?;
    Ok((caller, pid))
}

fn sequence(fields: &mut Fields) -> Result<u64, Refusal> {
    fields
        .optional_integer("state_sequence")?
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| wrong("state_sequence", "a whole number that is not negative"))
}

/// Takes the members that the broker only passes on.
fn passed_on(fields: &mut Fields) -> Result<Map<String, Value>, Refusal> {
    let mut more = Map::new();
    for name in [
        "reason_code",
        "detail",
        "reply_request_id",
        "outbound_message_id",
    ] {
        if let Some(text) = fields.optional_string(name)? {
            more.insert(name.to_owned(), text.into());
        }
    }
    Ok(more)
}

fn conversation(fields: &mut Fields) -> Result<String, Refusal> {
    const NAME: &str = "conversation_ref";
    let refuse = || {
        wrong(
            NAME,
            "as in {\"kind\":\"session_conversation\",\"id\":\"conv_1\"}",
        )
    };
    let reference = fields.object(NAME)?;
    if reference.get("kind").and_then(Value::as_str) != Some("session_conversation") {
        return Err(refuse());
    }
    match reference.get("id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err(refuse()),
    }
}

fn history_limit(fields: &mut Fields) -> Result<usize, Refusal> {
    let limit = fields.optional_integer("limit")?.unwrap_or(HISTORY);
    usize::try_from(limit.min(LARGEST_HISTORY))
        .ok()
        .filter(|&limit| limit > 0)
        .ok_or_else(|| wrong("limit", "between 1 and 200"))
}

fn message(fields: &mut Fields, name: &str) -> Result<Option<MessageId>, Refusal> {
    Ok(fields.optional_string(name)?.map(Into::into))
}
