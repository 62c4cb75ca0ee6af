//! Control events that are given to the broker by hand (protocol §8).

use super::handler::{Call, Question};
use crate::core::{Caller, Refusal, Request};

/// Understands `POST /v1/control`. An event without a key is refused here, because there would be nothing to
/// acknowledge; anything else that is wrong with it is acknowledged as the protocol says (§8.4).
pub(super) fn event(call: &Call<'_>) -> Result<Question, Refusal> {
    let members = call.fields()?.into_members();
    match members.get("idempotency_key").and_then(|key| key.as_str()) {
        Some(key) if !key.is_empty() => Ok((Caller::default(), Request::Control(members))),
        _ => Err(Refusal::invalid(
            "idempotency_key",
            "`idempotency_key` must be a string that is not empty",
        )),
    }
}

/// Understands `GET /v1/control/{idempotency_key}`.
pub(super) fn outcome(call: Call<'_>) -> Question {
    (Caller::default(), Request::ControlOutcome { key: call.id })
}
