//! The way of one request: may it speak, what does it want, what does it say, what is the answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

use super::access::{self, pid_invalid};
use super::connection::Link;
use super::fields::Fields;
use super::http::{self, Answer};
use super::routes::{self, Found, Query, Route};
use super::server::Shared;
use super::{Backend, assignments, body, control, endpoint, initialize, receipts, register};
use super::{send, status, stream, undispatched};
use crate::core::{Caller, Refusal, Reply, Request};

/// What a client asked for, with what may be needed to understand it.
pub(super) struct Call<'a> {
    /// The segment of the path for which the route has a place.
    pub(super) id: String,
    /// The query.
    pub(super) query: Query<'a>,
    /// The header.
    pub(super) headers: &'a HeaderMap,
    /// The body.
    pub(super) body: &'a [u8],
}

/// A request for the core, and who asks.
pub(super) type Question = (Caller, Request);

/// Answers a request, whatever happens.
pub(super) async fn handle<B: Backend>(
    shared: &Arc<Shared<B>>,
    link: &Link<B>,
    request: hyper::Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    let answer = AssertUnwindSafe(answer(shared, link, &head, body)).catch_unwind();
    let answer = match answer.await {
        Ok(answer) => answer,
        // What it says may hold content, so it is not logged here.
        Err(_) => http::closing(http::bug(&"a handler panicked")),
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS && head.uri.path() == "/v1/stream" {
        return http::closing(answer);
    }
    answer
}

async fn answer<B: Backend>(
    shared: &Arc<Shared<B>>,
    link: &Link<B>,
    head: &Parts,
    body: Incoming,
) -> Answer {
    let (route, id) = match admit(shared, head) {
        Ok(found) => found,
        // The body is not worth waiting for, and what comes after it could not be told from it.
        Err(answer) if !body.is_end_stream() => return http::closing(*answer),
        Err(answer) => return *answer,
    };
    let body = match body::read(body, &shared.limits).await {
        Ok(body) => body,
        Err(refusal) => return http::closing(http::refused(&refusal)),
    };
    let call = Call {
        id,
        query: Query::new(head.uri.query()),
        headers: &head.headers,
        body: &body,
    };
    match route {
        Route::Health => initialize::health(&shared.version),
        Route::Stream => match stream::open(shared, link, &call).await {
            Ok(answer) => answer,
            Err(refusal) => http::refused(&refusal),
        },
        Route::Shutdown => match status::shutdown(&call) {
            Ok(mode) => {
                shared.host.shutdown(mode);
                http::done()
            }
            Err(refusal) => http::refused(&refusal),
        },
        route => match question(route, call, &shared.backend) {
            Ok((caller, request)) => match shared.ask(caller, request).await {
                Some(Reply::Json(body)) => complete(shared, route, body),
                Some(reply) => http::reply(reply),
                None => http::refused(&Refusal::shutting_down()),
            },
            Err(refusal) => http::refused(&refusal),
        },
    }
}

/// Checks everything that can be checked before the body is read.
fn admit<B: Backend>(shared: &Shared<B>, head: &Parts) -> Result<(Route, String), Box<Answer>> {
    let refused = |refusal: Refusal| Box::new(http::refused(&refusal));
    let access = &shared.access;
    access
        .check_site(&head.uri, &head.headers)
        .map_err(refused)?;
    let path = head.uri.path();
    // A stale address may lead a client here that looks for another broker, so a token counts (W37).
    if path != "/health" || head.headers.contains_key(AUTHORIZATION) {
        access.check_token(&head.headers).map_err(refused)?;
    }
    match routes::find(head.method.as_str(), path).map_err(refused)? {
        Found::Route(route, _) if route != Route::Health && !shared.is_serving() => {
            Err(refused(Refusal::shutting_down()))
        }
        Found::Route(route, id) => Ok((route, id)),
        Found::OtherMethod(allow) => Err(Box::new(http::method_not_allowed(&allow))),
        Found::Nothing => {
            let path: String = path.chars().take(256).collect();
            Err(refused(
                Refusal::new(404, "not_found", "there is no such path").with("path", path),
            ))
        }
    }
}

/// Understands a request for the core.
fn question<B: Backend>(route: Route, call: Call<'_>, backend: &B) -> Result<Question, Refusal> {
    match route {
        Route::Send => send::send(&call),
        Route::Initialize => initialize::initialize(&call),
        Route::Register => register::register(&call, |kind| backend.can_spawn(kind)),
        Route::Heartbeat => endpoint::heartbeat(call),
        Route::Reattach => endpoint::reattach(call),
        Route::Unregister => endpoint::unregister(call),
        Route::TaskHint => endpoint::task_hint(call),
        Route::Endpoints => Ok((Caller::default(), Request::Endpoints)),
        Route::Endpoint => endpoint::endpoint(call),
        Route::Undispatched => undispatched::list(&call),
        Route::Presence => undispatched::presence(&call),
        Route::Dispatch => undispatched::dispatch(&call),
        Route::Discard => undispatched::discard(call),
        Route::Claim => assignments::claim(&call),
        Route::Reply => assignments::reply(&call),
        Route::ProcessingState => assignments::processing_state(&call),
        Route::SelfSettle => assignments::self_settle(&call),
        Route::StagedDelivery => assignments::staged_delivery(&call),
        Route::History => assignments::history(&call),
        Route::Status => Ok((Caller::default(), Request::Status)),
        Route::Control => control::event(&call),
        Route::ControlOutcome => Ok(control::outcome(call)),
        Route::Receipt => receipts::one(call),
        Route::Receipts => receipts::list(&call),
        // Answered without the core, before this is asked.
        Route::Health | Route::Stream | Route::Shutdown => Err(Refusal::new(
            404,
            "not_found",
            "this path is not for the core",
        )),
    }
}

/// Writes what the core says, with what only the server knows.
fn complete<B: Backend>(shared: &Shared<B>, route: Route, body: serde_json::Value) -> Answer {
    let body = match route {
        Route::Initialize => initialize::greeting(&shared.version, shared.host.spawns(), body),
        Route::Status => status::status(shared, body),
        _ => body,
    };
    http::json(StatusCode::OK, &body)
}

impl Call<'_> {
    /// Parses the body.
    pub(super) fn fields(&self) -> Result<Fields, Refusal> {
        Fields::parse(self.body)
    }

    /// Returns who asks, as the header says.
    pub(super) fn caller(&self) -> Result<Caller, Refusal> {
        Ok(Caller {
            pid: access::plugin_pid(self.headers)?,
            owner: access::owner_token(self.headers),
        })
    }

    /// Returns who asks, as header and body say.
    pub(super) fn caller_with(&self, fields: &mut Fields) -> Result<Caller, Refusal> {
        let token = fields.optional_string("endpoint_owner_token")?;
        self.caller_owning(token.as_deref())
    }

    /// Returns who asks, as header and this owner token say.
    pub(super) fn caller_owning(&self, token: Option<&str>) -> Result<Caller, Refusal> {
        let mut caller = self.caller()?;
        if let Some(token) = token {
            let given = access::digest(token.as_bytes());
            let differs = caller
                .owner
                .is_some_and(|owner| !bool::from(owner.0.ct_eq(&given.0)));
            if differs {
                return Err(Refusal::new(
                    403,
                    "endpoint_owner_token_mismatch",
                    "`x-cmdbus-owner-token` and `endpoint_owner_token` differ",
                ));
            }
            caller.owner = Some(given);
        }
        Ok(caller)
    }

    /// Checks that a pid in the body is that of the header, if there is one there.
    pub(super) fn check_same_pid(caller: &Caller, pid: Option<u32>) -> Result<(), Refusal> {
        match (caller.pid, pid) {
            (Some(header), Some(body)) if header != body => Err(Refusal::new(
                403,
                "plugin_pid_mismatch",
                "`x-plugin-pid` and `plugin_pid` differ",
            )),
            _ => Ok(()),
        }
    }

    /// Returns who asks, and their pid, for a route that wants the pid in header and body.
    pub(super) fn caller_with_pid(&self, fields: &mut Fields) -> Result<(Caller, u32), Refusal> {
        let mut caller = self.caller()?;
        let pid = fields.pid();
        let (Some(_), Some(pid)) = (caller.pid, pid) else {
            return Err(pid_invalid());
        };
        Self::check_same_pid(&caller, Some(pid))?;
        caller.owner = self.caller_with(fields)?.owner;
        Ok((caller, pid))
    }
}
