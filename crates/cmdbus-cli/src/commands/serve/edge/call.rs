//! `POST /call/ID`: the request is the body, and so is the result.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::http::{Extensions, HeaderName, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use cmdbus::channel::http::{HttpAccess, preferred};
use cmdbus::{Call, CommandError, Payload};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;

use super::access::principal;
use super::frames::Watch;
use super::keys::{Key, Outcome};
use super::problem::{PROBLEM, Problem};
use super::{Edge, frames, prefer};

pub(super) const JSON: &str = "application/json";
pub(super) const NDJSON: &str = "application/x-ndjson";
pub(super) const SSE: &str = "text/event-stream";
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Size from which a body may take long to check, in bytes.
const LARGE: usize = 16 << 10;
/// Longest key of a caller, in bytes.
const MAX_KEY: usize = 255;
/// Headers that travel with the call.
const TRACE: [&str; 3] = ["traceparent", "tracestate", "baggage"];

/// Answers a request.
pub(super) async fn answer(
    edge: &Arc<Edge>,
    id: &str,
    request: Request,
) -> Result<Response, Problem> {
    if request.method() != Method::POST {
        return Err(Problem::wrong_method("POST"));
    }
    let (parts, body) = request.into_parts();
    if !edge.may_call(&parts.extensions, id) {
        return Err(Problem::of(&CommandError::NotFound(id.to_owned())));
    }
    let key = key(&parts.headers)?;
    let media = media(&parts.headers, key.is_some())?;
    let waits = prefer::wait(&parts.headers);
    let sender = name_of(&parts.extensions);
    let asked = Asked {
        edge,
        who: &parts.extensions,
        id,
        body: edge.bodies.read(sender, &parts.headers, body).await?,
        limit: waits.map_or(edge.timeout, |wait| wait.min(edge.longest)),
    };
    let payload = asked.payload()?;
    let given = payload.is_some().then_some(&asked.body);
    if asked.body.len() > LARGE {
        check_apart(edge, id, given.cloned()).await?;
    } else {
        check(edge, id, given)?;
    }
    let call = asked.call(payload, &parts.headers);
    let mut response = match (media, key) {
        (NDJSON | SSE, _) => frames::answer(call, asked.watch()?, media == SSE).await?,
        (_, Some(key)) => asked.once(&key, call).await?,
        (_, None) => respond(asked.run(call, asked.watch()?).await?),
    };
    if waits.is_some() {
        let applied = format!("wait={}", asked.limit.as_secs());
        if let Ok(applied) = HeaderValue::from_str(&applied) {
            response.headers_mut().insert(PREFERENCE_APPLIED, applied);
        }
    }
    Ok(response)
}

/// Holds a request against the schema of its command.
fn check(edge: &Edge, id: &str, request: Option<&Bytes>) -> Result<(), Problem> {
    let request = request.map(|request| &**request);
    edge.schemas.check(&edge.registry, id, request)
}

/// As [`check`], for a request with which that may take long: on a thread where nobody else waits.
async fn check_apart(edge: &Arc<Edge>, id: &str, request: Option<Bytes>) -> Result<(), Problem> {
    let (edge, id) = (edge.clone(), id.to_owned());
    let checked = spawn_blocking(move || check(&edge, &id, request.as_ref())).await;
    checked.unwrap_or_else(|_| {
        let detail = "the request could not be checked";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Err(Problem::new(status, "internal_error", detail))
    })
}

/// One request that is fine as far as it can be seen from here.
struct Asked<'r> {
    edge: &'r Edge,
    who: &'r Extensions,
    id: &'r str,
    body: Bytes,
    limit: Duration,
}

impl Asked<'_> {
    fn payload(&self) -> Result<Option<Payload>, Problem> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let wrong = |why: &dyn std::fmt::Display| {
            let detail = format!("the body is not JSON: {why}");
            Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail)
        };
        let text = std::str::from_utf8(&self.body).map_err(|error| wrong(&error))?;
        let payload = Payload::from_json(text).map_err(|error| wrong(&error))?;
        Ok(Some(payload))
    }

    fn call(&self, payload: Option<Payload>, headers: &HeaderMap) -> Call<Payload> {
        let mut call = self.edge.registry.call_raw(self.id, payload);
        for name in TRACE {
            if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
                call = call.meta(name, value);
            }
        }
        call.timeout(self.limit)
    }

    /// Returns what is ready once the token of the caller has ended.
    fn cut_off(&self) -> BoxFuture<'static, ()> {
        let ended = self.edge.rights.ended(self.who);
        ended.unwrap_or_else(|| std::future::pending().boxed())
    }

    fn watch(&self) -> Result<Watch, Problem> {
        let place = self.edge.calls.clone().try_acquire_owned();
        Ok(Watch {
            limit: self.limit,
            cut_off: self.cut_off(),
            place: place.map_err(|_| Problem::overloaded())?,
        })
    }

    /// Calls the command. Dropped, it is cancelled.
    async fn run(&self, call: Call<Payload>, watch: Watch) -> Result<Bytes, Problem> {
        let outcome = tokio::select! {
            biased;
            () = watch.cut_off => Err(CommandError::ChannelDisconnected),
            // It ends at its own time limit: a timer of the runtime besides would cost as much as reading the request.
            outcome = call => outcome,
        };
        drop(watch.place);
        let result = outcome.map_err(|error| Problem::of(&error))?;
        json_of(result.as_ref())
    }

    /// Calls the command unless that has been done under this key.
    async fn once(&self, key: &str, call: Call<Payload>) -> Result<Response, Problem> {
        let key = Key::new(name_of(self.who), key, self.id, &self.body);
        if self.limit.is_zero() {
            return Err(Problem::of(&CommandError::Timeout));
        }
        let running = match self.edge.keys.begin(key).await? {
            Ok(running) => running,
            Err(kept) => {
                let mut response = kept.into_response();
                let yes = HeaderValue::from_static("true");
                response.headers_mut().insert(REPLAYED, yes);
                return Ok(response);
            }
        };
        let outcome = self.outcome(call).await?;
        running.end(&outcome).await;
        match outcome {
            Outcome::Result(result) => Ok(respond(result)),
            Outcome::Problem(problem) | Outcome::Nothing(problem) => Err(problem),
        }
    }

    /// Calls the command.
    ///
    /// # Errors
    /// Nobody knows what the command has done, or is still doing.
    async fn outcome(&self, call: Call<Payload>) -> Result<Outcome, Problem> {
        let watch = match self.watch() {
            Ok(watch) => watch,
            Err(problem) => return Ok(Outcome::Nothing(problem)),
        };
        let was_there = self.is_there();
        match self.run(call, watch).await {
            Ok(result) => Ok(Outcome::Result(result)),
            Err(problem) => match problem.status {
                // One that was there for a moment only may have run, and have found nobody for a call of its own.
                StatusCode::NOT_FOUND if !was_there && !self.is_there() => {
                    Ok(Outcome::Nothing(problem))
                }
                // The same goes for an overload: perhaps it is not this call that there was no room for, but one that the
                // command made.
                StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => Err(problem),
                _ => Ok(Outcome::Problem(problem)),
            },
        }
    }

    fn is_there(&self) -> bool {
        self.edge.registry.describe_command(self.id).is_some()
    }
}

/// Returns the name of who sent a request.
fn name_of(who: &Extensions) -> &str {
    principal(who).map_or("", |principal| principal.name())
}

/// Returns a value of the bus as JSON: `null` if there is none.
pub(super) fn json_of(value: Option<&Payload>) -> Result<Bytes, Problem> {
    let Some(value) = value else {
        return Ok(Bytes::from_static(b"null"));
    };
    let json = value.to_json();
    // On its way nobody has looked inside.
    if serde_json::from_slice::<&RawValue>(&json).is_err() {
        let detail = "what the provider of the command has sent is not JSON";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(Problem::new(status, "internal_error", detail));
    }
    Ok(Bytes::copy_from_slice(&json))
}

fn respond(result: Bytes) -> Response {
    json_response(JSON, &result)
}

/// Returns an answer of one line of JSON: for those who look at it in a terminal, it ends as a line does.
pub(super) fn json_response(media: &'static str, json: &[u8]) -> Response {
    let mut line = Vec::with_capacity(json.len() + 1);
    line.extend_from_slice(json);
    line.push(b'\n');
    let mut response = Response::new(Body::from(line));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the form of the answer.
fn media(headers: &HeaderMap, has_key: bool) -> Result<&'static str, Problem> {
    let offered = [JSON, NDJSON, SSE, PROBLEM];
    let offered = if has_key { &offered[..1] } else { &offered[..] };
    preferred(headers, offered).ok_or_else(|| {
        let detail = if has_key {
            "with `Idempotency-Key` the answer is application/json: a stream cannot be kept"
        } else {
            "the answer is application/json, application/x-ndjson or text/event-stream; name one of them in `Accept`"
        };
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    })
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(key), rest) = (given.next(), given.next()) else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or_default().trim();
    // The draft of the standard has it as a quoted string; most send it bare.
    let key = key
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(key);
    let is_fine =
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if rest.is_some() || !is_fine {
        let detail =
            format!("`Idempotency-Key` must be given once, as 1 to {MAX_KEY} visible characters");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail));
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_once_and_visible() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(
                    IDEMPOTENCY_KEY,
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                );
            }
            key(&headers).map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(read(&[]), Ok(None));
        for (value, wanted) in [
            ("order-17", "order-17"),
            ("\"order-17\"", "order-17"),
            (" a ", "a"),
        ] {
            assert_eq!(read(&[value]), Ok(Some(wanted.to_owned())));
        }
        let long = "x".repeat(MAX_KEY + 1);
        for wrong in [
            &["a", "b"][..],
            &[""],
            &["\"\""],
            &["two words"],
            &["ü"],
            &[&long],
        ] {
            assert_eq!(read(wrong), Err(400), "{wrong:?}");
        }
    }

    #[test]
    fn a_stream_cannot_be_kept_under_a_key() {
        let mut headers = HeaderMap::new();
        assert_eq!(media(&headers, false), Ok(JSON));
        headers.insert("accept", HeaderValue::from_static(SSE));
        assert_eq!(media(&headers, false), Ok(SSE));
        assert_eq!(
            media(&headers, true).map_err(|it| it.status.as_u16()),
            Err(406)
        );
    }
}
