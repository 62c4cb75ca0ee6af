//! What the server says and asks beside answers, in whichever stream.

use std::sync::Arc;

use tokio::time::timeout;

use super::shared::{BACKGROUND_TIMEOUT, Shared};
use crate::carry::{Answer, FromServer, Hears};
use crate::rpc::{Era, Id, Message, Raw, RpcError, codes, splice};

/// Passes a notification on. `of`: the call in whose stream it came; without one it came in the standalone stream.
pub(super) fn notified(
    shared: &Shared,
    of: Option<(u64, &Hears)>,
    method: String,
    params: Option<Raw>,
) {
    let legacy = shared.era == Era::Legacy;
    let ear = match (method.as_str(), of) {
        ("notifications/cancelled", _) if legacy => return withdraw(shared, params),
        ("notifications/progress", Some((id, hears))) => {
            shared.moves(id);
            hears.clone()
        }
        ("notifications/progress", None) => match shared.moves_by_token(params.as_deref()) {
            Some(hears) => hears,
            // Its call has been answered (attach §4.8).
            None => return,
        },
        (_, Some((_, hears))) => hears.clone(),
        (_, None) => shared.ear.clone(),
    };
    ear(FromServer::Notification { method, params });
}

/// The server no longer wants an answer.
fn withdraw(shared: &Shared, params: Option<Raw>) {
    let id = params
        .as_deref()
        .and_then(|params| splice::get(params, &["requestId"]))
        .and_then(Id::from_raw);
    if !id.is_some_and(|id| shared.leave_asked(&id)) {
        tracing::debug!(
            url = shared.config.shown(),
            "the server cancelled what is not open"
        );
    }
}

/// Passes a request of the server on, and sends the answer back.
pub(super) fn asked(
    shared: &Arc<Shared>,
    of: Option<(u64, &Hears)>,
    id: Id,
    method: String,
    params: Option<Raw>,
) {
    let url = shared.config.shown();
    if shared.era == Era::Modern {
        // Not even a refusal can be sent: modern clients post no responses (attach §4.10).
        tracing::warn!(
            url,
            method,
            "the server sent a request, which a modern server must not"
        );
        return;
    }
    let Some(withdrawn) = shared.enter_asked(of.map(|(call, _)| call), &id) else {
        tracing::warn!(url, method, "the server asks too much at once");
        let error = RpcError::new(codes::OVERLOADED, "too many requests wait for an answer");
        let shared_too = shared.clone();
        shared.background(async move { give(&shared_too, id, Err(error)).await });
        return;
    };
    let (answer, mut given) = Answer::pair();
    let shared_too = shared.clone();
    let taken_care_of = shared.background({
        let id = id.clone();
        async move {
            let outcome = tokio::select! {
                biased;
                _ = withdrawn => return,
                outcome = &mut given => outcome,
            };
            shared_too.leave_asked(&id);
            if let Ok(outcome) = outcome {
                give(&shared_too, id, outcome).await;
            }
        }
    });
    if !taken_care_of {
        shared.leave_asked(&id);
        return;
    }
    let ear = of.map_or(&shared.ear, |(_, hears)| hears);
    ear(FromServer::Request {
        method,
        params,
        answer,
    });
}

/// Posts an answer to a request of the server.
async fn give(shared: &Shared, id: Id, outcome: Result<Raw, RpcError>) {
    let headers = shared.post_headers("", None, &[]);
    let body = Message::Response { id, outcome }.to_json();
    let url = shared.config.shown();
    match timeout(BACKGROUND_TIMEOUT, shared.post(headers, body.into())).await {
        Ok(Ok(response)) if response.status().is_success() => {}
        Ok(Ok(response)) => {
            let status = response.status().as_u16();
            tracing::debug!(
                url,
                status,
                "the server did not take the answer to its request"
            );
        }
        Ok(Err(failed)) => {
            tracing::debug!(url, error = %failed.error, "answer to the server not sent");
        }
        Err(_) => tracing::debug!(url, "answer to the server not sent in time"),
    }
}
