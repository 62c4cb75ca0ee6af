//! POST: requests, notifications and answers of clients (attach §4.3).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use cmdbus_mcp::carry::Call;
use cmdbus_mcp::rpc::{Era, Id, Message, Raw, RpcError, codes, splice};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;

use super::accept::{Accepts, is_json};
use super::audit::Audit;
use super::backend::Opening;
use super::errors::{Problem, empty_response, json_response};
use super::exchange::{Asked, Exchange, drive};
use super::headers::{self, SESSION};
use super::routes::Place;
use super::session::{Port, Session};
use super::shared::{Shared, lost};
use super::stream::{Event, First, Kind, Manner, Mode, Reader, Stream, Watch, sse_response};
use super::{streams, validate};

const LISTEN: &str = "subscriptions/listen";

/// Answers a POST.
pub(super) async fn answer(
    shared: Arc<Shared>,
    place: Result<Place, Problem>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    // Read before anything is refused, since every error names the request that it answers.
    let body = read(body, &shared).await;
    let answered = match &body {
        Ok(body) => in_order(shared, place, &headers, Ok(body)).await,
        Err(_) => in_order(shared, place, &headers, Err(())).await,
    };
    match (answered, body) {
        (Ok(response), _) => response,
        // Only now, so that what comes first in order was refused first.
        (Err(None), Err(problem)) => problem.into_response(),
        (Err(Some(problem)), body) => {
            let id = body.ok().and_then(|body| id_of(&body));
            problem.for_request(id).into_response()
        }
        (Err(None), Ok(_)) => Problem::malformed("the body is missing").into_response(),
    }
}

/// Checks a POST in the order of attach §4.3. `Err(None)`: it is time to say what is wrong with the body.
async fn in_order(
    shared: Arc<Shared>,
    place: Result<Place, Problem>,
    headers: &HeaderMap,
    body: Result<&Bytes, ()>,
) -> Result<Response<Body>, Option<Problem>> {
    let place = place.map_err(Some)?;
    let body = body.map_err(|()| None)?;
    if !is_json(headers) {
        return Err(Some(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            codes::INVALID_REQUEST,
            "the `Content-Type` must be `application/json`",
        )));
    }
    let accepts = Accepts::read(headers);
    let enough = if shared.settings.strict_accept {
        accepts.json && accepts.sse && headers.contains_key(axum::http::header::ACCEPT)
    } else {
        accepts.json || accepts.sse
    };
    if !enough {
        return Err(Some(Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            codes::INVALID_REQUEST,
            "accept `application/json` and `text/event-stream`",
        )));
    }
    let message = Message::parse(body).map_err(|malformed| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, malformed.code, malformed.text);
        Some(problem.for_request(malformed.id))
    })?;
    let post = Post {
        shared,
        place,
        headers,
        accepts,
    };
    let answered = match message {
        Message::Request { id, method, params } => post.request(id, method, params).await,
        Message::Notification { method, params } => post.notification(&method, params),
        Message::Response { id, outcome } => post.response(&id, outcome),
    };
    answered.map_err(Some)
}

async fn read(body: Body, shared: &Shared) -> Result<Bytes, Problem> {
    let limited = Limited::new(body, shared.settings.max_body);
    let collected = timeout(shared.settings.body_timeout, limited.collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            codes::TOO_LARGE,
            format!("the body is longer than {} bytes", shared.settings.max_body),
        )),
        Ok(Err(_)) => Err(Problem::malformed("the body broke off")),
        Err(_) => Err(Problem::malformed("the body did not arrive in time")
            .with_status(StatusCode::REQUEST_TIMEOUT)),
    }
}

/// Returns the id of what may not even be a message.
fn id_of(body: &Bytes) -> Option<Id> {
    let raw: Raw = serde_json::from_slice(body).ok()?;
    Id::from_raw(splice::get(&raw, &["id"])?)
}

/// A POST whose outside is in order.
struct Post<'a> {
    shared: Arc<Shared>,
    place: Place,
    headers: &'a HeaderMap,
    accepts: Accepts,
}

impl Post<'_> {
    async fn request(
        self,
        id: Id,
        method: String,
        params: Option<Raw>,
    ) -> Result<Response<Body>, Problem> {
        if self.shared.is_draining() {
            return Err(Problem::draining());
        }
        let era = validate::era(self.headers, params.as_ref());
        let spoken = self.place.backend.versions();
        validate::is_spoken(era, &spoken, &method, params.as_ref())?;
        if era == Era::Modern {
            validate::modern(self.headers, &spoken, &method, params.as_ref())?;
            let call = self.call(era, method, params)?;
            return self.carry(id, call, None).await;
        }
        if method == "initialize" {
            let call = self.call(era, method, params)?;
            return self.initialize(id, call).await;
        }
        let session = streams::of_request(&self.shared, &self.place, self.headers)?;
        validate::legacy_version(self.headers)?;
        let call = self.call(era, method, params)?;
        self.carry(id, call, Some(session)).await
    }

    fn call(&self, era: Era, method: String, params: Option<Raw>) -> Result<Call, Problem> {
        let mut call = Call::new(era, method, params);
        call.headers = self.forwarded(era)?;
        let limits = headers::limits(self.headers, self.shared.settings.timeout_cap)?;
        call.limits = limits.unwrap_or(call.limits);
        Ok(call)
    }

    fn forwarded(&self, era: Era) -> Result<Vec<(String, String)>, Problem> {
        let declared = self.place.backend.headers();
        headers::forwarded(self.headers, era, &declared, &self.shared.settings)
    }

    /// Carries a request, and answers as soon as it is known in which form.
    async fn carry(
        self,
        id: Id,
        mut call: Call,
        session: Option<Arc<Session>>,
    ) -> Result<Response<Body>, Problem> {
        if call.method == LISTEN && !self.accepts.sse {
            return Err(Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                codes::INVALID_REQUEST,
                "subscriptions are streams; accept `text/event-stream`",
            ));
        }
        let shared = &self.shared;
        let place = &self.place;
        let audit = Audit::new(
            &place.caller,
            &place.route,
            &call.method,
            call.params.as_ref(),
        );
        let asked = Asked {
            id,
            era: call.era,
            method: &call.method,
            caller: &place.caller,
            session: session.as_ref(),
            carries: self.accepts.sse,
        };
        let (exchange, ending) = Exchange::begin(asked, &mut call.params, &shared.counts);
        enter(shared, session.as_ref(), &exchange)?;
        let watch: Arc<dyn Watch> = match &session {
            Some(session) => session.watch(),
            None => Arc::clone(&exchange) as Arc<dyn Watch>,
        };
        let reader = Reader::new(exchange.stream(), None, watch);
        let name = session.as_ref().map(|session| session.id());
        let ear = exchange.ear();
        let carried = place.backend.call(&place.caller, name, call, ear);
        let work = drive(
            Arc::clone(shared),
            Arc::clone(&exchange),
            carried,
            ending,
            audit,
        );
        tokio::spawn(work);
        match reader {
            Some(reader) => Ok(self.form(reader, session.as_deref(), &exchange).await),
            None => Err(Problem::no_session()),
        }
    }

    /// Answers as JSON if the answer comes soon and first, otherwise as a stream (attach §4.7).
    async fn form(
        &self,
        reader: Reader,
        session: Option<&Session>,
        exchange: &Exchange,
    ) -> Response<Body> {
        let first = match self.accepts {
            Accepts { json: false, .. } => First::More,
            Accepts { sse: false, .. } => reader.first(None).await,
            _ => reader.first(Some(self.shared.settings.sse_after)).await,
        };
        match first {
            First::Answer(status, json) => {
                reader.take_answer();
                json_response(status, json.into())
            }
            // Cancelled: there is no answer, and no form for none but this.
            First::Nothing if !self.accepts.sse => empty_response(StatusCode::ACCEPTED),
            First::More | First::Nothing => {
                let ids = session.is_some_and(Session::can_resume);
                if let Some(session) = session.filter(|_| ids) {
                    session.keep(exchange);
                }
                sse_response(reader.into_body(Manner {
                    ids,
                    keep_alive: self.shared.settings.keep_alive,
                }))
            }
        }
    }

    /// Opens a session (attach §4.5). The answer is never a stream that begins before it: the id of the session is in its head.
    async fn initialize(self, id: Id, call: Call) -> Result<Response<Body>, Problem> {
        let shared = &self.shared;
        let args = headers::arguments(self.headers, &shared.settings)?;
        let has_args = args.is_some();
        let place = &self.place;
        let reserved = shared
            .sessions
            .reserve(place, shared.settings.max_sessions)?;
        let session = Session::new(shared, place, call.params.as_ref());
        let audit = Audit::new(
            &place.caller,
            &place.route,
            &call.method,
            call.params.as_ref(),
        );
        let port = Arc::new(Port(Arc::downgrade(&session)));
        let opening = Opening { call, args };
        let outcome = place.backend.open(session.id(), opening, port).await;
        audit.answered(&outcome);
        let result = match outcome {
            Ok(result) => result,
            // The arguments are what the gateway added, and what the caller can mend.
            Err(error) if has_args && error.code == codes::INVALID_PARAMS => {
                return Err(
                    Problem::of_error(Era::Legacy, error).with_status(StatusCode::BAD_REQUEST)
                );
            }
            Err(error) => return Err(Problem::of_error(Era::Legacy, error)),
        };
        session.negotiated(&result);
        if !reserved.fill(shared, &session) {
            return Err(Problem::of_error(Era::Legacy, lost()));
        }
        let mut response = self.at_once(id, result);
        let name = HeaderValue::from_str(session.id());
        if let Ok(name) = name {
            response.headers_mut().insert(SESSION, name);
        }
        Ok(response)
    }

    /// Returns an answer that is there already, in the form the client takes.
    fn at_once(&self, id: Id, result: Raw) -> Response<Body> {
        let message = Message::Response {
            id,
            outcome: Ok(result),
        };
        if self.accepts.json {
            return json_response(StatusCode::OK, message.to_json().into());
        }
        let mode = Mode {
            carries: true,
            resumable: false,
        };
        let stream = Stream::new(0, mode);
        stream.push(Event::new(&message, Kind::Last(StatusCode::OK)));
        let manner = Manner {
            ids: false,
            keep_alive: self.shared.settings.keep_alive,
        };
        let reader = Reader::new(&stream, None, Arc::new(Unwatched));
        sse_response(reader.map_or_else(Body::empty, |reader| reader.into_body(manner)))
    }

    fn notification(self, method: &str, params: Option<Raw>) -> Result<Response<Body>, Problem> {
        let era = validate::era(self.headers, params.as_ref());
        let accepted = empty_response(StatusCode::ACCEPTED);
        let session = match era {
            // On HTTP a closed stream says it in this era, and whose request an id means nobody could tell.
            Era::Modern if method == "notifications/cancelled" => return Ok(accepted),
            Era::Modern => None,
            Era::Legacy => {
                let cancels = method == "notifications/cancelled";
                let named = match cancels {
                    true => streams::open_one(&self.shared, &self.place, self.headers),
                    false => streams::of_request(&self.shared, &self.place, self.headers),
                };
                let session = named?;
                validate::legacy_version(self.headers)?;
                session.touch();
                if cancels {
                    let id = params
                        .as_ref()
                        .and_then(|params| Id::from_raw(splice::get(params, &["requestId"])?));
                    if let Some(id) = id {
                        session.cancel(&id);
                    }
                    return Ok(accepted);
                }
                Some(session)
            }
        };
        let forwarded = self.forwarded(era)?;
        let name = session.as_ref().map(|session| session.id());
        self.place.backend.notify(name, method, params, &forwarded);
        Ok(accepted)
    }

    fn response(self, id: &Id, outcome: Result<Raw, RpcError>) -> Result<Response<Body>, Problem> {
        if validate::era_of_headers(self.headers) == Era::Modern {
            return Err(Problem::malformed(
                "a server asks nothing in this revision of MCP; there is nothing to answer",
            ));
        }
        let session = streams::open_one(&self.shared, &self.place, self.headers)?;
        validate::legacy_version(self.headers)?;
        if !session.answered(id, outcome) {
            let unknown = &self.shared.counts.unknown_responses;
            unknown.fetch_add(1, Ordering::Relaxed);
        }
        Ok(empty_response(StatusCode::ACCEPTED))
    }
}

/// Puts a request on both lists of those in progress, or on none.
fn enter(
    shared: &Arc<Shared>,
    session: Option<&Arc<Session>>,
    exchange: &Arc<Exchange>,
) -> Result<(), Problem> {
    if let Some(session) = session {
        session.enter(exchange, shared.settings.max_in_flight)?;
    }
    shared.enter(exchange).inspect_err(|_| {
        if let Some(session) = session {
            session.leave(exchange);
        }
    })
}

/// Nobody minds whether this connection breaks.
struct Unwatched;

impl Watch for Unwatched {
    fn closed(&self, _broke: bool) {}
}
