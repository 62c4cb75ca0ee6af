//! GET and DELETE (attach §4.6).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use cmdbus_mcp::rpc::{Era, codes};

use super::accept::Accepts;
use super::backend::Backend;
use super::errors::{Problem, empty_response};
use super::headers::{LAST_EVENT, SESSION, single};
use super::routes::Place;
use super::session::Session;
use super::shared::Shared;
use super::stream::{Manner, sse_response};
use super::validate;

/// Opens the standalone stream of a session, or takes up one that broke.
pub(super) fn open(
    shared: &Arc<Shared>,
    place: Result<Place, Problem>,
    headers: &HeaderMap,
) -> Response<Body> {
    let opened = place.and_then(|place| try_open(shared, &place, headers));
    opened.unwrap_or_else(Problem::into_response)
}

fn try_open(
    shared: &Arc<Shared>,
    place: &Place,
    headers: &HeaderMap,
) -> Result<Response<Body>, Problem> {
    is_for_sessions(place.backend.as_ref(), headers)?;
    if shared.is_draining() {
        return Err(Problem::draining());
    }
    if !Accepts::read(headers).sse {
        return Err(Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            codes::INVALID_REQUEST,
            "this is a stream; accept `text/event-stream`",
        ));
    }
    let session = of_request(shared, place, headers)?;
    validate::legacy_version(headers)?;
    let after = single(headers, &LAST_EVENT)?;
    let manner = Manner {
        ids: session.can_resume(),
        keep_alive: shared.settings.keep_alive,
    };
    let reader = session.open_stream(shared, after)?;
    Ok(sse_response(match reader {
        Some(reader) => reader.into_body(manner),
        // An error would be tried again for ever; an end says that there is nothing more.
        None => Body::empty(),
    }))
}

/// Ends a session.
pub(super) fn delete(
    shared: &Arc<Shared>,
    place: Result<Place, Problem>,
    headers: &HeaderMap,
) -> Response<Body> {
    let deleted = place.and_then(|place| {
        is_for_sessions(place.backend.as_ref(), headers)?;
        let session = open_one(shared, &place, headers)?;
        shared.sessions.end(&session);
        Ok(empty_response(StatusCode::NO_CONTENT))
    });
    deleted.unwrap_or_else(Problem::into_response)
}

fn is_for_sessions(backend: &dyn Backend, headers: &HeaderMap) -> Result<(), Problem> {
    let spoken = backend.versions();
    let only_modern = !spoken.is_empty()
        && spoken
            .iter()
            .all(|version| Era::of_version(version) == Era::Modern);
    if only_modern || validate::era_of_headers(headers) == Era::Modern {
        return Err(Problem::wrong_method("POST"));
    }
    Ok(())
}

/// Returns the session that a request names.
pub(super) fn of_request(
    shared: &Shared,
    place: &Place,
    headers: &HeaderMap,
) -> Result<Arc<Session>, Problem> {
    let session = shared.sessions.find(place, name(headers)?);
    session.ok_or_else(Problem::no_session)
}

/// Returns the session that is named by what concerns its requests in progress, which outlive a change of its server.
pub(super) fn open_one(
    shared: &Shared,
    place: &Place,
    headers: &HeaderMap,
) -> Result<Arc<Session>, Problem> {
    let session = shared.sessions.find_open(place, name(headers)?);
    session.ok_or_else(Problem::no_session)
}

fn name(headers: &HeaderMap) -> Result<&str, Problem> {
    single(headers, &SESSION)?.ok_or_else(|| {
        Problem::malformed("the `Mcp-Session-Id` header is missing; send `initialize` first")
    })
}
