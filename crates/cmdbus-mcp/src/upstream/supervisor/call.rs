//! One call through an upstream: policy, limits, waiting for the line, the call itself, and what its answer teaches us.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::event::{ListScope, UpstreamEvent};
use super::inner::Inner;
use super::link::{Entry, InFlight, Kind, Link, Owner, stopped};
use super::start::{list_changed, no_requests, scope_of_main};
use crate::carry::{Call, FromServer, Hears};
use crate::rpc::{Era, Raw, RpcError, codes, splice};
use crate::upstream::connection::Connection;

const LISTEN: &str = "subscriptions/listen";

/// Makes a call on a line. If the line is up, the request is on its way when this returns.
pub(super) fn on(
    inner: &Arc<Inner>,
    link: &Arc<Link>,
    mut call: Call,
    hears: Hears,
) -> BoxFuture<'static, Result<Raw, RpcError>> {
    let policy = &inner.config.tools;
    if let Err(error) = policy.check(&call.method, call.params.as_deref()) {
        return ready(Err(error)).boxed();
    }
    if inner.is_stopped() {
        return ready(Err(stopped())).boxed();
    }
    let accepted = Instant::now();
    if call.method == LISTEN && call.era == Era::Modern {
        return listen(inner.clone(), link.clone(), call, hears).boxed();
    }
    if let Some(most) = inner.config.timeout {
        call.limits.total = Some(call.limits.total.map_or(most, |total| total.min(most)));
    }
    call.headers = inner.config.forwarded(std::mem::take(&mut call.headers));
    let one = One {
        busy: Busy::new(inner),
        hears: call_ear(inner, link, hears),
        inner: inner.clone(),
        link: link.clone(),
        call,
        accepted,
    };
    match link.enter(Kind::Call, inner.refused()) {
        Ok(Entry::Open(connection, in_flight)) => one.made(&*connection, in_flight).boxed(),
        Ok(Entry::Wait) => one.wait().boxed(),
        Err(error) => ready(Err(error)).boxed(),
    }
}

/// One call that is no subscription.
struct One {
    inner: Arc<Inner>,
    link: Arc<Link>,
    call: Call,
    hears: Hears,
    accepted: Instant,
    busy: Busy,
}

impl One {
    /// Makes the call when the line is up, within its limits.
    async fn wait(self) -> Result<Raw, RpcError> {
        let limits = self.call.limits;
        let limit = limits.idle.into_iter().chain(limits.total).min();
        let up = self.link.entered(Kind::Call, || self.inner.refused());
        let up = match limit.and_then(|limit| self.accepted.checked_add(limit)) {
            Some(deadline) => timeout_at(deadline, up).await.unwrap_or_else(|_| {
                let text = "the server did not start in time";
                Err(RpcError::new(codes::TIMEOUT, text))
            }),
            None => up.await,
        };
        let (connection, in_flight) = up?;
        self.made(&*connection, in_flight).await
    }

    /// Makes the call now.
    fn made(
        self,
        connection: &dyn Connection,
        in_flight: InFlight,
    ) -> impl Future<Output = Result<Raw, RpcError>> + Send + 'static {
        let Self {
            inner,
            link,
            mut call,
            hears,
            accepted,
            busy,
        } = self;
        // The clock started when the call was accepted.
        let total = &mut call.limits.total;
        *total = total.map(|total| total.saturating_sub(accepted.elapsed()));
        let method = call.method.clone();
        let uri = resource(&method, call.params.as_deref());
        let answer = connection.call(call, hears);
        async move {
            let outcome = answer.await;
            if outcome.is_ok() {
                link.note(&method, uri);
            }
            drop(in_flight);
            drop(busy);
            outcome.map(|result| inner.config.tools.filter(&method, result))
        }
    }
}

/// Counts as a call in progress as long as it lives.
struct Busy(Arc<Inner>);

impl Busy {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.busy.send_modify(|busy| *busy += 1);
        Self(inner.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|busy| *busy -= 1);
    }
}

/// Listens as long as the client wants. When the child is stopped for being idle, the subscription stays, and is made again with the
/// next child; its acknowledgement is heard once.
async fn listen(
    inner: Arc<Inner>,
    link: Arc<Link>,
    call: Call,
    hears: Hears,
) -> Result<Raw, RpcError> {
    let filter = ["notifications", "resourceSubscriptions"];
    let named = call
        .params
        .as_deref()
        .and_then(|params| splice::get(params, &filter));
    let pins = named.is_some_and(|named| !matches!(named.get().trim(), "null" | "[]"));
    let kind = Kind::Listen { pins };
    let hears = acknowledged_once(call_ear(&inner, &link, hears));
    loop {
        let (connection, in_flight) = link.entered(kind, || inner.refused()).await?;
        let generation = in_flight.generation;
        let answer = connection.call(call.clone(), hears.clone());
        drop(connection);
        let outcome = answer.await;
        drop(in_flight);
        let is_stopped = outcome.is_err() && link.was_stopped(generation);
        if !is_stopped || !link.is_up_after(generation).await {
            return outcome;
        }
    }
}

fn acknowledged_once(hears: Hears) -> Hears {
    let heard = AtomicBool::new(false);
    Arc::new(move |message| {
        let is_acknowledgement = matches!(
            &message,
            FromServer::Notification { method, .. } if method == "notifications/subscriptions/acknowledged"
        );
        if !is_acknowledgement || !heard.swap(true, Ordering::Relaxed) {
            hears(message);
        }
    })
}

/// Returns who hears what the server says about a call: not what it says about its lists, and nothing its era does not have.
fn call_ear(inner: &Arc<Inner>, link: &Arc<Link>, hears: Hears) -> Hears {
    let session = link.session().map(|session| session.id.clone());
    let is_modern = matches!(link.owner, Owner::Main)
        && inner.facts().is_some_and(|facts| facts.era == Era::Modern);
    let inner = Arc::downgrade(inner);
    Arc::new(move |message| {
        if let (Some(kind), Some(inner)) = (list_changed(&message), inner.upgrade()) {
            let scope = match &session {
                Some(session) => ListScope::Session(session.clone()),
                None => scope_of_main(&inner),
            };
            return inner.tell(UpstreamEvent::ListChanged { kind, scope });
        }
        match message {
            FromServer::Request { answer, .. } if is_modern => answer.give(Err(no_requests())),
            message => hears(message),
        }
    })
}

/// Returns the resource that a client wants to hear of, or does not any more.
fn resource(method: &str, params: Option<&RawValue>) -> Option<String> {
    let is_about = matches!(method, "resources/subscribe" | "resources/unsubscribe");
    params
        .filter(|_| is_about)
        .and_then(|params| splice::get_str(params, &["uri"]))
}
