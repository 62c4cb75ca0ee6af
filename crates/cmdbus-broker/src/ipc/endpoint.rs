//! Requests about one endpoint, named in the path (protocol §3.5).

use super::access::{pid_invalid, stream_name};
use super::fields::Fields;
use super::handler::{Call, Question};
use crate::core::{Caller, Refusal, Request};

/// Understands `POST /v1/endpoint/{id}/heartbeat`.
pub(super) fn heartbeat(call: Call<'_>) -> Result<Question, Refusal> {
    let caller = call.caller_with(&mut call.fields()?)?;
    let endpoint = call.id.into();
    Ok((caller, Request::Heartbeat { endpoint }))
}

/// Understands `POST /v1/endpoint/{id}/reattach`.
pub(super) fn reattach(call: Call<'_>) -> Result<Question, Refusal> {
    let (caller, pid, _) = process(&call)?;
    let request = Request::Reattach {
        pid,
        stream_name: stream_name(call.headers)?,
        endpoint: call.id.into(),
    };
    Ok((caller, request))
}

/// Understands `DELETE /v1/endpoint/{id}`. With `?forget=true` a named mailbox is forgotten as well
/// (protocol §10.11).
pub(super) fn unregister(call: Call<'_>) -> Result<Question, Refusal> {
    let caller = call.caller_with(&mut call.fields()?)?;
    let request = Request::Unregister {
        forget: call.query.get("forget")?.as_deref() == Some("true"),
        endpoint: call.id.into(),
    };
    Ok((caller, request))
}

/// Understands `POST /v1/endpoint/{id}/task-hint`.
pub(super) fn task_hint(call: Call<'_>) -> Result<Question, Refusal> {
    let (caller, pid, mut fields) = process(&call)?;
    let Ok(Some(hint)) = fields.optional_string("task_hint") else {
        return Err(Refusal::new(
            400,
            "task_hint_invalid",
            "`task_hint` must be a string",
        ));
    };
    let request = Request::TaskHint {
        endpoint: call.id.into(),
        pid,
        hint,
    };
    Ok((caller, request))
}

/// Understands `GET /v1/endpoint/{id}`. Looking is no act of an owner, so nothing is asked of the caller.
pub(super) fn endpoint(call: Call<'_>) -> Result<Question, Refusal> {
    let endpoint = call.id.into();
    Ok((Caller::default(), Request::Endpoint { endpoint }))
}

/// Returns the process that the body names, and who asks.
fn process(call: &Call<'_>) -> Result<(Caller, u32, Fields), Refusal> {
    let mut fields = call.fields()?;
    let pid = fields.pid().ok_or_else(pid_invalid)?;
    let caller = call.caller_with(&mut fields)?;
    Call::check_same_pid(&caller, Some(pid))?;
    Ok((caller, pid, fields))
}
