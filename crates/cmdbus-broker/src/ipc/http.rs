//! Answers, as HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, UPGRADE,
};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::core::{Refusal, Reply};

/// An answer with a whole body.
pub(super) type Answer = Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// How long a process that replaces its stream too often is asked to wait (protocol §3.6).
const FLAPPING_RETRY: HeaderValue = HeaderValue::from_static("30");

/// Returns an answer with this body.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    match serde_json::to_vec(body) {
        Ok(bytes) => bytes_of(status, bytes.into()),
        Err(error) => bug(&error),
    }
}

fn bytes_of(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

/// Returns `{"ok":true}`.
pub(super) fn done() -> Answer {
    bytes_of(StatusCode::OK, Bytes::from_static(br#"{"ok":true}"#))
}

/// Writes what the core says.
pub(super) fn reply(reply: Reply) -> Answer {
    match reply {
        Reply::Done => done(),
        Reply::Json(body) => json(StatusCode::OK, &body),
        Reply::Sent {
            message,
            status,
            replayed,
        } => json(
            StatusCode::OK,
            &Sent {
                message: message.as_str(),
                status: status.as_str(),
                replayed,
            },
        ),
        Reply::Refused(refusal) => refused(&refusal),
        Reply::StreamAllowed => bug(&"a stream was allowed that nobody wanted to open"),
    }
}

/// The body of a successful send (protocol §6.3).
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(rename = "messageId")]
    message: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
}

/// Writes a refusal.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let Ok(status) = StatusCode::from_u16(refusal.status) else {
        return bug(&format_args!("a refusal with status {}", refusal.status));
    };
    let mut answer = json(status, &refusal.body());
    let headers = answer.headers_mut();
    match refusal.code {
        "channel_flapping" => {
            headers.insert(RETRY_AFTER, FLAPPING_RETRY);
        }
        "upgrade_required" => {
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        }
        _ => {}
    }
    answer
}

/// Writes a refusal of a method, with those that are allowed.
pub(super) fn method_not_allowed(allow: &str) -> Answer {
    let mut answer = refused(&Refusal::new(
        405,
        "method_not_allowed",
        format!("this path takes {allow}"),
    ));
    header(&mut answer, ALLOW, allow);
    answer
}

/// Answers that something is wrong with the broker itself; what, stands in the log under the same `ref`.
pub(super) fn bug(what: &dyn std::fmt::Display) -> Answer {
    let reference = uuid::Uuid::new_v4().to_string();
    tracing::error!(reference, "request failed by a bug: {what}");
    let body: Value = json!({
        "error": "internal_error",
        "message": "the broker made a mistake; its log says more under this `ref`",
        "ref": reference,
    });
    bytes_of(
        StatusCode::INTERNAL_SERVER_ERROR,
        body.to_string().into_bytes().into(),
    )
}

/// Says that the connection ends with this answer.
pub(super) fn closing(mut answer: Answer) -> Answer {
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn header(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}
