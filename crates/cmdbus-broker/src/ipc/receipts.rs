//! What became of messages (protocol §6.5).

use std::time::Duration;

use super::fields::wrong;
use super::handler::{Call, Question};
use super::send::{check_key, sender};
use crate::core::{Goal, Refusal, Request};

/// Receipts on a page, by default and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// Longest time to wait for a receipt to change, in milliseconds.
const WAIT_MS: u64 = 25_000;

/// Understands `GET /v1/receipts/{message_id}`.
pub(super) fn one(call: Call<'_>) -> Result<Question, Refusal> {
    let goal = match call.query.get("wait")?.as_deref() {
        None => None,
        Some("pushed") => Some(Goal::Pushed),
        Some("confirmed") => Some(Goal::Confirmed),
        Some(_) => return Err(wrong("wait", "`pushed` or `confirmed`")),
    };
    let ms = call.query.number("timeout_ms")?.unwrap_or(WAIT_MS);
    let timeout = Duration::from_millis(ms.min(WAIT_MS));
    let request = Request::Receipt {
        wait: goal.map(|goal| (goal, timeout)),
        message: call.id.as_str().into(),
    };
    Ok((call.caller()?, request))
}

/// Understands `GET /v1/receipts`.
pub(super) fn list(call: &Call<'_>) -> Result<Question, Refusal> {
    let query = &call.query;
    let Some(id) = query.get("endpoint_id")? else {
        return Err(Refusal::invalid(
            "endpoint_id",
            "say whose messages, as in `?endpoint_id=node:self`",
        ));
    };
    let sender = sender(id.into_owned());
    let request = match query.get("idempotency_key")? {
        Some(key) => Request::ReceiptByKey {
            sender,
            key: check_key(key.as_bytes())?,
        },
        None if query.get("open")?.as_deref() == Some("true") => Request::OpenReceipts {
            sender,
            after: query.get("after")?.map(|id| id.as_ref().into()),
            limit: query.limit(PAGE, LARGEST_PAGE)?,
        },
        None => {
            return Err(Refusal::invalid(
                "idempotency_key",
                "say which message, with `idempotency_key`, or `open=true` for all that are unfinished",
            ));
        }
    };
    Ok((call.caller()?, request))
}
