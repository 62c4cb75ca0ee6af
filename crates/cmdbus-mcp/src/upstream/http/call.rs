//! One call, from its POST to its answer.

use std::sync::Arc;

use reqwest::header::HeaderValue;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};

use super::answer::Awaited;
use super::failed::Failed;
use super::headers::SESSION;
use super::shared::{BACKGROUND_TIMEOUT, Shared, params};
use crate::carry::{Call, Hears, Limits};
use crate::rpc::{Era, Id, Message, Raw, RpcError, codes, splice};

/// Runs a call. `after`: the last notification that was told before it; `accepted`: when its clock started.
pub(super) async fn run(
    shared: Arc<Shared>,
    call: Call,
    hears: Hears,
    after: u64,
    accepted: Instant,
) -> Result<Raw, Failed> {
    let mut slot = Slot::open(&shared, &call, &hears, accepted).map_err(Failed::given_up)?;
    let (id, limits) = (slot.id, call.limits);
    tokio::select! {
        biased;
        why = shared.over() => Err(Failed::ended(shared.gone(&why))),
        outcome = exchange(&mut slot, &call, &hears, after) => {
            slot.finished = !matches!(&outcome, Err(failed) if failed.may_run);
            outcome
        }
        error = too_late(&shared, id, limits, accepted, &call.method) => {
            slot.reason = "timed out";
            Err(Failed::given_up(error))
        }
    }
}

/// The place of a call in the tables. Dropping it cancels the call, if the server may be at work on it.
struct Slot {
    shared: Arc<Shared>,
    id: u64,
    /// Whether the legacy words for cancelling apply: there are none for `initialize`, and none in the modern era, where closing the
    /// response says it (attach §4.8).
    can_cancel: bool,
    sent: bool,
    finished: bool,
    reason: &'static str,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    fn open(
        shared: &Arc<Shared>,
        call: &Call,
        hears: &Hears,
        now: Instant,
    ) -> Result<Self, RpcError> {
        let (id, permit) = shared.enter(call, hears, now)?;
        Ok(Self {
            shared: shared.clone(),
            id,
            can_cancel: shared.era == Era::Legacy && call.method != "initialize",
            sent: false,
            finished: false,
            reason: "no longer wanted",
            _permit: permit,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.leave(self.id);
        if self.can_cancel && self.sent && !self.finished && !self.shared.has_ended() {
            let cancelled = cancel(self.shared.clone(), self.id, self.reason);
            self.shared.background(cancelled);
        }
    }
}

async fn cancel(shared: Arc<Shared>, id: u64, reason: &'static str) {
    let method = "notifications/cancelled";
    let message = Message::Notification {
        method: method.to_owned(),
        params: params(&json!({"requestId": id, "reason": reason})),
    };
    let headers = shared.post_headers(method, None, &[]);
    let sent = shared.post(headers, message.to_json().into());
    if !matches!(timeout(BACKGROUND_TIMEOUT, sent).await, Ok(Ok(_))) {
        tracing::debug!(url = shared.config.shown(), "cancellation not sent");
    }
}

async fn exchange(slot: &mut Slot, call: &Call, hears: &Hears, after: u64) -> Result<Raw, Failed> {
    let shared = slot.shared.clone();
    let starts_session = shared.era == Era::Legacy && call.method == "initialize";
    if starts_session && shared.is_initialised() {
        let text = "this session is initialised already";
        let error = RpcError::new(codes::INVALID_REQUEST, text);
        return Err(Failed::answered(error));
    }
    shared.outbox.wait_for(after).await;
    let headers = shared.post_headers(&call.method, call.params.as_deref(), &call.headers);
    let request = Message::Request {
        id: Id::number(slot.id),
        method: call.method.clone(),
        params: call.params.clone(),
    };
    slot.sent = true;
    let response = shared.post(headers, request.to_json().into()).await?;
    if starts_session {
        // At once: should the answer not come, the session can still be given back.
        shared.set_session(response.headers().get(SESSION).cloned());
    }
    let awaited = Awaited {
        shared: &shared,
        id: slot.id,
        hears,
    };
    let outcome = awaited.read(response).await;
    if starts_session {
        match &outcome {
            Ok(result) => shared.initialised(
                splice::get_str(result, &["protocolVersion"])
                    .and_then(|version| HeaderValue::try_from(version).ok()),
            ),
            Err(_) => shared.set_session(None),
        }
    }
    outcome
}

/// Waits until the call has taken too long.
async fn too_late(
    shared: &Shared,
    id: u64,
    limits: Limits,
    accepted: Instant,
    method: &str,
) -> RpcError {
    let total = limits.total.and_then(|total| accepted.checked_add(total));
    loop {
        let moved = shared.moved(id).unwrap_or(accepted);
        let idle = limits.idle.and_then(|idle| moved.checked_add(idle));
        let Some(deadline) = [total, idle].into_iter().flatten().min() else {
            return std::future::pending().await;
        };
        if Instant::now() < deadline {
            sleep_until(deadline).await;
            continue;
        }
        let (what, length) = if Some(deadline) == total {
            ("answer to", limits.total)
        } else {
            ("progress of", limits.idle)
        };
        let seconds = length.unwrap_or_default().as_secs_f64();
        let text = format!("no {what} `{method}` within {seconds} s");
        return RpcError::new(codes::TIMEOUT, text);
    }
}
