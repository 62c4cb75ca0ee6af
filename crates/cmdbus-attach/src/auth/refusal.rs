//! Answers to requests that get no further.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// Code of what is not allowed (attach §4.4).
const FORBIDDEN: i32 = -33007;
/// Code of a request that is malformed.
const INVALID_REQUEST: i32 = -32600;

/// Why a request gets no further. What it says is for people, and repeats nothing that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: i32,
    message: &'static str,
    challenge: Option<&'static str>,
}

impl Refusal {
    /// The request comes from where none may come from.
    pub(super) fn forbidden(message: &'static str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: FORBIDDEN,
            message,
            challenge: None,
        }
    }

    /// There is no token, or none that counts.
    pub(super) fn unauthorized(challenge: &'static str, message: &'static str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: FORBIDDEN,
            message,
            challenge: Some(challenge),
        }
    }

    /// The token is given in a way that is not allowed.
    pub(super) fn malformed(message: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: INVALID_REQUEST,
            message,
            challenge: None,
        }
    }

    /// Returns the answer: always a JSON-RPC error, never plain text.
    pub(super) fn into_response(self) -> Response<Body> {
        let error = json!({"code": self.code, "message": self.message});
        let body = json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
