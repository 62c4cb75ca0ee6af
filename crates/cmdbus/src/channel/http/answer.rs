//! Answers: errors of HTTP as JSON, and bodies without compression.

use std::convert::Infallible;

use ::axum::body::Body;
use ::axum::http::StatusCode;
use ::axum::http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
};
use ::axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde_json::json;

pub(super) const JSON: &str = "application/json";
pub(super) const NDJSON: &str = "application/x-ndjson";
pub(super) const SSE: &str = "text/event-stream";

/// Why a request gets no further.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    text: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { status, text }
    }

    pub(super) fn not_acceptable(offered: &str) -> Self {
        let text = format!("the answer would be {offered}; name that in `Accept`, or send none");
        Self::new(StatusCode::NOT_ACCEPTABLE, text)
    }

    pub(super) fn into_response(self) -> Response {
        error(self.status, &self.text)
    }
}

/// Returns `{"error": TEXT}`.
pub(super) fn error(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(json!({ "error": text }).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    // What is left of the body is read by nobody, and must not be taken for the next request.
    if matches!(
        status,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
    ) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

pub(super) fn wrong_method(allowed: &'static str) -> Response {
    let mut response = error(
        StatusCode::METHOD_NOT_ALLOWED,
        &format!("this address takes {allowed} only"),
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Returns a body that is sent as it comes, chunk by chunk.
pub(super) fn streamed<S>(media: &'static str, body: S) -> Response
where
    S: Stream<Item = Bytes> + Send + 'static,
{
    use futures_util::StreamExt;
    let body = body.map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the one line that answers a message.
pub(super) fn line(mut text: Vec<u8>) -> Response {
    text.push(b'\n');
    streamed(NDJSON, stream::iter([Bytes::from(text)]))
}
