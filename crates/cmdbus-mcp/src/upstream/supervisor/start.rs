//! Starting a line: the probe of the main one, the handshake of a session.

use std::sync::Arc;

use tokio::time::{Instant, timeout};

use super::event::{ListKind, ListScope, UpstreamEvent};
use super::inner::{Inner, Live};
use super::link::{Link, Owner, Session};
use crate::carry::{Call, FromServer, Hears, Limits, refusal};
use crate::rpc::{Era, Raw, RpcError, codes, raw};

/// Starts a line again, whose session has had its handshake before. After a crash nothing is taken for known.
pub(super) async fn again(
    inner: &Arc<Inner>,
    link: &Arc<Link>,
    after_crash: bool,
) -> Result<Live, RpcError> {
    match &link.owner {
        Owner::Main => main(inner, link, after_crash).await,
        Owner::Session(session) => {
            let (live, _) = handshake(inner, link, session, Limits::SHORT).await?;
            if let Some(params) = link.initialized() {
                let connection = &live.connection;
                connection.notify("notifications/initialized", params, &session.headers);
            }
            Ok(live)
        }
    }
}

async fn main(inner: &Arc<Inner>, link: &Link, after_crash: bool) -> Result<Live, RpcError> {
    let known = inner
        .facts()
        .map(|facts| facts.era)
        .filter(|_| !after_crash);
    let permit = inner.permit(link).await?;
    let (facts, connection) = inner
        .connector
        .clone()
        .probe(known, main_ear(inner))
        .await?;
    inner.set_facts(facts);
    Ok(Live::new(inner, connection, permit))
}

/// Starts a connection for a session, and does its handshake. What was started is ended again when that fails or is given up (W46).
pub(super) async fn handshake(
    inner: &Arc<Inner>,
    link: &Link,
    session: &Session,
    limits: Limits,
) -> Result<(Live, Raw), RpcError> {
    let begun = Instant::now();
    let too_late = || RpcError::new(codes::TIMEOUT, "the server did not start in time");
    let permit = match limits.total {
        Some(total) => timeout(total, inner.permit(link))
            .await
            .map_err(|_| too_late())??,
        None => inner.permit(link).await?,
    };
    let hears = session_ear(inner, session);
    let connection = inner
        .connector
        .connect(Era::Legacy, &session.args, hears.clone())?;
    let live = Live::new(inner, connection, permit);
    let call = Call {
        method: "initialize".to_owned(),
        params: session.params.clone(),
        era: Era::Legacy,
        headers: session.headers.clone(),
        limits: Limits {
            total: limits
                .total
                .map(|total| total.saturating_sub(begun.elapsed())),
            ..limits
        },
    };
    let result = live.connection.call(call, hears).await?;
    Ok((live, result))
}

/// Returns who hears what a session's server says outside of calls.
fn session_ear(inner: &Arc<Inner>, session: &Session) -> Hears {
    let (inner, id) = (Arc::downgrade(inner), session.id.clone());
    let hears = session.hears.clone();
    Arc::new(move |message| {
        let changed = list_changed(&message);
        match (changed, inner.upgrade()) {
            (Some(kind), Some(inner)) => inner.tell(UpstreamEvent::ListChanged {
                kind,
                scope: ListScope::Session(id.clone()),
            }),
            _ => hears(message),
        }
    })
}

/// Returns who hears what the server says on the main line outside of calls.
fn main_ear(inner: &Arc<Inner>) -> Hears {
    let inner = Arc::downgrade(inner);
    Arc::new(move |message| {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        if let Some(kind) = list_changed(&message) {
            let scope = scope_of_main(&inner);
            return inner.tell(UpstreamEvent::ListChanged { kind, scope });
        }
        match message {
            FromServer::Request { method, answer, .. } => {
                answer.give(answer_of_ours(&inner, &method));
            }
            message @ FromServer::Notification { .. } => {
                inner.tell(UpstreamEvent::Unrelated { message });
            }
        }
    })
}

/// Returns for whom a list has changed of which the main line hears. Where there are sessions, each hears of it on a line of its own.
pub(super) fn scope_of_main(inner: &Inner) -> ListScope {
    match inner.facts() {
        Some(facts) if facts.era == Era::Modern => ListScope::All,
        _ => ListScope::Bus,
    }
}

/// Answers a request of the server to nobody but us, who have declared no capability.
pub(super) fn answer_of_ours(inner: &Inner, method: &str) -> Result<Raw, RpcError> {
    let is_modern = inner.facts().is_some_and(|facts| facts.era == Era::Modern);
    match method {
        _ if is_modern => Err(no_requests()),
        "ping" => Ok(raw(&serde_json::json!({}))),
        method => Err(refusal(method)),
    }
}

/// The modern era has no requests of servers (attach §4.10).
pub(super) fn no_requests() -> RpcError {
    RpcError::new(
        codes::INVALID_REQUEST,
        "a server sends no requests in this revision",
    )
}

/// Returns which list a message says has changed, if it is no message of a subscription.
pub(super) fn list_changed(message: &FromServer) -> Option<ListKind> {
    let FromServer::Notification { method, params } = message else {
        return None;
    };
    let tag = ["_meta", crate::own::META_SUBSCRIPTION];
    let is_tagged = params
        .as_deref()
        .is_some_and(|params| crate::rpc::splice::get(params, &tag).is_some());
    ListKind::of_method(method).filter(|_| !is_tagged)
}
