//! The undispatched inbox (protocol §10.4).

use super::handler::{Call, Question};
use crate::core::{Caller, Refusal, Request};

/// Records on a page of the inbox: as many as upstream keeps in all, and at most.
const PAGE: usize = 256;
const LARGEST_PAGE: usize = 1000;

/// Understands `GET /v1/undispatched`: with a pid what an endpoint may claim, without one the inbox.
pub(super) fn list(call: &Call<'_>) -> Result<Question, Refusal> {
    let caller = call.caller()?;
    let request = if caller.pid.is_some() {
        Request::Claimable {
            endpoint: call.query.get("endpoint_id")?.map(|id| id.as_ref().into()),
        }
    } else {
        Request::Inbox {
            after: call.query.get("after")?.map(|id| id.as_ref().into()),
            limit: call.query.limit(PAGE, LARGEST_PAGE)?,
        }
    };
    Ok((caller, request))
}

/// Understands `GET /v1/undispatched/presence`. It is for hooks, which are processes of their own, so that
/// neither pid nor owner token is looked at (protocol §3.1).
pub(super) fn presence(call: &Call<'_>) -> Result<Question, Refusal> {
    let Some(endpoint) = call.query.get("endpoint_id")? else {
        return Err(Refusal::new(
            400,
            "endpoint_id_required",
            "say which endpoint, as in `?endpoint_id=ep_01`",
        ));
    };
    let endpoint = endpoint.as_ref().into();
    Ok((Caller::default(), Request::WaitingCount { endpoint }))
}

/// Understands `POST /v1/dispatch`.
pub(super) fn dispatch(call: &Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    let (Some(undispatched), Some(target)) = (
        fields.filled("undispatched_id"),
        fields.filled("target_endpoint_id"),
    ) else {
        return Err(Refusal::new(
            400,
            "dispatch_body_invalid",
            "`undispatched_id` and `target_endpoint_id` must be strings that are not empty",
        ));
    };
    let request = Request::Dispatch {
        undispatched: undispatched.into(),
        target: target.into(),
    };
    Ok((call.caller_with(&mut fields)?, request))
}

/// Understands `DELETE /v1/undispatched/{id}`.
pub(super) fn discard(call: Call<'_>) -> Result<Question, Refusal> {
    let mut fields = call.fields()?;
    fields.optional_string("reason")?;
    let caller = call.caller_with(&mut fields)?;
    let undispatched = call.id.into();
    Ok((caller, Request::Discard { undispatched }))
}
